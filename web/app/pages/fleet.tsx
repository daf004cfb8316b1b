// The fleet: what all runs took and could take, its tables (fleet-tables.tsx), the newest runs.
// Law: a saving is called a forecast.

import { Section } from '../../src/parts.tsx';
import { type FleetView, type Log, type PageOf, type Run, useApi } from '../api.ts';
import { Head, Loaded, RunTable, Switch } from '../parts.tsx';
import { go, type Place, to } from '../router.ts';
import { AddLog } from '../upload.tsx';
import { coreTime, formatCount, plural, share, time } from '../words.ts';
import { Fixes, Ranking } from './fleet-tables.tsx';

type Goal = FleetView['goal'];

const DAYS = [
  ['', 'All time'],
  ['30', '30 days'],
  ['7', '7 days'],
  ['1', '1 day'],
] as const;

export function Fleet({ place }: { place: Place }) {
  const goal: Goal = place.query.get('by') === 'cost' ? 'cost' : 'time';
  const days = DAYS.find(([value]) => value === place.query.get('days'))?.[0] ?? '';
  const fleet = useApi<FleetView>(to('/fleet', { by: goal, days }));
  const newest = useApi<PageOf<Run>>('/runs?limit=8');
  const change = (next: { by?: string; days?: string }) => go(to('/', { by: goal === 'cost' ? 'cost' : '', days, ...next }), 'replace');
  return (
    <>
      <Head
        title="Fleet"
        sub={fleet.data === undefined ? ' ' : `${plural(fleet.data.runs, 'run')} of ${plural(fleet.data.models.length, 'model')}`}
        aside={
          <>
            <Switch
              label="Rank by"
              value={goal}
              options={[
                ['time', 'Time'],
                ['cost', 'Core time'],
              ]}
              onChange={(by) => change({ by: by === 'cost' ? 'cost' : '' })}
            />
            <select aria-label="Runs of the last" value={days} onChange={(event) => change({ days: event.target.value })}>
              {DAYS.map(([value, name]) => (
                <option key={value} value={value}>
                  {name}
                </option>
              ))}
            </select>
          </>
        }
      />
      <Loaded of={fleet}>
        {(view) =>
          view.runs === 0 && days === '' ? (
            <Empty failed={view.failedLogs} />
          ) : (
            <>
              <Totals view={view} />
              <Ranking view={view} />
              <Fixes view={view} />
            </>
          )
        }
      </Loaded>
      {newest.data !== undefined && newest.data.items.length > 0 && (
        <Section title="Newest runs" aside={<a href="/runs">all {formatCount(newest.data.total)}</a>}>
          <RunTable runs={newest.data.items} models label="newest runs" />
        </Section>
      )}
    </>
  );
}

function Empty({ failed }: { failed: number }) {
  return (
    <section className="empty" aria-label="No run yet">
      <h2>No run yet</h2>
      <p>
        Drop an event log anywhere on this page, a file or a folder of parts. It is audited here; the log itself is deleted after. Or start
        the server with <code>--watch FOLDER</code>, and every log of that folder is audited as it comes.
      </p>
      <AddLog />
      <Waiting failed={failed} />
    </section>
  );
}

/** Logs that are not audited yet, and those that could not be read. */
function Waiting({ failed }: { failed: number }) {
  const waiting = useApi<PageOf<Log>>('/logs?state=waiting&limit=1').data?.total ?? 0;
  const auditing = useApi<PageOf<Log>>('/logs?state=auditing&limit=1').data?.total ?? 0;
  if (waiting + auditing + failed === 0) return null;
  return (
    <p className="dim small">
      {waiting + auditing > 0 && `${plural(waiting + auditing, 'log')} to be audited. `}
      {failed > 0 && <a href="/logs?state=failed">{plural(failed, 'log')} could not be read</a>}
    </p>
  );
}

function Totals({ view }: { view: FleetView }) {
  const { wallMs, savedMs, savedCoreMs, withoutForecast } = view.totals;
  return (
    <section className="hero" aria-label="In short">
      <div className="numbers">
        <div>
          <span className="label">All runs took</span>
          <span className="big">{time(wallMs)}</span>
        </div>
        {savedMs !== null && (
          <>
            <span className="arrow" aria-hidden="true">
              →
            </span>
            <div>
              <span className="label">with all cured, likely</span>
              <span className="big good">{time(Math.max(0, wallMs - savedMs))}</span>
            </div>
            <div>
              <span className="label">{view.goal === 'time' ? 'time that could be saved' : 'core time that could be saved'}</span>
              <span className="mid">
                {view.goal === 'time' ? `${time(savedMs)} · ${share(savedMs / Math.max(1, wallMs))}` : coreTime(savedCoreMs) || 'unknown'}
              </span>
            </div>
          </>
        )}
      </div>
      {withoutForecast > 0 && (
        <p className="dim small">
          {plural(withoutForecast, 'run')} cannot be forecast: {withoutForecast === 1 ? 'it is' : 'they are'} not in the saving.
        </p>
      )}
      <Waiting failed={view.failedLogs} />
    </section>
  );
}
