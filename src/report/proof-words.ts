// Numbers of a proof in words: estimate, p95, outputs, forecast, noise, circumstances. One wording for every face.
// Laws: nothing is computed that the proof does not hold; p95 is named only by the low-n rule (base/quantiles.ts); texts come out clean.

import { formatBytes, formatCount, formatMillis, percentText, plural, rangeText, ratioText } from '../base/index.ts';
import type { Arm, Beside, OutputComparison, Proof } from '../prove/index.ts';
import type { ArmView, OutputView, ProofView } from './proof-view.ts';
import { clean } from './text.ts';
import { formatTime } from './words.ts';

/** Rows of an output that are shown of each side. */
const EXAMPLES = 3;
/** Columns of an example row. */
const EXAMPLE_COLUMNS = 8;

/** A ratio with three digits. */
export const three = (ratio: number): string =>
  ratio >= 999.5 ? formatCount(ratio) : ratio < 1e-4 ? ratio.toExponential(1) : ratio.toPrecision(3);

/** Money with three digits that mean something. */
export function money(amount: number, currency: string | undefined): string {
  const digits = amount === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(amount))));
  const text = digits === 0 ? formatCount(amount) : amount.toFixed(Math.min(8, digits));
  return currency === undefined ? text : `${text} ${clean(currency, 8)}`;
}

export function besideText(amount: number, unit: Beside['unit'], currency: string | undefined): string {
  switch (unit) {
    case 'ms':
      return formatMillis(amount);
    case 'bytes':
      return formatBytes(amount);
    case 'money':
      return money(amount, currency);
    default:
      return formatCount(amount);
  }
}

/** The estimate with everything exact behind it. */
export function numbersOf({ verdict, plan }: Proof): string[] {
  const { estimate, alpha } = verdict;
  if (estimate === undefined) return [];
  const { ratio, low, high, confidence, p, runCv, n } = estimate;
  const bounded = low > 0 && Number.isFinite(high);
  const spread = runCv === undefined ? '' : `one run varies by ${percentText(runCv)} (CV)`;
  return [
    `B ÷ A ${three(ratio)}${bounded ? `, interval ${three(low)} to ${three(high)}` : ', no interval'}`,
    ...(bounded ? [`exact confidence ${(confidence * 100).toFixed(1)} %`] : []),
    `exact p ${p < 0.0001 ? 'under 0.0001' : Number(p.toPrecision(2))}${alpha === undefined ? '' : ` against ${alpha}`}`,
    `${plural(n, 'pair')}`,
    ...(spread === '' ? [] : [spread]),
    ...(plan.minimumEffect > 0 ? [`least effect ${percentText(plan.minimumEffect)}`] : []),
  ];
}

/** The low-n rule in words. */
export function p95Of(arms: readonly [ArmView, ArmView], value: (amount: number) => string): string[] {
  const n = Math.min(...arms.map(({ summary }) => summary?.n ?? 0));
  if (n === 0) return [];
  if (arms.every(({ summary }) => summary?.p95.kind === 'tooFew'))
    return [`No p95 from ${plural(n, 'run')} of a side: an estimate needs 20, an interval 59.`];
  return arms.flatMap(({ arm, summary }) => {
    const p95 = summary?.p95;
    if (p95 === undefined || p95.kind === 'tooFew') return [];
    return p95.kind === 'unreliable'
      ? [`p95 of ${arm}: ${value(p95.value)} (estimate; no interval stands behind it under 59 runs)`]
      : [
          `p95 of ${arm}: ${value(p95.value)}, ${value(p95.low)} to ${value(p95.high)} with ${(p95.confidence * 100).toFixed(1)} % confidence`,
        ];
  });
}

export function outputView(output: OutputComparison): OutputView {
  const { a, b, schema, columns, onlyInA, onlyInB, withinTolerance, equal } = output;
  const size = (x: number | undefined, y: number | undefined, noun: string): string[] =>
    x === undefined || y === undefined ? [] : x === y ? [plural(x, noun)] : [`${plural(x, noun)} in A, ${formatCount(y)} in B`];
  const rows = [
    ...(onlyInA !== undefined && onlyInA > 0 ? [`${plural(onlyInA, 'row')} only in A`] : []),
    ...(onlyInB !== undefined && onlyInB > 0 ? [`${plural(onlyInB, 'row')} only in B`] : []),
  ];
  const differing = new Set(columns.map(({ column }) => column));
  const example = (arm: Arm) => (row: Readonly<Record<string, string | null>>) => ({
    arm,
    row: rowText(row, differing),
  });
  return {
    name: clean(output.name, 200),
    equal,
    size: [...size(a.rows, b.rows, 'row'), ...size(a.columns, b.columns, 'column')].join(', '),
    differences: equal
      ? []
      : [
          ...schema.map((text) => clean(text, 300)),
          ...columns.map((column) => {
            const types =
              column.typeA === column.typeB
                ? ''
                : ` (${clean(column.typeA ?? 'absent', 80)} in A, ${clean(column.typeB ?? 'absent', 80)} in B)`;
            const count = column.rows === undefined ? '' : `, ${plural(column.rows, 'row')}`;
            return `column ${clean(column.column, 80)}${types}: ${clean(column.reason, 200)}${count}`;
          }),
          ...(rows.length === 0 ? [] : [rows.join(', ')]),
        ],
    tolerated: withinTolerance.map((text) => clean(text, 200)),
    examples: equal
      ? []
      : [...output.examplesA.slice(0, EXAMPLES).map(example('A')), ...output.examplesB.slice(0, EXAMPLES).map(example('B'))],
  };
}

/** The columns that differ first: they are what is looked for. */
function rowText(row: Readonly<Record<string, string | null>>, differing: ReadonlySet<string>): string {
  const entries = Object.entries(row).sort(([x], [y]) => Number(differing.has(y)) - Number(differing.has(x)));
  const shown = entries.slice(0, EXAMPLE_COLUMNS).map(([key, cell]) => `${clean(key, 40)}=${cell === null ? 'null' : clean(cell, 60)}`);
  return `${shown.join(', ')}${entries.length > EXAMPLE_COLUMNS ? ', …' : ''}`;
}

export function forecastOf({ predicted, verdict }: Proof): string | undefined {
  if (predicted === undefined) return undefined;
  const { low, likely, high } = predicted;
  const said = `Predicted: ${rangeText(low, high)}, most likely ${ratioText(likely)}.`;
  const { estimate } = verdict;
  if (estimate === undefined) return `${said} Not measured.`;
  const { ratio } = estimate;
  const where = ratio < low ? 'better than the forecast' : ratio > high ? 'worse than the forecast' : 'inside the forecast';
  return `${said} Measured: ${ratioText(ratio)}, ${where}.`;
}

export function noiseOf({ noise }: Proof): ProofView['noise'] {
  if (noise === undefined) return undefined;
  if (noise.runCv === undefined)
    return { sentence: `The noise of this machine is not known: ${plural(noise.pairs, 'pair')} of A against itself count.`, sees: [] };
  return {
    sentence: `One run of A varies by ${percentText(noise.runCv)} (coefficient of variation, ${plural(noise.pairs, 'pair')} of A against itself). With that noise a proof finds in 4 of 5 cases:`,
    sees: noise.sees.flatMap(({ pairs, reduction }) =>
      reduction === undefined ? [] : [{ pairs: plural(pairs, 'pair'), reduction: `a reduction of ${percentText(reduction)} or more` }],
    ),
  };
}

export function howOf({ plan, pairs, warmups, environment, startedMs, endedMs }: Proof): string[] {
  const { spark, java, python, host, cores, master } = environment;
  const orders = pairs.map(({ order }) => order);
  const count = (order: string) => orders.filter((each) => each === order).length;
  const looks = plan.looks.map((look) => look.pairs);
  const took = endedMs > startedMs ? ` in ${formatMillis(endedMs - startedMs)}` : '';
  const when = formatTime(startedMs);
  return [
    `${when === undefined ? '' : `${when}: `}${plural(pairs.length, 'pair')}${took}${looks.length > 1 ? `, looks planned at ${looks.join(', ')}` : `, ${plural(looks[0] ?? 0, 'pair')} planned`}; order by coin (seed ${plan.seed}): ${count('AB')} AB, ${count('BA')} BA; ${warmups.length === 0 ? 'no warm-up' : `${plural(warmups.length, 'warm-up run')} discarded`}.`,
    [
      `Spark ${clean(spark, 40)}`,
      `Java ${clean(java, 40)}`,
      `Python ${clean(python, 40)}`,
      ...(master === undefined ? [] : [clean(master, 120)]),
      `${plural(cores, 'core')} on ${clean(host, 80)}`,
    ].join(' · '),
  ];
}
