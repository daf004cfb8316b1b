// Steps whose outcome hangs on the order of rows, or on the partition in which a row lies.
// Law: a function that is not known to ask for neither is looked for by name in code and in the texts of Spark SQL.

import { type Frame, type Program, stringOf, type Value } from '../../pyspark/index.ts';

/** What a group gives then hangs on the order of its rows. */
const BY_ORDER =
  /^(first|last|first_value|last_value|any_value|collect_list|array_agg|listagg|string_agg|min_by|max_by|mode|monotonically_increasing_id|spark_partition_id)$/;
const BY_ORDER_IN_SQL =
  /\b(first|last|first_value|last_value|any_value|collect_list|array_agg|listagg|string_agg|min_by|max_by|mode|monotonically_increasing_id|spark_partition_id|limit)\b/i;
/** Methods that see rows one after the other, or partitions as they are. */
const BY_PLACE =
  /^(mapInPandas|mapInArrow|applyInPandas|applyInArrow|apply|rdd\..*|foreachPartition|transform|sample|randomSplit|zipWithIndex)$/;

/** Does a step itself take rows in their order, or by their partition? */
export function asksForOrder(frame: Frame): boolean {
  if (BY_PLACE.test(frame.method)) return true;
  const values = [...(frame.call?.arguments ?? []), ...(frame.grouping?.keys ?? [])].flatMap(({ value }) => valuesIn(value));
  return values.some((value) => {
    if (value.kind === 'column') return value.functions.some((name) => BY_ORDER.test(name));
    const text = value.kind === 'text' ? value.text.pattern : stringOf(value);
    return (
      text !== undefined &&
      (frame.method === 'selectExpr' || frame.grouping !== undefined || frame.method === 'agg') &&
      BY_ORDER_IN_SQL.test(text)
    );
  });
}

/** Does any step below a frame take rows in their order? */
export const byOrder = (program: Program, frame: Frame): boolean =>
  program.downstream(frame).some((one) => one !== frame && asksForOrder(one));

/** A value, and those in lists and dicts of it. */
export function valuesIn(value: Value): Value[] {
  if (value.kind === 'list') return value.items.flatMap(valuesIn);
  if (value.kind === 'dict') return value.entries.flatMap(([, one]) => valuesIn(one));
  return [value];
}
