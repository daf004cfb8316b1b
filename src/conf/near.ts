// The real key that was probably meant: by letters for slips of the finger, by words for a key remembered wrongly.
// Laws: a pure function of the key and the catalogue; the same key gives the same answer, ties by name.

import { keysOf, type Version } from './catalogue.ts';
import type { ConfKey, Owner } from './types.ts';

/** Changes of one letter (put in, left out, replaced, swapped with its neighbour) between two texts; `most` + 1 when there are more. */
export function editDistance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, (row[j - 1] as number) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, (before[j - 2] as number) + 1);
      next.push(best);
    }
    if (Math.min(...next) > most) return most + 1;
    before = row;
    row = next;
  }
  return row[b.length] as number;
}

const wordsOf = (key: string): ReadonlySet<string> =>
  new Set(
    key
      .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .filter((word) => word !== '' && word !== 'spark'),
  );

const shared = (a: ReadonlySet<string>, b: ReadonlySet<string>): number =>
  (2 * [...a].filter((word) => b.has(word)).length) / Math.max(1, a.size + b.size);

export interface Near {
  readonly key: string;
  /** A slip of the finger: some letters off. */
  readonly slip: boolean;
  /** 0 to 1. */
  readonly score: number;
}

/** Letters that may be off in a key of this length: two, in a long one three. */
const slipsOf = (key: string): number => (key.length >= 40 ? 3 : key.length >= 8 ? 2 : 1);

/** Words in common from which on a key may have been meant. */
const MEANT = 0.66;

/** The nearest keys of some owners, at most three, the nearest first. */
export function nearestKeys(
  key: string,
  owners: readonly Owner[],
  version: Version,
  accept: (key: ConfKey) => boolean = () => true,
): Near[] {
  const most = slipsOf(key);
  const low = key.toLowerCase();
  const words = wordsOf(key);
  const found: Near[] = [];
  for (const candidate of keysOf(owners, version)) {
    if (!accept(candidate)) continue;
    const distance = editDistance(low, candidate.key.toLowerCase(), most);
    if (distance <= most) found.push({ key: candidate.key, slip: true, score: 1 - distance / 100 });
    else {
      const score = shared(words, wordsOf(candidate.key)) - (candidate.internal ? 0.05 : 0);
      if (score >= MEANT) found.push({ key: candidate.key, slip: false, score });
    }
  }
  return found
    .sort(
      (a, b) => b.score - a.score || Math.abs(a.key.length - key.length) - Math.abs(b.key.length - key.length) || (a.key < b.key ? -1 : 1),
    )
    .slice(0, 3);
}
