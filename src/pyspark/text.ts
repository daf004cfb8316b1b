// Places in a text: offsets in UTF-16 code units (as JavaScript counts), lines and columns from 1.
// Law: a line ends at \n, \r\n or \r, as Python counts lines; slicing the text by a range gives back what the range names.

/** A place in a text. */
export interface Position {
  /** UTF-16 code units from the start of the text. */
  readonly offset: number;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
}

/** A part of a file: `start` is in it, `end` is behind it. */
export interface Range {
  /** The path of the file as it was given. */
  readonly file: string;
  readonly start: Position;
  readonly end: Position;
}

/** The offsets at which the lines of a text start. */
export function lineStarts(text: string): number[] {
  const starts = [0];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 10 || (code === 13 && text.charCodeAt(i + 1) !== 10)) starts.push(i + 1);
  }
  return starts;
}

/** The place of an offset, by the starts of the lines. */
export function positionAt(starts: readonly number[], offset: number): Position {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] as number) <= offset) low = middle;
    else high = middle - 1;
  }
  return { offset, line: low + 1, column: offset - (starts[low] as number) + 1 };
}
