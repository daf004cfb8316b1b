// Offsets in a text as lines and columns, both from 1.
// Law: a line ends with \n, \r\n or \r.

export type PlaceOf = (offset: number) => { readonly line: number; readonly column: number };

/** Looks places up in one text. */
export function placesIn(text: string): PlaceOf {
  const starts = [0];
  for (const end of text.matchAll(/\r\n|\n|\r/g)) starts.push(end.index + end[0].length);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] as number) + 1 };
  };
}
