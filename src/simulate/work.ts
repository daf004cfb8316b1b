// What-ifs of work that is done another way: Python functions as built-in ones, small files packed into larger, the same work kept instead of done again.
// Laws: refused when the log does not show the work in question; the rest of a task stays; a prior is said to be one.

import { formatBytes, MIB, plural, sum } from '../base/index.ts';
import { emptyTasks, matching, missing, perTask, type StageRef, scaled, textOf } from './cures.ts';
import { assuming, type ExecGraph, peakSlots, type SimStage, type WhatIf, withStages } from './graph.ts';
import { counted, evenly, fitTasks } from './resize.ts';
import { splitsOf } from './width.ts';

/** A built-in function takes this part of the time that Python took for the same rows (what cures of labelled runs left: 0.02 to 0.1). */
export const NATIVE_RATE = 20;

/** The Python functions of these stages run so many times as fast, as built-in ones do. */
export const nativeUdf = (refs: readonly StageRef[], rate: number = NATIVE_RATE): WhatIf => {
  const match = matching(refs);
  return {
    name: `native-udf=stage:${textOf(refs)}`,
    refuse: (graph) => {
      const gone = missing(refs)(graph);
      if (gone !== undefined) return gone;
      const none = graph.stages.find((stage) => match(stage) && (stage.shape?.pythonMs ?? 0) <= 0);
      return none === undefined ? undefined : `stage ${none.id} spent no time in Python that the log shows`;
    },
    apply: (graph) =>
      assuming(
        withStages(graph, (stage) => {
          const python = stage.shape?.pythonMs ?? 0;
          const { waitMs } = stage.tasks.parts();
          const wait = sum(waitMs);
          if (!match(stage) || python <= 0 || wait <= 0) return stage;
          const share = Math.min(1, python / wait) * (1 - 1 / rate);
          const { pythonMs: _, ...shape } = stage.shape ?? {};
          return { ...perTask(stage, (ms, i) => Math.max(Math.min(ms, stage.tasks.floorMs), ms - share * (waitMs[i] as number))), shape };
        }),
        `built-in functions take ${rate === NATIVE_RATE ? `a twentieth of Python’s time (what labelled runs show; not measured on these rows)` : `1/${rate} of Python’s time, as asked`}; filters that Spark can then push down are not counted`,
      ),
  };
};

/** Task time per small file on a file system, ms (measured: 3,600 files of 10 KB, 11 ms each beyond one packed file). */
const FILE_MS = 12;
/** Computing that no counter shows per unit of what they show (simulate/contention.ts). */
const HIDDEN = 0.6;
/** What one task reads of large files, bytes per ms, where nothing better is known: a slow object store. */
const READ_RATE = (20 * MIB) / 1000;

/** The files that these stages (all that read files in splits, when none is named) read, packed into files of so many bytes. */
export const repack = (bytes: number, refs?: readonly StageRef[]): WhatIf => {
  const match = refs === undefined ? () => true : matching(refs);
  return {
    name: `files=${refs === undefined ? '' : `stage:${textOf(refs)}:`}${formatBytes(bytes).replaceAll(' ', '')}`,
    refuse: (graph) => {
      const gone = refs === undefined ? undefined : missing(refs)(graph);
      if (gone !== undefined) return gone;
      return graph.stages.some((stage) => match(stage) && stage.width.kind === 'files')
        ? undefined
        : 'the log does not say how many files of which size were read there (metrics of the scan)';
    },
    apply: (graph) => {
      let from = 0;
      let to = 0;
      const next = withStages(graph, (stage) => {
        const { width } = stage;
        if (!match(stage) || width.kind !== 'files') return stage;
        const files = Math.max(1, Math.ceil(width.bytes / bytes));
        if (files >= width.files) return stage;
        from += width.files;
        to += files;
        const packed = { ...width, files };
        const { tasks } = stage;
        const rows = counted(tasks);
        const { fixedMs } = fitTasks(tasks);
        const work = Math.max(0, sum(rows.map((row) => tasks.duration[row] as number)) - rows.length * fixedMs);
        // A file costs what was measured elsewhere, or what neither Python, computing nor the bytes themselves explain; never all the work.
        const { cpuMs } = tasks.parts();
        const rowsMs =
          (stage.shape?.pythonMs ?? 0) + (1 + HIDDEN) * sum(rows.map((row) => (cpuMs[row] ?? 0) as number)) + width.bytes / READ_RATE;
        const known = (width.files - files) * (width.fileMs ?? FILE_MS);
        const saved = Math.min(0.95 * work, Math.max(known, sum(cpuMs) > 0 ? work - rowsMs : 0));
        const light = work <= 0 ? stage : perTask(stage, (ms) => ms - (saved * Math.max(0, ms - fixedMs)) / work);
        return { ...light, width: packed, tasks: evenly(light.tasks, splitsOf(packed, peakSlots(graph)), fixedMs) };
      });
      return assuming(
        next,
        from === 0
          ? `no effect: no files there are smaller than ${formatBytes(bytes)}`
          : `${plural(from, 'file')} become ${plural(to, 'file')}; a small file costs what was measured for its kind of store; listing them is not counted`,
      );
    },
  };
};

/** Of the time that making rows took: what keeping them adds once, and what reading them back costs each time (labelled runs: 2 to 8 %). */
const KEEP_SHARE = 0.05;
/** Readings of the same data may differ by headers and retries. */
const SAME_BYTES = 0.1;

/** These stages do the same work: the first does it and keeps the rows, the others read them; what only fed the others does not run. */
export const cacheStages = (refs: readonly StageRef[]): WhatIf => {
  const match = matching(refs);
  return {
    name: `cache=stage:${textOf(refs)}`,
    refuse: (graph) => {
      const gone = missing(refs)(graph);
      if (gone !== undefined) return gone;
      const named = graph.stages.filter(match);
      if (named.length < 2) return 'a cache needs two stages or more that do the same work: name them all, as cache=stage:3,7';
      const read = named.map((stage) => sum(stage.tasks.parts().bytes));
      const [least, most] = [Math.min(...read), Math.max(...read)];
      return most - least > SAME_BYTES * most
        ? `these stages do not read the same: ${named.map((stage, i) => `stage ${stage.id} ${formatBytes(read[i] as number)}`).join(', ')}`
        : undefined;
    },
    apply: (graph) => {
      const order = graph.stages.map((_, i) => i).filter((i) => match(graph.stages[i] as SimStage));
      const first = order.reduce((a, b) => (before(graph, b, a) ? b : a), order[0] ?? -1);
      if (first < 0 || order.length < 2) return graph;
      const readers = new Set(order.filter((i) => i !== first));
      const gone = onlyFor(graph, readers);
      return assuming(
        withStages(graph, (stage, i) =>
          i === first
            ? scaled(stage, 1 + KEEP_SHARE)
            : readers.has(i)
              ? scaled(stage, KEEP_SHARE)
              : gone.has(i)
                ? { ...stage, delayMs: 0, tasks: emptyTasks }
                : stage,
        ),
        `what stage ${(graph.stages[first] as SimStage).id} makes is kept: 5 % more time to keep it, 5 % to read it back (labelled runs); it is assumed to fit into memory`,
        'the named stages do the same work from the first row to the last',
      );
    },
  };
};

const before = (graph: ExecGraph, a: number, b: number): boolean => {
  const [x, y] = [graph.stages[a] as SimStage, graph.stages[b] as SimStage];
  return x.job < y.job || (x.job === y.job && x.id < y.id);
};

/** Stages whose every reader is one of these, or such a stage itself. */
function onlyFor(graph: ExecGraph, readers: ReadonlySet<number>): Set<number> {
  const children: number[][] = graph.stages.map(() => []);
  for (const [i, stage] of graph.stages.entries()) for (const parent of stage.parents) (children[parent] as number[]).push(i);
  const gone = new Set<number>();
  for (let more = true; more; ) {
    more = false;
    for (const [i, own] of children.entries()) {
      if (gone.has(i) || readers.has(i) || own.length === 0 || !own.every((child) => readers.has(child) || gone.has(child))) continue;
      gone.add(i);
      more = true;
    }
  }
  return gone;
}
