// What becomes of an expression: the column that holds it, and whether the column's name is made of its text.
// Law: a name is kept only where the code gives it, or where Spark takes it from the column beneath.

import { bare, child, type Node, type Program, type SqlText, stringOf, textOf } from '../../pyspark/index.ts';

/** The name of a bare column: `F.col("x")`, `df.x`, `df["x"]`. */
export function columnOf(program: Program, node: Node): string | undefined {
  const value = program.values.get(bare(node));
  return value?.kind === 'column' && value.shape === 'column' && value.complete && value.columns.length === 1
    ? value.columns[0]
    : undefined;
}

/** Calls whose arguments become columns with a name that may be made of their text. */
const NAMES = /^(select|agg|groupBy|groupby|rollup|cube|pivot|selectExpr|distinct|struct|create_map)$/;
/** Calls that ask a column and keep no name of it. */
const ASKS = /^(where|filter|join|when|orderBy|sort|sortWithinPartitions|repartition|repartitionByRange|partitionBy|over|otherwise)$/;

export interface Use {
  /** The column that holds the result; undefined when it has no name of its own. */
  readonly column: string | undefined;
  /** False when the name of a column is made of the expression's text. */
  readonly keepsName: boolean;
}

/** What becomes of an expression: the column it is given to, and whether the name of one is made of its text. `own`: the column that it is made of. */
export function useOf(program: Program, node: Node, own: string | undefined): Use {
  let isTop = true;
  const names = new Map(program.calls.map((one) => [one.node, one]));
  for (let at = node; at.parent !== undefined; at = at.parent) {
    const parent: Node = at.parent;
    if (parent.type === 'attribute') {
      const call = parent.parent?.type === 'call' ? names.get(parent.parent) : undefined;
      const alias = /^(alias|name)$/.test(call?.name ?? '') ? stringOf(call?.arguments[0]?.value) : undefined;
      if (alias !== undefined) return { column: alias, keepsName: true };
      isTop = false;
      continue;
    }
    if (parent.type === 'pair') {
      const key = child(parent, 'key');
      const value = key === undefined ? undefined : stringOf(program.values.get(key));
      const text = value ?? (key === undefined ? undefined : /^["'](\w+)["']$/.exec(textOf(key))?.[1]);
      return { column: text, keepsName: text !== undefined };
    }
    if (parent.type === 'call' && at.type === 'argument_list') {
      const call = names.get(parent);
      if (call === undefined) return { column: own, keepsName: false };
      if (call.name === 'withColumn') return { column: stringOf(call.arguments[0]?.value), keepsName: true };
      if (ASKS.test(call.name)) return { column: own, keepsName: true };
      if (NAMES.test(call.name)) return { column: own, keepsName: isTop && own !== undefined };
      isTop = false;
    } else if (/^(binary_operator|comparison_operator|unary_operator|boolean_operator|not_operator)$/.test(parent.type)) isTop = false;
    else if (!/^(argument_list|parenthesized_expression|list|list_splat|keyword_argument)$/.test(parent.type)) break;
  }
  return { column: own, keepsName: false };
}

export function useInSql(program: Program, sql: SqlText, piece: string): Use {
  const text = sql.text;
  const behind = text.slice(text.indexOf(piece) + piece.length);
  const alias = /^\s+as\s+`?(\w+)`?/i.exec(behind)?.[1];
  if (alias !== undefined) return { column: alias, keepsName: true };
  const call = sql.call;
  if (call !== undefined && /^(where|filter)$/.test(call.name)) return { column: undefined, keepsName: true };
  // `expr` is an expression of Python: what becomes of it is seen there.
  if (call?.name === 'expr') return useOf(program, call.node, undefined);
  const whole = /\s+as\s+`?(\w+)`?\s*$/i.exec(text)?.[1];
  return sql.kind === 'expression' && whole !== undefined ? { column: whole, keepsName: true } : { column: undefined, keepsName: false };
}
