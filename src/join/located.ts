// From a thing of the program to the place that is handed out.
// Law: a place shows lines of the source as they stand; nothing of it is made up.

import { rangeOf } from '../pyspark/index.ts';
import type { Item } from './items.ts';
import type { Confidence, Located } from './types.ts';

/** Longest text shown of a line. */
const MAX_TEXT = 200;

export interface Sure {
  readonly confidence: Confidence;
  readonly basis: string;
  readonly rivals: number;
}

export function locatedOf(item: Pick<Item, 'thing' | 'at' | 'refs'> & { readonly loop?: Located['loop'] }, sure: Sure): Located {
  const range = rangeOf(item.at);
  const { text } = item.at.source;
  const start = text.lastIndexOf('\n', item.at.start - 1) + 1;
  const end = text.indexOf('\n', item.at.start);
  return {
    thing: item.thing,
    file: item.at.source.path,
    line: range.start.line,
    endLine: Math.max(range.start.line, range.end.line),
    text: text
      .slice(start, end < 0 ? text.length : end)
      .trim()
      .slice(0, MAX_TEXT),
    confidence: sure.confidence,
    basis: sure.basis,
    rivals: sure.rivals,
    node: item.at,
    ...item.refs,
    ...(item.loop === undefined ? {} : { loop: item.loop }),
  };
}
