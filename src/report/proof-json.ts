// A proof for programs (`firesteel/proof@1`) and for agents (terse lines under a budget).
// Laws: JSON holds everything that the proof holds, without secrets; a bound that does not exist is null; what terse leaves out is counted.

import type { Proof } from '../prove/index.ts';
import { plain } from './json.ts';
import { proofView, safeProof } from './proof-view.ts';
import { Brief, cap } from './terse.ts';

export function proofJson(proof: Proof): object {
  const { proofId, verdict, ...rest } = safeProof(proof);
  const { estimate } = verdict;
  return plain({
    schema: 'firesteel/proof@1',
    proofId,
    // An interval without bounds is 0 to ∞ in memory.
    verdict: {
      ...verdict,
      estimate: estimate === undefined || estimate.low > 0 ? estimate : { ...estimate, low: undefined, high: undefined },
    },
    ...rest,
  }) as object;
}

export function renderProofTerse(proof: Proof): string {
  const view = proofView(proof);
  const brief = new Brief();
  const [a, b] = view.arms;
  brief.add([
    `firesteel prove ${cap(view.id, 60)} A=${cap(a.name, 80)} B=${cap(b.name, 80)}`,
    `verdict: ${proof.verdict.kind}: ${cap(view.sentence, 320)}`,
    ...(view.numbers.length === 0 ? [] : [`${view.metric}: ${cap(view.numbers.join('; '), 240)}`]),
    `A: ${cap(a.summaryText, 80)}; B: ${cap(b.summaryText, 80)}`,
    `outputs: ${view.outputs.status}: ${cap(view.outputs.sentence, 200)}`,
    ...view.next.map((step) => `next: ${cap(step, 220)}`),
    ...(view.forecast === undefined ? [] : [`forecast: ${cap(view.forecast, 200)}`]),
  ]);
  brief.addAll(
    view.notes.map((note) => [`note: ${cap(note, 220)}`]),
    'notes',
    1500,
  );
  if (view.noise !== undefined)
    brief.add([`noise: ${cap(view.noise.sentence, 200)}`, ...view.noise.sees.map(({ pairs, reduction }) => `  ${pairs}: ${reduction}`)]);
  brief.addAll(
    view.outputs.list.flatMap((output) =>
      output.equal
        ? []
        : [
            [
              `differs: ${cap(output.name, 100)} (${cap(output.size, 80)})`,
              ...output.differences.slice(0, 6).map((text) => `  ${cap(text, 160)}`),
              ...output.examples.slice(0, 4).map(({ arm, row }) => `  ${arm}: ${cap(row, 200)}`),
            ],
          ],
    ),
    'outputs that differ',
    900,
  );
  brief.addAll(
    [a, b].filter((arm) => arm.conf.length > 0).map((arm) => [`settings of ${arm.arm} alone: ${cap(arm.conf.join(', '), 300)}`]),
    'settings',
    700,
  );
  brief.addAll(
    view.beside.map((row) => [`beside: ${row.name} ${row.a} → ${row.b} (${row.change})`]),
    'numbers beside',
    300,
  );
  brief.addAll(
    view.pairs.map((row) => [
      `pair ${row.pair} ${row.order}: ${row.a}, ${row.b}${row.excluded === '' ? '' : ` (${cap(row.excluded, 100)})`}`,
    ]),
    'pairs',
  );
  return brief.toString();
}
