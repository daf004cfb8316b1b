// Jupyter notebooks: JSON read with the place of every character of a cell's source, so that an edit touches only its own bytes.
// Laws: no throw on content (a reason comes back instead); offsets map each character of a cell to the characters that spell it in the file.

/** A string of a cell's `source` and where it stands in the file. */
export interface NotebookPart {
  readonly text: string;
  readonly rawStart: number;
  /** For each character, and for the end, its offset from `rawStart`. */
  readonly offsets: readonly number[];
}

export interface NotebookCell {
  /** From 0, among all cells. */
  readonly index: number;
  readonly parts: readonly NotebookPart[];
}

export interface Notebook {
  readonly language: string | undefined;
  readonly cells: readonly NotebookCell[];
}

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Reads the code cells; the answer is a sentence when the text is no notebook. */
export function readNotebook(raw: string): Notebook | string {
  let whole: Json;
  try {
    whole = JSON.parse(raw.replace(/^\uFEFF/, ' ')) as Json;
  } catch {
    return 'it is not JSON';
  }
  if (whole === null || typeof whole !== 'object' || Array.isArray(whole) || !Array.isArray(whole.cells)) return 'it has no list of cells';
  const strings = sourceStrings(raw);
  const cells: NotebookCell[] = [];
  whole.cells.forEach((cell, index) => {
    if (cell === null || typeof cell !== 'object' || Array.isArray(cell) || cell.cell_type !== 'code') return;
    cells.push({ index, parts: strings.get(index) ?? [] });
  });
  return { language: languageOf(whole), cells };
}

function languageOf(whole: { [key: string]: Json }): string | undefined {
  const metadata = whole.metadata as { kernelspec?: { language?: Json }; language_info?: { name?: Json } } | undefined;
  const name = metadata?.language_info?.name ?? metadata?.kernelspec?.language;
  return typeof name === 'string' ? name : undefined;
}

/** The strings of `cells[i].source`, by i; the text is known to be JSON. */
function sourceStrings(raw: string): Map<number, NotebookPart[]> {
  const found = new Map<number, NotebookPart[]>();
  // Where the scanner stands: keys and indexes from the root.
  const path: (string | number)[] = [];
  const kinds: ('object' | 'array')[] = [];
  let key = false;
  for (let i = 0; i < raw.length; i++) {
    const c = raw[i];
    if (c === '{' || c === '[') {
      kinds.push(c === '{' ? 'object' : 'array');
      path.push(c === '{' ? '' : 0);
      key = c === '{';
    } else if (c === '}' || c === ']') {
      kinds.pop();
      path.pop();
      key = false;
    } else if (c === ',') {
      const top = path.length - 1;
      if (kinds.at(-1) === 'array') path[top] = (path[top] as number) + 1;
      else key = true;
    } else if (c === '"') {
      const part = stringAt(raw, i);
      if (kinds.at(-1) === 'object' && key) {
        path[path.length - 1] = part.text;
        key = false;
      } else if (path[0] === 'cells' && typeof path[1] === 'number' && path[2] === 'source' && path.length <= 4) {
        const list = found.get(path[1]) ?? [];
        list.push(part);
        found.set(path[1], list);
      }
      i = part.rawStart + (part.offsets.at(-1) as number);
    }
  }
  return found;
}

/** Reads the JSON string whose opening quote is at `at`. */
function stringAt(raw: string, at: number): NotebookPart {
  const offsets: number[] = [];
  const rawStart = at + 1;
  let text = '';
  let i = rawStart;
  while (i < raw.length && raw[i] !== '"') {
    offsets.push(i - rawStart);
    const length = raw[i] !== '\\' ? 1 : raw[i + 1] === 'u' ? 6 : 2;
    text += length === 1 ? raw[i] : (JSON.parse(`"${raw.slice(i, i + length)}"`) as string);
    i += length;
  }
  offsets.push(i - rawStart);
  return { text, rawStart, offsets };
}
