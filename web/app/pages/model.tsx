// One model: how its runs went over time, typical and slow days, cost, what is found in it, what was proven, how forecasts held.
// Law: audited logs and the ledger are two records of the same runs; a run in both is one dot.

import { summarizeRuns } from '../../../src/base/index.ts';
import { p95Text } from '../../../src/report/history-words.ts';
import { Facts, Section, Wide } from '../../src/parts.tsx';
import { type Calibration, type Ledger, type PageOf, type Recorded, type Run, useApi } from '../api.ts';
import { type Dot, History } from '../chart.tsx';
import { Claims } from '../claims.tsx';
import { Head, Meter, RuleChip, RunTable, TroubleNote, useTitles } from '../parts.tsx';
import { ProofList } from '../proof-list.tsx';
import { runPath, to } from '../router.ts';
import { ageText, changeText, money, plural, share, time, when } from '../words.ts';

const MAX_RUNS = 500;

export function ModelPage({ name }: { name: string }) {
  const audited = useApi<PageOf<Run>>(to('/runs', { model: name, limit: String(MAX_RUNS) }));
  const ledger = useApi<Ledger>(to('/ledger', { model: name, last: String(MAX_RUNS) }));
  const record = useApi<Calibration>(ledger.data?.history ? '/calibration' : undefined);
  const runs = audited.data?.items ?? [];
  const known = ledger.data?.history?.models[0];
  const proofs = ledger.data?.history?.proofs ?? [];
  const claims = (record.data?.claims ?? []).filter((claim) => claim.model === name);
  const waiting = audited.data === undefined || ledger.data === undefined;
  const dots = dotsOf(runs, ledger.data?.runs ?? []);
  const about = [
    known?.owner && `owner ${known.owner}`,
    known?.tier && `tier ${known.tier}`,
    known?.schedule && `runs ${known.schedule}`,
  ].filter(Boolean);
  return (
    <>
      <Head title={name} sub={about.length > 0 ? about.join(' · ') : waiting ? ' ' : `${plural(dots.length, 'run')} on record`} />
      {audited.trouble !== undefined && <TroubleNote trouble={audited.trouble} />}
      {ledger.trouble !== undefined && <TroubleNote trouble={ledger.trouble} />}
      {!waiting && dots.length === 0 && <p>No run of this model is known here.</p>}
      <Numbers dots={dots} runs={runs} ledger={ledger.data} />
      {dots.length > 0 && (
        <Section title="Runs over time">
          <History dots={dots} />
        </Section>
      )}
      <Found runs={runs} />
      {proofs.length > 0 && (
        <Section title="Proofs">
          <ProofList proofs={proofs} />
        </Section>
      )}
      {claims.length > 0 && (
        <Section title="Forecast against measured">
          <Claims claims={claims} />
        </Section>
      )}
      {runs.length > 0 && (
        <Section title={plural(audited.data?.total ?? runs.length, 'audited run')}>
          <RunTable runs={runs} models={false} label="audited runs" />
        </Section>
      )}
      {(known?.runs ?? 0) > 0 && (
        <p>
          <a href={to('/ledger', { model: name })}>All runs of it in the ledger</a>
        </p>
      )}
    </>
  );
}

/** One dot for a run, whether its log was audited, the ledger has it, or both. */
function dotsOf(runs: readonly Run[], recorded: readonly Recorded[]): readonly Dot[] {
  const dots = new Map<string, Dot>();
  for (const run of recorded) {
    if (run.durationMs === null) continue;
    const key = run.applicationId ?? run.runId;
    dots.set(key, {
      key,
      ms: run.startedMs,
      wallMs: run.durationMs,
      curedMs: null,
      good: run.state === 'succeeded',
      proof: run.purpose !== 'run',
      href: to('/ledger', { run: run.runId }),
    });
  }
  for (const run of runs) {
    if (run.startMs === null || run.wallMs === null) continue;
    const key = run.applicationId ?? run.id;
    dots.set(key, {
      key,
      ms: run.startMs,
      wallMs: run.wallMs,
      curedMs: run.joint === null || run.joint.likelyMs <= 0 ? null : Math.max(0, run.wallMs - run.joint.likelyMs),
      good: dots.get(key)?.good ?? run.completed,
      proof: dots.get(key)?.proof ?? false,
      href: runPath(run.id),
    });
  }
  return [...dots.values()].sort((a, b) => a.ms - b.ms);
}

function Numbers({ dots, runs, ledger }: { dots: readonly Dot[]; runs: readonly Run[]; ledger: Ledger | undefined }) {
  const known = ledger?.history?.models[0];
  const change = ledger?.history?.changes[0];
  const summary = summarizeRuns(dots.filter((dot) => dot.good && !dot.proof).map((dot) => dot.wallMs));
  if (summary === undefined) return null;
  const slow = p95Text(summary);
  const newest = runs[0];
  const saved = newest?.joint?.likelyMs ?? 0;
  const items: (readonly [string, string])[] = [
    [summary.n > 1 ? 'Typical run (p50)' : 'The run', time(summary.median)],
    summary.p95.kind === 'tooFew' ? ['Longest', time(summary.max)] : ['Slow days (p95)', slow ?? ''],
    ...(saved > 0 && newest?.wallMs ? ([['Newest, all cured', `${time(Math.max(0, newest.wallMs - saved))} likely`]] as const) : []),
    ...(known?.cost ? ([['Cost of a run', money({ amount: known.cost.mean, currency: known.cost.currency })]] as const) : []),
    ...(known !== undefined && known.successRate !== null ? ([['Succeeded', share(known.successRate)]] as const) : []),
    ...(known?.freshnessMs != null ? ([['Last success', `${ageText(known.freshnessMs)} ago`]] as const) : []),
    ...(change !== undefined && change.ratio !== null
      ? ([[change.basis === 'proof' ? 'Newest proof' : 'Newest version', changeText(change.ratio)]] as const)
      : []),
  ];
  return (
    <>
      <Facts items={items} />
      {summary.p95.kind === 'tooFew' && summary.n > 1 && (
        <p className="dim small">
          {plural(summary.n, 'run')} that ended well: no p95 under {summary.p95.needed}.
        </p>
      )}
      {known?.trend != null && known.trend.kind !== 'flat' && (
        <p className="dim small">
          Its runs became {known.trend.kind}: {changeText(known.trend.ratio)} over the last {known.trend.n}.
        </p>
      )}
    </>
  );
}

/** What its runs have, the most frequent first; the newest run says what is there still. */
function Found({ runs }: { runs: readonly Run[] }) {
  const titles = useTitles();
  const newest = runs[0];
  const counts = new Map<string, { count: number; lastMs: number }>();
  for (const run of runs)
    for (const rule of run.rules) {
      const known = counts.get(rule);
      counts.set(rule, { count: (known?.count ?? 0) + 1, lastMs: Math.max(known?.lastMs ?? 0, run.startMs ?? 0) });
    }
  const rows = [...counts].sort(([, a], [, b]) => b.count - a.count || b.lastMs - a.lastMs);
  if (rows.length === 0 || newest === undefined) return null;
  return (
    <Section title="What is found in it">
      <Wide label="findings">
        <table className="list">
          <thead>
            <tr>
              <th>Finding</th>
              <th className="num">Runs</th>
              <th className="bar-cell">
                <span className="sr">Share of runs</span>
              </th>
              <th>In the newest</th>
              <th>Last seen (UTC)</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([rule, { count, lastMs }]) => (
              <tr key={rule}>
                <th scope="row">
                  <RuleChip id={rule} title={titles.get(rule)} />
                </th>
                <td className="num">{count}</td>
                <td className="bar-cell">
                  <Meter value={count} most={runs.length} />
                </td>
                <td>{newest.rules.includes(rule) ? 'yes' : <span className="good">gone</span>}</td>
                <td className="date dim">{when(lastMs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </Section>
  );
}
