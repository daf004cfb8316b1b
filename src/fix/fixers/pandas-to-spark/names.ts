// Columns of a pandas frame that get names or values: reset_index, rename, fillna by column, assign.
// Law: a name is given only where no other column has it.

import { child, constantOf, type Node, named, textOf } from '../../../pyspark/index.ts';
import { asColumn, asSpark } from './columns.ts';
import type { Frame, Scene } from './frames.ts';
import { argumentsOf } from './groups.ts';
import type { Link } from './layout.ts';
import { columnOf, left, type State, shown, withColumn } from './state.ts';

export type Add = (links: readonly Link[], next: State) => Frame;

export function reset(of: Frame, args: ReadonlyMap<string, Node>, no: () => never, add: Add): Frame {
  const { state } = of;
  const drop = args.get('drop');
  if (drop !== undefined && args.size === 1 && constantOf(drop) === true && state.index.length === 0) return of;
  if (state.index.length === 0) return no();
  const name = args.get('name');
  if (args.size > (name === undefined ? 0 : 1)) return no();
  const plain: State = { ...state, index: [], series: undefined };
  if (state.series === undefined) return name === undefined ? add([], plain) : no();
  const given = name === undefined ? undefined : constantOf(name);
  if (name !== undefined && typeof given !== 'string') return no();
  // The number of rows is a Series without a name.
  const wanted = (given as string | undefined) ?? (state.series === 'size' ? no() : state.series);
  return wanted === state.series ? add([], plain) : asNamed(of, plain, wanted);
}

/** A name given to the last aggregate as it is made, or behind it. */
export function asNamed(of: Frame, state: State, wanted: string): Frame {
  const from = of.state.series as string;
  const last = of.links.at(-1);
  const next: State = {
    ...state,
    order: state.order?.map((one) => (one === from ? wanted : one)),
    columns: new Map([...state.columns].map(([name, column]) => [name === from ? wanted : name, column])),
  };
  if (last?.head === '.agg' && last.items.length === 1) {
    const items = [(last.items[0] as string).replace(/\.alias\("[^"]*"\)$/, `.alias("${wanted}")`)];
    return { ...of, links: [...of.links.slice(0, -1), { head: '.agg', items }], state: next };
  }
  return { ...of, links: [...of.links, { head: '.withColumnRenamed', items: [`"${from}"`, `"${wanted}"`] }], state: next };
}

export function without(state: State, names: readonly string[]): State {
  return {
    ...state,
    columns: new Map([...state.columns].filter(([name]) => !names.includes(name))),
    order: state.order?.filter((one) => !names.includes(one)),
    gone: new Set([...state.gone, ...names]),
  };
}

export function renamed(of: Frame, names: ReadonlyMap<string, unknown>, call: Node, scene: Scene): Frame {
  let { state } = of;
  const links: Link[] = [];
  for (const [from, to] of names) {
    if (typeof to !== 'string' || names.has(to) || state.columns.has(to) || state.order?.includes(to) === true)
      return left(call, `${shown(call)} is not understood`);
    const column = columnOf(state, from, scene.asked, call);
    scene.asked.name(to, call);
    const order = state.order?.map((one) => (one === from ? to : one));
    const rest = without(state, [from]);
    state = { ...rest, order, columns: new Map(rest.columns).set(to, column), series: state.series === from ? to : state.series };
    links.push({ head: '.withColumnRenamed', items: [`"${from}"`, `"${to}"`] });
  }
  return { ...of, links: [...of.links, ...links], state };
}

/** `pdf.fillna({"a": 0})`: each column as `pdf["a"].fillna(0)`. */
export function filled(of: Frame, dict: Node, scene: Scene): Frame {
  let { state } = of;
  const links: Link[] = [];
  for (const pair of named(dict)) {
    const name = constantOf(child(pair, 'key') ?? pair);
    const filling = child(pair, 'value');
    if (typeof name !== 'string' || filling === undefined) return left(pair, `${shown(pair)} is not understood`);
    const column = columnOf(state, name, scene.asked, pair);
    const constant = constantOf(filling);
    const isSame = typeof constant === 'string' ? column.type === 'string' : typeof constant === 'number' && column.type === 'double';
    if (!isSame) return left(pair, `what ${shown(pair)} makes of \`${name}\` is not known`);
    if (column.mayNaN) scene.asked.noNaN(name);
    links.push({
      head: '.withColumn',
      items: [`"${name}"`, `${scene.f}.coalesce(${scene.f}.col("${name}"), ${scene.f}.lit(${textOf(filling)}))`],
    });
    state = withColumn(state, name, { ...column, mayNull: false, mayNaN: false });
  }
  return { ...of, links: [...of.links, ...links], state };
}

/** `pdf.assign(x=pdf["a"] * 2, y=lambda d: d["x"])`. */
export function assigned(of: Frame, call: Node, scene: Scene): Frame {
  let { state } = of;
  const links: Link[] = [];
  const made: string[] = [];
  for (const [name, given] of argumentsOf(call)) {
    if (/^\d+$/.test(name) || state.series !== undefined) return left(call, `${shown(call)} is not understood`);
    const parameters = given.type === 'lambda' ? named(child(given, 'parameters') ?? given).map(textOf) : [];
    if (given.type === 'lambda' ? parameters.length !== 1 : of.links.length > 0) return left(call, `${shown(given)} is not understood`);
    const variable = parameters[0] ?? of.base;
    const value = asSpark(given.type === 'lambda' ? (child(given, 'body') as Node) : given, { ...scene, variable, state });
    if (value.scalar || value.reads.some((one) => made.includes(one) && given.type !== 'lambda'))
      return left(call, `${shown(given)} is not understood`);
    scene.asked.name(name, call);
    links.push({ head: '.withColumn', items: [`"${name}"`, asColumn(value, scene.f)] });
    const { type, mayNull, mayNaN, hadNull } = value;
    state = withColumn(state, name, { type, mayNull: type === 'boolean' ? false : mayNull, mayNaN, hadNull });
    made.push(name);
  }
  return { ...of, links: [...of.links, ...links], state: { ...state, sorted: undefined } };
}

/** `.round(2)` of a Series of groups, `.round({"a": 2})` of a frame. */
export function rounded(of: Frame, call: Node, { asked, f }: Scene): Frame {
  const args = argumentsOf(call);
  const { state } = of;
  const given = args.get('0');
  const no = (): never => left(call, `${shown(call)} is not understood`);
  if ([...args.keys()].some((one) => one !== '0')) return no();
  const digits: [unknown, unknown][] =
    state.series !== undefined
      ? [[state.series, given === undefined ? 0 : constantOf(given)]]
      : given?.type === 'dictionary'
        ? named(given).map((pair) => [constantOf(child(pair, 'key') ?? pair), constantOf(child(pair, 'value') ?? pair)])
        : no();
  const links = digits.flatMap(([name, n]): Link[] => {
    if (typeof name !== 'string' || typeof n !== 'number' || n < 0 || n > 15) return no();
    const column = columnOf(state, name, asked, call);
    if (column.type === 'bigint') return [];
    if (column.type !== 'double') return no();
    const power = `1${'0'.repeat(n)}`;
    return [{ head: '.withColumn', items: [`"${name}"`, `${f}.rint(${f}.col("${name}") * ${power}) / ${power}`] }];
  });
  return { ...of, links: [...of.links, ...links], state };
}
