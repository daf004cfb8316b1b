// Stages for the page: numbers, distribution, and a bounded number of tasks to draw.
// Laws: distributions count every task that succeeded; the stages that held the end the longest get their tasks drawn first.

import { type Column, mostAndOthers, plus } from '../../base/index.ts';
import { FACTS, type FactStore, type StageFact } from '../../facts/index.ts';
import { clean } from '../text.ts';
import { stageName } from '../view.ts';
import { put, sampleOf } from './tasks.ts';
import type { PageStage, PageTasks, PageWritten } from './types.ts';

/** Tasks drawn of one stage, and of all stages together: enough for a scatter, few enough for a mail. */
const MAX_TASKS = 2000;
const MAX_TASKS_ALL = 24_000;
/** What every stage gets while there is room: the slowest, and enough to see the rest. */
const LEAST_TASKS = 40;
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
      `${sampled === 1 ? 'One stage has' : `${sampled} stages have`} more tasks than are drawn: the slowest, those that read and wrote the most, and the rest evenly by launch. Distributions and sums count all.`,
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
    const written = writtenOf(fact);
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
      ...(written === undefined ? {} : { written }),
      gcMs: fact.total('gcMs'),
      ...(d === undefined
        ? {}
        : { duration: [d.min, d.p25, d.median, d.p75, d.max] as const, histogram: histogramOf(fact.values('duration'), d.max) }),
      ...(sample === undefined ? {} : { sample }),
    };
  });
  return { stages, index: new Map(facts.map((fact, i) => [fact.key, i])), limits };
}

/** Undefined when nothing was written. */
function writtenOf(fact: StageFact): PageWritten | undefined {
  const records = fact.total('outputRecords') + fact.total('shuffleWriteRecords');
  if (records + fact.total('outputBytes') + fact.total('shuffleWriteBytes') <= 0) return undefined;
  const bytesOf = mostAndOthers(plus(fact.values('outputBytes'), fact.values('shuffleWriteBytes')));
  const recordsOf = mostAndOthers(plus(fact.values('outputRecords'), fact.values('shuffleWriteRecords')));
  return {
    records,
    ...(bytesOf === undefined ? {} : { bytesOfTasks: [bytesOf.most, bytesOf.others] }),
    ...(recordsOf === undefined ? {} : { recordsOfTasks: [recordsOf.most, recordsOf.others] }),
  };
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
