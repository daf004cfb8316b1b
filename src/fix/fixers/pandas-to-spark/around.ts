// Who else sees a variable: other files, functions, what stands behind the block.
// Law: a variable that may be seen where its statements are not read is not changed.

import { above, child, type Node, type Program, textOf, walk } from '../../../pyspark/index.ts';
import { identifiers, lineOf, rootOf, scopeOf } from '../../places.ts';

/** Why a variable of these statements is not theirs alone; undefined when it is. */
export function seenElsewhere(program: Program, block: Node, scope: Node, name: string, start: number): string | undefined {
  if (scope.type === 'class_definition') return `${name} is kept by a class`;
  const root = rootOf(block);
  for (const one of walk(root)) {
    if (one.type === 'identifier' && /^(globals|locals|vars|exec|eval)$/.test(textOf(one))) return `${textOf(one)} may see ${name}`;
    if (/^(global|nonlocal)_statement$/.test(one.type) && identifiers(one, name).length > 0) return `${name} is a global variable`;
  }
  if (scope.type === 'module') {
    const other = program.roots.find((one) => one !== root && mayTake(one, name));
    if (other !== undefined) return `${name} may be read from ${other.source.path}`;
    const all = [...walk(root)].find((one) => one.type === 'assignment' && textOf(child(one, 'left') ?? one) === '__all__');
    if (all !== undefined && new RegExp(`["']${name}["']`).test(textOf(all))) return `__all__ gives ${name} to other files`;
  }
  for (const one of identifiers(scope, name)) {
    const isRead = one.start >= start && one.start >= block.start && one.end <= block.end;
    if (isRead) continue;
    const inner = above(one, (at) => /^(function_definition|lambda|class_definition|module)$/.test(at.type)) ?? scope;
    if (inner !== scope) {
      if (!bindsItself(inner, name)) return `line ${lineOf(one)}: a function sees ${name}`;
    } else if (one.start > start) return `line ${lineOf(one)}: ${name} is used outside of its block`;
  }
  return undefined;
}

/** A parameter or a local of the same name is another variable. */
function bindsItself(scope: Node, name: string): boolean {
  const parameters = child(scope, 'parameters');
  if (parameters !== undefined && identifiers(parameters, name).length > 0) return true;
  return identifiers(scope, name).some((one) => one.field === 'left' && one.parent?.type === 'assignment');
}

/** Another file takes the name, or all names, from a module that is not PySpark's, or asks a module for it. */
function mayTake(root: Node, name: string): boolean {
  for (const one of walk(root)) {
    if (one.type === 'attribute' && textOf(child(one, 'attribute') ?? one) === name) return true;
    if (one.type !== 'import_from_statement' || /^pyspark\b/.test(textOf(child(one, 'module_name') ?? one))) continue;
    if (one.children.some((part) => part.type === 'wildcard_import') || identifiers(one, name).length > 0) return true;
  }
  return false;
}

/**
 * Why the rows would be read where they cannot be, or fail where nobody waits for it: Spark reads them at the action behind `createDataFrame`, no
 * longer at `toPandas`.
 */
export function ranElsewhere(program: Program, block: Node, handed: readonly { readonly call: Node }[], start: number): string | undefined {
  const session = program.calls.find((one) => /^(newSession|stop)$/.test(one.name) && (one.name === 'newSession' || isBetween(one.node)));
  if (session !== undefined) return `line ${lineOf(session.node)}: what was brought outlives its session`;
  const scope = scopeOf(block);
  for (let at = block.parent; at !== undefined && at !== scope; at = at.parent) {
    const around = at;
    if (around.type !== 'try_statement' || !around.children.some((one) => /^except/.test(one.type))) continue;
    const leaves = handed.find(({ call }) => isSeenBehind(call, around, scope));
    if (leaves !== undefined) return `line ${lineOf(leaves.call)}: an error would come behind the \`except\` that waits for it`;
  }
  return undefined;

  function isBetween(node: Node): boolean {
    return node.source === block.source && node.start > start && handed.some(({ call }) => call.start > node.start);
  }
}

/** What is handed back is returned, or has a name that stands behind a statement. */
function isSeenBehind(call: Node, around: Node, scope: Node): boolean {
  const statement = above(call, (one) => /_statement$/.test(one.type));
  if (statement === undefined || statement.type !== 'expression_statement') return true;
  const [assignment] = statement.children;
  const name = assignment?.type === 'assignment' ? child(assignment, 'left') : undefined;
  if (assignment?.type !== 'assignment') return false;
  return name?.type !== 'identifier' || identifiers(scope, textOf(name)).some((one) => one.start > around.end);
}
