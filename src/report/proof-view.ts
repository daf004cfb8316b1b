// What every face says of a proof, as texts: verdict, runs, outputs, what stands beside. One wording for terminal, Markdown and terse.
// Laws: nothing is said that is not in the proof; secrets and control characters are out; only runs that count are summarised.

import { formatMillis, isSecret, METRIC_NAMES, type RunSummary, ratioText, summarizeRuns, withoutSecrets } from '../base/index.ts';
import type { Arm, MeasuredRun, Metric, Proof, Subject, VerdictKind } from '../prove/index.ts';
import { besideText, forecastOf, howOf, money, noiseOf, numbersOf, outputView, p95Of, three } from './proof-words.ts';
import { clean } from './text.ts';

const KINDS: Readonly<Record<VerdictKind, string>> = {
  win: 'WIN',
  loss: 'LOSS',
  equivalent: 'EQUIVALENT',
  notProven: 'NOT PROVEN',
  unsafe: 'UNSAFE',
  invalid: 'INVALID',
};

export interface Dot {
  readonly value: number;
  /** False: its pair was left out. */
  readonly counts: boolean;
}

export interface ArmView {
  readonly arm: Arm;
  readonly name: string;
  /** Script, arguments and revision, as far as the name does not say them. */
  readonly details: string;
  /** Settings that the other side has not or has otherwise. */
  readonly conf: readonly string[];
  readonly dots: readonly Dot[];
  /** Of the runs that count; undefined when none has a value. */
  readonly summary: RunSummary | undefined;
  /** `median 35.1 s, 33.0 to 38.2 s` */
  readonly summaryText: string;
}

export interface PairView {
  readonly pair: string;
  readonly order: string;
  readonly a: string;
  readonly b: string;
  /** `0.29` */
  readonly ratio: string;
  readonly excluded: string;
}

export interface OutputView {
  readonly name: string;
  readonly equal: boolean;
  /** `1,203 rows, 12 columns` */
  readonly size: string;
  readonly differences: readonly string[];
  readonly tolerated: readonly string[];
  readonly examples: readonly { readonly arm: Arm; readonly row: string }[];
}

export interface ProofView {
  readonly id: string;
  readonly title: string;
  readonly kind: VerdictKind;
  readonly label: string;
  readonly sentence: string;
  readonly notes: readonly string[];
  readonly next: readonly string[];
  readonly arms: readonly [ArmView, ArmView];
  readonly metric: string;
  /** A value of the deciding metric. */
  readonly value: (value: number) => string;
  /** B ÷ A; undefined when there is no estimate with bounds. */
  readonly effect: { readonly ratio: number; readonly low: number; readonly high: number; readonly margin: number } | undefined;
  /** `B ÷ A 0.29, 95 % interval 0.26 to 0.32` and the exact numbers behind it. */
  readonly numbers: readonly string[];
  readonly p95: readonly string[];
  readonly outputs: { readonly status: string; readonly sentence: string; readonly list: readonly OutputView[] };
  readonly pairs: readonly PairView[];
  readonly beside: readonly { readonly name: string; readonly a: string; readonly b: string; readonly change: string }[];
  readonly forecast: string | undefined;
  readonly noise:
    | { readonly sentence: string; readonly sees: readonly { readonly pairs: string; readonly reduction: string }[] }
    | undefined;
  readonly how: readonly string[];
}

/** The proof without secrets: values of secret settings and secrets in texts are masked. */
export function safeProof(proof: Proof): Proof {
  const subject = (side: Subject): Subject => ({
    ...side,
    conf: Object.fromEntries(Object.entries(side.conf).map(([key, value]) => [key, isSecret(key, value) ? '***' : value])),
  });
  return withoutSecrets({ ...proof, a: subject(proof.a), b: subject(proof.b) });
}

export function proofView(unsafe: Proof): ProofView {
  const proof = safeProof(unsafe);
  const { verdict, plan, pairs, currency } = proof;
  const { metric } = plan;
  const { estimate } = verdict;
  const value = (amount: number) => (metric === 'cost' ? money(amount, currency) : formatMillis(amount));
  const arms = [armView(proof, 'A', value), armView(proof, 'B', value)] as const;
  return {
    id: clean(proof.proofId, 80),
    title: proof.aa ? `${arms[0].name} against itself` : `${arms[0].name} against ${arms[1].name}`,
    kind: verdict.kind,
    label: KINDS[verdict.kind],
    sentence: clean(verdict.sentence),
    notes: verdict.notes.map((note) => clean(note)),
    next: verdict.next.map((step) => clean(step)),
    arms,
    metric: METRIC_NAMES[metric],
    value,
    effect:
      estimate !== undefined && estimate.low > 0 && Number.isFinite(estimate.high)
        ? { ratio: estimate.ratio, low: estimate.low, high: estimate.high, margin: plan.equivalence }
        : undefined,
    numbers: numbersOf(proof),
    p95: p95Of(arms, value),
    outputs: {
      status: { equal: 'equal', different: 'DIFFERENT', notCompared: 'not compared' }[proof.outputs.status],
      sentence: clean(proof.outputs.sentence),
      list: proof.outputs.outputs.map(outputView),
    },
    pairs: pairs.map(({ pair, order, a, b, excluded }) => {
      const [x, y] = [valueIn(a, metric), valueIn(b, metric)];
      return {
        pair: String(pair),
        order,
        a: runText(a, metric, value),
        b: runText(b, metric, value),
        ratio: x === undefined || y === undefined ? '' : three(y / x),
        excluded: excluded === undefined ? '' : clean(`left out: ${excluded}`, 200),
      };
    }),
    beside: proof.beside.map((row) => ({
      name: clean(row.name, 60),
      a: besideText(row.medianA, row.unit, currency),
      b: besideText(row.medianB, row.unit, currency),
      change: row.ratio === undefined ? 'none in A' : row.ratio === 0 ? 'none in B' : ratioText(row.ratio),
    })),
    forecast: forecastOf(proof),
    noise: noiseOf(proof),
    how: howOf(proof),
  };
}

const valueIn = (run: MeasuredRun, metric: Metric): number | undefined => (run.succeeded ? run.values[metric] : undefined);

function runText(run: MeasuredRun, metric: Metric, value: (amount: number) => string): string {
  if (!run.succeeded) return 'failed';
  const amount = run.values[metric];
  return amount === undefined ? 'unknown' : value(amount);
}

function armView(proof: Proof, arm: Arm, value: (amount: number) => string): ArmView {
  const [own, other] = arm === 'A' ? [proof.a, proof.b] : [proof.b, proof.a];
  const { metric } = proof.plan;
  const dots = proof.pairs.flatMap((pair): Dot[] => {
    const amount = valueIn(arm === 'A' ? pair.a : pair.b, metric);
    return amount === undefined ? [] : [{ value: amount, counts: pair.excluded === undefined }];
  });
  const summary = summarizeRuns(dots.filter(({ counts }) => counts).map((dot) => dot.value));
  const script = clean(own.script, 300);
  const name = clean(own.name, 200) || script;
  return {
    arm,
    name,
    details: [
      ...(name === script ? [] : [script]),
      ...(own.args.length === 0 ? [] : [clean(own.args.join(' '), 300)]),
      ...(own.revision === undefined ? [] : [`revision ${clean(own.revision, 60)}`]),
    ].join(' · '),
    conf: Object.entries(own.conf)
      .filter(([key, setting]) => other.conf[key] !== setting)
      .map(([key, setting]) => `${clean(key, 120)}=${clean(setting, 200)}`),
    dots,
    summary,
    summaryText:
      summary === undefined
        ? 'no value'
        : summary.n === 1
          ? value(summary.median)
          : `median ${value(summary.median)}, ${value(summary.min)} to ${value(summary.max)}`,
  };
}
