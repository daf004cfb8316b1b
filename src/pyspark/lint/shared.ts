// What several checks ask of frames and places.
// Law: pure questions; a walk up or down a program's frames ends, whatever circles loops make.

import { isColumn } from '../flow/columns.ts';
import { partitionsOf } from '../flow/frames.ts';
import type { ColumnValue, Value } from '../flow/values.ts';
import { numberOf } from '../flow/values.ts';
import type { Action, Call, Frame } from '../model.ts';
import { above, type Node, rangeOf, textOf } from '../node.ts';
import { nameNode, type Program } from '../program.ts';

/** Steps after which rows lie elsewhere: each is a shuffle (a join unless it broadcasts). */
const SHUFFLES =
  /^(join|crossJoin|distinct|dropDuplicates|drop_duplicates|orderBy|sort|repartition|repartitionByRange|intersect|intersectAll|exceptAll|subtract|except)$/;

export function isShuffle(frame: Frame): boolean {
  return frame.grouping !== undefined || SHUFFLES.test(frame.method) || (frame.method === 'agg' && frame.parents.length > 0);
}

/** Steps after which there are few rows, whatever there was before. */
export function isReduced(frame: Frame): boolean {
  if (frame.grouping !== undefined && !/^apply/.test(frame.method)) return true;
  if (/^(agg|distinct|summary|describe|approxQuantile)$/.test(frame.method)) return true;
  return isLimit(frame);
}

/** Rows enough to matter on a driver start above this; a limit below it is no worry. */
const SMALL_LIMIT = 100_000;

export function isLimit(frame: Frame): boolean {
  if (frame.method !== 'limit') return false;
  const rows = numberOf(frame.call?.arguments[0]?.value);
  return rows !== undefined && rows <= SMALL_LIMIT;
}

/** One row by construction: an aggregate without keys, a limit of one. */
export function isOneRow(frame: Frame): boolean {
  if (frame.method === 'agg' && frame.grouping === undefined) return true;
  if (frame.grouping !== undefined && frame.grouping.keys.length === 0 && !/^apply/.test(frame.method)) return true;
  return frame.method === 'limit' && numberOf(frame.call?.arguments[0]?.value) === 1;
}

/** The frames above with one parent each, up to the first for which `stop` holds (it is the last of the answer). */
export function straightUp(frame: Frame, stop: (one: Frame) => boolean): Frame[] {
  const found: Frame[] = [];
  const seen = new Set<Frame>();
  for (let at: Frame | undefined = frame; at !== undefined && !seen.has(at); at = at.parents[0]) {
    seen.add(at);
    found.push(at);
    if (stop(at) || at.parents.length !== 1) break;
  }
  return found;
}

/** All columns among a frame's arguments. */
export function columnsIn(call: Pick<Call, 'arguments'> | undefined): ColumnValue[] {
  const found: ColumnValue[] = [];
  const look = (value: Value) => {
    if (isColumn(value)) found.push(value);
    else if (value.kind === 'list') value.items.forEach(look);
    else if (value.kind === 'dict') for (const [, one] of value.entries) look(one);
  };
  for (const one of call?.arguments ?? []) look(one.value);
  return found;
}

/** Is rows' own work done here: a UDF, or a function of the column values? Bare columns, filters and renames are none. */
export function computes(frame: Frame): boolean {
  if (/^(mapInPandas|mapInArrow|rdd\.|transform$|apply)/.test(frame.method)) return true;
  return columnsIn(frame.call).some(
    (one) => one.udfs.length > 0 || one.windows.length > 0 || one.functions.some((name) => !CHEAP.test(name)),
  );
}

/** Functions that cost next to nothing a row. */
const CHEAP =
  /^(col|column|lit|when|coalesce|isnull|isnan|count|sum|avg|min|max|first|last|mean|desc|asc|alias|struct|greatest|least|abs|upper|lower|trim|substring|concat|to_date|year|month|round)$/;

/** Do two nodes stand in different branches of one `if`, `try` or `match`, so that a run comes to one of them only? */
export function exclude(a: Node, b: Node): boolean {
  const branchOf = (node: Node, of: Node): Node | undefined => {
    let inner = node;
    while (inner.parent !== undefined && inner.parent !== of) inner = inner.parent;
    return inner.parent === of ? inner : undefined;
  };
  for (
    let at = above(a, (one) => /^(if|match)_statement$|^conditional_expression$/.test(one.type));
    at !== undefined;
    at = above(at, (one) => /^(if|match)_statement$|^conditional_expression$/.test(one.type))
  ) {
    const one = branchOf(a, at);
    const other = branchOf(b, at);
    if (one === undefined || other === undefined || one === other) continue;
    if (at.type === 'match_statement') continue;
    if (one.field !== 'condition' && other.field !== 'condition') return true;
  }
  return false;
}

/** What to call a frame: its variable, or the method that made it. */
export function frameName(frame: Frame): string {
  const name = frame.names.at(-1);
  return name === undefined || name === '' ? `the result of ${frame.method}` : `\`${name}\``;
}

export function lineOf(node: Node): number {
  return rangeOf(node).start.line;
}

/** A place that shows the step and not the whole chain before it: the call's name and its arguments. */
export function linkNode(call: Call): Node {
  const name = nameNode(call);
  return { ...call.node, start: Math.min(name.start, call.node.end), children: [] };
}

export function frameNode(frame: Frame): Node {
  return frame.call === undefined ? frame.node : linkNode(frame.call);
}

/** The frames that an action computes, up to what is read or cached. */
export function workOf(program: Program, frame: Frame): Frame[] {
  const found = new Set<Frame>([frame]);
  for (const one of found) if (one === frame || !isCached(program, one)) for (const parent of one.parents) found.add(parent);
  return [...found];
}

export function isCached(program: Program, frame: Frame): boolean {
  return (
    program.caches.some((cache) => cache.frame === frame || cache.source === frame) || /^(checkpoint|localCheckpoint)$/.test(frame.method)
  );
}

/** Actions of a batch that compute rows, with what they cost: all rows, or some. */
export function isPartial(action: Action): boolean {
  return /^(show|first|head|take|isEmpty|tail|display)$/.test(action.method);
}

export function partitions(frame: Frame): number | undefined {
  return frame.call === undefined ? undefined : partitionsOf(frame.call);
}

export function shown(node: Node): string {
  const text = textOf(node).replace(/\s+/g, ' ');
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** Frames once for each call: the analysis may have come there by several ways. */
export function once(frames: readonly Frame[]): Frame[] {
  const seen = new Set<Node>();
  return frames.filter((one) => {
    const node = one.call?.node ?? one.node;
    if (seen.has(node)) return false;
    seen.add(node);
    return true;
  });
}
