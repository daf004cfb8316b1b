// One proof of two sides on real Spark, whoever asked for it: runs in the order of the plan, outputs compared, verdict, record.
// Laws: the plan is told before the first run; never two measured runs at once; outputs go to fresh places below the proof's own runs.

import { rm } from 'node:fs/promises';
import { availableParallelism, cpus, hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { formatMillis, medianLinear } from '../base/index.ts';
import type { Ledger } from '../ledger/index.ts';
import type { Project, ResolvedJob } from '../project/index.ts';
import {
  type Arm,
  conduct,
  expectedMs,
  infrastructureOf,
  type MeasuredRun,
  type Prediction,
  type Proof,
  planSentences,
  type RunPlan,
  type Subject,
} from '../prove/index.ts';
import type { RunStart } from '../spark/index.ts';
import type { Context } from './define.ts';
import { type Execution, execute, stateFolder } from './execute.ts';
import { outputsOf } from './outputs.ts';
import { predictionOf } from './predicted.ts';
import type { Workshop } from './workshop.ts';

/** One side, ready to run. */
export interface Side {
  readonly name: string;
  readonly job: ResolvedJob;
  readonly revision: string | undefined;
}

export interface ProofRequest {
  readonly proofId: string;
  readonly plan: RunPlan;
  readonly sides: Readonly<Record<Arm, Side>>;
  /** A against itself. */
  readonly aa: boolean;
  readonly allowUnchecked: boolean;
  readonly tolerance?: number | undefined;
  /** Keep the output of every run. */
  readonly keep: boolean;
  /** A forecast that the user gave; without one, that of the causes which A's warm-up shows and B's does not. */
  readonly predicted?: Prediction | undefined;
  /** What `{input}` in the arguments stands for. */
  readonly input?: string | undefined;
  /** Where `{output}` points; default: in each run's own folder. */
  readonly outputRoot?: string | undefined;
  /** Each run that has ended. */
  readonly onRun?: ((arm: Arm, execution: Execution) => void) | undefined;
}

/** Where a proof keeps what is its own. */
export const proofFolder = (project: Project, proofId: string): string => join(stateFolder(project), 'proofs', proofId);

/** Runs the plan, decides, and records the proof. */
export async function proveSides(request: ProofRequest, { project, install, ledger }: Workshop, context: Context): Promise<Proof> {
  const { proofId, plan, sides, aa } = request;
  const place = proofFolder(project, proofId);
  const startedMs = Date.now();
  const known = { A: await lately(ledger, sides.A), B: await lately(ledger, sides.B) };
  await tellPlan();
  const executions = new Map<string, Execution>();
  const starts: Partial<Record<Arm, RunStart>> = {};
  const counts = { pair: 0, warmup: 0 };
  const warm: Partial<Record<Arm, Execution>> = {};
  let isStream = false;

  const conducted = await conduct({
    plan,
    options: { aa, allowUnchecked: request.allowUnchecked },
    async run(arm, purpose): Promise<MeasuredRun> {
      const side = sides[arm];
      const of = purpose === 'warm-up' ? `warm-up of ${arm}` : `pair ${counts.pair + 1}, ${arm}`;
      const execution = await execute(
        side.job,
        {
          project,
          install,
          ledger,
          input: request.input,
          outputRoot: request.outputRoot,
          purpose: { kind: purpose, proofId, arm },
          judge: purpose === 'warm-up',
          what: `${of} (${side.name})`,
        },
        context,
      );
      context.signal.throwIfAborted();
      executions.set(execution.start.runId, execution);
      request.onRun?.(arm, execution);
      starts[arm] ??= execution.start;
      if (purpose === 'warm-up') warm[arm] = execution;
      const { outcome } = execution;
      if (!isStream && execution.run?.jobs.at(-1)?.streamingQueryId !== undefined) {
        isStream = true;
        context.note(
          'this job ends with a stream: unless it takes what is there and ends (availableNow), its time and its output say nothing; firesteel compare of two logs shows the rows that each took',
        );
      }
      if (purpose === 'warm-up')
        context.note(`warm-up of ${arm}: ${outcome.status === 'succeeded' ? formatMillis(outcome.durationMs) : outcome.status}`);
      return measured(execution, arm);
    },
    compare: (a, b) =>
      outputsOf({ a, b, executions, sides: { A: sides.A.job, B: sides.B.job }, tolerance: request.tolerance, install, place }, context),
    onPair({ pair, order, a, b, excluded }) {
      counts.pair = pair;
      const time = (run: MeasuredRun) => (run.values.wall === undefined ? 'failed' : formatMillis(run.values.wall));
      context.note(`pair ${pair} (${order}): A ${time(a)}, B ${time(b)}${excluded === undefined ? '' : `; left out: ${excluded}`}`);
    },
  });
  const proof: Proof = {
    proofId,
    a: subjectOf(sides.A, starts.A),
    b: subjectOf(sides.B, starts.B),
    aa,
    startedMs,
    endedMs: Date.now(),
    plan,
    ...conducted,
    predicted: plan.metric !== 'wall' || aa ? undefined : (request.predicted ?? predictionOf(warm.A, warm.B)),
    environment: {
      spark: install.version,
      java: install.javaVersion,
      python: install.pythonVersion,
      host: hostname(),
      cores: availableParallelism(),
      master: sides.A.job.master,
    },
    currency: project.prices?.currency,
  };
  await ledger.recordProof(proof);
  if (!request.keep && proof.outputs.status !== 'different') await clear(executions);
  return proof;

  async function tellPlan(): Promise<void> {
    context.note(`proof ${proofId}: A is ${sides.A.name}, B is ${aa ? 'A again' : sides.B.name}`);
    for (const sentence of planSentences(plan, {
      ...(known.A === undefined ? {} : { A: known.A }),
      ...(known.B === undefined ? {} : { B: known.B }),
    }))
      context.note(sentence);
    if (known.A !== undefined && known.B !== undefined) {
      const { most } = expectedMs(plan, { A: known.A, B: known.B });
      context.note(`it ends before ${new Date(Date.now() + most).toISOString().slice(11, 16)} UTC when runs take what they took lately`);
    }
    const busy = await busyShare();
    if (busy > 0.3)
      context.note(`this machine is busy (${Math.round(100 * busy)} % of its core time is taken now): expect noise, and wide intervals`);
  }
}

/**
 * The share of this machine's core time that is taken, 0 to 1, over one second: before the first run, so by others. A load average would
 * count the runs that have just ended here.
 */
async function busyShare(): Promise<number> {
  const read = () =>
    cpus().reduce(
      (sum, { times }) => ({ idle: sum.idle + times.idle, all: sum.all + times.idle + times.user + times.nice + times.sys + times.irq }),
      { idle: 0, all: 0 },
    );
  const from = read();
  await wait(1000);
  const to = read();
  return to.all > from.all ? 1 - (to.idle - from.idle) / (to.all - from.all) : 0;
}

/** Median time of the newest successful runs of this very script, ms. */
async function lately(ledger: Ledger, { job }: Side): Promise<number | undefined> {
  const runs = await ledger.runs({ model: job.model, state: 'succeeded', last: 20 });
  return medianLinear(runs.filter((run) => run.script === job.script).flatMap((run) => run.durationMs ?? []));
}

function measured({ start, outcome, counters, usage, cost, run }: Execution, arm: Arm): MeasuredRun {
  const succeeded = outcome.status === 'succeeded';
  const core = counters?.coreMs;
  return {
    runId: start.runId,
    arm,
    startedMs: start.startedMs,
    values: {
      ...(succeeded ? { wall: outcome.durationMs } : {}),
      ...(succeeded && core !== undefined ? { core } : {}),
      ...(succeeded && cost !== undefined && usage !== undefined ? { cost: cost.amount } : {}),
    },
    counters,
    succeeded,
    reason: succeeded ? undefined : (outcome.reason ?? outcome.status),
    infrastructure: run === undefined ? [] : infrastructureOf(run),
  };
}

function subjectOf({ name, job, revision }: Side, start: RunStart | undefined): Subject {
  return {
    name,
    script: job.script,
    args: job.args,
    conf: job.conf,
    revision,
    codeFingerprint: start?.codeFingerprint ?? '',
    confFingerprint: start?.confFingerprint ?? '',
  };
}

/** Frees what the runs wrote into their own folders; a place that the user named is the user's to clear. */
async function clear(executions: ReadonlyMap<string, Execution>): Promise<void> {
  for (const { start } of executions.values())
    await rm(join(start.folder, 'output'), { recursive: true, force: true }).catch(() => undefined);
}
