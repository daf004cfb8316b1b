// For tests: a small language that builds the text of a real Spark event log and reads it with the real reader. No mocks, no files.
// Law: a built log is immutable (every method gives a new one), times are laid out by list scheduling onto the slots,
// and a value for which there is no task or stage is an error, never dropped.
//
//   const run = log({ master: 'local[4]', conf: { 'spark.sql.shuffle.partitions': '4' } })
//     .gap(1_000)                                              // the driver works, no task runs
//     .sql({
//       plan: node('Execute InsertIntoHadoopFsRelationCommand', '', { 'number of written files': 4 }, [
//         node('SortMergeJoin', 'SortMergeJoin [k#1], [k#2], Inner', { 'number of output rows': 4000 }, [
//           exchange('hashpartitioning(k#1, 4)', { 'data size': 40e6 }, scan({ path: '/sales', rows: 4000, files: 2, bytes: 20e6 })),
//           exchange('hashpartitioning(k#2, 4)', { 'data size': 10e6 }, scan({ path: '/customers', rows: 100, files: 1, bytes: 1e6 })),
//         ]),
//       ]),
//       stages: [                                              // one per stage of the plan, leaves first
//         { tasks: times(2, { ms: 500, inputRecords: 2000, shuffleWriteBytes: 20e6 }) },
//         { parents: [], tasks: [{ ms: 200 }] },               // beside the first; the default parent is the stage before
//         { parents: [0, 1], tasks: [...times(3, { ms: 300, shuffleReadBytes: 1e6 }), { ms: 20_000, shuffleReadBytes: 47e6 }] },
//       ],
//     })
//     .run();
//
// Metrics of nodes are given in the units of `PlanNode.metric()` (ms, bytes, counts), as a total (spread over the stage's tasks: times by
// task time, the rest by rows read) or as one value per task. What Spark reports from the driver (files read, written files, broadcasts) goes
// there by itself. Where a plan has other stages than the list (subqueries, caches), put `{ stage: 'name' }` on a node and on the stage.

import type { SparkRun } from '../../eventlog/index.ts';
import { readText } from '../../eventlog/testing/samples.ts';
import type { Failure, Json, Work } from './events.ts';
import type { NodeSpec } from './plan.ts';
import { Player } from './player.ts';

export { broadcast, exchange, type NodeSpec, node, scan } from './plan.ts';
export { START } from './player.ts';
export type { Failure, Work };

export interface ExecutorSpec {
  readonly id?: string;
  readonly host?: string;
  readonly cores?: number;
  /** Relative to the application's start. */
  readonly addedMs?: number;
  readonly removedMs?: number;
  readonly reason?: string;
  /** Storage + execution memory of its block manager, bytes. */
  readonly memory?: number;
  /** By Spark's name, `JVMHeapMemory` in bytes …; written into each of its task ends. */
  readonly peaks?: Readonly<Record<string, number>>;
}

export interface LogOptions {
  readonly name?: string;
  readonly version?: string;
  /** `local[8]` (default `local[4]`) or anything else, then with `executors`. */
  readonly master?: string;
  readonly executors?: number | readonly ExecutorSpec[];
  /** Cores per executor, when it does not say. */
  readonly cores?: number;
  readonly conf?: Readonly<Record<string, string>>;
  /** Length of the run: the driver fills what is left. Default: 10 ms behind the last thing. */
  readonly wallMs?: number;
  /** False: no ApplicationEnd. */
  readonly end?: boolean;
  /** The log ends here: nothing later is written (a killed run). */
  readonly cutMs?: number;
}

export interface Task extends Work {
  readonly executor?: string;
  readonly locality?: string;
  /** Launch, relative to the stage's submission; without it the first free slot decides. */
  readonly startMs?: number;
  /** Attempts before this one; `Resubmitted` means it succeeded first and its output was lost. */
  readonly failures?: readonly Failure[];
  /** It does not succeed either. */
  readonly fails?: Failure;
  /** A speculative copy; the one that ends first wins, the other is killed. */
  readonly copy?: { readonly afterMs: number; readonly ms: number; readonly executor?: string };
  /** It starts and has no end in the log. */
  readonly running?: true;
}

export interface RddSpec {
  readonly name: string;
  /** The same RDD in several jobs; left out: one of its own. */
  readonly id?: number;
  readonly scope?: string;
  readonly callSite?: string;
  readonly partitions?: number;
  readonly cached?: boolean;
  readonly cachedPartitions?: number;
  readonly memoryBytes?: number;
  readonly diskBytes?: number;
}

export interface StageSpec {
  readonly tasks: readonly Task[];
  /** Name that plan nodes refer to. */
  readonly stage?: string;
  /** Positions in the job's list; default: the stage before. `[]`: at once. */
  readonly parents?: readonly number[];
  readonly name?: string;
  readonly details?: string;
  /** A retry of the stage before it in the list: same id, next attempt. */
  readonly retry?: true;
  /** Listed in the job, never run: its output was there already. */
  readonly skipped?: true;
  /** The attempt failed with this reason. */
  readonly failure?: string;
  /** Between submission and the first launch. */
  readonly delayMs?: number;
  readonly rdds?: readonly RddSpec[];
}

export interface JobSpec {
  readonly stages: readonly StageSpec[];
  readonly description?: string;
  readonly group?: string;
  readonly callSite?: string;
  /** The job failed with this message. */
  readonly error?: string;
  /** Starts with the job before it instead of behind it. */
  readonly beside?: true;
}

export interface SqlSpec extends Partial<JobSpec> {
  /** What ran. `AdaptiveSparkPlan` is put around it when AQE is on. */
  readonly plan: NodeSpec;
  /** The plan at the start, when AQE changed it. */
  readonly initial?: NodeSpec;
  readonly jobs?: readonly JobSpec[];
  /** Settings changed for this query. */
  readonly conf?: Readonly<Record<string, string>>;
  readonly planningMs?: number;
  readonly betweenMs?: number;
  readonly commitMs?: number;
  /** A nested command: the number of the query (0-based) whose root it shares. */
  readonly root?: number;
}

export interface BatchSpec {
  /** Default: what its query takes. */
  readonly ms?: number;
  readonly inputRows: number;
  readonly inputRate?: number;
  readonly processedRate?: number;
  /** Rows that still wait at the source. */
  readonly behind?: number;
  readonly stateRows?: number;
  readonly stateBytes?: number;
  readonly durations?: Readonly<Record<string, number>>;
  /** Its query; several run one after another, as in `foreachBatch`. */
  readonly sql?: SqlSpec | readonly SqlSpec[];
}

export interface StreamSpec {
  readonly name: string;
  readonly batches: readonly BatchSpec[];
  /** Batches start at least this far apart. */
  readonly triggerMs?: number;
  readonly source?: string;
  readonly sink?: string;
  /** The query ended: with this error, or (`null`) because it was stopped. Left out: it runs on. */
  readonly terminated?: string | null;
}

/** `n` tasks alike, or made from their number. */
export const times = (n: number, task: Task | ((i: number) => Task)): Task[] =>
  Array.from({ length: n }, (_, i) => (typeof task === 'function' ? task(i) : task));

type Step = (play: Player) => void;

export class Log {
  readonly #options: LogOptions;
  readonly #steps: readonly Step[];
  #text: string | undefined;

  constructor(options: LogOptions, steps: readonly Step[]) {
    this.#options = options;
    this.#steps = steps;
  }

  /** The driver works for a while; no task runs. */
  gap = (ms: number) => this.#with((play) => play.gap(ms));
  /** A job without SQL. */
  job = (spec: JobSpec) => this.#with((play) => play.job(spec, {}, undefined));
  sql = (spec: SqlSpec) => this.#with((play) => play.sql(spec, {}));
  stream = (spec: StreamSpec) => this.#with((play) => play.stream(spec));
  /** Any event, at the time reached. */
  event = (json: Json) => this.#with((play) => play.emit(play.now, json));

  /** The log's text: one JSON event per line. */
  text(): string {
    if (this.#text === undefined) {
      const play = new Player(this.#options);
      for (const step of this.#steps) step(play);
      this.#text = play.text();
    }
    return this.#text;
  }

  /** The run, read by the product's own reader. */
  run(): SparkRun {
    return readText(this.text());
  }

  #with(step: Step): Log {
    return new Log(this.#options, [...this.#steps, step]);
  }
}

export const log = (options: LogOptions = {}): Log => new Log(options, []);
