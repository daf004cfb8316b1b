// Proofs as a list: verdict, change with its interval, outputs; each leads to its page.

import { Wide } from '../src/parts.tsx';
import type { Proof } from './api.ts';
import { changeText, intervalText, VERDICTS, when } from './words.ts';

const TONES: Readonly<Record<string, string>> = { win: 'good strong', loss: 'hot strong', unsafe: 'hot strong' };
export const Verdict = ({ proof }: { proof: Proof }) => (
  <span className={TONES[proof.verdict] ?? 'dim strong'}>
    {proof.aa ? `A against A, ${VERDICTS[proof.verdict]}` : (VERDICTS[proof.verdict] ?? proof.verdict)}
  </span>
);

export const METRICS = { wall: 'wall time', core: 'core time', cost: 'cost' } as const;
export const OUTPUTS = { equal: 'equal', different: 'different', notCompared: 'not compared' } as const;

/** A bound that is infinite is null in JSON. */
export const boundsOf = (estimate: NonNullable<Proof['estimate']>) => ({
  low: estimate.low,
  high: estimate.high ?? Number.POSITIVE_INFINITY,
});

export function ProofList({ proofs }: { proofs: readonly Proof[] }) {
  return (
    <Wide label="proofs">
      <table className="list">
        <thead>
          <tr>
            <th>Began (UTC)</th>
            <th>Before → after</th>
            <th>Verdict</th>
            <th className="num">Change</th>
            <th className="num">Interval</th>
            <th className="num">Pairs</th>
            <th>Outputs</th>
          </tr>
        </thead>
        <tbody>
          {proofs.map((proof) => (
            <tr key={proof.proofId}>
              <td className="date">
                <a href={`/proofs/${encodeURIComponent(proof.proofId)}`}>{when(proof.startedMs)}</a>
              </td>
              <td className="name">
                {proof.a.name} → {proof.b.name}
              </td>
              <td>
                <Verdict proof={proof} />
              </td>
              <td className="num">
                {proof.estimate === null ? '' : changeText(proof.estimate.ratio)}
                {proof.metric !== 'wall' && <span className="dim"> {METRICS[proof.metric]}</span>}
              </td>
              <td className="num dim">{proof.estimate === null ? '' : intervalText(boundsOf(proof.estimate))}</td>
              <td className="num">{proof.pairs.length}</td>
              <td>{OUTPUTS[proof.outputs]}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}
