// Spark types of a frame's columns, as far as the run's plans tell them.
// Law: a type is given only when a scan's schema, a cast or Spark's own mark for bigint says it and nothing speaks against it.

import { fieldsOf, type PlanNode } from '../facts/index.ts';
import type { Frame, Program } from '../pyspark/index.ts';
import { columnsIn } from '../pyspark/index.ts';
import { plainName } from './names.ts';
import type { ScanMap } from './scans.ts';

/** `bigint` and the rest by column name, as Spark spells them. `plansOf`: operators of the queries that computed the frame. */
export function columnTypes(program: Program, scanMap: ScanMap, frame: Frame, nodes: readonly PlanNode[]): ReadonlyMap<string, string> {
  const types = new Map<string, string>();
  const conflicting = new Set<string>();
  const put = (name: string, type: string) => {
    const known = types.get(name);
    if (known !== undefined && known !== type) conflicting.add(name);
    types.set(name, type);
  };
  const upstream = program.upstream(frame);
  for (const one of upstream) {
    if (one.read === undefined) continue;
    for (const scan of scanMap.scansOf(one.read)) {
      const text = scan.metadata.ReadSchema ?? /ReadSchema: (struct<.*>)/.exec(scan.detail)?.[1];
      for (const [name, type] of (text === undefined ? undefined : fieldsOf(text)) ?? []) put(name, type);
      // Columns that the path gives are not in the schema; Spark marks bigint by an L.
      for (const [, name] of scan.detail.matchAll(/([A-Za-z_]\w*)#\d+L\b/g)) if (!types.has(name as string)) put(name as string, 'bigint');
    }
  }
  // What a step in between makes anew has the type that its cast gives, or none.
  const made = new Set<string>();
  for (const one of upstream) {
    const call = one.call;
    if (call === undefined || one.read !== undefined) continue;
    if (/^withColumns?$/.test(one.method)) {
      const name = call.arguments[0]?.value;
      if (name?.kind === 'constant' && typeof name.value === 'string') made.add(name.value);
      if (name?.kind === 'dict') for (const [key] of name.entries) if (key.kind === 'constant') made.add(String(key.value));
    }
    for (const column of columnsIn(call)) if (column.alias !== undefined && column.shape !== 'column') made.add(column.alias);
  }
  for (const name of made) {
    types.delete(name);
    conflicting.delete(name);
    const found = new Set(nodes.flatMap((node) => typesIn(node.detail, name)));
    if (found.size === 1) types.set(name, [...found][0] as string);
  }
  for (const name of conflicting) types.delete(name);
  return types;
}

/** Types that an operator's text gives to a column: `cast(x as decimal(12,2)) AS name#7`, `… AS name#7L`. */
function typesIn(detail: string, name: string): string[] {
  if (!detail.toLowerCase().includes(plainName(name))) return [];
  const plain = name.replace(/\W/g, '.');
  const cast = [...detail.matchAll(new RegExp(`cast\\([^,()]* as ([a-z]+(?:\\(\\d+,\\d+\\))?)\\) AS ${plain}#\\d+`, 'g'))].map(
    (match) => match[1] as string,
  );
  if (cast.length > 0) return cast;
  return new RegExp(` AS ${plain}#\\d+L\\b`).test(detail) ? ['bigint'] : [];
}
