// Spark types of columns as the run's plans tell them.
// Law: a type comes back only when everything that is known agrees on it.

import { FACTS, type FactStore, fieldsOf } from '../../facts/index.ts';
import type { Frame, Program, Read } from '../../pyspark/index.ts';
import type { FixContext } from '../define.ts';

const SHORT: Readonly<Record<string, string>> = { long: 'bigint', integer: 'int', short: 'smallint', byte: 'tinyint', bool: 'boolean' };

const spelled = (type: string): string => SHORT[type] ?? type;

/** Types that scans of the run have for a column of this name; more than one when they differ. */
function scanned(store: FactStore, name: string): Set<string> {
  const found = new Set<string>();
  for (const scan of store.get(FACTS.scans)) {
    const type = fieldsOf(scan.readSchema)?.get(name);
    if (type !== undefined) found.add(spelled(type));
  }
  for (const cache of store.get(FACTS.caches)) {
    const type = cache.schema?.get(name);
    if (type !== undefined) found.add(spelled(type));
  }
  return found;
}

/** Does the program itself make a column of this name? Then what a scan says of it is of another. */
function isMade(program: Program, name: string): boolean {
  return program.frames.some((frame) =>
    (frame.call?.arguments ?? []).some((one, i) => {
      if (one.value.kind === 'column' && one.value.alias === name) return true;
      if (i > 1) return false;
      const text = one.value.kind === 'constant' ? one.value.value : undefined;
      return /^withColumn(Renamed)?$/.test(frame.method) && text === name && (frame.method === 'withColumn' ? i === 0 : i === 1);
    }),
  );
}

/** The type of a frame's column; undefined when the run does not tell it. */
export function typeOf(context: FixContext, frames: readonly Frame[], name: string): string | undefined {
  const own = name.split('.').at(-1) as string;
  const told = new Set<string>();
  for (const frame of frames) {
    const type = context.code?.columnTypesOf(frame).get(own);
    if (type !== undefined) told.add(spelled(type));
  }
  if (told.size > 0) return told.size === 1 ? [...told][0] : undefined;
  if (context.store === undefined || isMade(context.program, own)) return undefined;
  const types = scanned(context.store, own);
  return types.size === 1 ? [...types][0] : undefined;
}

/** Columns of a read that the run asked its source for, with their types, over all its scans; undefined when a scan hides some. */
export function columnsRead(context: FixContext, read: Read): ReadonlyMap<string, string> | undefined {
  const scans = context.code?.scansOf(read) ?? [];
  const columns = new Map<string, string>();
  for (const node of scans) {
    const text = node.metadata.ReadSchema ?? /ReadSchema: (struct<.*>)/.exec(node.detail)?.[1];
    const fields = text === undefined ? undefined : fieldsOf(text);
    if (fields === undefined) {
      // A count reads no column at all.
      if (text !== undefined && /^struct<>$/.test(text.trim())) continue;
      return undefined;
    }
    for (const [name, type] of fields) {
      const before = columns.get(name);
      if (before !== undefined && before !== type) return undefined;
      columns.set(name, type);
    }
  }
  return scans.length === 0 ? undefined : columns;
}
