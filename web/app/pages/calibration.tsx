// How forecasts held against what proofs measured: overall, by kind, and each claim.

import { Facts, Section, Wide } from '../../src/parts.tsx';
import { type Ledger, type Calibration as Record, useApi } from '../api.ts';
import { Claims } from '../claims.tsx';
import { Head, Loaded, TroubleNote } from '../parts.tsx';
import { plural, share } from '../words.ts';

type Track = NonNullable<Record['overall']>;
/** From so many claims on a record says something (report/calibration-face.ts). */
const SHORT = 10;

export function Calibration() {
  // Without a ledger there is no record to ask for.
  const ledger = useApi<Ledger>('/ledger?last=1');
  const record = useApi<Record>(ledger.data?.history ? '/calibration' : undefined);
  return (
    <>
      <Head title="Calibration" sub="forecasts held against what was measured" />
      {ledger.trouble !== undefined && <TroubleNote trouble={ledger.trouble} />}
      {ledger.data?.history === null ? <None /> : <Loaded of={record}>{(data) => <Held record={data} />}</Loaded>}
    </>
  );
}

const None = () => (
  <section className="empty" aria-label="No record">
    <h2>No forecast has been held against a measurement yet</h2>
    <p>
      Every <code>firesteel prove</code> and <code>improve</code> with a forecast adds to this record; when too few measured times lie in
      the promised ranges, later ranges widen by themselves.
    </p>
  </section>
);

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${share(Math.abs(value))}`;

function Held({ record }: { record: Record }) {
  const { overall, kinds, bases, given, claims } = record;
  if (overall === null && given === null) return <None />;
  const rows = [
    ...kinds.map(({ name, track }) => [name === 'joint' ? 'all causes' : name, track] as const),
    ...bases.map(({ name, track }) => [`on ${name}`, track] as const),
    ...(given === null ? [] : [['given by people', given] as const]),
  ];
  return (
    <>
      {overall !== null && (
        <>
          <Facts
            items={[
              ['Forecasts', String(overall.claims)],
              ['Inside the range', `${share(overall.coverage)} (promised: 90 %)`],
              ['Off by, the middle', share(overall.medianError)],
              ['Nine of ten within', share(overall.p90Error)],
              ['Bias', signed(overall.bias)],
              ['Ranges now', overall.factor > 1 ? `${overall.factor.toFixed(1)}× as wide` : 'as made'],
            ]}
          />
          <p className="dim small">
            Errors are shares of the time before; bias above 0: runs came out faster than forecast.
            {overall.claims < SHORT && ` ${plural(overall.claims, 'forecast')}: a short record says little.`}
          </p>
        </>
      )}
      <Section title="Forecast against measured">
        <Claims claims={claims} models />
      </Section>
      {rows.length > 0 && (
        <Section title="By kind">
          <Wide label="record by kind">
            <table className="list">
              <thead>
                <tr>
                  <th>Forecasts</th>
                  <th className="num">n</th>
                  <th className="num">Median error</th>
                  <th className="num">p90</th>
                  <th className="num">Bias</th>
                  <th className="num">Inside</th>
                  <th className="num">Saved</th>
                  <th className="num">Proven</th>
                </tr>
              </thead>
              <tbody>
                {rows.map(([name, track]) => (
                  <Row key={name} name={name} track={track} />
                ))}
              </tbody>
            </table>
          </Wide>
        </Section>
      )}
    </>
  );
}

const Row = ({ name, track }: { name: string; track: Track }) => (
  <tr>
    <th scope="row">{name}</th>
    <td className="num">{track.claims}</td>
    <td className="num">{share(track.medianError)}</td>
    <td className="num">{share(track.p90Error)}</td>
    <td className="num">{signed(track.bias)}</td>
    <td className="num">{share(track.coverage)}</td>
    <td className="num">{share(track.saved)}</td>
    <td className="num">{share(track.proven)}</td>
  </tr>
);
