// Parts that several pages of the app use: heads, waiting and trouble, tables of runs, chips.
// Law: an empty list says what would fill it.

import { type ReactNode, useEffect, useState } from 'react';
import { Wide } from '../src/parts.tsx';
import { type Asked, type Rules, type Run, type Trouble, useApi } from './api.ts';
import { go, modelPath, rulePath, runPath, to } from './router.ts';
import { time, when } from './words.ts';

/** The head of a page; it also names the browser's tab. */
export function Head({ title, sub, aside }: { title: string; sub?: ReactNode; aside?: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Firesteel`;
  }, [title]);
  return (
    <header className="head page-head">
      <div className="title">
        <h1>{title}</h1>
        {sub !== undefined && <p className="dim">{sub}</p>}
      </div>
      {aside !== undefined && <div className="actions">{aside}</div>}
    </header>
  );
}

export const TroubleNote = ({ trouble }: { trouble: Trouble }) => (
  <p className="warn" role="alert">
    {trouble.detail} {trouble.nextStep !== undefined && <span className="dim">{trouble.nextStep}</span>}
  </p>
);

/** What is drawn of an answer: itself, that it is awaited, or what went wrong. */
export function Loaded<T>({ of, children }: { of: Asked<T>; children: (data: T) => ReactNode }) {
  if (of.trouble !== undefined) return <TroubleNote trouble={of.trouble} />;
  if (of.data === undefined) return <p className="dim waiting">Loading…</p>;
  return children(of.data);
}

export const RuleChip = ({ id, title }: { id: string; title?: string | undefined }) => (
  <a className="ref" href={rulePath(id)}>
    {title ?? id}
  </a>
);

/** Titles of rules by their ids. */
export const useTitles = (): ReadonlyMap<string, string> =>
  new Map((useApi<Rules>('/rules').data?.rules ?? []).map((rule) => [rule.id, rule.title]));

/** One of a few, as buttons side by side. */
export function Switch<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
}) {
  return (
    <fieldset className="switch" aria-label={label}>
      {options.map(([key, name]) => (
        <button key={key} type="button" aria-pressed={key === value} onClick={() => onChange(key)}>
          {name}
        </button>
      ))}
    </fieldset>
  );
}

/** A share of the largest, as a bar in a cell. */
export const Meter = ({ value, most }: { value: number; most: number }) => (
  <span className="meter calm" aria-hidden="true">
    <span style={{ width: `${most <= 0 ? 0 : Math.min(100, (value / most) * 100)}%` }} />
  </span>
);

/** Runs, with two of them to be picked and compared. */
export function RunTable({ runs, models, label }: { runs: readonly Run[]; models: boolean; label: string }) {
  const [picked, pick] = useState<readonly string[]>([]);
  const most = Math.max(1, ...runs.map((run) => run.wallMs ?? 0));
  const toggle = (id: string) =>
    pick((old) => (old.includes(id) ? old.filter((one) => one !== id) : [...old.slice(old.length > 1 ? 1 : 0), id]));
  // The older one is A.
  const [a, b] = runs.filter((run) => picked.includes(run.id)).sort((x, y) => (x.startMs ?? 0) - (y.startMs ?? 0));
  return (
    <>
      <Wide label={label}>
        <table className="list">
          <thead>
            <tr>
              <td className="pick-cell" />
              <th>Began (UTC)</th>
              {models && <th>Model</th>}
              <th className="num">Took</th>
              <th className="bar-cell">
                <span className="sr">Length</span>
              </th>
              <th className="num">Cured, likely</th>
              <th>What held it</th>
            </tr>
          </thead>
          <tbody>
            {runs.map((run) => (
              <tr key={run.id}>
                <td className="pick-cell">
                  <input
                    type="checkbox"
                    checked={picked.includes(run.id)}
                    onChange={() => toggle(run.id)}
                    aria-label={`Compare ${run.model}, ${when(run.startMs)}`}
                  />
                </td>
                <td className="date">
                  <a href={runPath(run.id)}>{when(run.startMs) || run.source}</a>
                </td>
                {models && (
                  <td className="name">
                    <a href={modelPath(run.model)}>{run.model}</a>
                  </td>
                )}
                <td className="num">{time(run.wallMs)}</td>
                <td className="bar-cell">
                  <Meter value={run.wallMs ?? 0} most={most} />
                </td>
                <td className="num good">
                  {run.joint === null || run.wallMs === null || run.joint.likelyMs <= 0
                    ? ''
                    : time(Math.max(0, run.wallMs - run.joint.likelyMs))}
                </td>
                <td className="held-by">
                  {run.top === null ? (
                    <span className="dim">nothing worth doing</span>
                  ) : (
                    <>
                      {run.top.title}
                      {run.findings > 1 && <span className="dim">, {run.findings - 1} more</span>}
                    </>
                  )}
                  {!run.completed && <span className="hot"> · did not end</span>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
      {picked.length > 0 && (
        <div className="picked" role="status">
          {a === undefined || b === undefined ? (
            <span className="dim">One run is picked; pick another to compare the two.</span>
          ) : (
            <button type="button" className="primary" onClick={() => go(to('/compare', { a: a.id, b: b.id }))}>
              Compare the two
            </button>
          )}
          <button type="button" onClick={() => pick([])}>
            Clear
          </button>
        </div>
      )}
    </>
  );
}
