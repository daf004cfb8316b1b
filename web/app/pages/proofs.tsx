// Proofs on record, and one of them: its sentence, its pairs drawn as they ran.

import { Facts, Section, Wide } from '../../src/parts.tsx';
import { type Ledger, type Proof, useApi } from '../api.ts';
import { Head, Loaded } from '../parts.tsx';
import { boundsOf, METRICS, OUTPUTS, ProofList, Verdict } from '../proof-list.tsx';
import { modelPath, to } from '../router.ts';
import { changeText, coreTime, intervalText, money, plural, share, time, when } from '../words.ts';

export function Proofs({ at }: { at: string | undefined }) {
  const ledger = useApi<Ledger>('/ledger?last=1');
  const proofs = ledger.data?.history?.proofs ?? [];
  const one = at === undefined ? undefined : proofs.find((proof) => proof.proofId === at);
  if (at !== undefined && one !== undefined) return <OneProof proof={one} />;
  return (
    <>
      <Head title="Proofs" sub="two versions, run in pairs, outputs compared first" />
      <Loaded of={ledger}>
        {() =>
          at !== undefined ? (
            <p>There is no such proof among the newest {proofs.length}.</p>
          ) : proofs.length === 0 ? (
            <section className="empty" aria-label="No proof">
              <h2>No proof yet</h2>
              <p>
                <code>firesteel prove A B</code> runs two versions of a job in turn and says which is better; <code>firesteel improve</code>{' '}
                does it for every change it makes. What they prove in this project stands here.
              </p>
            </section>
          ) : (
            <Section title={plural(proofs.length, 'proof')}>
              <ProofList proofs={proofs} />
            </Section>
          )
        }
      </Loaded>
    </>
  );
}

/** Time of a run in the proof's metric. */
const valueIn = (proof: Proof, side: Proof['pairs'][number]['a']): number | null =>
  proof.metric === 'wall' ? side.wallMs : proof.metric === 'core' ? side.coreMs : side.cost;
const inWords = (proof: Proof, value: number | null): string =>
  value === null
    ? 'no value'
    : proof.metric === 'wall'
      ? time(value)
      : proof.metric === 'core'
        ? coreTime(value)
        : money({ amount: value, currency: proof.currency ?? '' });

function OneProof({ proof }: { proof: Proof }) {
  const { estimate, predicted } = proof;
  const most = Math.max(1e-9, ...proof.pairs.flatMap(({ a, b }) => [valueIn(proof, a) ?? 0, valueIn(proof, b) ?? 0]));
  const Bar = ({ side, tone }: { side: Proof['pairs'][number]['a']; tone: string }) => (
    <div className="pair-bar">
      <span className={`meter ${tone}`} aria-hidden="true">
        <span style={{ width: `${((valueIn(proof, side) ?? 0) / most) * 100}%` }} />
      </span>
      <a className="num" href={to('/ledger', { run: side.runId })}>
        {side.succeeded ? inWords(proof, valueIn(proof, side)) : 'failed'}
      </a>
    </div>
  );
  return (
    <>
      <Head title={`${proof.a.name} → ${proof.b.name}`} sub={`${proof.proofId} · ${when(proof.startedMs)} UTC`} />
      <p className="headline">
        <Verdict proof={proof} />. {proof.sentence}
      </p>
      <Facts
        items={[
          ['Metric', METRICS[proof.metric]],
          ...(estimate === null
            ? []
            : ([
                ['Change', changeText(estimate.ratio)],
                [`${share(estimate.confidence)} interval`, intervalText(boundsOf(estimate))],
                ['p', String(Number(estimate.p.toPrecision(2)))],
              ] as const)),
          ...(predicted === null ? [] : ([['Forecast', `${changeText(predicted.likely)} (${intervalText(predicted)})`]] as const)),
          ['Outputs', OUTPUTS[proof.outputs]],
          [
            'Model',
            <a key="model" href={modelPath(proof.a.model)}>
              {proof.a.model}
            </a>,
          ],
        ]}
      />
      <Section title={plural(proof.pairs.length, 'pair')} aside="each in the order in which it ran">
        <Wide label="pairs">
          <table className="list">
            <thead>
              <tr>
                <th className="num">Pair</th>
                <th>Order</th>
                <th>A, {proof.a.name}</th>
                <th>B, {proof.b.name}</th>
                <th className="num">B against A</th>
              </tr>
            </thead>
            <tbody>
              {proof.pairs.map((pair) => {
                const [a, b] = [valueIn(proof, pair.a), valueIn(proof, pair.b)];
                return (
                  <tr key={pair.pair}>
                    <td className="num">{pair.pair}</td>
                    <td>{pair.order}</td>
                    <td>
                      <Bar side={pair.a} tone="" />
                    </td>
                    <td>
                      <Bar side={pair.b} tone="calm" />
                    </td>
                    <td className="num">{pair.excluded ?? (a === null || b === null || a <= 0 ? '' : changeText(b / a))}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </Wide>
      </Section>
    </>
  );
}
