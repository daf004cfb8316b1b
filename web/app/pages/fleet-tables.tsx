// Tables of the fleet: models by what could be saved × how often they run, and fixes that cure several at once.
// Law: a saving is called a forecast; savings of several fixes overlap and are never added.

import { Section, Wide } from '../../src/parts.tsx';
import type { FleetView } from '../api.ts';
import { Meter, RuleChip } from '../parts.tsx';
import { modelPath } from '../router.ts';
import { coreTime, formatCount, perDay, plural, time, when } from '../words.ts';

type Goal = FleetView['goal'];
type Model = FleetView['models'][number];

const MAX_MODELS = 200;
const MAX_FIXES = 30;

const savedOf = (goal: Goal, item: { readonly savedMs: number | null; readonly savedCoreMs: number | null }) =>
  goal === 'time' ? item.savedMs : item.savedCoreMs;
const inWords = (goal: Goal, ms: number | null): string => (goal === 'time' ? time(ms) : coreTime(ms));

export function Ranking({ view }: { view: FleetView }) {
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

export function Fixes({ view }: { view: FleetView }) {
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
