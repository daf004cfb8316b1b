// Orders and joins of pandas → those of Spark.
// Laws: nulls come last in every order; a null key finds a null key to pandas and none to Spark, so it is asked for that one side has none.

import { bare, constantOf, type Node, named } from '../../../pyspark/index.ts';
import type { Frame, Scene } from './frames.ts';
import { argumentsOf, textsIn } from './groups.ts';
import { type Column, columnOf, left, shown } from './state.ts';

const quoted = (names: readonly string[]): string => names.map((one) => `"${one}"`).join(', ');

/** `.sort_values(by, ascending=…)`. */
export function sortedBy(of: Frame, call: Node, { asked, f }: Scene): Frame {
  const args = argumentsOf(call);
  const { state } = of;
  for (const name of args.keys())
    if (!/^(0|by|ascending|kind|ignore_index)$/.test(name)) left(call, `${name} of sort_values is not followed`);
  const by = textsIn(args.get('0') ?? args.get('by')) ?? (state.series === undefined ? undefined : [state.series]);
  if (by === undefined || (state.series !== undefined && by[0] !== state.series)) return left(call, `${shown(call)} is not understood`);
  const given = args.get('ascending');
  const flags = given === undefined ? [true] : (given.type === 'list' ? named(bare(given)) : [given]).map(constantOf);
  const ups = by.map((_, i) => (flags.length === 1 ? flags[0] : flags[i]));
  if (ups.some((one) => typeof one !== 'boolean') || (flags.length > 1 && flags.length !== by.length))
    left(call, `${shown(call)} is not understood`);
  const items = by.map((name, i) => {
    const column = columnOf(state, name, asked, call);
    if (column.mayNaN) asked.noNaN(name);
    const way = ups[i] === true ? (column.mayNull ? 'asc_nulls_last' : 'asc') : 'desc';
    return `${f}.col("${name}").${way}()`;
  });
  return { ...of, links: [...of.links, { head: '.orderBy', items }], state: { ...state, sorted: by } };
}

/** `.merge(other, on=…, how=…)`: inner and left. */
export function merged(of: Frame, right: Frame, call: Node, { asked }: Scene): Frame {
  const args = argumentsOf(call);
  for (const name of args.keys()) if (!/^(0|right|on|how)$/.test(name)) left(call, `${name} of merge is not followed`);
  const keys = textsIn(args.get('on'));
  const given = args.get('how');
  const how = given === undefined ? 'inner' : constantOf(given);
  if (keys === undefined || (how !== 'inner' && how !== 'left'))
    return left(call, `${shown(call)} is no inner or left join by columns of one name`);
  const [a, b] = [of.state, right.state];
  if (a.order === undefined || b.order === undefined || a.index.length + b.index.length > 0)
    return left(call, `${shown(call)}: not all columns of both sides are known`);
  if (right.links.length > 0) return left(call, `${shown(call)}: the other side is made in place`);
  const others = b.order.filter((one) => !keys.includes(one));
  const twice = others.find((one) => a.order?.some((own) => own.toLowerCase() === one.toLowerCase()) === true);
  if (twice !== undefined) left(call, `"${twice}" is on both sides of the merge`);
  const columns = new Map<string, Column>(a.order.map((name) => [name, columnOf(a, name, asked, call)]));
  const isOpen = keys.every((key) => {
    const [one, other] = [columns.get(key), columnOf(b, key, asked, call)];
    if (one?.type !== other.type) left(call, `"${key}" is of another type on the other side`);
    return one?.mayNull === true && other.mayNull;
  });
  if (isOpen) asked.say(`On one side of the merge no row has a null in ${quoted(keys)}: pandas joins null with null.`, undefined);
  for (const name of others) {
    const column = columnOf(b, name, asked, call);
    const isText = column.type === 'string' || column.type === 'date';
    columns.set(name, { ...column, mayNull: column.mayNull || (how === 'left' && isText) });
    if (how === 'left' && !isText)
      asked.say(
        'Every row of the left side of the merge finds a partner: without one pandas fills NaN in, and makes doubles of whole numbers.',
        undefined,
      );
  }
  const order = [...a.order, ...others];
  const on = keys.length === 1 ? quoted(keys) : `[${quoted(keys)}]`;
  const spark = [...keys, ...a.order.filter((one) => !keys.includes(one)), ...others];
  const isSame = spark.every((one, i) => one === order[i]);
  return {
    base: of.base,
    links: [
      ...of.links,
      { head: '.join', items: [right.base, on, `"${how}"`] },
      ...(isSame ? [] : [{ head: '.select', items: [quoted(order)] }]),
    ],
    state: {
      columns,
      order,
      gone: new Set(),
      origins: [...new Set([...a.origins, ...b.origins])],
      index: [],
      series: undefined,
      sorted: undefined,
    },
  };
}
