// Steps of Spark as text: one line when it is short and was one, else a chain with a step on each line.
// Law: the text is one expression that fits where the old one stood.

/** `.agg(` items `)`. */
export interface Link {
  readonly head: string;
  readonly items: readonly string[];
}

const WIDTH = 110;

const lineOf = ({ head, items }: Link): string => `${head}(${items.join(', ')})`;

/** An expression at a column of a line; `before`: how far into its line it begins. `isBroken`: it stood over several lines; `inBrackets`: in brackets. */
export function chain(base: string, links: readonly Link[], indent: string, before: number, isBroken: boolean, inBrackets = false): string {
  const line = base + links.map(lineOf).join('');
  if (links.length === 0 || (!line.includes('\n') && !isBroken && before + line.length <= WIDTH)) return line;
  const [first, ...rest] = links as [Link, ...Link[]];
  // One step needs no brackets around it: it breaks within its own.
  if (rest.length === 0 && first.items.length > 0 && /^[\w.]+$/.test(base)) return base + broken(first, indent, WIDTH);
  const inner = inBrackets ? indent : `${indent}    `;
  const head = /^[\w.]+$/.test(base) ? [base + broken(first, inner, base.length)] : [base, broken(first, inner, 0)];
  const lines = [...head, ...rest.map((one) => broken(one, inner, 0))];
  return inBrackets ? lines.join(`\n${inner}`) : `(\n${lines.map((one) => inner + one).join('\n')}\n${indent})`;
}

function broken(link: Link, indent: string, before: number): string {
  const line = lineOf(link);
  if (indent.length + before + line.length <= WIDTH || link.items.length === 0) return line;
  const comma = link.items.length === 1 ? '' : ',';
  return `${link.head}(\n${link.items.map((one) => `${indent}    ${one}${comma}\n`).join('')}${indent})`;
}
