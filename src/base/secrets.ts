// Which settings are secret, and what in a free text is, whatever Spark's own redaction let through.
// Law: when in doubt it is a secret; a secret's value is neither shown nor compared in public. Time is linear in the text, whatever it says.

/** Spark's spark.redaction.regex (3.x, 4.x) and the words that connectors use besides. */
const SECRET_KEY =
  /secret|password|passwd|passphrase|token|credential|access[._-]?key|account[._-]?key|api[._-]?key|private[._-]?key|sas[._-]?(key|fixed)|encryption[._-]?key|redact|authorization|jaas|connection[._-]?string/i;

/** Values that carry a secret under an innocent key: user info in a URL, `password=`, bearer tokens, PEM blocks, well-known key forms. */
const SECRET_VALUE =
  /\/\/[^/\s:@]+:[^/\s@]+@|(pass(word|wd|phrase)?|pwd|secret|token|\bsig|access_?key|api_?key|account_?key)\s*[=:]|\bbearer\s|-----BEGIN|\b(AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_\w{20,}|\bxox[abprs]-|\beyJ[\w-]{10,}\.[\w-]{10,}\./i;

export function isSecret(key: string, value: string | undefined): boolean {
  return SECRET_KEY.test(key) || (value !== undefined && SECRET_VALUE.test(value.slice(0, 65_536)));
}

const MASK = '***';

/** Without one of these a text has no secret that `redacted` knows. */
const SUSPECT = /pass|pwd|secret|token|credential|key|sas|sig|\/\/|bearer|basic|oracle|a[ks]ia|eyj|gh[pousr]_|xox|dapi/i;

/** Secrets that are known by their own form. */
const FORMS: readonly (readonly [RegExp, string])[] = [
  // User info in a URL, up to the @ that a host follows, or to where the text was cut. `host:8080/a@b` and `file://C:/a@b` have a port and a drive.
  [
    /\/\/[^\s/:@"'<>]{0,256}:(?!\d{1,5}(?:[/?#,;\s]|$)|[/\\])[^\s"'<>]{1,512}?(?:@(?=[\w.[\]:-]{1,256}(?:[/?#;,)\s"'`<>\]}…]|$))|(?=…|\.\.\.$))/g,
    `//${MASK}@`,
  ],
  [/(jdbc:oracle:\w{1,10}:)[^\s/@"']{1,256}\/[^\s@]{1,512}@/gi, `$1${MASK}@`],
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}-----|$)/g, MASK],
  [/\beyJ[\w-]{10,}\.[\w-]{10,}(?:\.[\w-]*)?/g, MASK],
  [/\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g, MASK],
  [/\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|xox[abprs]-[\w-]{10,}|dapi[0-9a-f]{32}\b)/g, MASK],
  [/\b(bearer\s{1,4})(?=[\w.~+/-]{0,512}\d)[\w.~+/-]{16,}=*/gi, `$1${MASK}`],
  [/\b(authorization["'\\]{0,4}\s{0,4}[:=]\s{0,4}["'\\]{0,4}basic\s{1,4})[\w+/-]{4,}=*/gi, `$1${MASK}`],
];

/** The end of a key that is secret, and the sign between it and its value. `token_count =`, `tokens =` and `token#12 =` are none. */
const KEY =
  /(passwords?|passwd|passphrase|pwd|secret|token|credentials?|(?:access|account|api|private|secret|shared|encryption|storage|master|auth)[._-]?key|account\.key\.[\w.-]{1,200}|(?<![a-z0-9])sas(?:[._-]?(?:token|key)|\.[\w.-]{1,200})?|(?:(?<![a-z0-9])|sharedaccess)sig(?:nature)?|(?<=[?&;])pass)((\\*["'`])?\s{0,4}(?:->|={1,3}|:(?!:|\/\/))\s{0,4})/gi;

/** In quotes (of an escaped string too) up to their end or that of the line; else one word, with a bracket or comma that more of it follows. */
const VALUE =
  /(\\+["'])[^\n]*?(?:\1|$|(?=\n))|"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.|'')*'?|(?:[^\s&;,)\]}"'`|<>]|[,)\]}](?=\w)(?!\w[\w.-]{0,60}\s?[=:]))+/y;

/** Nothing to hide: hidden already, a variable, a parameter, a word for yes and no. */
const EMPTY =
  /^(?:|\*{3,}(?:\W.*)?|[[(<{]?redacted.*|\$\{.*|\{\{.*|\?|%s|\.\.\.|…|yes|no|true|false|null|none|undefined|required|missing|invalid|empty)$/i;
/** A column's type, as in `struct<token:string>`; Spark cuts long schemas. */
const TYPE =
  /^(?:string|str|int|integer|bigint|long|short|smallint|tinyint|byte|boolean|double|float|decimal|date|timestamp\w*|binary|varchar|char|array|map|struct|variant|\w+Type)(?![\w-])|^[a-z]{0,8}\.\.\.$/i;

/** A word for which the value alone says whether it is one: `unexpected token: FROM`, `token = 5`. */
const SOFT = /^(?:token|secret|credentials?|sas|sig|signature)/i;

const looksMade = (value: string): boolean =>
  value.length >= 8 && /\d/.test(value) && /[a-z]/i.test(value) && !/^[a-z]\w*(?:\.\w+){2,}$/i.test(value);

/** True when what follows a secret-like key is none. */
function harmless(key: string, sign: string, value: string): boolean {
  const bare = value.replace(/^\\*["']|\\*["']$/g, '');
  if (EMPTY.test(bare) || TYPE.test(bare)) return true;
  // Another column of that name: `a.token = b.token`, `token = token#12`.
  const column = /^(?:[\w.]+\.)?(\w+)(#\d+L?)?$/.exec(bare);
  if (column?.[1]?.toLowerCase() === key.toLowerCase() && column[0] !== column[1]) return true;
  if (/^(?:pwd|credentials?)$/i.test(key) && /^(?:file:)?\/[\w./-]+$/.test(bare)) return true;
  if (!SOFT.test(key)) return false;
  if (/^-?\d{1,6}(?:\.\d+)?$/.test(bare)) return true;
  if (/^\s.*\s$/.test(sign) && /^[a-z_]\w*\(/i.test(bare)) return true;
  // Prose, a lambda, a method's signature.
  const prose = /^(?::\s|\s*->)/.test(sign) || (/^sig/i.test(key) && sign !== '=');
  return prose && !looksMade(bare);
}

/** Enough of a value to tell whether it is harmless. */
const PEEK = 512;

function valueAt(text: string, at: number): string {
  VALUE.lastIndex = at;
  return VALUE.exec(text)?.[0] ?? '';
}

function withoutPairs(text: string): string {
  let out = '';
  let at = 0;
  for (const { 0: pair, 1: key = '', 2: sign = '', index } of text.matchAll(KEY)) {
    const start = index + pair.length;
    if (index < at || harmless(key, sign, valueAt(text.slice(start, start + PEEK), 0))) continue;
    const value = valueAt(text, start);
    const quote = /^\\*["']/.exec(value)?.[0] ?? '';
    const closed = quote !== '' && value.length > quote.length && value.endsWith(quote);
    out += `${text.slice(at, start)}${quote}${MASK}${closed ? quote : ''}`;
    at = start + value.length;
  }
  return at === 0 ? text : out + text.slice(at);
}

/** The text with `***` for every secret in it; all else stays as it is. */
export function redacted(text: string): string {
  if (!SUSPECT.test(text)) return text;
  let out = withoutPairs(text);
  for (const [form, mask] of FORMS) out = out.replace(form, mask);
  return out;
}

/** A value with every string in it `redacted`, however deep; what has none is the same object. */
export function withoutSecrets<T>(value: T): T {
  return (typeof value === 'string' ? redacted(value) : typeof value === 'object' && value !== null ? cleaned(value) : value) as T;
}

function cleaned(value: object): object {
  if (Array.isArray(value)) return changed(value, value.map(withoutSecrets)) ?? value;
  if (value instanceof Set) {
    const items = changed([...value], [...value].map(withoutSecrets));
    return items === undefined ? value : new Set(items);
  }
  const entries: [unknown, unknown][] = value instanceof Map ? [...value] : ArrayBuffer.isView(value) ? [] : Object.entries(value);
  const values = entries.map(([, item]) => item);
  const items = changed(values, values.map(withoutSecrets));
  if (items === undefined) return value;
  const pairs = entries.map(([key], i): [unknown, unknown] => [key, items[i]]);
  return value instanceof Map ? new Map(pairs) : Object.fromEntries(pairs as [string, unknown][]);
}

/** The second list when it differs from the first. */
const changed = (before: readonly unknown[], after: unknown[]): unknown[] | undefined =>
  after.some((item, i) => !Object.is(item, before[i])) ? after : undefined;
