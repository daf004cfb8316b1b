// Do columns that are added one after the other read each other? Names known in part are patterns.
// Law: what is not known to be apart is taken to meet.

import { bare, type Call, child, constantOf, type Node, named, type Program, textOf, type Value, walk } from '../../pyspark/index.ts';

/** One `withColumn(name, value)`. */
export interface Added {
  readonly call: Call;
  readonly name: Node;
  readonly value: Node;
  /** What the name can be: texts with `*` for parts that are not known. */
  readonly names: readonly string[];
  /** Names of the columns that the value reads, in the same spelling. */
  readonly reads: readonly string[];
  /** The value reads the column of its own name: `withColumn(c, trim(col(c)))`. */
  readonly readsItself: boolean;
}

/** Functions that make several rows of one; source: Spark's Generator expressions; Spark 3.5 takes several in one projection, of others it is not known. */
const GENERATORS = /^(explode|explode_outer|posexplode|posexplode_outer|inline|inline_outer|stack|json_tuple)$/;

/** The columns that a name may mean: without quotes, behind an alias, as the struct of a field. */
function spelledOut(program: Program, name: string): string[] {
  const plain = name.replaceAll('`', '');
  const [first = plain, ...rest] = plain.split('.');
  const isAlias = program.frames.some((one) => one.method === 'alias' && sameText(one.call?.arguments[0]?.value, first));
  const isTable = program.reads.some((one) => one.table?.pattern.toLowerCase().split('.').includes(first.toLowerCase()));
  return isAlias || isTable || first.includes('*') ? [plain, first, ...rest] : [plain, first];
}

const sameText = (value: Value | undefined, text: string): boolean =>
  value?.kind !== 'constant' || String(value.value).toLowerCase() === text.toLowerCase();

function namesOf(value: Value | undefined): readonly string[] {
  if (value?.kind === 'constant' && typeof value.value === 'string') return [value.value];
  if (value?.kind === 'text') return [value.text.pattern];
  if (value?.kind === 'oneOf') return value.items.flatMap(namesOf);
  return ['*'];
}

/** A `withColumn` taken apart; a text says why it cannot be. */
export function addedBy(program: Program, call: Call): Added | string {
  const [first, second, ...rest] = call.arguments;
  if (call.name !== 'withColumn' || first === undefined || second === undefined || rest.length > 0) return 'a step is no plain withColumn';
  if (first.splat || second.splat || (first.name !== undefined && first.name !== 'colName')) return 'a step is no plain withColumn';
  const { value } = second;
  if (value.kind !== 'column') return `it is not known what \`${shown(second.node)}\` reads`;
  const key = textOf(bare(first.node));
  const own = ownReads(second.node, key);
  const reads = new Set(value.columns);
  if (!value.complete) {
    const computed = computedReads(program, second.node).filter((node) => !own.includes(node));
    const unknown = computed.find((node) => namesOf(program.values.get(node)).includes('*'));
    if (unknown !== undefined || (computed.length === 0 && own.length === 0))
      return `it is not known which columns \`${shown(second.node)}\` reads`;
    for (const node of computed) for (const name of namesOf(program.values.get(node))) reads.add(name);
  }
  const generator = value.functions.find((one) => GENERATORS.test(one));
  if (generator !== undefined) return `${generator}() makes rows, and not every Spark takes two such functions in one step`;
  for (const window of value.windows) for (const name of textsIn(window.node)) reads.add(name);
  for (const name of [...reads]) for (const part of spelledOut(program, name)) reads.add(part);
  const names = namesOf(program.values.get(first.node) ?? first.value);
  if (own.length > 0) for (const name of names) reads.delete(name);
  return { call, name: first.node, value: second.node, names, reads: [...reads], readsItself: own.length > 0 };
}

/** Every text in a window's definition is taken for a column that it reads; a part that is computed may be any. */
function textsIn(node: Node): string[] {
  const found: string[] = [];
  for (const one of walk(node)) {
    if (one.type === 'string') found.push(constantOf(one) === undefined ? '*' : String(constantOf(one)));
    if (
      one.type === 'argument_list' &&
      named(one).some((part) => !/^(string|call|attribute|subscript|integer|unary_operator)$/.test(part.type))
    )
      found.push('*');
  }
  return found;
}

const shown = (node: Node): string => {
  const text = textOf(node).replace(/\s+/g, ' ');
  return text.length > 50 ? `${text.slice(0, 49)}…` : text;
};

/** Arguments of `col(…)` and keys of `df[…]` that are no constants. */
function computedReads(_program: Program, value: Node): Node[] {
  return columnArguments(value).filter((one) => one.type !== 'string' || named(one).some((part) => part.type === 'interpolation'));
}

/** Those that are spelled as the name of the added column is. */
const ownReads = (value: Node, key: string): Node[] => columnArguments(value).filter((one) => textOf(bare(one)) === key);

function columnArguments(value: Node): Node[] {
  const found: Node[] = [];
  for (const node of walk(value)) {
    if (node.type === 'call') {
      const callee = child(node, 'function');
      const list = child(node, 'arguments');
      if (callee !== undefined && list !== undefined && /(^|\.)(col|column)$/.test(textOf(callee))) found.push(...named(list).slice(0, 1));
    } else if (node.type === 'subscript') {
      const key = child(node, 'subscript');
      if (key !== undefined) found.push(key);
    }
  }
  return found;
}

const literal = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');

/** Can two texts with `*` stand for the same? Small and capital letters are one to Spark. */
export function canMeet(a: string, b: string): boolean {
  const fits = (pattern: string, text: string) => new RegExp(`^${literal(pattern).replaceAll('*', '.*')}$`, 'is').test(text);
  if (!a.includes('*') || !b.includes('*')) return a.includes('*') ? fits(a, b) : fits(b, a);
  const head = (text: string) => text.slice(0, text.indexOf('*')).toLowerCase();
  const tail = (text: string) => text.slice(text.lastIndexOf('*') + 1).toLowerCase();
  const heads = head(a).startsWith(head(b)) || head(b).startsWith(head(a));
  const tails = tail(a).endsWith(tail(b)) || tail(b).endsWith(tail(a));
  return heads && tails;
}

/** Why the columns may not be added at once; undefined when none reads another. `isLoop`: each step comes again with other names. */
export function dependence(all: readonly Added[], isLoop: boolean): string | undefined {
  for (const one of all)
    for (const [i, other] of all.entries()) {
      const isBefore = isLoop || all.indexOf(one) > i;
      if (isBefore && one.reads.some((read) => other.names.some((name) => canMeet(read, name))))
        return `\`${shown(one.name)}\` may read ${one === other ? 'what a turn before it has made' : `what \`${shown(other.name)}\` has made`}`;
    }
  for (const [i, one] of all.entries())
    for (const other of all.slice(i + 1))
      if (one.readsItself && other !== one && one.names.some((a) => other.names.some((b) => canMeet(a, b))))
        return `\`${shown(one.name)}\` may be made twice`;
  return undefined;
}
