// Stages for the page: numbers, distribution, and a bounded number of tasks to draw.
// Laws: the distribution counts every task that succeeded; of tasks that are left out the heaviest stay, the rest is drawn evenly by launch.

import type { Column } from '../../base/index.ts';
import { FACTS, type FactStore, FLAG, type StageFact } from '../../facts/index.ts';
import { clean } from '../text.ts';
import { stageName } from '../view.ts';
import { type PageStage, type PageTasks, TASK_COLUMNS } from './types.ts';

/** Tasks drawn of one stage, and of all stages together: enough for a scatter, few enough for a mail. */
const MAX_TASKS = 2000;
const MAX_TASKS_ALL = 24_000;
/** What every stage gets while there is room: the slowest, and enough to see the rest. */
const LEAST_TASKS = 40;
/** Of a sample, this part is the slowest tasks: they are what a reader looks for. */
const SLOWEST = 0.25;
const BINS = 24;

export interface StagesOfPage {
  readonly stages: readonly PageStage[];
  /** Index in `stages` by key `id.attempt`. */
  readonly index: ReadonlyMap<string, number>;
  readonly limits: readonly string[];
}

export function stagesOf(store: FactStore, startMs: number, columns: Column[]): StagesOfPage {
  const facts = store.get(FACTS.stages).all;
  const path = store.get(FACTS.criticalPath);
  const sources = store.get(FACTS.sources);
  const plans = store.get(FACTS.plans);
  const limits: string[] = [];
  // The stages a reader will open first get their tasks first.
  const order = [...facts].sort((a, b) => path.held(b) - path.held(a) || b.taskTimeMs - a.taskTimeMs);
  const samples = new Map<StageFact, PageTasks>();
  let left = MAX_TASKS_ALL;
  let sampled = 0;
  let without = 0;
  for (const [i, fact] of order.entries()) {
    const rows = sampleOf(fact, Math.min(left, MAX_TASKS, Math.max(LEAST_TASKS, left - LEAST_TASKS * (order.length - i - 1))));
    if (rows.length === 0) {
      without++;
      continue;
    }
    if (rows.length < fact.stage.tasks.length) sampled++;
    left -= rows.length;
    samples.set(fact, { count: rows.length, of: fact.stage.tasks.length, columns: put(fact, rows, startMs, columns) });
  }
  if (sampled > 0)
    limits.push(
      `${sampled === 1 ? 'One stage has' : `${sampled} stages have`} more tasks than are drawn: the slowest, and the rest evenly by launch. Distributions and sums count all.`,
    );
  if (without > 0)
    limits.push(`The tasks of ${without === 1 ? 'one stage' : `${without} lighter stages`} are not on the page; their distributions are.`);
  const stages = facts.map((fact): PageStage => {
    const { stage } = fact;
    const d = fact.distribution('duration');
    const line = sources.ofStage(stage.id, stage.attempt);
    const what = [
      ...new Set(
        plans
          .ofStage(fact)
          .filter(({ node }) => node.kind !== 'wrapper' && node.kind !== 'project' && node.kind !== 'aqe-read' && !node.cached)
          .map(({ node }) => node.name.trim().replace(/^Execute /, '')),
      ),
    ].slice(0, 4);
    const sample = samples.get(fact);
    return {
      id: stage.id,
      attempt: stage.attempt,
      // A call site inside Spark says at most which method was called.
      name:
        stageName(stage.name, what.join(' ← ') || 'a job').slice(0, 120) ||
        clean(what.length > 0 ? '' : stage.name.replace(/ at \S+$/, ''), 120),
      what: clean(what.join(' ← '), 160),
      status: stage.status,
      from: fact.startMs - startMs,
      to: fact.endMs - startMs,
      tasks: stage.tasks.length + stage.runningTasks.length,
      failed: stage.failedTasks,
      killed: stage.killedTasks,
      heldMs: Math.round(path.held(fact)),
      taskTimeMs: fact.taskTimeMs,
      slots: Math.round(fact.slots * 10) / 10,
      ...(fact.job === undefined ? {} : { job: fact.job.id }),
      ...(fact.execution === undefined ? {} : { query: fact.execution.id }),
      ...(line === undefined ? {} : { source: `${clean(line.file, 300)}:${line.line}` }),
      inputBytes: fact.total('inputBytes'),
      shuffleReadBytes: fact.total('shuffleReadBytes'),
      shuffleWriteBytes: fact.total('shuffleWriteBytes'),
      outputBytes: fact.total('outputBytes'),
      spillBytes: fact.total('diskSpilled'),
      records: fact.total('inputRecords') + fact.total('shuffleReadRecords'),
      gcMs: fact.total('gcMs'),
      ...(d === undefined
        ? {}
        : { duration: [d.min, d.p25, d.median, d.p75, d.max] as const, histogram: histogramOf(fact.values('duration'), d.max) }),
      ...(sample === undefined ? {} : { sample }),
    };
  });
  return { stages, index: new Map(facts.map((fact, i) => [fact.key, i])), limits };
}

/** Bins of equal width from 0 to the longest. */
function histogramOf(values: Float64Array, max: number): NonNullable<PageStage['histogram']> {
  const width = Math.max(1, max) / BINS;
  const counts = new Array<number>(BINS).fill(0);
  for (const value of values) {
    const bin = Math.min(BINS - 1, Math.max(0, Math.floor(value / width)));
    counts[bin] = (counts[bin] as number) + 1;
  }
  return { edges: Array.from({ length: BINS + 1 }, (_, i) => Math.round(i * width)), counts };
}

/** Rows to draw, in file order. */
function sampleOf({ stage }: StageFact, most: number): Uint32Array {
  const n = stage.tasks.length;
  if (most <= 0) return new Uint32Array(0);
  if (n <= most) return Uint32Array.from({ length: n }, (_, i) => i);
  const durations = stage.tasks.int('duration');
  const bySlowness = Uint32Array.from({ length: n }, (_, i) => i).sort(
    (a, b) => (durations[b] as number) - (durations[a] as number) || a - b,
  );
  const slow = Math.floor(most * SLOWEST);
  const chosen = new Set(bySlowness.subarray(0, slow));
  const step = n / (most - slow);
  for (let at = 0; at < n && chosen.size < most; at += step) chosen.add(Math.floor(at));
  return Uint32Array.from(chosen).sort();
}

/** Puts the tasks' numbers behind the columns; the index of the first of them. */
function put({ stage: { tasks } }: StageFact, rows: Uint32Array, startMs: number, columns: Column[]): number {
  const first = columns.length;
  const of = (name: Parameters<typeof tasks.column>[0]) => tasks.column(name);
  const [input, shuffle, inputRecords, shuffleRecords] = [
    of('inputBytes'),
    of('shuffleReadBytes'),
    of('inputRecords'),
    of('shuffleReadRecords'),
  ];
  const [disk, flags] = [of('diskSpilled'), of('flags')];
  const values: Record<(typeof TASK_COLUMNS)[number], (row: number) => number> = {
    index: (row) => of('index')[row] as number,
    attempt: (row) => of('attempt')[row] as number,
    launch: (row) => tasks.launchMs(row) - startMs,
    duration: (row) => of('duration')[row] as number,
    bytes: (row) => (input[row] as number) + (shuffle[row] as number),
    records: (row) => (inputRecords[row] as number) + (shuffleRecords[row] as number),
    spill: (row) => disk[row] as number,
    gc: (row) => of('gcMs')[row] as number,
    executor: (row) => of('executor')[row] as number,
    state: (row) => {
      const flag = flags[row] as number;
      if ((flag & FLAG.success) === 0) return (flag & FLAG.killed) === 0 ? 1 : 2;
      return (flag & FLAG.speculative) === 0 ? 0 : 3;
    },
  };
  for (const name of TASK_COLUMNS) columns.push({ values: Float64Array.from(rows, values[name]), step: 1 });
  return first;
}
