// Two runs: what changed, from both logs. When a log is not kept, what was kept of the two is compared.
// Law: the caveats are always shown; one run of each proves nothing.

import type { ReactNode } from 'react';
import { formatMillis } from '../../../src/base/index.ts';
import { measureValue } from '../../../src/report/words.ts';
import { Section, Wide } from '../../src/parts.tsx';
import { type Compared, type PageOf, type Run, type RunAlone, useApi } from '../api.ts';
import { Head, RuleChip, TroubleNote } from '../parts.tsx';
import { go, type Place, runPath, to } from '../router.ts';
import { changeText, coreTime, formatBytes, plural, time, when } from '../words.ts';

const MAX_STAGES = 30;

export function Compare({ place }: { place: Place }) {
  const a = place.query.get('a') ?? '';
  const b = place.query.get('b') ?? '';
  const runs = useApi<PageOf<Run>>('/runs?limit=500');
  const ready = a !== '' && b !== '' && a !== b;
  const compared = useApi<Compared>(ready ? to('/operations/compare', { a: `run:${a}`, b: `run:${b}` }) : undefined);
  const all = runs.data?.items ?? [];
  const modelOf = (id: string) => all.find((run) => run.id === id)?.model;
  const pick = (side: 'a' | 'b', id: string) => go(to('/compare', { a, b, [side]: id }), 'replace');
  return (
    <>
      <Head title="Compare" sub="two runs: what changed" />
      <div className="pickers">
        <Picker label="A" value={a} runs={all} near={modelOf(b)} onPick={(id) => pick('a', id)} />
        <button type="button" onClick={() => go(to('/compare', { a: b, b: a }), 'replace')} disabled={!ready}>
          <span aria-hidden="true">⇄</span>
          <span className="sr">Swap A and B</span>
        </button>
        <Picker label="B" value={b} runs={all} near={modelOf(a)} onPick={(id) => pick('b', id)} />
      </div>
      {!ready && (
        <p className="dim">{a !== '' && a === b ? 'These are the same run: pick another one.' : 'Pick two runs, the older one as A.'}</p>
      )}
      {ready && compared.data === undefined && compared.trouble === undefined && <p className="dim waiting">Reading both logs…</p>}
      {compared.trouble !== undefined &&
        (compared.trouble.status === 404 ? <Kept a={a} b={b} /> : <TroubleNote trouble={compared.trouble} />)}
      {compared.data !== undefined && <Whole comparison={compared.data} />}
    </>
  );
}

function Picker({
  label,
  value,
  runs,
  near,
  onPick,
}: {
  label: string;
  value: string;
  runs: readonly Run[];
  near: string | undefined;
  onPick: (id: string) => void;
}) {
  const groups = [...Map.groupBy(runs, (run) => run.model)].sort(([x], [y]) => Number(y === near) - Number(x === near) || (x < y ? -1 : 1));
  return (
    <label className="picker">
      <span className="label">
        {label} {value !== '' && <a href={runPath(value)}>its report</a>}
      </span>
      <select aria-label={`Run ${label}`} value={value} onChange={(event) => onPick(event.target.value)}>
        <option value="">pick a run</option>
        {value !== '' && !runs.some((run) => run.id === value) && <option value={value}>{value}</option>}
        {groups.map(([model, some]) => (
          <optgroup key={model} label={model}>
            {some.map((run) => (
              <option key={run.id} value={run.id}>
                {[when(run.startMs), time(run.wallMs), model].filter((part) => part !== '').join(' · ')}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </label>
  );
}

/** A change; coloured where less is better: of the others nobody can say. */
function Change({ a, b, better = true }: { a: number | null; b: number | null; better?: boolean }) {
  if (a === null || b === null || a === 0) return null;
  if (a === b) return <span className="dim">same</span>;
  const ratio = b / a;
  return <span className={!better ? '' : ratio < 0.98 ? 'good' : ratio > 1.02 ? 'hot' : 'dim'}>{changeText(ratio)}</span>;
}

type Row = readonly [name: string, a: string, b: string, change: ReactNode];

const Numbers = ({ rows }: { rows: readonly Row[] }) => (
  <Wide label="numbers of both">
    <table className="list">
      <thead>
        <tr>
          <th>
            <span className="sr">What</span>
          </th>
          <th className="num">A</th>
          <th className="num">B</th>
          <th className="num">B against A</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, a, b, change]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td className="num">{a}</td>
            <td className="num">{b}</td>
            <td className="num">{change}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </Wide>
);

interface Listed {
  readonly rule: string;
  readonly title: string;
  readonly note: string;
}

function Findings({ gone, fresh, stayed }: { gone: readonly Listed[]; fresh: readonly Listed[]; stayed: readonly Listed[] }) {
  const groups = [
    ['Gone in B', 'good', gone],
    ['New in B', 'hot', fresh],
    ['In both', 'dim', stayed],
  ] as const;
  if (groups.every(([, , some]) => some.length === 0)) return null;
  return (
    <Section title="Findings">
      <dl className="changes">
        {groups
          .filter(([, , some]) => some.length > 0)
          .map(([name, tone, some]) => (
            <div key={name}>
              <dt className={tone}>{name}</dt>
              <dd>
                {some.map((one) => (
                  <span key={one.rule} className="change">
                    <RuleChip id={one.rule} title={one.title} /> <span className="dim">{one.note}</span>
                  </span>
                ))}
              </dd>
            </div>
          ))}
      </dl>
    </Section>
  );
}

const held = (ms: number): string => (ms > 0 ? `held ${formatMillis(ms)}` : '');

function Whole({ comparison }: { comparison: Compared }) {
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

/** What lists know of both: enough for time, core time and findings. */
function Kept({ a, b }: { a: string; b: string }) {
  const first = useApi<RunAlone>(runPath(a));
  const second = useApi<RunAlone>(runPath(b));
  const trouble = first.trouble ?? second.trouble;
  if (trouble !== undefined) return <TroubleNote trouble={trouble} />;
  const [x, y] = [first.data, second.data];
  if (x === undefined || y === undefined) return <p className="dim waiting">Loading…</p>;
  const rows: readonly Row[] = [
    ['wall time', time(x.wallMs), time(y.wallMs), <Change key="wall" a={x.wallMs} b={y.wallMs} />],
    ['core time held', coreTime(x.coreMs), coreTime(y.coreMs), <Change key="core" a={x.coreMs} b={y.coreMs} />],
    ['tasks', String(x.tasks), String(y.tasks), <Change key="tasks" a={x.tasks} b={y.tasks} better={false} />],
  ];
  const listed = (run: RunAlone, other: RunAlone) =>
    run.findings.filter((one) => !other.findings.some(({ rule }) => rule === one.rule)).map((one) => ({ ...one, note: held(one.heldMs) }));
  return (
    <>
      <p className="dim">A log that was sent here is not kept: this is what its audit left. Stages and settings need both logs.</p>
      <Section title="In numbers">
        <Numbers rows={rows} />
      </Section>
      <Findings
        gone={listed(x, y)}
        fresh={listed(y, x)}
        stayed={x.findings.flatMap((one) => {
          const other = y.findings.find(({ rule }) => rule === one.rule);
          return other === undefined ? [] : [{ ...one, note: `held ${formatMillis(one.heldMs)} → ${formatMillis(other.heldMs)}` }];
        })}
      />
    </>
  );
}
