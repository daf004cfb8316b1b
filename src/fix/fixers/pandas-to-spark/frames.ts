// Expressions of pandas frames → steps of Spark, with what the frame holds behind each step.
// Laws: what pandas keeps in the index is a column only once reset_index made it one; the order of rows counts only where head follows a sort.

import { bare, child, constantOf, type Node, named, textOf } from '../../../pyspark/index.ts';
import { asSpark, type Reach } from './columns.ts';
import { aggregated, argumentsOf, type Grouped, groupedBy, pickedOf, textsIn } from './groups.ts';
import type { Link } from './layout.ts';
import { type Add, asNamed, assigned, filled, renamed, reset, rounded, without } from './names.ts';
import { merged, sortedBy } from './rows.ts';
import { type Asked, broughtState, columnOf, filledRows, left, type Origin, type State, shown, withColumn } from './state.ts';

/** What is known where an expression stands. */
export interface Scene {
  readonly variables: ReadonlyMap<string, State>;
  readonly origins: ReadonlyMap<Node, Origin>;
  readonly asked: Asked;
  readonly program: Reach['program'];
  readonly f: string;
}

export interface Frame {
  /** What the steps are done to, as it stands in the code. */
  readonly base: string;
  readonly links: readonly Link[];
  readonly state: State;
}

/** An expression of a frame that pandas has of Spark; undefined when it is none. */
export function frameOf(node: Node, scene: Scene): Frame | undefined {
  const made = madeOf(node, scene);
  if (made === undefined) return undefined;
  return 'grouped' in made ? left(node, `${shown(node)} stays a grouping`) : made;
}

type Made = Frame | (Omit<Frame, 'state'> & { readonly grouped: Grouped });

function madeOf(given: Node, scene: Scene): Made | undefined {
  const node = bare(given);
  if (node.type === 'identifier') {
    const state = scene.variables.get(textOf(node));
    return state && { base: textOf(node), links: [], state };
  }
  if (node.type === 'subscript') {
    const of = madeOf(child(node, 'value') as Node, scene);
    if (of === undefined) return undefined;
    if ('grouped' in of) return { ...of, grouped: pickedOf(of.grouped, node) };
    const made = picked(of, node, scene);
    return made && unsorted(made);
  }
  if (node.type === 'attribute') {
    const of = madeOf(child(node, 'object') as Node, scene);
    return of !== undefined && 'grouped' in of ? { ...of, grouped: pickedOf(of.grouped, node) } : undefined;
  }
  const callee = node.type === 'call' ? child(node, 'function') : undefined;
  if (callee?.type !== 'attribute') return undefined;
  const object = child(callee, 'object') as Node;
  const origin = scene.origins.get(node);
  if (origin !== undefined) return { base: textOf(object), links: [], state: broughtState(origin) };
  const of = madeOf(object, scene);
  if (of === undefined) return undefined;
  const what = textOf(child(callee, 'attribute') as Node);
  if ('grouped' in of) {
    const { links, state } = aggregated(of.grouped, node, what, scene.asked, scene.f);
    return { base: of.base, links: [...of.links, ...links], state };
  }
  if (what === 'groupby') return { base: of.base, links: of.links, grouped: groupedBy(node, of.state) };
  const made = step(of, node, what, scene);
  return /^(sort_values|reset_index|copy)$/.test(what) ? made : unsorted(made);
}

const unsorted = (of: Frame): Frame => ({ ...of, state: { ...of.state, sorted: undefined } });

const reachOf = (of: Frame, scene: Scene): Reach => ({ ...scene, variable: of.base, state: of.state });

const quoted = (names: readonly string[]): string => names.map((one) => `"${one}"`).join(', ');

/** `pdf[["a", "b"]]` and `pdf[pdf["a"] > 0]`. */
function picked(of: Frame, node: Node, scene: Scene): Frame | undefined {
  const key = bare(child(node, 'subscript') as Node);
  if (key.type === 'list') {
    const names = textsIn(key);
    if (names === undefined || of.state.index.length > 0 || of.state.series !== undefined || new Set(names).size < names.length)
      return left(node, `${shown(node)} is not understood`);
    const columns = new Map(names.map((name) => [name, columnOf(of.state, name, scene.asked, node)]));
    return { ...of, links: [...of.links, { head: '.select', items: [quoted(names)] }], state: { ...of.state, columns, order: names } };
  }
  if (typeof constantOf(key) === 'string') return undefined;
  if (of.links.length > 0) return left(node, `${shown(node)} is not understood`);
  const asked = asSpark(key, reachOf(of, scene));
  if (asked.type !== 'boolean' || asked.scalar) left(node, `${shown(key)} is no condition`);
  const state = asked.present.reduce(
    (all, name) => withColumn(all, name, filledRows(columnOf(all, name, scene.asked, node), name)),
    of.state,
  );
  return { ...of, links: [{ head: '.where', items: [asked.text] }], state };
}

function limit(n: number, by: readonly string[], asked: Asked): Link {
  asked.say(`At row ${n} no two rows are equal in ${quoted(by)}: which of them comes in is then not said.`, undefined);
  return { head: '.limit', items: [String(n)] };
}

function step(of: Frame, call: Node, what: string, scene: Scene): Frame {
  const { asked, f } = scene;
  const { state } = of;
  const args = argumentsOf(call);
  const no = (): never => left(call, `.${what}(…) is not translated: ${shown(call)}`);
  const add: Add = (links, next) => ({ ...of, links: [...of.links, ...links], state: next });
  const only = (...names: readonly string[]): void => {
    for (const name of args.keys()) if (!names.includes(name)) no();
  };
  const isFrame = state.series === undefined;
  switch (what) {
    case 'copy':
      only('deep');
      return of;
    case 'reset_index':
      return reset(of, args, no, add);
    case 'round':
      return rounded(of, call, scene);
    case 'to_frame': {
      only('0', 'name');
      const given = args.get('0') ?? args.get('name');
      const name = given === undefined ? state.series : constantOf(given);
      if (isFrame || typeof name !== 'string' || (given === undefined && name === 'size')) return no();
      const next = { ...state, series: undefined };
      return name === state.series ? { ...of, state: next } : asNamed(of, next, name);
    }
    case 'nlargest':
    case 'nsmallest': {
      const [n, by] = [constantOf(args.get('0') ?? call), textsIn(args.get('1'))];
      if (args.size !== 2 || typeof n !== 'number' || by === undefined || !isFrame) return no();
      const items = by.map((name) => {
        const column = columnOf(state, name, asked, call);
        if (column.mayNull) asked.noNull(name);
        if (column.mayNaN) asked.noNaN(name);
        return `${f}.col("${name}").${what === 'nlargest' ? 'desc' : 'asc'}()`;
      });
      return add([{ head: '.orderBy', items }, limit(n, by, asked)], state);
    }
    case 'rename': {
      if (!isFrame && args.size === 1)
        return renamed(of, new Map([[state.series as string, constantOf(args.get('0') ?? call)]]), call, scene);
      only('columns');
      const dict = args.get('columns');
      if (dict?.type !== 'dictionary') return no();
      const names = new Map(
        named(dict).map((pair) => [String(constantOf(child(pair, 'key') ?? pair) ?? no()), constantOf(child(pair, 'value') ?? pair)]),
      );
      return renamed(of, names, call, scene);
    }
    case 'drop': {
      only('columns', '0', 'axis');
      const names = textsIn(args.get('columns') ?? args.get('0'));
      const axis = args.get('axis');
      const isOfColumns = args.has('columns') ? args.size === 1 : axis !== undefined && /^(1|'columns'|"columns")$/.test(textOf(axis));
      if (names === undefined || !isOfColumns || !isFrame) return no();
      for (const name of names) columnOf(state, name, asked, call);
      return add([{ head: '.drop', items: [quoted(names)] }], without(state, names));
    }
    case 'dropna': {
      only('subset', 'how');
      const names = textsIn(args.get('subset'));
      const how = args.get('how');
      if (names === undefined || !isFrame || (how !== undefined && constantOf(how) !== 'any')) return no();
      const next = names.reduce((all, name) => {
        const column = columnOf(all, name, asked, call);
        return withColumn(all, name, { ...filledRows(column, name), mayNaN: false });
      }, state);
      return add([{ head: '.dropna', items: [`subset=[${quoted(names)}]`] }], next);
    }
    case 'fillna': {
      only('0', 'value');
      const dict = args.get('0') ?? args.get('value');
      if (dict?.type !== 'dictionary' || !isFrame || of.links.length > 0) return no();
      return filled(of, dict, scene);
    }
    case 'drop_duplicates':
      if (args.size > 0 || !isFrame || state.index.length > 0)
        return left(call, `${shown(call)} keeps the first row of each, by the order of rows`);
      return add([{ head: '.dropDuplicates', items: [] }], { ...state, sorted: undefined });
    case 'assign':
      return assigned(of, call, scene);
    case 'sort_values':
      return sortedBy(of, call, scene);
    case 'head': {
      only('0', 'n');
      const n = constantOf(args.get('0') ?? args.get('n') ?? call) ?? (args.size === 0 ? 5 : undefined);
      if (typeof n !== 'number' || n < 0) return no();
      if (state.sorted === undefined) return left(call, `${shown(call)} takes rows by an order that no sort_values gives right before it`);
      return add([limit(n, state.sorted, asked)], state);
    }
    case 'merge': {
      const other = args.get('0') ?? args.get('right');
      const right = other === undefined || bare(other).type !== 'identifier' ? undefined : frameOf(other, scene);
      if (right === undefined) return left(call, `${shown(call)} joins with what was not brought from Spark here`);
      return merged(of, right, call, scene);
    }
    default:
      return no();
  }
}
