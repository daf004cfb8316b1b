// The ledger: what ran, how it ended, what it cost; and everything on record about one run.

import type { AuditRow, RunRecord } from '../../../src/ledger/types.ts';
import { Facts, Section, Wide } from '../../src/parts.tsx';
import { type Ledger, type Recorded, useApi, type Wire } from '../api.ts';
import { Head, Loaded, RuleChip } from '../parts.tsx';
import { modelPath, type Place, to } from '../router.ts';
import { ageText, coreTime, formatBytes, money, plural, STATES, share, time, when } from '../words.ts';

const LAST = 200;

export function LedgerPage({ place }: { place: Place }) {
  const run = place.query.get('run');
  return run === null ? <All model={place.query.get('model') ?? ''} /> : <One key={run} id={run} />;
}

const TONES: Readonly<Record<string, string>> = { succeeded: 'good', running: '', cancelled: 'dim', unknown: 'dim' };
const State = ({ run }: { run: Recorded }) => <span className={TONES[run.state] ?? 'hot'}>{STATES[run.state] ?? run.state}</span>;
const purposeOf = (run: Recorded): string =>
  run.purpose === 'run' ? '' : `${run.purpose === 'proof' ? 'proof' : 'warm-up'}, side ${run.arm ?? '?'}`;

function All({ model }: { model: string }) {
  const ledger = useApi<Ledger>(to('/ledger', { model, last: String(LAST) }));
  return (
    <>
      <Head
        title="Ledger"
        sub={ledger.data?.history ? ledger.data.history.place : 'what ran and what was proven'}
        aside={
          model === '' ? undefined : (
            <a className="button" href="/ledger">
              all models
            </a>
          )
        }
      />
      <Loaded of={ledger}>
        {({ runs, more, history }) =>
          history === null || runs.length === 0 ? (
            <section className="empty" aria-label="Empty ledger">
              <h2>Nothing on record yet</h2>
              <p>
                <code>firesteel run</code>, <code>prove</code> and <code>improve</code> write down what they run: state, time, cost, code,
                settings. It is read from the project in which the server was started.
              </p>
            </section>
          ) : (
            <>
              {model === '' && <Models history={history} />}
              <Section title={model === '' ? 'Newest runs' : `Runs of ${model}`}>
                <RunRows runs={runs} model={model} />
                {more && <p className="dim small">The newest {LAST}; older runs: firesteel runs --last N.</p>}
              </Section>
            </>
          )
        }
      </Loaded>
    </>
  );
}

function Models({ history }: { history: NonNullable<Ledger['history']> }) {
  return (
    <Section title={plural(history.models.length, 'model')}>
      <Wide label="models on record">
        <table className="list">
          <thead>
            <tr>
              <th>Model</th>
              <th className="num">Runs</th>
              <th className="num">p50</th>
              <th className="num">p95</th>
              <th className="num">Cost of a run</th>
              <th className="num">Succeeded</th>
              <th className="num">Last success</th>
              <th>Owner</th>
            </tr>
          </thead>
          <tbody>
            {history.models.map((model) => (
              <tr key={model.model}>
                <th scope="row" className="name">
                  <a href={modelPath(model.model)}>{model.model}</a>
                </th>
                <td className="num">{model.runs}</td>
                <td className="num">{time(model.duration?.median)}</td>
                <td className="num">
                  {model.duration === null || model.duration.p95.kind === 'tooFew' ? (
                    <span className="dim">few runs</span>
                  ) : (
                    `${model.duration.p95.kind === 'unreliable' ? '~' : ''}${time(model.duration.p95.value)}`
                  )}
                </td>
                <td className="num">{model.cost === null ? '' : money({ amount: model.cost.mean, currency: model.cost.currency })}</td>
                <td className="num">{share(model.successRate)}</td>
                <td className="num">{model.freshnessMs === null ? '' : `${ageText(model.freshnessMs)} ago`}</td>
                <td>{model.owner ?? ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </Section>
  );
}

function RunRows({ runs, model }: { runs: readonly Recorded[]; model: string }) {
  const cost = runs.some((run) => run.cost !== null);
  return (
    <Wide label="runs on record">
      <table className="list">
        <thead>
          <tr>
            <th>Began (UTC)</th>
            {model === '' && <th>Model</th>}
            <th>State</th>
            <th className="num">Took</th>
            {cost && <th className="num">Cost</th>}
            <th>For</th>
            <th>Why it failed</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.runId}>
              <td className="date">
                <a href={to('/ledger', { run: run.runId })}>{when(run.startedMs)}</a>
              </td>
              {model === '' && (
                <td className="name">
                  <a href={modelPath(run.model)}>{run.model}</a>
                </td>
              )}
              <td>
                <State run={run} />
              </td>
              <td className="num">{time(run.durationMs)}</td>
              {cost && <td className="num">{money(run.cost)}</td>}
              <td>
                {run.proofId === null ? (
                  <span className="dim">itself</span>
                ) : (
                  <a href={`/proofs/${encodeURIComponent(run.proofId)}`}>{purposeOf(run)}</a>
                )}
              </td>
              <td className="held-by">{run.reason ?? ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}

function One({ id }: { id: string }) {
  const record = useApi<Wire<Pick<RunRecord, 'run'>> & { readonly audits: readonly Wire<AuditRow>[] }>(`/ledger/${encodeURIComponent(id)}`);
  return (
    <>
      <Head title={record.data?.run.model ?? 'Run'} sub={id} />
      <Loaded of={record}>
        {({ run, audits }) => (
          <>
            <Facts
              items={[
                ['State', <State key="state" run={run} />],
                ['Took', time(run.durationMs) || 'unknown'],
                ['Began (UTC)', when(run.startedMs)],
                ...(run.cost === null ? [] : ([['Cost', money(run.cost)]] as const)),
                ...(run.usage.coreMs == null ? [] : ([['Core time', coreTime(run.usage.coreMs)]] as const)),
                ...(run.usage.inputBytes == null ? [] : ([['Read', formatBytes(run.usage.inputBytes)]] as const)),
                ...(run.usage.outputBytes == null ? [] : ([['Written', formatBytes(run.usage.outputBytes)]] as const)),
                ...(run.proofId === null
                  ? []
                  : ([
                      [
                        'For',
                        <a key="proof" href={`/proofs/${encodeURIComponent(run.proofId)}`}>
                          {purposeOf(run)}
                        </a>,
                      ],
                    ] as const)),
                [
                  'Model',
                  <a key="model" href={modelPath(run.model)}>
                    {run.model}
                  </a>,
                ],
              ]}
            />
            {run.reason !== null && (
              <p className="warn">
                {run.reason} {run.nextStep !== null && <span className="dim">{run.nextStep}</span>}
              </p>
            )}
            {audits[0] !== undefined && (
              <Section title="Its audit">
                <p>{audits[0].headline}</p>
                <p className="refs">
                  {audits[0].findings
                    .filter((finding) => finding.status === 'found')
                    .map((finding) => (
                      <RuleChip key={finding.rule} id={finding.rule} title={finding.title} />
                    ))}
                </p>
              </Section>
            )}
            <Section title="What ran">
              <Wide label="what ran">
                <table className="pairs">
                  <tbody>
                    {(
                      [
                        ['Script', run.script],
                        ['Code', run.codeFingerprint],
                        ['Settings', run.confFingerprint],
                        [
                          'Commit',
                          [run.gitCommit, run.gitBranch && `on ${run.gitBranch}`, run.gitDirty && 'with changes not committed']
                            .filter(Boolean)
                            .join(' '),
                        ],
                        ['Spark', [run.sparkVersion, run.master].filter(Boolean).join(' on ')],
                        ['Application', [run.applicationId, run.applicationName].filter(Boolean).join(', ')],
                        ['Host', run.host],
                        ['Event log', run.logPath ?? ''],
                      ] as const
                    )
                      .filter(([, value]) => value !== '')
                      .map(([name, value]) => (
                        <tr key={name}>
                          <th scope="row">{name}</th>
                          <td className="break">{value}</td>
                        </tr>
                      ))}
                  </tbody>
                </table>
              </Wide>
            </Section>
          </>
        )}
      </Loaded>
    </>
  );
}
