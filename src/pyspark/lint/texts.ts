// Check on texts handed to Spark SQL: values from outside put into them.
// Law: constants of the program and numbers are no finding; where a value comes from is said only as far as the code shows.

import type { Value } from '../flow/values.ts';
import { above, child, type Node, named, textOf } from '../node.ts';
import type { Program } from '../program.ts';
import { shown } from './shared.ts';
import type { Check, Draft } from './types.ts';

const OUTSIDE =
  /\b(parse_args|parse_known_args|environ|getenv|argv|input\s*\(|widgets\.get|getResolvedOptions|request|read_text|json\.load)/;

export const sqlInjection: Check = (program) =>
  program.sql.flatMap((sql): Draft[] => {
    const risky = sql.holes.map((node) => ({ node, from: origin(program, node) })).filter((one) => one.from !== 'safe');
    const worst = risky.find((one) => one.from === 'outside') ?? risky.find((one) => one.from === 'rows') ?? risky[0];
    if (worst === undefined || (sql.kind === 'expression' && worst.from === 'unknown')) return [];
    const what =
      worst.from === 'outside'
        ? 'comes from outside the program'
        : worst.from === 'rows'
          ? 'comes from data'
          : 'is put into the text as it is';
    return [
      {
        node: sql.node,
        message: `\`${shown(worst.node)}\` ${what}: a quote in it changes the statement. Hand values over as parameters (spark.sql(text, args={…}), since Spark 3.4) or compare columns.`,
        certainty: worst.from === 'outside' || worst.from === 'rows' ? 'likely' : 'possible',
        places: risky.slice(1).map((one) => ({ node: one.node, what: 'another value in the text' })),
      },
    ];
  });

/** Where a value in a text comes from. */
function origin(program: Program, node: Node, depth = 0): 'safe' | 'outside' | 'rows' | 'unknown' {
  const value = program.values.get(node);
  if (value?.kind === 'constant' || value?.kind === 'count' || value?.kind === 'column') return 'safe';
  if (value !== undefined && isKnown(value)) return 'safe';
  if (value?.kind === 'rows') return 'rows';
  if (OUTSIDE.test(textOf(node))) return 'outside';
  if (node.type === 'call') {
    const callee = child(node, 'function');
    if (callee !== undefined && /^(int|float|len|round|abs|bool)$/.test(textOf(callee))) return 'safe';
    // A date or a number formatted by its own method has no quotes.
    if (callee !== undefined && /\.(isoformat|strftime|timestamp|date|hour|year)$/.test(textOf(callee))) return 'safe';
    const parts = [...(callee?.type === 'attribute' ? [child(callee, 'object')] : []), ...named(child(node, 'arguments') ?? node)];
    return worstOf(parts.flatMap((one) => (one === undefined ? [] : [origin(program, one, depth + 1)])));
  }
  let root: Node = node;
  while (root.type === 'attribute' || root.type === 'subscript')
    root = child(root, root.type === 'attribute' ? 'object' : 'value') ?? { ...root, type: '' };
  if (root.type !== 'identifier' || depth > 6) return 'unknown';
  const name = textOf(root);
  for (const definition of program.definitionOf(name)) {
    const right = child(definition, 'right');
    if (right === undefined || right === node || right.source !== node.source) continue;
    if (OUTSIDE.test(textOf(right))) return 'outside';
    const from = right.start < node.start ? origin(program, right, depth + 1) : 'unknown';
    if (from !== 'unknown') return from;
  }
  const loop = above(node, (one) => one.type === 'for_statement');
  const over = loop === undefined ? undefined : child(loop, 'right');
  const target = loop === undefined ? undefined : child(loop, 'left');
  if (over !== undefined && target !== undefined && textOf(target) === name)
    return program.values.get(over)?.kind === 'rows' ? 'rows' : origin(program, over, depth + 1);
  return 'unknown';
}

/** Constants, and lists of them. */
function isKnown(value: Value): boolean {
  if (value.kind === 'constant') return true;
  return (value.kind === 'oneOf' || (value.kind === 'list' && value.exact)) && value.items.every(isKnown);
}

function worstOf(all: readonly ('safe' | 'outside' | 'rows' | 'unknown')[]): 'safe' | 'outside' | 'rows' | 'unknown' {
  return all.find((one) => one === 'outside') ?? all.find((one) => one === 'rows') ?? all.find((one) => one === 'unknown') ?? 'safe';
}
