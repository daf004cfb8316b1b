// One run of a job with everything that is kept of it: record before Spark starts, the run, its log audited, its record closed.
// Laws: the ledger knows of a run before Spark does; a job that fails is a result, not an error; an unreadable log costs its numbers only.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { audit, type Report } from '../audit/index.ts';
import { FiresteelError, formatMillis, messageOf } from '../base/index.ts';
import { readRun, type SparkRun } from '../eventlog/index.ts';
import { FACTS, FactStore, type UsageFact } from '../facts/index.ts';
import type { Ledger, ModelDefinition } from '../ledger/index.ts';
import { type Cost, costOf, fillJob, type Project, type ResolvedJob, STATE_FOLDER } from '../project/index.ts';
import { type Counters, countersOf } from '../prove/index.ts';
import {
  newRunId,
  prepareRun,
  type RunOutcome,
  type RunPurpose,
  type RunStart,
  runFolder,
  type SparkInstall,
  submit,
} from '../spark/index.ts';
import type { Context } from './define.ts';

export interface Execution {
  readonly start: RunStart;
  readonly outcome: RunOutcome;
  /** Where `{output}` pointed. */
  readonly output: string;
  /** Undefined when there was no log that could be read. */
  readonly run: SparkRun | undefined;
  readonly report: Report | undefined;
  readonly usage: UsageFact | undefined;
  readonly counters: Counters | undefined;
  readonly cost: Cost | undefined;
}

export interface ExecuteOptions {
  readonly project: Project;
  readonly install: SparkInstall;
  readonly ledger: Ledger;
  readonly input?: string | undefined;
  /** Where outputs go: a folder for each run is made below it; default: in the run's own folder. */
  readonly outputRoot?: string | undefined;
  readonly purpose?: RunPurpose | undefined;
  /** False: the log is read for its numbers, and not judged. */
  readonly judge?: boolean | undefined;
  /** What it is called to whoever waits. */
  readonly what: string;
}

export const stateFolder = (project: Project): string => join(project.folder, STATE_FOLDER);

/** What the project file says of a job's model, for the ledger. */
function definitionOf(project: Project, job: ResolvedJob): ModelDefinition | undefined {
  const model = project.models[job.model];
  if (model === undefined) return undefined;
  const { owner, tier, schedule, description, inputs, outputs, script } = model;
  return { name: job.model, script, owner, tier, schedule, description, inputs, outputs, definition: model };
}

/** Runs a job (placeholders still in it) to its end. */
export async function execute(job: ResolvedJob, options: ExecuteOptions, context: Context): Promise<Execution> {
  const { project, install, ledger, what } = options;
  const state = stateFolder(project);
  const runId = newRunId('r');
  const folder = runFolder(state, runId);
  const output = options.outputRoot === undefined ? join(folder, 'output') : `${options.outputRoot.replace(/\/+$/, '')}/${runId}`;
  const filled = fillJob(job, { output, run: folder, input: options.input });
  const start = await prepareRun({
    job: { ...filled, outputs: job.args.some((arg) => arg.includes('{output}')) ? [output, ...job.outputs] : job.outputs },
    install,
    stateFolder: state,
    purpose: options.purpose ?? { kind: 'run' },
    runId,
  });
  await mkdir(join(folder, 'output'), { recursive: true });
  await ledger.startRun(start, definitionOf(project, job));
  const begun = performance.now();
  const tell = (phase: string) =>
    context.progress({ what: `${what}: ${phase}, ${formatMillis(performance.now() - begun)}`, share: undefined, bytes: undefined });
  tell('starting Spark');
  let phase = 'starting Spark';
  const ticker = setInterval(() => tell(phase), 500);
  let outcome: RunOutcome;
  try {
    outcome = await submit(start, {
      signal: context.signal,
      onApplication: () => {
        phase = 'running';
      },
    });
  } finally {
    clearInterval(ticker);
  }
  const kept = { start, outcome, output };
  const read = await numbersOf(outcome, context);
  if (read === undefined) {
    await ledger.endRun({ outcome });
    return { ...kept, run: undefined, report: undefined, usage: undefined, counters: undefined, cost: undefined };
  }
  const { run, store } = read;
  const usage = store.get(FACTS.usage);
  const counters = countersOf(run);
  const cost = costOf(project.prices, {
    wallMs: outcome.durationMs,
    coreMs: usage.allocatedCoreMs,
    memoryMibMs: usage.memoryMibMs,
    executorMs: usage.executorMs,
    instance: usage.instance,
  });
  await ledger.endRun({ outcome, usage: { ...counters, ...usage }, cost });
  const report = options.judge === false ? undefined : audit(run, { store });
  if (report !== undefined) await ledger.recordAudit(runId, report);
  return { ...kept, run, report, usage, counters, cost };
}

/** The run as its log tells it; a log that cannot be read is told and costs nothing else. */
async function numbersOf(outcome: RunOutcome, context: Context): Promise<{ run: SparkRun; store: FactStore } | undefined> {
  if (outcome.logPath === undefined) return undefined;
  try {
    const run = await readRun(outcome.logPath);
    return { run, store: new FactStore(run) };
  } catch (error) {
    if (!(error instanceof FiresteelError)) throw error;
    context.note(`the event log of ${outcome.runId} cannot be read: ${messageOf(error)}`);
    return undefined;
  }
}
