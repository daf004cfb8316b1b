// Spark SQL inside strings, as far as a look at its words goes: tables, output, columns of an expression, windows.
// Law: no parse, no guess about meaning: what is not one of these plain shapes comes back empty.

const KEYWORDS = new Set(
  (
    'and or not in is null between like rlike ilike case when then else end as cast true false distinct asc desc nulls interval over partition ' +
    'by order select from where exists div escape'
  ).split(' '),
);

/** Words that are names of columns as well, and what stands around them where they are none. */
const SOMETIMES: readonly { readonly words: RegExp; readonly behind?: RegExp; readonly before?: RegExp; readonly inWindow?: true }[] = [
  {
    words: /^(date|timestamp|int|integer|bigint|long|string|double|float|decimal|boolean|tinyint|smallint|binary)$/,
    behind: /(\bas\s+|::\s*)$/i,
    before: /^\s*''/,
  },
  { words: /^(year|month|day|hour|minute|second|week)s?$/, behind: /(\d|''|\bto|\bextract\s*\()\s*$/i },
  { words: /^(first|last)$/, behind: /\bnulls\s+$/i },
  { words: /^(row|rows|range|current|following|preceding|unbounded)$/, inWindow: true },
  { words: /^(any|all)$/, before: /^\s*\(/ },
];

function isKeyword(name: string, behind: string, before: string, hasWindow: boolean): boolean {
  const word = name.toLowerCase();
  if (KEYWORDS.has(word)) return true;
  const one = SOMETIMES.find(({ words }) => words.test(word));
  if (one === undefined) return false;
  return (one.inWindow === true && hasWindow) || one.behind?.test(behind) === true || one.before?.test(before) === true;
}

const IDENTIFIER = '(?:`[^`]+`|[A-Za-z_][\\w$]*)';
const NAME = `${IDENTIFIER}(?:\\.${IDENTIFIER})*`;

/** The text without comments and with string literals emptied; holes (`*` from f-strings) stay. */
export function bareSql(text: string): string {
  return text
    .replace(/'(?:[^'\\]|\\.|'')*'/g, "''")
    .replace(/"(?:[^"\\]|\\.|"")*"/g, "''")
    .replace(/--[^\n]*/g, ' ')
    .replace(/\/\*(?!\+)[\s\S]*?\*\//g, ' ');
}

/** Columns and functions of an expression such as `amount * 2 AS double_amount`. */
export function columnsOfSql(text: string): { columns: string[]; functions: string[]; alias: string | undefined; simple: boolean } {
  const bare = bareSql(text);
  const alias = new RegExp(`\\bas\\s+(${IDENTIFIER})\\s*$`, 'i').exec(bare);
  const body = alias === null ? bare : bare.slice(0, alias.index);
  const columns = new Set<string>();
  const functions = new Set<string>();
  // Names bound by a lambda: (acc, x) -> …
  const bound = new Set(
    [...body.matchAll(/(?:\(([\w\s,]+)\)|(\w+))\s*->/g)].flatMap((match) =>
      (match[1] ?? (match[2] as string)).split(',').map((one) => one.trim()),
    ),
  );
  const hasWindow = /\bover\s*\(/i.test(body);
  for (const match of body.matchAll(new RegExp(`(${NAME})(\\s*\\()?`, 'g'))) {
    const name = (match[1] as string).replaceAll('`', '');
    const before = body.slice(0, match.index);
    if (/[\d.]$/.test(before)) continue;
    if (match[2] !== undefined) {
      if (!isKeyword(name, before, '', hasWindow)) functions.add(name.toLowerCase());
    } else if (!isKeyword(name, before, body.slice(match.index + match[0].length), hasWindow) && !bound.has(name.split('.')[0] as string))
      columns.add(name);
  }
  const simple = new RegExp(`^\\s*${NAME}\\s*$`).test(body) && columns.size === 1;
  return { columns: [...columns], functions: [...functions], alias: alias?.[1]?.replaceAll('`', ''), simple };
}

/** Tables that a statement reads, and the one it writes. */
export function tablesOfSql(text: string): { tables: string[]; output: string | undefined } {
  const bare = bareSql(text);
  const known = new Set(
    [...bare.matchAll(new RegExp(`(?:\\bwith\\s+|,\\s*)(${IDENTIFIER})\\s+as\\s*\\(`, 'gi'))].map((match) => plain(match[1] as string)),
  );
  const tables = new Set<string>();
  for (const match of bare.matchAll(new RegExp(`\\b(?:from|join)\\s+(${NAME})`, 'gi'))) {
    const name = plain(match[1] as string);
    if (!known.has(name) && !/^(select|lateral|values|unnest)$/i.test(name)) tables.add(name);
  }
  const into = new RegExp(
    `\\b(?:insert\\s+(?:into|overwrite)(?:\\s+table)?|create\\s+(?:or\\s+replace\\s+)?(?:external\\s+)?table(?:\\s+if\\s+not\\s+exists)?|merge\\s+into)\\s+(${NAME})`,
    'i',
  ).exec(bare);
  return { tables: [...tables], output: into === null ? undefined : plain(into[1] as string) };
}

/** Does the text order a window without a partition? The place of OVER in the text, or undefined. */
export function unpartitionedWindow(text: string): number | undefined {
  const bare = bareSql(text);
  for (const match of bare.matchAll(/\bover\s*\(/gi)) {
    let depth = 1;
    let end = match.index + match[0].length;
    for (; end < bare.length && depth > 0; end++) depth += bare[end] === '(' ? 1 : bare[end] === ')' ? -1 : 0;
    const inside = bare.slice(match.index, end);
    if (/order\s+by/i.test(inside) && !/partition\s+by|distribute\s+by/i.test(inside)) return match.index;
  }
  return undefined;
}

/** `SELECT *` or `SELECT t.*`, but not `COUNT(*)`. */
export function selectsStar(text: string): boolean {
  return /\bselect\s+(?:distinct\s+)?(?:\/\*\+[^*]*\*\/\s*)?(?:[A-Za-z_]\w*\.)?\*(?=\s*(?:,|from\b|except\b|$))/i.test(bareSql(text));
}

function plain(name: string): string {
  return name.replaceAll('`', '');
}
