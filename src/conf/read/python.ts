// PySpark text as settings: builder chains, SparkConf, spark.conf.set, Hadoop's configuration, options of readers and writers, SQL in strings.
// Laws: a tolerant scan of tokens, no analysis: names are not followed; a value that is not written as a literal is undefined.

import type { Setting, Source } from '../types.ts';
import { type PlaceOf, placesIn } from './positions.ts';
import { type Token, tokensOf } from './python-tokens.ts';
import { sqlSettings } from './sql.ts';

const KEY = /^(spark|fs|delta|mapreduce|mapred|hive|hadoop|parquet|orc)(\.[\w-]+)+$/;
const OPEN = '([{';
const CLOSE = ')]}';

const isMark = (token: Token | undefined, text: string): boolean => token?.kind === 'mark' && token.text === text;
const isName = (token: Token | undefined, text: string): boolean => token?.kind === 'name' && token.text === text;

/** Index of the bracket that opens what is closed at `i`. */
function openOf(tokens: readonly Token[], i: number): number {
  let depth = 0;
  for (let k = i; k >= 0; k--) {
    const token = tokens[k] as Token;
    if (token.kind !== 'mark') continue;
    if (CLOSE.includes(token.text)) depth++;
    else if (OPEN.includes(token.text) && --depth === 0) return k;
  }
  return -1;
}

/** Index of the bracket that closes what is opened at `i`; the end of the text when nothing does. */
function closeOf(tokens: readonly Token[], i: number): number {
  let depth = 0;
  for (let k = i; k < tokens.length; k++) {
    const token = tokens[k] as Token;
    if (token.kind !== 'mark') continue;
    if (OPEN.includes(token.text)) depth++;
    else if (CLOSE.includes(token.text) && --depth === 0) return k;
  }
  return tokens.length;
}

/** Arguments of a call whose bracket opens at `i`: index ranges [from, to). */
function argumentsOf(tokens: readonly Token[], i: number): [number, number][] {
  const end = closeOf(tokens, i);
  const out: [number, number][] = [];
  let from = i + 1;
  for (let k = from; k < end; k++) {
    if (tokens[k]?.kind === 'mark' && OPEN.includes((tokens[k] as Token).text)) k = closeOf(tokens, k);
    else if (isMark(tokens[k], ',')) {
      out.push([from, k]);
      from = k + 1;
    }
  }
  if (from < end) out.push([from, end]);
  return out;
}

/** The text that Spark gets from an expression; undefined when it is not a literal. */
function literal(tokens: readonly Token[], from: number, to: number): string | undefined {
  const own = tokens.slice(from, to);
  const [first, second] = own;
  if (own.length > 1 && own.every((token) => token.kind === 'string' && token.computed !== true))
    return own.map((token) => token.text).join('');
  if (own.length === 2 && isMark(first, '-') && second?.kind === 'number') return `-${second.text.replaceAll('_', '')}`;
  if (own.length !== 1 || first === undefined || first.computed === true) return undefined;
  if (first.kind === 'string') return first.text;
  if (first.kind === 'number') return first.text.replaceAll('_', '');
  return isName(first, 'True') ? 'true' : isName(first, 'False') ? 'false' : undefined;
}

interface Chain {
  readonly names: readonly string[];
  /** Of `.format("…")`. */
  readonly format: string | undefined;
}

/** The names of the chain in which the name at `i` stands, from its first to its last. */
function chainOf(tokens: readonly Token[], i: number): Chain {
  let start = i;
  while (isMark(tokens[start - 1], '.')) {
    let k = start - 2;
    while (k >= 0 && tokens[k]?.kind === 'mark' && CLOSE.includes((tokens[k] as Token).text)) k = openOf(tokens, k) - 1;
    if (k < 0 || tokens[k]?.kind !== 'name') break;
    start = k;
  }
  const names: string[] = [];
  let format: string | undefined;
  for (let k = start; k < tokens.length; ) {
    const name = tokens[k];
    if (name?.kind !== 'name') break;
    names.push(name.text);
    k++;
    if (isMark(tokens[k], '(')) {
      const end = closeOf(tokens, k);
      if (name.text === 'format') format = literal(tokens, k + 1, end)?.toLowerCase();
      k = end + 1;
    }
    while (isMark(tokens[k], '[')) k = closeOf(tokens, k) + 1;
    if (!isMark(tokens[k], '.')) break;
    k++;
  }
  if (format === undefined && names.includes('jdbc')) format = 'jdbc';
  return { names, format };
}

/** What a PySpark file sets. `place` says where an offset lies. */
export function pythonSettings(text: string, file: string, place: PlaceOf = placesIn(text)): Pick<Source, 'settings' | 'uses'> {
  const tokens = tokensOf(text);
  const found: Setting[] = [];
  const taken = new Set<number>();
  const put = (token: Token, setting: Omit<Setting, 'file' | 'line' | 'column' | 'key'> & { readonly key?: string }) => {
    if (taken.has(token.at)) return;
    taken.add(token.at);
    found.push({ key: token.text, file, ...place(token.at), ...setting });
  };
  const pair = (open: number): [Token, string | undefined] | undefined => {
    const [first, second] = argumentsOf(tokens, open);
    if (first === undefined || second === undefined || first[1] - first[0] !== 1) return undefined;
    const key = tokens[first[0]];
    return key?.kind === 'string' && key.computed !== true ? [key, literal(tokens, ...second)] : undefined;
  };
  const options = (i: number, open: number) => {
    const { names, format } = chainOf(tokens, i);
    const on = names.some((name) => /^write/.test(name))
      ? ('write' as const)
      : names.some((name) => /^read/.test(name))
        ? ('read' as const)
        : undefined;
    const streaming = names.some((name) => /^(read|write)Stream$/.test(name));
    const more = { origin: 'option' as const, format, on, streaming };
    const given = isName(tokens[i], 'option') ? pair(open) : undefined;
    if (given !== undefined) put(given[0], { ...more, value: given[1] });
    if (!isName(tokens[i], 'options')) return;
    for (const [from, to] of argumentsOf(tokens, open))
      if (tokens[from]?.kind === 'name' && isMark(tokens[from + 1], '='))
        put(tokens[from] as Token, { ...more, value: literal(tokens, from + 2, to) });
  };

  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as Token;
    if (token.kind === 'string' && token.computed !== true && /\b(set|tblproperties)\b/i.test(token.text))
      for (const one of sqlSettings(token.text))
        put({ ...token, at: token.at + one.at, text: one.key }, { value: one.value, origin: one.origin });
    if (token.kind !== 'name' || !isMark(tokens[i - 1], '.') || !isMark(tokens[i + 1], '(')) continue;
    if (token.text === 'option' || token.text === 'options') options(i, i + 1);
    if (token.text === 'config') {
      const given = pair(i + 1);
      if (given !== undefined && KEY.test(given[0].text)) put(given[0], { value: given[1], origin: 'builder' });
    }
    if (token.text === 'appName' || token.text === 'master') continue;
    if (token.text === 'set' || token.text === 'setIfMissing') {
      const given = pair(i + 1);
      if (given === undefined || !KEY.test(given[0].text)) continue;
      const { names } = chainOf(tokens, i);
      const before = names.slice(0, names.indexOf(token.text));
      if (before.includes('hadoopConfiguration') || before.includes('_jsc'))
        put(given[0], { key: `spark.hadoop.${given[0].text}`, value: given[1], origin: 'unknown' });
      else if (before.at(-1) === 'conf' && before.length > 1 && !before.includes('SparkConf'))
        put(given[0], { value: given[1], origin: 'runtime' });
      else if (given[0].text.startsWith('spark.')) put(given[0], { value: given[1], origin: 'builder' });
    }
  }
  // Pairs in maps and lists, of which it is not seen what becomes of them.
  for (let i = 1; i < tokens.length - 2; i++) {
    const key = tokens[i] as Token;
    if (key.kind !== 'string' || key.computed === true || !/^(spark|delta)\./.test(key.text) || !KEY.test(key.text)) continue;
    const isItem = isMark(tokens[i + 1], ':') && (isMark(tokens[i - 1], '{') || isMark(tokens[i - 1], ','));
    const isPair = isMark(tokens[i + 1], ',') && isMark(tokens[i - 1], '(') && (isMark(tokens[i - 2], '[') || isMark(tokens[i - 2], ','));
    if (!isItem && !isPair) continue;
    let end = i + 2;
    while (end < tokens.length && !isMark(tokens[end], ',') && !isMark(tokens[end], '}') && !isMark(tokens[end], ')')) {
      if (tokens[end]?.kind === 'mark' && OPEN.includes((tokens[end] as Token).text)) end = closeOf(tokens, end);
      end++;
    }
    put(key, { value: literal(tokens, i + 2, end), origin: 'unknown' });
  }
  const names = new Set(tokens.flatMap((token) => (token.kind === 'name' ? [token.text] : [])));
  return {
    settings: found.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)),
    uses: {
      structuredStreaming: names.has('readStream') || names.has('writeStream') ? true : undefined,
      dstreams: names.has('StreamingContext') ? true : undefined,
    },
  };
}

/** The code of a notebook (.ipynb): cells one after the other; places are lines of the code as it would be exported. */
export function notebookCode(json: string): string | undefined {
  let book: unknown;
  try {
    book = JSON.parse(json);
  } catch {
    return undefined;
  }
  const cells = (book as { cells?: unknown })?.cells;
  if (!Array.isArray(cells)) return undefined;
  const code = cells.flatMap((cell: { cell_type?: unknown; source?: unknown }) =>
    cell?.cell_type !== 'code' ? [] : [Array.isArray(cell.source) ? cell.source.join('') : String(cell.source ?? '')],
  );
  // Magic lines are no Python.
  return code.map((one) => one.replace(/^[%!].*$/gm, '')).join('\n\n');
}
