// Two questions about code by its shape alone.
// Law: `isSimple` says nothing about equality; it only tells bodies that a person could rewrite from those with loops, state or libraries.

import { child, type Node, textOf, walk } from '../node.ts';

const HARD =
  /^(for_statement|while_statement|try_statement|with_statement|yield|await|global_statement|nonlocal_statement|function_definition|class_definition|raise_statement|.*_comprehension|generator_expression|import_statement|import_from_statement|lambda|delete_statement)$/;
const METHODS =
  /^(upper|lower|strip|lstrip|rstrip|startswith|endswith|replace|get|split|join|title|capitalize|zfill|isdigit|isoformat|year|month|day|find|count|format)$/;
const FUNCTIONS = /^(str|int|float|len|bool|abs|round|min|max|sum|sorted)$/;

/** Only values, comparisons, branches and plain calls: no loop, no state, nothing imported. */
export function isSimple(definition: Node): boolean {
  const body = child(definition, 'body');
  if (body === undefined) return false;
  for (const node of walk(body)) {
    if (HARD.test(node.type)) return false;
    if (node.type === 'call') {
      const callee = child(node, 'function');
      if (callee === undefined) return false;
      if (callee.type === 'attribute' ? !METHODS.test(textOf(child(callee, 'attribute') ?? callee)) : !FUNCTIONS.test(textOf(callee)))
        return false;
    }
  }
  return true;
}

const CHANGES = /^(append|extend|insert|remove|pop|clear|update|add|discard|setdefault|popitem|sort|reverse)$/;

/** May a container behind a name be changed anywhere in the file: an entry set, a changing method, or the name given away? */
export function isChanged(from: Node, name: string): boolean {
  let root = from;
  while (root.parent !== undefined) root = root.parent;
  for (const node of walk(root)) {
    if (node.type !== 'identifier' || textOf(node) !== name) continue;
    const parent = node.parent;
    if (parent === undefined) continue;
    if (parent.type === 'subscript' && node.field === 'value') {
      const outer = parent.parent;
      if (
        (outer?.type === 'assignment' || outer?.type === 'augmented_assignment' || outer?.type === 'delete_statement') &&
        parent.field !== 'right'
      )
        return true;
    }
    if (parent.type === 'attribute' && node.field === 'object' && CHANGES.test(textOf(child(parent, 'attribute') ?? parent))) return true;
    if (parent.type === 'assignment' && node.field === 'right') return true;
    // Handed to a function that may keep and change it; len() and the like do not.
    if (parent.type === 'argument_list') {
      const callee = parent.parent === undefined ? undefined : child(parent.parent, 'function');
      if (callee === undefined || !/^(len|sorted|list|tuple|set|dict|print|enumerate|min|max|sum|F\.lit|broadcast)$/.test(textOf(callee)))
        return true;
    }
  }
  return false;
}
