// The fleet: models by what could be saved × how often they run, fixes that cure several at once, the newest runs.
// Law: a saving is called a forecast; savings of several fixes overlap and are never added.

import { Section, Wide } from '../../src/parts.tsx';
import { type FleetView, type Log, type PageOf, type Run, useApi } from '../api.ts';
import { Head, Loaded, Meter, RuleChip, RunTable, Switch } from '../parts.tsx';
import { go, modelPath, type Place, to } from '../router.ts';
import { AddLog } from '../upload.tsx';
import { coreTime, formatCount, perDay, plural, share, time, when } from '../words.ts';

type Goal = FleetView['goal'];
type Model = FleetView['models'][number];

const DAYS = [
  ['', 'All time'],
  ['30', '30 days'],
  ['7', '7 days'],
  ['1', '1 day'],
] as const;
const MAX_MODELS = 200;
const MAX_FIXES = 30;

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

const savedOf = (goal: Goal, item: { readonly savedMs: number | null; readonly savedCoreMs: number | null }) =>
  goal === 'time' ? item.savedMs : item.savedCoreMs;
const inWords = (goal: Goal, ms: number | null): string => (goal === 'time' ? time(ms) : coreTime(ms));

function Ranking({ view }: { view: FleetView }) {
  const most = Math.max(0, ...view.models.map((model) => savedOf(view.goal, model) ?? 0));
  const shown = view.models.slice(0, MAX_MODELS);
  const daily = shown.some((model) => model.runsPerDay !== null);
  return (
    <Section title="Models, the most to save first" aside="forecast, over all their runs here">
      <Wide label="models">
        <table className="list">
          <thead>
            <tr>
              <th>Model</th>
              <th className="num">Could be saved</th>
              <th className="bar-cell">
                <span className="sr">Share of the largest</span>
              </th>
              <th className="num">Runs</th>
              {daily && <th className="num">A day</th>}
              {daily && <th className="num">Saved a day</th>}
              <th className="num">Typical run</th>
              <th>Heaviest now</th>
              <th>Last run (UTC)</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((model) => (
              <ModelRow key={model.model} model={model} goal={view.goal} most={most} daily={daily} />
            ))}
          </tbody>
        </table>
      </Wide>
      {view.models.length > shown.length && (
        <p className="dim small">{plural(view.models.length - shown.length, 'more model')} below these.</p>
      )}
    </Section>
  );
}

function ModelRow({ model, goal, most, daily }: { model: Model; goal: Goal; most: number; daily: boolean }) {
  const saved = savedOf(goal, model);
  return (
    <tr>
      <th scope="row" className="name">
        <a href={modelPath(model.model)}>{model.model}</a>
      </th>
      <td className="num">
        {saved === null ? (
          <span className="dim">no forecast</span>
        ) : saved <= 0 ? (
          <span className="dim">nothing</span>
        ) : (
          inWords(goal, saved)
        )}
      </td>
      <td className="bar-cell">
        <Meter value={saved ?? 0} most={most} />
      </td>
      <td className="num">{formatCount(model.runs)}</td>
      {daily && <td className="num">{perDay(model.runsPerDay)}</td>}
      {daily && <td className="num">{time(model.savedMsPerDay)}</td>}
      <td className="num">{time(model.medianWallMs)}</td>
      <td>{model.top !== null && <RuleChip id={model.top.rule} title={model.top.title} />}</td>
      <td className="date dim">{when(model.lastMs)}</td>
    </tr>
  );
}

function Fixes({ view }: { view: FleetView }) {
  const shared = view.fixes.filter((fix) => fix.models.length > 1);
  const shown = view.fixes.slice(0, MAX_FIXES);
  if (shown.length === 0) return null;
  const most = Math.max(0, ...shown.map((fix) => savedOf(view.goal, fix) ?? 0));
  return (
    <Section
      title="Fixes, each counted once"
      aside={shared.length === 0 ? undefined : `${plural(shared.length, 'fix', 'fixes')} for several models at once`}
    >
      <Wide label="fixes">
        <table className="list">
          <thead>
            <tr>
              <th>Cause</th>
              <th className="num">Alone it saves</th>
              <th className="bar-cell">
                <span className="sr">Share of the largest</span>
              </th>
              <th className="num">Runs</th>
              <th>Models</th>
              <th>Where</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((fix) => (
              <tr key={`${fix.rule} ${fix.target?.name ?? ''} ${fix.models[0]}`}>
                <th scope="row">
                  <RuleChip id={fix.rule} title={fix.title} />
                </th>
                <td className="num">
                  {savedOf(view.goal, fix) === null ? (
                    <span className="dim">no forecast</span>
                  ) : (
                    inWords(view.goal, savedOf(view.goal, fix))
                  )}
                </td>
                <td className="bar-cell">
                  <Meter value={savedOf(view.goal, fix) ?? 0} most={most} />
                </td>
                <td className="num">{formatCount(fix.runs)}</td>
                <td className="models">
                  {fix.models.slice(0, 4).map((model) => (
                    <a key={model} href={modelPath(model)}>
                      {model}
                    </a>
                  ))}
                  {fix.models.length > 4 && <span className="dim">{fix.models.length - 4} more</span>}
                </td>
                <td className="mono where" title={fix.target?.name}>
                  {fix.target?.name ?? ''}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
      <p className="dim small">
        Savings of several fixes overlap and do not add up; the total above comes from replays with all cures together.
      </p>
    </Section>
  );
}
