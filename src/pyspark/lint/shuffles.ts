// Checks on shuffles: total orders and repartitions for nothing, random values that decide where rows go.
// Law: a sort whose order something below keeps and shows (a limit, an action that is no write) is no finding.

import { namesIn } from '../flow/frames.ts';
import { NON_DETERMINISTIC } from '../flow/names.ts';
import { type ColumnValue, stringsOf } from '../flow/values.ts';
import type { Frame } from '../model.ts';
import type { Program } from '../program.ts';
import { columnsIn, computes, frameNode, isReduced, isShuffle, lineOf, once, partitions, straightUp } from './shared.ts';
import type { Check, Draft } from './types.ts';

const KEEPS_ORDER =
  /^(select|selectExpr|withColumn|withColumns|withColumnRenamed|drop|filter|where|alias|coalesce|cache|persist|hint|either|loop)$/;

export const orderBeforeWrite: Check = (program) =>
  once(program.frames).flatMap((frame): Draft[] => {
    if (!/^(orderBy|sort)$/.test(frame.method)) return [];
    if (straightUp(frame.parents[0] ?? frame, () => false).length === 0) return [];
    let lost: Frame | undefined;
    let written = false;
    let toOneFile = false;
    const seen = new Set<Frame>();
    const stack = [frame];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      const here = at;
      for (const action of program.actions)
        if (action.frames.includes(here)) {
          if (action.write === undefined) return [];
          written = true;
        }
      for (const next of program.childrenOf(here)) {
        if (KEEPS_ORDER.test(next.method)) {
          if (next.method === 'coalesce' && partitions(next) === 1) toOneFile = true;
          stack.push(next);
        } else if (isShuffle(next)) {
          // first and last of a group, collect_list: order may be meant.
          if (columnsIn(next.call).some((one) => one.functions.some((name) => /first|last|collect_|monotonically/.test(name)))) return [];
          lost ??= next;
        } else return [];
      }
    }
    if (lost === undefined && !written) return [];
    const small = straightUp(frame.parents[0] ?? frame, isReduced).some(isReduced);
    return [
      {
        node: frameNode(frame),
        message:
          lost !== undefined
            ? `The total order is made and then lost in ${lost.method} (line ${lineOf(frameNode(lost))}).`
            : `All rows are put in one total order before the write; files are read back in any order. Drop it, or sortWithinPartitions.`,
        certainty: lost !== undefined && !written ? 'certain' : small || toOneFile ? 'possible' : 'likely',
      },
    ];
  });

export const repartitionRedundant: Check = (program) =>
  once(program.frames).flatMap((frame): Draft[] => {
    if (!/^(repartition|repartitionByRange)$/.test(frame.method)) return [];
    const keys = namesIn(frame.call as NonNullable<Frame['call']>);
    const next = nextShuffles(program, frame);
    if (next === undefined || next.length === 0) return [];
    const reused = next.some((one) => keys.length > 0 && keysOf(program, one).some((key) => keys.includes(key)));
    if (reused) return [];
    return [
      {
        node: frameNode(frame),
        message: `The rows are shuffled here and again in ${next[0]?.method} (line ${lineOf(frameNode(next[0] as Frame))}), with no work between; the first shuffle can go.`,
        certainty: 'likely',
        places: next.map((one) => ({ node: frameNode(one), what: 'shuffled again' })),
      },
    ];
  });

/** The shuffles that follow on every way without work between; undefined when some way has work, an action, or a place without shuffle. */
function nextShuffles(program: Program, frame: Frame): Frame[] | undefined {
  const found: Frame[] = [];
  const stack = [frame];
  const seen = new Set<Frame>();
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    const here = at;
    if (program.actions.some((one) => one.frames.includes(here))) return undefined;
    for (const next of program.childrenOf(here)) {
      if (next.method === 'join' || next.method === 'crossJoin') {
        const join = program.joins.find((one) => one.frame === next);
        if (join === undefined || join.hints.some((one) => one.name.includes('broadcast')) || join.how === 'cross') return undefined;
        found.push(next);
      } else if (
        next.grouping !== undefined &&
        !/^apply/.test(next.method) &&
        !columnsIn(next.grouping.call).some((one) => one.udfs.length > 0)
      )
        found.push(next);
      else if (/^(repartition|repartitionByRange|coalesce|distinct|dropDuplicates|orderBy|sort)$/.test(next.method)) found.push(next);
      else if (/^(select|filter|where|drop|alias|withColumnRenamed)$/.test(next.method) && !computes(next)) stack.push(next);
      else return undefined;
    }
  }
  return found;
}

function keysOf(program: Program, frame: Frame): readonly string[] {
  if (frame.grouping !== undefined)
    return frame.grouping.keys.flatMap((one) => (one.value.kind === 'column' ? one.value.columns : (stringsOf(one.value) ?? [])));
  const join = program.joins.find((one) => one.frame === frame);
  return join !== undefined ? join.keys : frame.call === undefined ? [] : namesIn(frame.call);
}

const isRandom = (column: ColumnValue): boolean => column.functions.some((name) => NON_DETERMINISTIC.has(name));

export const randomSalt: Check = (program) => {
  const drafts: Draft[] = [];
  for (const frame of once(program.frames)) {
    const columns = columnsIn(frame.call).filter(isRandom);
    if (columns.length === 0) continue;
    if (/^(repartition|repartitionByRange|groupBy|dropDuplicates|join)$/.test(frame.method)) {
      drafts.push({ node: frameNode(frame), message: `${messageOf(frame.method)}`, certainty: 'likely' });
      continue;
    }
    const name = frame.method === 'withColumn' ? stringsOf(frame.call?.arguments[0]?.value)?.[0] : columns[0]?.alias;
    if (name === undefined) continue;
    const user = program
      .downstream(frame)
      .find(
        (one) =>
          one !== frame &&
          keysOf(program, one).includes(name) &&
          (one.grouping !== undefined || /^(join|repartition|repartitionByRange|dropDuplicates)$/.test(one.method)),
      );
    if (user !== undefined)
      drafts.push({
        node: frameNode(frame),
        message: `\`${name}\` is random and decides in ${user.method} (line ${lineOf(frameNode(user))}) where rows go: when a task is run again it sends them elsewhere, and rows are lost or counted twice. Derive it from the row (a hash of a key).`,
        certainty: 'likely',
        places: [{ node: frameNode(user), what: 'decides where rows go' }],
      });
  }
  return drafts;
};

function messageOf(method: string): string {
  return `A random value decides in ${method} where rows go: when a task is run again it sends them elsewhere, and rows are lost or counted twice.`;
}
