// Properties files (spark-defaults.conf) with the place of every key.
// Law: what is read here is what java.util.Properties reads.

/** A pair as it stands in the file: `line` and `column` of its key, from 1. */
export interface PropertyLine {
  readonly key: string;
  readonly value: string;
  readonly line: number;
  readonly column: number;
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };
const unescaped = (text: string): string =>
  text.replace(/\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g, (_all, hex: string | undefined, letter: string) =>
    hex === undefined ? (ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16)),
  );

/** All pairs in order, those given twice too. Values are trimmed, as Spark does. */
export function propertyLines(text: string): readonly PropertyLine[] {
  const pairs: PropertyLine[] = [];
  const lines = text.split(/\r\n|\n|\r/);
  for (let i = 0; i < lines.length; i++) {
    const at = i + 1;
    const raw = lines[i] ?? '';
    let line = raw.replace(/^[ \t\f]+/, '');
    if (line === '' || /^[#!]/.test(line)) continue;
    const column = raw.length - line.length + 1;
    // An odd number of backslashes at its end joins a line with the next.
    while (/(?<!\\)(?:\\\\)*\\$/.test(line)) line = line.slice(0, -1) + (lines[++i] ?? '').replace(/^[ \t\f]+/, '');
    const key = /^(?:\\[\s\S]|[^\\=: \t\f])*/.exec(line)?.[0] ?? '';
    const value = line.slice(key.length).replace(/^[ \t\f]*[=:]?[ \t\f]*/, '');
    pairs.push({ key: unescaped(key), value: unescaped(value).trim(), line: at, column });
  }
  return pairs;
}

/** The text of a .properties file as pairs; of a key given twice the later value. */
export const parseProperties = (text: string): ReadonlyMap<string, string> =>
  new Map(propertyLines(text).map(({ key, value }) => [key, value]));
