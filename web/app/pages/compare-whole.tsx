// A comparison from both logs: numbers, findings, stages, settings. Law: the caveats are always shown.

import { formatMillis } from '../../../src/base/index.ts';
import { measureValue } from '../../../src/report/words.ts';
import { Section, Wide } from '../../src/parts.tsx';
import type { Compared } from '../api.ts';
import { formatBytes, plural } from '../words.ts';
import { Change, Findings, held, Numbers, type Row } from './compare-parts.tsx';

const MAX_STAGES = 30;

export function Whole({ comparison }: { comparison: Compared }) {
  const { totals, findings, settings, stages, caveats, noiseFloorMs } = comparison;
  const rows = totals
    .filter(({ a, b }) => (a ?? 0) !== 0 || (b ?? 0) !== 0)
    .map(({ name, unit, a, b }): Row => {
      const text = (value: number | null) => (value === null ? '' : measureValue({ name, unit, value }).replace(' core time', ''));
      return [name, text(a), text(b), <Change key={name} a={a} b={b} better={unit === 'ms' || unit === 'core-ms'} />];
    });
  const changed = stages.matched.filter(
    ({ a, b }) => Math.max(Math.abs(b.wallMs - a.wallMs), Math.abs(b.heldMs - a.heldMs)) >= noiseFloorMs / 2,
  );
  return (
    <>
      <p className="headline">{comparison.headline}</p>
      <Section title="In numbers">
        <Numbers rows={rows} />
      </Section>
      <Findings
        gone={findings.gone.map((one) => ({ ...one, note: held(one.heldMs) }))}
        fresh={findings.new.map((one) => ({ ...one, note: held(one.heldMs) }))}
        stayed={findings.stayed.map((one) => ({
          rule: one.rule,
          title: one.title,
          note: one.heldMsA + one.heldMsB > 0 ? `held ${formatMillis(one.heldMsA)} → ${formatMillis(one.heldMsB)}` : '',
        }))}
      />
      <Section
        title={changed.length === 0 ? 'No stage changed by more than noise' : `${plural(changed.length, 'stage')} changed`}
        aside={only(stages.onlyA.length, stages.onlyB.length)}
      >
        {changed.length > 0 && (
          <Wide label="stages that changed">
            <table className="list">
              <thead>
                <tr>
                  <th>A / B</th>
                  <th>What it does</th>
                  <th className="num">A took</th>
                  <th className="num">B took</th>
                  <th className="num">Change</th>
                  <th className="num">Shuffle read</th>
                </tr>
              </thead>
              <tbody>
                {changed.slice(0, MAX_STAGES).map(({ a, b }) => (
                  <tr key={`${a.stageId} ${b.stageId}`}>
                    <td className="num">
                      {a.stageId} / {b.stageId}
                    </td>
                    <td className="held-by">{b.what}</td>
                    <td className="num">{formatMillis(a.wallMs)}</td>
                    <td className="num">{formatMillis(b.wallMs)}</td>
                    <td className="num">
                      <Change a={a.wallMs} b={b.wallMs} />
                    </td>
                    <td className="num dim">
                      {a.shuffleReadBytes + b.shuffleReadBytes === 0
                        ? ''
                        : `${formatBytes(a.shuffleReadBytes)} → ${formatBytes(b.shuffleReadBytes)}`}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Wide>
        )}
      </Section>
      {settings.changed.length + settings.secret.length > 0 && (
        <Section
          title="Settings that differ"
          aside={settings.noise > 0 ? `${plural(settings.noise, 'setting')} that differ in every run left out` : undefined}
        >
          <Wide label="settings">
            <table>
              <thead>
                <tr>
                  <th>Key</th>
                  <th>A</th>
                  <th>B</th>
                </tr>
              </thead>
              <tbody>
                {settings.changed.map(({ key, a, b }) => (
                  <tr key={key}>
                    <td className="mono break">{key}</td>
                    <td className="mono break">{a ?? <span className="dim">not set</span>}</td>
                    <td className="mono break">{b ?? <span className="dim">not set</span>}</td>
                  </tr>
                ))}
                {settings.secret.map((key) => (
                  <tr key={key}>
                    <td className="mono break">{key}</td>
                    <td colSpan={2} className="dim">
                      hidden, may differ
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Wide>
        </Section>
      )}
      <Section title="Before you believe it">
        <ul className="dim">
          {caveats.map((caveat) => (
            <li key={caveat}>{caveat}</li>
          ))}
        </ul>
      </Section>
    </>
  );
}

const only = (a: number, b: number): string | undefined =>
  a + b === 0 ? undefined : [a > 0 ? `${a} only in A` : '', b > 0 ? `${b} only in B` : ''].filter((part) => part !== '').join(', ');
