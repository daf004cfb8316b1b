// The verdict of a proof: from the plan, the pairs so far and the comparison of outputs, to one sentence that holds.
// Laws: pure; looks only where the plan says (between looks there is no verdict); the first look that decides is the verdict;
// B wins only with equal outputs and no more failures than A (refusals.ts comes first, whatever the numbers say).

import { METRIC_NAMES, percentText, plural, rangeText } from '../base/index.ts';
import { countedPairs, estimateOf } from './pairs.ts';
import { claimPossible, MIN_PAIRS } from './plan.ts';
import { detectableReduction, pairsToDecide } from './power.ts';
import { exclusions, type JudgeOptions, lastLook, refusal, said } from './refusals.ts';
import { MAX_PAIRS } from './statistics.ts';
import type { Estimate, Look, OutputCheck, PairedRun, RunPlan, Verdict, VerdictKind } from './types.ts';
import { amountText, effectText } from './words.ts';

export interface Judgement {
  readonly verdict: Verdict;
  /** No further pair is wanted. */
  readonly done: boolean;
}

/** What may be said now, and whether further pairs are wanted. To be asked before the first pair and after every pair. */
export function judge(plan: RunPlan, pairs: readonly PairedRun[], outputs: OutputCheck, options: JudgeOptions = {}): Judgement {
  const no = refusal(plan, pairs, outputs, options);
  const { verdict, done } = no === undefined ? atLooks(plan, pairs, outputs, options) : { verdict: no, done: true };
  return { done, verdict: { ...verdict, notes: [...verdict.notes, ...exclusions(pairs)] } };
}

function atLooks(plan: RunPlan, pairs: readonly PairedRun[], outputs: OutputCheck, options: JudgeOptions): Judgement {
  const counted = countedPairs(pairs);
  // Excluded pairs may have used up the spares: then the last look comes early. That is no peeking, for times had no part in it.
  const exhausted = pairs.length >= plan.orders.length;
  let seen = 0;
  for (const [i, look] of plan.looks.entries()) {
    if (counted.length < look.pairs && !exhausted) return waiting(counted, look);
    if (counted.length === seen) break;
    seen = Math.min(look.pairs, counted.length);
    const estimate = estimateOf(counted.slice(0, seen), plan.metric, look.alpha) as Estimate;
    const kind = decide(plan, estimate, options);
    const last = i === plan.looks.length - 1 || (exhausted && counted.length === seen);
    if (kind !== 'notProven' || last) return { done: true, verdict: claim(kind, plan, estimate, look, i, outputs, options) };
  }
  return {
    done: true,
    verdict: said('invalid', `No pair counts: all ${pairs.length} met trouble of the infrastructure.`, {
      next: ['Prove again when the cluster is quiet.'],
    }),
  };
}

/** Law: what is won seen from A is lost seen from B. */
function decide(plan: RunPlan, { low, high }: Estimate, { aa }: JudgeOptions): VerdictKind {
  if (!aa && high < 1 - plan.minimumEffect) return 'win';
  if (!aa && low > 1 / (1 - plan.minimumEffect)) return 'loss';
  return withinMargin(plan, low, high) ? 'equivalent' : 'notProven';
}

const withinMargin = ({ equivalence }: RunPlan, low: number, high: number): boolean => low > 1 - equivalence && high < 1 + equivalence;

function waiting(counted: readonly PairedRun[], look: Look): Judgement {
  return {
    done: false,
    verdict: said('notProven', `No verdict yet: ${counted.length} of ${plural(look.pairs, 'pair')} counted.`, {
      notes: ['Numbers on the way are no result: a proof that stops when they look good finds differences that are not there.'],
    }),
  };
}

function claim(
  kind: VerdictKind,
  plan: RunPlan,
  estimate: Estimate,
  look: Look,
  index: number,
  outputs: OutputCheck,
  options: JudgeOptions,
): Verdict {
  const { metric, looks, equivalence } = plan;
  const { ratio, low, high, n } = estimate;
  const { aa } = options;
  const pairs = plural(n, 'pair');
  const interval = `${Math.round((1 - look.alpha) * 100)} % interval ${rangeText(low, high)}, ${pairs}`;
  const effect = effectText(metric, ratio);
  const unchecked = outputs.status === 'notCompared' && !aa;
  const caveat = unchecked ? '; that the outputs are equal was not checked' : '';
  const from = looks.length > 1 ? [`Decided at look ${index + 1} of ${looks.length}, at p under ${look.alpha}.`] : [];
  const verdict = (sentence: string, notes: readonly string[], next: readonly string[], as: VerdictKind = kind) =>
    said(as, sentence, { estimate, alpha: look.alpha, notes: [...notes, ...from], next });
  const chance =
    aa && low > 0 && (high < 1 || low > 1)
      ? [
          `The same version seemed to differ from itself: chance does that in up to ${Math.round(look.alpha * 100)} of 100 such proofs. If it comes again, something else runs on this machine.`,
        ]
      : [];

  if (unchecked && !options.allowUnchecked && (kind === 'win' || kind === 'equivalent')) {
    return verdict(
      `${effect} (${interval}), but it is not shown that B gives the same output as A.`,
      [outputs.sentence],
      ['Let the outputs be compared: write them to {output}, or name them with --output. Or take the risk with --allow-unchecked.'],
      'notProven',
    );
  }
  switch (kind) {
    case 'win': {
      const small = withinMargin(plan, low, high) ? [`The gain is proven and small: within ${percentText(equivalence)}.`] : [];
      return verdict(`${effect}: ${interval}${caveat}.`, small, ['B can take the place of A.']);
    }
    case 'loss':
      return verdict(`${effect}: ${interval}.`, [], ['Keep A.']);
    case 'equivalent': {
      const same = aa ? `A repeats its own ${METRIC_NAMES[metric]}` : effectText(metric, 1);
      const next = aa ? [] : ['Choose between A and B by other grounds than speed.'];
      return verdict(`${same}, within ${percentText(equivalence)}: ${interval}${caveat}.`, chance, next);
    }
    default: {
      const rest =
        low > 0
          ? `the estimate is ${amountText(metric, ratio)}, ${interval}`
          : `${pairs} ${n === 1 ? 'is' : 'are'} too few for a claim, ${MIN_PAIRS} are the least`;
      const { notes, next } = outlook(plan, estimate, options);
      return verdict(`${notProvenText(plan, estimate, options)}: ${rest}.`, [...chance, ...notes], next);
    }
  }
}

function notProvenText({ minimumEffect }: RunPlan, { low, high }: Estimate, { aa }: JudgeOptions): string {
  if (low > 0 && aa) return 'Too noisy to say that A repeats itself';
  if (low > 0 && (high < 1 || low > 1)) return `A difference, but not one of ${percentText(minimumEffect)}`;
  return 'Neither gain nor loss is proven';
}

/** How far an undecided proof could see, and what would decide it. */
function outlook(plan: RunPlan, estimate: Estimate, { aa }: JudgeOptions): { notes: string[]; next: string[] } {
  const { n, ratio, runCv } = estimate;
  const { minimumEffect, equivalence } = plan;
  if (!claimPossible(plan)) return { notes: [], next: [`Prove with at least ${MIN_PAIRS} pairs: --pairs 8.`] };
  if (runCv === undefined || n < MIN_PAIRS) return { notes: [], next: ['Prove again when the cluster is quiet.'] };
  const sees = detectableReduction(n, runCv, lastLook(plan).alpha, minimumEffect);
  // What is the same cannot be shown to differ: only its margin can be reached.
  const wanted = pairsToDecide({ ratio: aa ? 1 : ratio, runCv, minimumEffect, equivalence }, n + 1);
  const more = `ore than ${MAX_PAIRS} pairs would be needed to decide.`;
  const found = wanted?.as === 'difference' ? 'show the difference' : `show that both take the same within ${percentText(equivalence)}`;
  if (aa) {
    return {
      notes: [wanted === undefined ? `M${more}` : `About ${wanted.pairs} pairs ${found} in 4 of 5 proofs.`],
      next: ['Choose the pairs of the next proof by the gain that it must see. A quieter machine sees smaller ones.'],
    };
  }
  return {
    notes: [
      `One run varies by ${percentText(runCv)} (coefficient of variation).`,
      ...(sees === undefined
        ? []
        : [`With that noise ${plural(n, 'pair')} find a reduction of ${percentText(sees)} or more in 4 of 5 proofs.`]),
      wanted === undefined
        ? `If the estimate is true, m${more}`
        : `If the estimate is true, about ${wanted.pairs} pairs ${found} in 4 of 5 proofs.`,
    ],
    next: [
      wanted === undefined
        ? 'Quieten the machine (nothing else running, fixed executors), or accept that the difference is too small to matter.'
        : `Prove again from the start with --pairs ${wanted.pairs}: pairs added to this proof because of its numbers would prove nothing.`,
    ],
  };
}
