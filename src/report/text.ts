// Text for people: made safe, measured and wrapped. Everything that comes from a log passes `clean` before a face prints it.
// Law: after `clean` no character moves the cursor, changes a colour, hides text or reverses its direction; no string is longer than its cap.
// Widths are terminal cells (wide characters count two), not UTF-16 units.

import stringWidth from 'string-width';

/** A longer text tells a reader nothing and only costs time to wrap. UTF-16 units. */
export const MAX_TEXT = 2000;

/** Escape sequences with their parameters: CSI, OSC and other strings, two-character ones; the 8-bit forms too. */
const ESCAPES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  /(?:\x1b\[|\x9b)[0-9;:?<=>!]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]{0,512}(?:\x07|\x1b\\|\x9c)|\x1b[ -/]*[0-~]/g;
/** C0, C1, DEL, line and paragraph separators: white space in a line of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const CONTROLS = /[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g;
/** What is invisible or reverses direction: bidi controls, zero-width marks, tags, byte-order mark, lone surrogates. */
const INVISIBLE = /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\ud800-\udfff]/gu;

/** One safe line of text from anything a log may hold; `max` in UTF-16 units. */
export function clean(text: string | undefined | null, max: number = MAX_TEXT): string {
  if (text === undefined || text === null) return '';
  // Cut first: the patterns must not walk through megabytes.
  const short = String(text).slice(0, max * 4);
  const safe = short.replace(ESCAPES, '').replace(CONTROLS, ' ').replace(INVISIBLE, '').replace(/\s+/g, ' ').trim();
  return safe.length <= max && short.length === String(text).length ? safe : `${safe.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** One safe line of code: as `clean`, with its spaces kept; a tab is four of them. */
export function cleanCode(line: string, max: number = MAX_TEXT): string {
  const short = line.slice(0, max);
  const safe = short.replace(ESCAPES, '').replaceAll('\t', '    ').replace(CONTROLS, ' ').replace(INVISIBLE, '').trimEnd();
  return short.length === line.length ? safe : `${safe}…`;
}

const PLAIN = /^[\x20-\x7e]*$/;

/** Widths of the characters seen so far: lines are measured one character at a time when they are cut. */
const known = new Map<string, number>();

/** Width in terminal cells. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  if (text.length > 4) return stringWidth(text);
  let width = known.get(text);
  if (width === undefined) {
    width = stringWidth(text);
    if (known.size < 10_000) known.set(text, width);
  }
  return width;
}

/** A few marks that people write, for terminals without Unicode. */
const ASCII: Readonly<Record<string, string>> = {
  '·': '-',
  '•': '-',
  '…': '...',
  '–': '-',
  '—': '-',
  '−': '-',
  '×': 'x',
  '÷': '/',
  '→': '->',
  '←': '<-',
  '≥': '>=',
  '≤': '<=',
  '≈': '~',
  '≫': '>>',
  '≠': '!=',
  '±': '+-',
  Σ: 'sum',
  µ: 'u',
  μ: 'u',
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '\u00a0': ' ',
  '✓': 'ok',
  '↳': '\\_',
  '▸': '>',
};

/** The same text in ASCII; what has no counterpart becomes `?`. */
export function toAscii(text: string): string {
  return PLAIN.test(text) ? text : text.replace(/[^\x20-\x7e]/gu, (character) => ASCII[character] ?? '?');
}

let segmenter: Intl.Segmenter | undefined;
function graphemes(text: string): string[] {
  if (PLAIN.test(text)) return text.split('');
  segmenter ??= new Intl.Segmenter();
  return Array.from(segmenter.segment(text), (part) => part.segment);
}

/** The text cut to a width in cells, with an ellipsis when something was cut. */
export function cutEnd(text: string, width: number, ellipsis: string = '…'): string {
  if (widthOf(text) <= width) return text;
  const room = width - widthOf(ellipsis);
  if (room <= 0) return ellipsis.slice(0, Math.max(0, width));
  let out = '';
  let used = 0;
  for (const piece of graphemes(text)) {
    const w = widthOf(piece);
    if (used + w > room) break;
    out += piece;
    used += w;
  }
  return out.trimEnd() + ellipsis;
}

/** Cuts a text in its middle, where names of stages and paths say least. */
export function cutMiddle(text: string, width: number, ellipsis: string = '…'): string {
  if (widthOf(text) <= width) return text;
  const room = width - widthOf(ellipsis);
  if (room < 8) return cutEnd(text, width, ellipsis);
  const pieces = graphemes(text);
  const tail: string[] = [];
  let used = 0;
  const tailRoom = Math.floor(room / 2);
  for (let i = pieces.length - 1; i >= 0; i--) {
    const w = widthOf(pieces[i] as string);
    if (used + w > tailRoom) break;
    tail.unshift(pieces[i] as string);
    used += w;
  }
  let head = '';
  let headUsed = 0;
  for (const piece of pieces) {
    const w = widthOf(piece);
    if (headUsed + w > room - used) break;
    head += piece;
    headUsed += w;
  }
  return head + ellipsis + tail.join('');
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - widthOf(text))) + text;
}

/** Keeps a number and its unit, and a kind and its id, on one line: their space becomes a no-break space until the line is made. */
function glue(text: string): string {
  return text
    .replace(/(\d) (?=(?:ms|s|m|h|d|B|KiB|MiB|GiB|TiB|PiB|%|×|core-h)(?![\p{L}\p{N}]))/gu, '$1\u00a0')
    .replace(/(?<=\d\u00a0[mhd]) (?=\d{2}\u00a0[smh])/g, '\u00a0')
    .replace(/\b(stages?|jobs?|SQL|node|tasks?|executors?|query|queries|batch|Spark) (?=\d)/g, '$1\u00a0')
    .replace(/ ·/g, '\u00a0·');
}

/** Long words are broken behind these, where a path or a key has its joints. */
const JOINT = /[/\\.,;:_=&?#)\]}-]/;

/** A word too wide for a line, in pieces of at most `width` cells. */
function breakWord(word: string, width: number): string[] {
  const out: string[] = [];
  let line: string[] = [];
  let used = 0;
  let joint = 0;
  for (const piece of graphemes(word)) {
    const w = widthOf(piece);
    if (used + w > width && line.length > 0) {
      // A joint in the second half of the line is the better place to break.
      const at = joint > line.length / 2 ? joint : line.length;
      out.push(line.slice(0, at).join(''));
      line = line.slice(at);
      used = line.reduce((sum, part) => sum + widthOf(part), 0);
      joint = 0;
    }
    line.push(piece);
    used += w;
    if (JOINT.test(piece)) joint = line.length;
  }
  if (line.length > 0) out.push(line.join(''));
  return out;
}

/** Lines of at most `width` cells, broken between words; the first line may have another width. */
export function wrap(text: string, width: number, first: number = width): string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  let room = Math.max(1, first);
  const flush = () => {
    lines.push(line.replaceAll('\u00a0', ' '));
    line = '';
    used = 0;
    room = Math.max(1, width);
  };
  const put = (word: string, w: number) => {
    if (used > 0 && used + 1 + w > room) flush();
    line += used > 0 ? ` ${word}` : word;
    used += (used > 0 ? 1 : 0) + w;
  };
  for (const word of glue(text).split(' ')) {
    if (word === '') continue;
    const w = widthOf(word);
    if (w <= width && (used > 0 || w <= room)) {
      put(word, w);
      continue;
    }
    // Glued words that do not fit are words again; a single one is broken.
    for (const part of word.split('\u00a0')) {
      if (part === '') continue;
      const partWidth = widthOf(part);
      if (partWidth <= Math.min(width, used > 0 ? width : room)) {
        put(part, partWidth);
        continue;
      }
      if (used > 0) flush();
      for (const piece of breakWord(part, Math.max(2, Math.min(room, width)))) put(piece, widthOf(piece));
    }
  }
  if (used > 0 || lines.length === 0) flush();
  return lines;
}
