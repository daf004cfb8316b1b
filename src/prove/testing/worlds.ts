// Simulated proofs for the laws: machines that drift, runs that vary, stragglers; the plan and the judge are the real ones.
// Law: every world comes from its seed alone.

import {
  type Arm,
  type Judgement,
  judge,
  type MeasuredRun,
  makePlan,
  type OutputCheck,
  type PairedRun,
  type PlanInput,
  pairOf,
} from '../index.ts';
import { generator, normals } from '../random.ts';

export const EQUAL: OutputCheck = {
  status: 'equal',
  sentence: 'One output, 10 rows, 3 columns, compared by count and fingerprint.',
  tolerance: 1e-9,
  outputs: [],
};

export interface World {
  readonly seed: number;
  /** True B ÷ A. */
  readonly ratio?: number;
  /** Coefficient of variation of one run. */
  readonly runCv: number;
  /** Coefficient of variation of a slow drift of the machine over the runs of a proof. */
  readonly drift?: number;
  /** Share of runs that take 1.35 to 2.7 times as long. */
  readonly stragglers?: number;
}

/** A run as the runner would hand it over. */
export function run(arm: Arm, wallMs: number | undefined, over: Partial<MeasuredRun> = {}): MeasuredRun {
  return {
    runId: `r-20261121-153000-${arm === 'A' ? 'a' : 'b'}00000`,
    arm,
    startedMs: 1_795_275_000_000,
    values: wallMs === undefined ? {} : { wall: wallMs },
    counters: undefined,
    succeeded: true,
    reason: undefined,
    infrastructure: [],
    ...over,
  };
}

/** Runs of both sides in the order in which the machine sees them. */
export function runnerOf({ seed, ratio = 1, runCv, drift = 0, stragglers = 0 }: World): (arm: Arm) => MeasuredRun {
  const uniform = generator(seed);
  const normal = normals(uniform);
  const scatter = Math.sqrt(Math.log1p(runCv ** 2));
  const wander = Math.sqrt(Math.log1p(drift ** 2));
  // From run to run the machine keeps 95 % of its mood: half of it is gone after 14 runs.
  const keep = 0.95;
  let mood = wander * normal();
  return (arm) => {
    mood = keep * mood + Math.sqrt(1 - keep ** 2) * wander * normal();
    const stray = uniform() < stragglers ? 1.35 + 1.35 * uniform() : 1;
    return run(arm, 30_000 * (arm === 'B' ? ratio : 1) * Math.exp(mood + scatter * normal()) * stray);
  };
}

/** One proof from plan to verdict, as the runner drives it. */
export function prove(input: Omit<PlanInput, 'seed'>, world: World): Judgement & { readonly pairs: readonly PairedRun[] } {
  const plan = makePlan({ ...input, seed: world.seed * 7919 + 1 });
  const next = runnerOf(world);
  const pairs: PairedRun[] = [];
  for (;;) {
    const judgement = judge(plan, pairs, EQUAL);
    if (judgement.done) return { ...judgement, pairs };
    const order = plan.orders[pairs.length] as PairedRun['order'];
    const first = next(order === 'AB' ? 'A' : 'B');
    const second = next(order === 'AB' ? 'B' : 'A');
    pairs.push(pairOf(pairs.length + 1, order, order === 'AB' ? first : second, order === 'AB' ? second : first));
  }
}
