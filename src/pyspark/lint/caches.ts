// Checks on caches: never released, read once, or holding columns that nobody reads.
// Law: a cache whose frame goes where the analysis cannot follow is not called needless.

import type { Cache, Frame } from '../model.ts';
import { child } from '../node.ts';
import type { Program } from '../program.ts';
import { frameName, lineOf, linkNode, straightUp } from './shared.ts';
import type { Check, Draft } from './types.ts';

/** Actions that read a cache: of the cached frame, or of the one it was made of when that goes on being used. */
function readersOf(program: Program, cache: Cache) {
  return program.actionsOn(cache.source).filter((one) => one.method !== 'start');
}

/** Does the frame leave what is followed: returned by a function that nothing here calls, kept in an object, given to a library? */
function escapes(program: Program, cache: Cache): boolean {
  return [cache.frame, ...program.downstream(cache.frame)].some((frame) =>
    program.usesOf(frame).some((node) => {
      const parent = node.parent;
      if (parent === undefined) return false;
      // Kept in an object or under a key.
      const kept =
        parent.type === 'assignment' && node.field === 'right' && /^(subscript|attribute)$/.test(child(parent, 'left')?.type ?? '');
      if (kept) return program.actionsOn(frame).length === 0;
      if (parent.type === 'return_statement' || parent.type === 'pair' || parent.type === 'yield')
        return program.actionsOn(frame).length === 0;
      if (parent.type === 'argument_list') {
        const value = parent.parent === undefined ? undefined : program.values.get(parent.parent);
        return value?.kind === 'unknown' || value?.kind === 'plain';
      }
      return false;
    }),
  );
}

function distinct(program: Program): Cache[] {
  return program.caches.filter((one, i) => program.caches.findIndex((other) => other.call === one.call) === i);
}

export const cacheUnreleased: Check = (program) =>
  distinct(program).flatMap((cache): Draft[] => {
    if (program.caches.some((one) => one.call === cache.call && one.released !== undefined)) return [];
    const readers = readersOf(program, cache);
    const last = Math.max(-1, ...readers.map((one) => one.order));
    const later = program.actions.filter((one) => one.order > last && !readers.includes(one) && one.method !== 'start');
    const isInLoop = cache.frame.loops.length > 0;
    if (later.length === 0 && !isInLoop) return [];
    return [
      {
        node: linkNode(cache.call),
        message: isInLoop
          ? `${frameName(cache.frame)} is cached in every turn of a loop and never released: the memory fills with frames that nobody reads.`
          : `${frameName(cache.frame)} stays in memory after its last use (line ${lineOf((readers.at(-1) ?? later[0])?.call.node ?? cache.call.node)}) while other actions run; unpersist() it there.`,
        certainty: isInLoop ? 'likely' : 'possible',
      },
    ];
  });

export const cacheOnce: Check = (program) =>
  distinct(program).flatMap((cache): Draft[] => {
    if (escapes(program, cache)) return [];
    const readers = readersOf(program, cache);
    // An action in a function comes to it once for each call of the function.
    const below = new Set(program.downstream(cache.source));
    if (readers.some((one) => one.frames.filter((frame) => below.has(frame)).length > 1)) return [];
    if (readers.length > 1 || readers.some((one) => one.loops.some((loop) => !cache.frame.loops.includes(loop)))) return [];
    // Without a list of values a pivot runs a query of its own to find them.
    if (readers.length === 1 && [...below].some((frame) => findsPivotValues(program, frame))) return [];
    // One action that comes to the frame by two ways reads it twice.
    const reader = readers[0];
    if (reader !== undefined && waysTo(program, cache) > 1) return [];
    return [
      {
        node: linkNode(cache.call),
        message:
          reader === undefined
            ? `${frameName(cache.frame)} is cached and no action reads it.`
            : `${frameName(cache.frame)} is cached and read by one action only (line ${lineOf(linkNode(reader.call))}): filling the cache costs and saves nothing.`,
        certainty: reader === undefined ? 'possible' : 'likely',
      },
    ];
  });

/** Is there a pivot without its values in the chain that makes a frame? */
const findsPivotValues = (program: Program, { call }: Frame): boolean =>
  call !== undefined && program.chainOf(call).some((one) => one.name === 'pivot' && one.arguments.length === 1);

function waysTo(program: Program, cache: Cache): number {
  const below = new Set(program.downstream(cache.source));
  let ways = 0;
  for (const frame of below) {
    if (frame.method === 'loop' || frame.method === 'either') continue;
    const from = frame.parents.filter((one) => below.has(one));
    if (from.length > 1) ways += from.length - 1;
  }
  return ways + 1;
}

export const cacheAllColumns: Check = (program) =>
  distinct(program).flatMap((cache): Draft[] => {
    const above = straightUp(cache.source, (one) => one.read !== undefined);
    const read = above.at(-1)?.read;
    if (
      read === undefined ||
      above.some((one) => one.read === undefined && !/^(select|filter|where|alias|repartition|limit|loop)$/.test(one.method))
    )
      return [];
    if (
      above.some(
        (one) => one.method === 'select' && !one.call?.arguments.every((arg) => arg.value.kind === 'constant' && arg.value.value === '*'),
      )
    )
      return [];
    const used = program.columnsUsed(cache.frame);
    const usedOfSource = program.columnsUsed(cache.source);
    const isRow = /^(csv|json|text|jdbc)$/.test(read.format ?? '');
    if (!used.complete || !usedOfSource.complete || used.columns.length === 0) return [];
    return [
      {
        node: linkNode(cache.call),
        message: `The cache holds every column of ${read.table?.pattern ?? read.paths[0]?.pattern ?? 'what is read'}, and at most ${used.columns.length} are used (${used.columns.slice(0, 6).join(', ')}${used.columns.length > 6 ? ', …' : ''}); select them before cache().`,
        certainty: isRow ? 'possible' : 'likely',
        places: [{ node: linkNode(read.call), what: 'read here with all columns' }],
      },
    ];
  });
