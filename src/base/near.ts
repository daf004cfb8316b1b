// Names that look like what was typed: "did you mean".

/** Names that share the most letter pairs with what was typed (Dice's coefficient), at most three, the nearest first. */
export function nearest(typed: string, names: readonly string[]): string[] {
  const pairs = (text: string) => new Set(Array.from({ length: Math.max(0, text.length - 1) }, (_, i) => text.slice(i, i + 2)));
  const own = pairs(typed.toLowerCase());
  return names
    .map((name) => {
      const theirs = pairs(name.toLowerCase());
      return { name, score: (2 * [...own].filter((pair) => theirs.has(pair)).length) / Math.max(1, own.size + theirs.size) };
    })
    .filter(({ score }) => score >= 0.35)
    .sort((a, b) => b.score - a.score)
    .slice(0, 3)
    .map(({ name }) => name);
}
