// The body of a UDF as the tool of its translation: names in reach, facts on the way, and what is asked of the rows.
// Law: a name means here what it means in Python: a parameter, a local given before, or a name outside that is given exactly once.

import { constantOf, pythonLiteral } from '../literal.ts';
import { above, bare, child, type Node, named, textOf, walk } from '../node.ts';
import { constantTerm, type Facts, type Precondition, refuse, type Term, term, withFacts } from './terms.ts';

export interface Body {
  /** Parameters and locals. */
  readonly names: ReadonlyMap<string, Term>;
  readonly facts: Facts;
  readonly shared: Shared;
}

export interface Shared {
  readonly definition: Node;
  /** True when the arguments' types are only assumed: one text for several types is better than a shorter one for one. */
  readonly generic: boolean;
  readonly preconditions: Map<string, Precondition>;
  /** Names outside the function that the translation uses. */
  readonly freeNames: Set<string>;
  leaves: number;
}

/** Asks that Python does not raise on any row. */
export function askNoRaise(body: Body, one: Term | undefined, text: string): void {
  body.shared.preconditions.set(`no-raise ${one?.argument ?? ''} ${text}`, { kind: 'no-raise', argument: one?.argument, oneOf: [], text });
}

/** Asks that numbers stay where Spark can hold them. */
export function askRange(body: Body, argument: string | undefined, text: string): void {
  body.shared.preconditions.set(`range ${argument ?? ''} ${text}`, { kind: 'range', argument, oneOf: [], text });
}

/** A term of which a method or an operator cannot take None. */
export function neverNull(body: Body, one: Term): Term {
  if (one.type === 'none') refuse('None is used where Python raises');
  if (one.mayNull) askNoRaise(body, one, `${one.argument ?? 'a value'} is never null (the original fails on None, the rewrite gives NULL)`);
  return { ...one, mayNull: false };
}

/** An argument or local with what is known of it here. */
export function known(body: Body, one: Term): Term {
  if (one.argument === undefined) return one;
  if (body.facts.isNull.has(one.argument)) return constantTerm(null, false, 'None');
  return {
    ...one,
    mayNull: one.mayNull && !body.facts.notNull.has(one.argument),
    nonZero: one.nonZero || body.facts.nonZero.has(one.argument),
  };
}

/** A literal's term; undefined when the node is none. */
export function literalTerm(node: Node): Term | undefined {
  const value = constantOf(node);
  if (value === undefined) return undefined;
  const isFloat = [...walk(node)].some((one) => one.type === 'float');
  const plain = textOf(bare(node));
  const text = typeof value === 'string' && plain.includes('\n') ? pythonLiteral(value) : plain;
  return constantTerm(value, isFloat, text.startsWith('-') || text.startsWith('(') ? `(${text})` : text);
}

/** A name outside the function: given once, by a literal or by a text. */
export function freeName(body: Body, name: string): Term {
  const right = definitionOutside(body.shared.definition, name);
  if (right === undefined) refuse(`${name} is not a constant that can be followed`);
  body.shared.freeNames.add(name);
  const value = constantOf(right);
  if (value !== undefined)
    return constantTerm(
      value,
      [...walk(right)].some((one) => one.type === 'float'),
      name,
    );
  if (isText(right)) return term(name, 'str', 'string', { driver: true });
  return refuse(`the type of ${name} is not known`);
}

const definitions = new WeakMap<Node, Map<string, Node | undefined>>();

/** The right side of the only assignment of a name in the function around, or in the module. */
export function definitionOutside(from: Node, name: string): Node | undefined {
  const known = definitions.get(from) ?? new Map<string, Node | undefined>();
  definitions.set(from, known);
  if (!known.has(name)) known.set(name, findOutside(from, name));
  return known.get(name);
}

/** Is a name of Python's own given another meaning anywhere in the file? */
export function isRebound(from: Node, name: string): boolean {
  let root = from;
  while (root.parent !== undefined) root = root.parent;
  for (const node of walk(root)) {
    if (binds(node, name)) return true;
    // `from pyspark.sql.functions import *` brings these names of its own.
    if (
      node.type === 'wildcard_import' &&
      /^(abs|min|max|round|len|sum)$/.test(name) &&
      !/pyspark\.sql\.types|typing/.test(textOf(node.parent ?? node))
    )
      return true;
  }
  return false;
}

function findOutside(from: Node, name: string): Node | undefined {
  for (let scope = above(from, isScope); scope !== undefined; scope = above(scope, isScope)) {
    if (scope.type === 'class_definition') continue;
    let found: Node | undefined;
    let times = 0;
    for (const node of walk(scope)) {
      if (node !== scope && above(node, isScope) !== scope) {
        // `global NAME` in any function makes it a variable.
        if ((node.type === 'global_statement' || node.type === 'nonlocal_statement') && named(node).some((one) => textOf(one) === name))
          times += 2;
        continue;
      }
      if (!binds(node, name)) continue;
      times++;
      if (node.type === 'assignment' && child(node, 'left')?.type === 'identifier') found = child(node, 'right');
      if (above(node, (one) => /^(for|while)_statement$|_comprehension$/.test(one.type)) !== undefined) times++;
    }
    if (scope.type === 'function_definition') {
      const parameters = child(scope, 'parameters');
      if (parameters !== undefined && [...walk(parameters)].some((one) => one.type === 'identifier' && textOf(one) === name))
        return undefined;
    }
    if (times === 1 && found !== undefined) return found;
    if (times > 0) return undefined;
  }
  return undefined;
}

function isScope(node: Node): boolean {
  return /^(function_definition|module|class_definition|lambda)$/.test(node.type);
}

function binds(node: Node, name: string): boolean {
  const target = /^(assignment|augmented_assignment|for_statement|for_in_clause)$/.test(node.type)
    ? child(node, 'left')
    : node.type === 'named_expression' || /^(function|class)_definition$/.test(node.type)
      ? child(node, 'name')
      : node.type === 'as_pattern_target' || node.type === 'delete_statement'
        ? node
        : undefined;
  if (target !== undefined)
    return [...walk(target)].some(
      (one) => one.type === 'identifier' && one.parent?.type !== 'attribute' && one.parent?.type !== 'subscript' && textOf(one) === name,
    );
  return /^import/.test(node.type) && [...walk(node)].some((one) => one.type === 'identifier' && textOf(one) === name);
}

/** Is the value a str for certain: str(…), an f-string, an argument of argparse that is text and never None? */
function isText(node: Node): boolean {
  if (node.type === 'string') return true;
  if (node.type === 'call') {
    const callee = child(node, 'function');
    return callee !== undefined && /^str$|\.(isoformat|strftime)$/.test(textOf(callee));
  }
  return node.type === 'attribute' && isArgparseText(node);
}

/** `args.period`, where `args = parser.parse_args()` and `add_argument("--period")` has no type, is required or has a text as default. */
export function isArgparseText(node: Node): boolean {
  const object = child(node, 'object');
  const attribute = child(node, 'attribute');
  if (object?.type !== 'identifier' || attribute === undefined) return false;
  const parsed = definitionOutside(node, textOf(object));
  if (parsed === undefined || !/\.parse_args\(/.test(textOf(parsed))) return false;
  let root = node;
  while (root.parent !== undefined) root = root.parent;
  const wanted = textOf(attribute);
  let isRight = false;
  for (const call of walk(root)) {
    if (call.type !== 'call' || !/\.add_argument$/.test(textOf(child(call, 'function') ?? call))) continue;
    const list = named(child(call, 'arguments') ?? call);
    const flags = list.flatMap((one) => (one.type === 'string' ? [constantOf(one)] : []));
    const options = new Map(
      list.filter((one) => one.type === 'keyword_argument').map((one) => [textOf(child(one, 'name') ?? one), child(one, 'value')]),
    );
    const dest = options.get('dest');
    const names =
      dest === undefined ? flags.map((flag) => String(flag).replace(/^-+/, '').replaceAll('-', '_')) : [String(constantOf(dest))];
    if (!names.includes(wanted)) continue;
    if (['type', 'action', 'nargs', 'choices', 'const'].some((one) => options.has(one) && one !== 'choices')) return false;
    const preset = options.get('default');
    const isPositional = flags.some((flag) => typeof flag === 'string' && !flag.startsWith('-'));
    const required = options.get('required');
    isRight =
      isPositional ||
      (required !== undefined && textOf(required) === 'True') ||
      (preset !== undefined && typeof constantOf(preset) === 'string');
    if (!isRight) return false;
  }
  return isRight;
}

/** The body where more is known. */
export function under(body: Body, facts: Facts): Body {
  return { ...body, facts: withFacts(body.facts, facts) };
}
