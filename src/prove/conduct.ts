// Carries a plan out: warm-up, outputs compared, pair after pair until the judge has seen enough, outputs of every run compared at the end.
// Laws: one run at a time; nothing is decided here but what the plan and the judge say; how a run is made and how outputs are compared
// comes in from outside, so that the order of things can be tested without Spark.

import { besideOf, pairOf, selfNoise } from './pairs.ts';
import type { JudgeOptions } from './refusals.ts';
import type { Arm, Beside, MeasuredRun, OutputCheck, PairedRun, RunPlan, SelfNoise, Verdict } from './types.ts';
import { type Judgement, judge } from './verdict.ts';

export interface Conduct {
  readonly plan: RunPlan;
  readonly options: Omit<JudgeOptions, 'warmups'>;
  /** Runs one side once, to its end; a job that fails is a result. Throws when it was cancelled. */
  run(arm: Arm, purpose: 'proof' | 'warm-up'): Promise<MeasuredRun>;
  /** Compares what successful runs wrote: B with A, and each side with itself. Both lists have at least one run. */
  compare(a: readonly MeasuredRun[], b: readonly MeasuredRun[]): Promise<OutputCheck>;
  /** After every pair, with what may be said by then. */
  onPair?(pair: PairedRun, judgement: Judgement): void;
}

export interface Conducted {
  readonly warmups: readonly MeasuredRun[];
  readonly pairs: readonly PairedRun[];
  readonly outputs: OutputCheck;
  readonly verdict: Verdict;
  readonly beside: readonly Beside[];
  readonly noise: SelfNoise | undefined;
}

const notCompared = (sentence: string): OutputCheck => ({ status: 'notCompared', sentence, tolerance: 0, outputs: [] });

export async function conduct({ plan, options, run, compare, onPair }: Conduct): Promise<Conducted> {
  const warmups: MeasuredRun[] = [];
  const pairs: PairedRun[] = [];
  let outputs = notCompared('Nothing has been written yet.');
  const judged = () => judge(plan, pairs, outputs, { ...options, warmups });

  const compareAll = async (): Promise<void> => {
    const runs = [...warmups, ...pairs.flatMap((pair) => [pair.a, pair.b])].filter((one) => one.succeeded);
    const of = (arm: Arm) => runs.filter((one) => one.arm === arm);
    const without = (['A', 'B'] as const).filter((arm) => of(arm).length === 0);
    outputs =
      without.length > 0
        ? notCompared(`Outputs were not compared: no run of ${without.join(' and none of ')} succeeded.`)
        : await compare(of('A'), of('B'));
  };

  for (let i = 0; i < plan.warmup; i++) for (const arm of ['A', 'B'] as const) warmups.push(await run(arm, 'warm-up'));
  // Before the dear part: outputs that differ, or a side that fails, end it here.
  if (plan.warmup > 0) await compareAll();
  let judgement = judged();
  while (!judgement.done) {
    const order = plan.orders[pairs.length];
    if (order === undefined) throw new Error('the plan has no further pair and the judge wants one');
    const first: Arm = order === 'AB' ? 'A' : 'B';
    const one = await run(first, 'proof');
    const other = await run(first === 'A' ? 'B' : 'A', 'proof');
    const [a, b] = first === 'A' ? [one, other] : [other, one];
    const pair = pairOf(pairs.length + 1, order, a, b);
    pairs.push(pair);
    if (plan.warmup === 0 && pairs.length === 1) await compareAll();
    judgement = judged();
    onPair?.(pair, judgement);
  }
  // A job can give other rows in each run: the claim is for all of them.
  if (pairs.length > 0 && outputs.status === 'equal') {
    await compareAll();
    judgement = judged();
  }
  return {
    warmups,
    pairs,
    outputs,
    verdict: judgement.verdict,
    beside: besideOf(pairs, plan.metric),
    noise: options.aa === true ? selfNoise(pairs, plan.metric) : undefined,
  };
}
