// Calls on columns and of UDFs.
// Law: the result reads what its parts read.

import type { Call, Udf } from '../model.ts';
import { asColumn, combined } from './columns.ts';
import type { ColumnValue, Value } from './values.ts';
import { stringOf } from './values.ts';

/** `price_band(F.col("amount"))`: texts are names of columns. */
export function udfUse(udf: Udf, call: Call): Value {
  if (!udf.uses.includes(call)) udf.uses.push(call);
  const parts = call.arguments.map((one) => asColumn(one.value, one.node));
  return combined(call.node, udf.name, parts, { udfs: [udf] });
}

/** Methods whose arguments are values of Python's, seldom columns. */
const PLAIN_ARGUMENTS = /^(cast|astype|try_cast|isin|like|rlike|ilike|startswith|endswith|contains|substr|getItem|getField|between)$/;

/** `column.cast("int")`, `column.over(window)`, `column.alias("x")`. */
export function columnMethod(of: ColumnValue, name: string, call: Call): Value {
  const values = call.arguments.map((one) => one.value);
  if (name === 'alias' || name === 'name') return { ...of, alias: stringOf(values[0]), node: call.node };
  if (/^(asc|desc)(_nulls_(first|last))?$/.test(name)) return { ...of, node: call.node };
  const all = combined(call.node, name, [of, ...values.filter((one) => one.kind === 'column')]);
  const windows = values.flatMap((one) => (one.kind === 'window' ? [one.window] : []));
  const unknown = !PLAIN_ARGUMENTS.test(name) && values.some((one) => one.kind === 'unknown');
  return {
    ...all,
    columns: [...new Set([...all.columns, ...windows.flatMap((one) => one.keys)])],
    windows: [...new Set([...all.windows, ...windows])],
    complete: all.complete && !unknown && windows.every((one) => one.complete) && (name !== 'over' || windows.length === values.length),
    frame: of.frame,
  };
}
