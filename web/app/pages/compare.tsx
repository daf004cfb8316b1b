// Two runs: what changed, from both logs. When a log is not kept, what was kept of the two is compared.
// Law: the caveats are always shown; one run of each proves nothing.

import { type Compared, type PageOf, type Run, useApi } from '../api.ts';
import { Head, TroubleNote } from '../parts.tsx';
import { go, type Place, runPath, to } from '../router.ts';
import { time, when } from '../words.ts';
import { Kept } from './compare-kept.tsx';
import { Whole } from './compare-whole.tsx';

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
