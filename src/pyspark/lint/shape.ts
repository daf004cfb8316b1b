// Checks on the shape of a query: loops of withColumn, one task for all, joins without an equality, windows, sorts and shuffles for nothing.
// Law: what Spark mends by itself (an equality in a later filter, a limit behind a sort) is no finding.

import { conjuncts, isColumn } from '../flow/columns.ts';
import { stringsOf, type Value } from '../flow/values.ts';
import type { Frame, Join, Loop } from '../model.ts';
import { type Node, textOf } from '../node.ts';
import { unpartitionedWindow } from '../sql.ts';
import {
  columnsIn,
  computes,
  frameName,
  frameNode,
  isOneRow,
  isReduced,
  isShuffle,
  lineOf,
  linkNode,
  once,
  partitions,
  straightUp,
} from './shared.ts';
import type { Check, Draft } from './types.ts';

/** Columns added one by one above this many make Spark analyse the plan that often; source: Spark's own note on withColumn. */
const LONG_CHAIN = 40;

export const withcolumnLoop: Check = (program) => {
  const byLoop = new Map<Node, Frame[]>();
  for (const frame of once(program.frames)) {
    if (!/^(withColumn|withColumns|withColumnRenamed|withColumnsRenamed)$/.test(frame.method)) continue;
    const loop = program.upstream(frame).find((one) => one.method === 'loop' && program.upstream(one).includes(frame));
    if (loop !== undefined) byLoop.set(loop.node, [...(byLoop.get(loop.node) ?? []), frame]);
  }
  const drafts = [...byLoop].map(([node, frames]): Draft => {
    const [first, ...rest] = frames.map(frameNode) as [Node, ...Node[]];
    const loop: Loop | undefined = program.loops.find((one) => one.node === node);
    return {
      node: first,
      message: `${frames[0]?.method} in a loop (line ${lineOf(node)}): each turn makes the plan one step deeper and has it analysed anew; build the columns in a list and use one select or withColumns.`,
      certainty: loop?.over === 'literal' ? 'possible' : 'likely',
      places: rest.map((one) => ({ node: one, what: 'in the same loop' })),
    };
  });
  for (const frame of once(program.frames)) {
    const chain = straightUp(frame, (one) => one.method !== 'withColumn').filter((one) => one.method === 'withColumn');
    if (
      frame.method === 'withColumn' &&
      chain.length >= LONG_CHAIN &&
      !program.childrenOf(frame).some((one) => one.method === 'withColumn')
    )
      drafts.push({
        node: frameNode(frame),
        message: `${chain.length} withColumn calls in one chain; one withColumns call has the plan analysed once.`,
        certainty: 'possible',
      });
  }
  return drafts;
};

export const coalesceOne: Check = (program) =>
  once(program.frames).flatMap((frame): Draft[] => {
    if (partitions(frame) !== 1 || !/^(coalesce|repartition)$/.test(frame.method)) return [];
    const source = frame.parents[0];
    if (source === undefined) return [];
    if (frame.method === 'repartition') {
      // The shuffle keeps what is before it parallel; only what comes behind it is squeezed.
      const after = program.downstream(frame).filter((one) => one !== frame && (computes(one) || isShuffle(one)));
      if (after.length === 0) return [];
      return [
        {
          node: frameNode(frame),
          message: `Everything behind repartition(1) up to the next shuffle runs in one task.`,
          certainty: 'likely',
        },
      ];
    }
    const before = straightUp(source, (one) => isShuffle(one) || one.read !== undefined || isReduced(one));
    const small = straightUp(source, isReduced).some(isReduced);
    if (before.length === 1 && source.read !== undefined) return [];
    return [
      {
        node: frameNode(frame),
        message: `coalesce(1) makes one task do all the work back to the last shuffle (line ${lineOf(frameNode(before.at(-1) as Frame))}); repartition(1) computes in parallel and gathers only the result.`,
        certainty: small ? 'possible' : before.some(computes) ? 'certain' : 'likely',
      },
    ];
  });

export const crossJoin: Check = (program) => {
  const seen = new Set<Node>();
  return program.joins.flatMap((join): Draft[] => {
    if (seen.has(join.call.node)) return [];
    seen.add(join.call.node);
    const kind = equality(join);
    if (kind === 'yes' || kind === 'unknown') return [];
    if ((join.right !== undefined && isFew(join.right)) || isFew(join.left)) return [];
    const filters = program.childrenOf(join.frame).filter((one) => one.method === 'where' || one.method === 'filter');
    // Spark takes an equality out of the filter behind a cross join and makes it an equi-join.
    const isMended =
      filters.length > 0 &&
      filters.every(
        (one) =>
          columnsIn(one.call).flatMap(conjuncts).some(isEquality) ||
          one.call?.arguments.some((arg) => sqlEquality(stringsOf(arg.value)?.[0])),
      );
    if (isMended) return [];
    const condition = join.on === undefined ? undefined : join.call.arguments.find((one) => one.value === join.on);
    return [
      {
        node: linkNode(join.call),
        message:
          join.how === 'cross'
            ? `Every row of ${frameName(join.left)} meets every row of ${join.right === undefined ? 'the other side' : frameName(join.right)}.`
            : kind === 'none'
              ? `The join has no condition: every row meets every row.`
              : `The join's condition has no equality that always holds, so every row is compared with every row; split it into an equi-join and the rest.`,
        // Who broadcasts a side of a cross join knows it to be small.
        certainty: join.hints.some((one) => one.name === 'broadcast') ? 'possible' : join.how === 'cross' ? 'likely' : 'certain',
        places: condition === undefined ? [] : [{ node: condition.node, what: 'the condition' }],
      },
    ];
  });
};

function isFew(frame: Frame): boolean {
  return straightUp(frame, isOneRow).some(
    (one) =>
      isOneRow(one) || (one.method === 'createDataFrame' && one.parents.length === 0 && one.call?.arguments[0]?.value.kind === 'list'),
  );
}

function equality(join: Join): 'yes' | 'no' | 'none' | 'unknown' {
  if (join.how === undefined) return 'unknown';
  if (join.call.name === 'crossJoin' || join.how.toLowerCase() === 'cross') return 'no';
  if (join.on === undefined) return 'none';
  if (stringsOf(join.on) !== undefined) return 'yes';
  const parts = join.on.kind === 'list' ? join.on.items.flatMap(conjuncts) : conjuncts(join.on);
  if (parts.some(isEquality)) return 'yes';
  if (!parts.every(isColumn) || parts.some((one) => isColumn(one) && !/^(\||<|>|<=|>=|!=|~|between|&)$/.test(one.shape))) {
    const sql = join.call.arguments.find((one) => one.value === join.on);
    const text = sql === undefined ? undefined : sqlOf(sql.value);
    return text === undefined ? 'unknown' : sqlEquality(text) ? 'yes' : 'unknown';
  }
  return 'no';
}

function sqlOf(value: Value): string | undefined {
  return value.kind === 'column' && value.shape === 'sql' ? textOf(value.node) : undefined;
}

function sqlEquality(text: string | undefined): boolean {
  return text !== undefined && !/\bor\b/i.test(text) && /[^<>!=]=[^=]/.test(text);
}

function isEquality(value: Value): boolean {
  if (value.kind !== 'column' || (value.shape !== '==' && value.shape !== 'eqNullSafe')) return false;
  return (
    value.shape === 'eqNullSafe' ||
    value.parts.filter((one) => isColumn(one) && one.columns.length + Number(!one.complete) > 0).length === 2
  );
}

export const windowUnpartitioned: Check = (program) => {
  const drafts: Draft[] = [];
  for (const window of program.windows) {
    if (window.partitioned) continue;
    const hosts = program.frames.filter((one) => columnsIn(one.call).some((column) => column.windows.includes(window)));
    const small = hosts.length > 0 && hosts.every((one) => straightUp(one, isReduced).some(isReduced));
    drafts.push({
      node: window.node,
      message: `The window has no partitionBy: all rows go to one task and are sorted there.`,
      certainty: hosts.length === 0 || small ? 'possible' : 'likely',
      places: once(hosts).map((one) => ({ node: frameNode(one), what: 'used here' })),
    });
  }
  for (const sql of program.sql)
    if (unpartitionedWindow(sql.text) !== undefined)
      drafts.push({
        node: sql.node,
        message: `A window in this SQL has no PARTITION BY: all rows go to one task and are sorted there.`,
        certainty: 'likely',
      });
  return drafts;
};

export const distinctCounts: Check = (program) =>
  once(program.frames).flatMap((frame): Draft[] => {
    const columns = columnsIn(frame.call).filter((one) =>
      one.functions.some((name) => /^(countDistinct|count_distinct|sum_distinct|sumDistinct)$/.test(name)),
    );
    const different = new Set(columns.map((one) => one.columns.join(',')));
    if (different.size < 2) return [];
    return [
      {
        node: columns[0]?.node ?? frameNode(frame),
        message: `${different.size} exact distinct counts in one aggregate multiply its rows by ${different.size} before the shuffle.`,
        certainty: 'likely',
        places: columns.slice(1).map((one) => ({ node: one.node, what: 'another distinct count' })),
      },
    ];
  });
