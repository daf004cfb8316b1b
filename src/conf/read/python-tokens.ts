// Python text as tokens, tolerant of anything: names, numbers, strings with their values, marks. Line ends, comments and white space are no tokens.
// Law: never throws; a string that does not end, ends with the text. Exact analysis of code is the work of another room.

export interface Token {
  readonly kind: 'name' | 'number' | 'string' | 'mark';
  /** A string's value; the text itself of everything else. */
  readonly text: string;
  /** Offset of the first letter; of a string, of the first letter behind its quote. */
  readonly at: number;
  /** A string with fields in it: its value is not known. */
  readonly computed?: boolean;
}

const SPACE = /[\s\\]+|#[^\n]*/y;
const STRING = /([rRbBuUfFtT]{0,3})("""|'''|"|')/y;
const NAME = /[\p{L}_][\p{L}\p{N}_]*/uy;
const NUMBER = /\d[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?\d+)?|\.\d[\d_]*/y;

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\n': '' };

export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let i = 0;
  const match = (form: RegExp): RegExpExecArray | null => {
    form.lastIndex = i;
    return form.exec(text);
  };
  while (i < text.length) {
    const space = match(SPACE);
    if (space !== null) {
      i += space[0].length;
      continue;
    }
    const string = match(STRING);
    if (string !== null) {
      const [all, prefix = '', quote = ''] = string;
      i += all.length;
      const at = i;
      let value = '';
      const raw = /r/i.test(prefix);
      while (i < text.length && !text.startsWith(quote, i) && !(quote.length === 1 && text[i] === '\n')) {
        if (text[i] === '\\' && i + 1 < text.length) {
          value += raw ? text.slice(i, i + 2) : (ESCAPES[text[i + 1] as string] ?? text[i + 1]);
          i += 2;
        } else value += text[i++];
      }
      if (text.startsWith(quote, i)) i += quote.length;
      tokens.push({ kind: 'string', text: value, at, ...(/[ft]/i.test(prefix) && /\{(?!\{)/.test(value) ? { computed: true } : {}) });
      continue;
    }
    const name = match(NAME);
    const number = name === null ? match(NUMBER) : null;
    const word = (name ?? number)?.[0];
    if (word !== undefined) tokens.push({ kind: name === null ? 'number' : 'name', text: word, at: i });
    else tokens.push({ kind: 'mark', text: text[i] as string, at: i });
    i += word?.length ?? 1;
  }
  return tokens;
}
