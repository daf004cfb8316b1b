// The uses of a UDF as uses of a function of Columns: texts become columns, and names that were seen keep being seen.
// Law: a use is changed only when it is known what stands in it; otherwise the reason comes back.

import { type Argument, type Call, type Edit, type Frame, type Node, type Program, textOf, type Udf } from '../../pyspark/index.ts';
import { insert, replace } from '../edits.ts';
import { functionsName } from '../imports.ts';

export interface Used {
  readonly edits: readonly Edit[];
  /** True when an edit needs the module of Spark's functions. */
  readonly needsFunctions: boolean;
}

/** Frames whose columns an expression reads: those above the step it stands in. */
export function framesBehind(program: Program, use: Call): Frame[] {
  const hosts = program.frames.filter(
    (one) => one.call !== undefined && one.call.node.source === use.node.source && inArguments(one.call, use.node),
  );
  const narrowest = Math.min(...hosts.map((one) => (one.call as Call).node.end - argumentsStart(one.call as Call)));
  return hosts.filter((one) => (one.call as Call).node.end - argumentsStart(one.call as Call) === narrowest).flatMap((one) => one.parents);
}

const argumentsStart = (call: Call): number => call.node.children.find((one) => one.field === 'arguments')?.start ?? call.node.start;

const inArguments = (call: Call, node: Node): boolean => node.start >= argumentsStart(call) && node.end <= call.node.end;

/** The column that an argument names, when it is a bare one. */
export function columnName(one: Argument): string | undefined {
  const { value } = one;
  if (value.kind === 'constant') return typeof value.value === 'string' ? value.value : undefined;
  const isBare = value.kind === 'column' && value.shape === 'column' && value.complete && value.columns.length === 1;
  return isBare && value.alias === undefined ? value.columns[0] : undefined;
}

const isText = (value: Argument['value']): boolean =>
  (value.kind === 'constant' && typeof value.value === 'string') ||
  value.kind === 'text' ||
  (value.kind === 'oneOf' && value.items.length > 0 && value.items.every(isText));

/** Makes a use right for a function that takes Columns; a text says why it cannot be. */
export function usedAsFunction(program: Program, udf: Udf, use: Call, parameters: readonly string[]): Used | string {
  const f = functionsName(program, use.node.source.path);
  if (use.arguments.some((one) => one.splat || /_splat$/.test(one.node.parent?.type ?? '')))
    return 'an argument of a use is a list of unknown length';
  const isKnown = use.arguments.every((one) => one.name === undefined || parameters.includes(one.name));
  if (use.arguments.length !== parameters.length || !isKnown) return 'a use gives other arguments than the function takes';
  const edits: Edit[] = [];
  let needsFunctions = false;
  for (const one of use.arguments) {
    const { value, node } = one;
    if (value.kind === 'column') continue;
    if (!isText(value)) return `it is not known what \`${textOf(node)}\` is at a use: a column or the name of one`;
    needsFunctions = true;
    edits.push(replace(node, `${f}.col(${textOf(node)})`));
  }
  const seen = nameSeen(program, use.node);
  if (seen === 'nested') return 'the result is a nameless part of a column whose name would change';
  if (seen === 'itself') {
    const names = use.arguments.map(columnName);
    if (names.some((name) => name === undefined || /[.`*]/.test(name))) return 'the name of the result column would change';
    const name = udf.definition?.type === 'lambda' ? '<lambda>' : nameOfFunction(udf);
    edits.push(insert(use.node, use.node.end, `.alias("${name}(${names.join(', ')})")`));
  }
  return { edits, needsFunctions };
}

/** Spark names the column after the Python function, not after the variable that holds the UDF. */
function nameOfFunction(udf: Udf): string {
  const name = udf.definition?.children.find((one) => one.field === 'name');
  return name === undefined ? udf.name : textOf(name);
}

const NAMED = /^(alias|name)$/;
const UNSEEN =
  /^(filter|where|join|orderBy|sort|sortWithinPartitions|repartition|repartitionByRange|withColumn|withColumns|when|otherwise)$/;

/** Is the default name of this column seen: as the name of a column, or inside of one? */
function nameSeen(program: Program, use: Node): 'no' | 'itself' | 'nested' {
  const calls = new Map(program.calls.map((one) => [one.node, one]));
  let at: Node = use;
  let isItself = true;
  for (let parent = at.parent; parent !== undefined; at = parent, parent = at.parent) {
    if (parent.type === 'attribute' && at.field === 'object') {
      const call = parent.parent;
      const name = textOf(parent.children.find((one) => one.field === 'attribute') ?? parent);
      if (call?.type === 'call' && NAMED.test(name)) return 'no';
      if (call?.type === 'call') isItself = false;
      continue;
    }
    if (/^(binary_operator|unary_operator|comparison_operator)$/.test(parent.type)) isItself = false;
    if (parent.type === 'argument_list') {
      const call = parent.parent;
      if (call === undefined) return 'nested';
      const name = calls.get(call)?.name ?? '';
      const isFrames = program.frames.some((one) => one.call?.node === call || one.grouping?.call.node === call);
      if (isFrames) return UNSEEN.test(name) ? 'no' : isItself ? 'itself' : 'nested';
      isItself = false;
      continue;
    }
    if (/_statement$|^(block|module|assignment)$/.test(parent.type)) return isItself ? 'itself' : 'nested';
  }
  return 'nested';
}
