// All audited runs, sorted and filtered by the server; and the logs that were found.

import { useState } from 'react';
import { Section, Wide } from '../../src/parts.tsx';
import { type Log, type PageOf, type Rules, type Run, useApi } from '../api.ts';
import { Head, Loaded, RunTable } from '../parts.tsx';
import { go, type Place, to } from '../router.ts';
import { AddLog } from '../upload.tsx';
import { formatBytes, formatCount, when } from '../words.ts';

const SORTS = [
  ['', 'newest first'],
  ['saved', 'most to save first'],
  ['took', 'longest first'],
  ['audited', 'audited last first'],
] as const;
const STEP = 50;

export function Runs({ place }: { place: Place }) {
  const sort = SORTS.find(([value]) => value === place.query.get('sort'))?.[0] ?? '';
  const rule = place.query.get('rule') ?? '';
  const [limit, more] = useState(STEP);
  const found = useApi<PageOf<Run>>(to('/runs', { sort, rule, limit: String(limit) }));
  const rules = useApi<Rules>('/rules').data?.rules ?? [];
  const change = (next: { sort?: string; rule?: string }) => go(to('/runs', { sort, rule, ...next }), 'replace');
  return (
    <>
      <Head
        title="Runs"
        sub={found.data === undefined ? ' ' : `${formatCount(found.data.total)} audited`}
        aside={
          <>
            <select aria-label="With the finding" value={rule} onChange={(event) => change({ rule: event.target.value })}>
              <option value="">any finding</option>
              {rules.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.title}
                </option>
              ))}
            </select>
            <select aria-label="Order" value={sort} onChange={(event) => change({ sort: event.target.value })}>
              {SORTS.map(([value, name]) => (
                <option key={value} value={value}>
                  {name}
                </option>
              ))}
            </select>
          </>
        }
      />
      <Loaded of={found}>
        {(page) =>
          page.items.length === 0 ? (
            <section className="empty" aria-label="No run">
              <h2>{rule === '' ? 'No run yet' : 'No run has this finding'}</h2>
              {rule === '' && <AddLog />}
            </section>
          ) : (
            <>
              <RunTable runs={page.items} models label="runs" />
              {page.next !== null && limit < 500 && (
                <p>
                  <button type="button" onClick={() => more(Math.min(500, limit * 2))}>
                    Show more
                  </button>
                </p>
              )}
              {page.next !== null && limit >= 500 && <p className="dim small">The first 500 are shown; the API gives them all.</p>}
            </>
          )
        }
      </Loaded>
    </>
  );
}

/** Logs of the watched folders, and why some could not be read. */
export function Logs({ place }: { place: Place }) {
  const state = place.query.get('state') ?? '';
  const logs = useApi<PageOf<Log>>(to('/logs', { state, limit: '200' }));
  return (
    <>
      <Head title="Logs" sub={state === 'failed' ? 'those that could not be read' : 'of the watched folders'} />
      <Loaded of={logs}>
        {({ items }) => (
          <Section title={`${formatCount(items.length)} ${items.length === 1 ? 'log' : 'logs'}`}>
            <Wide label="logs">
              <table>
                <thead>
                  <tr>
                    <th>Log</th>
                    <th>State</th>
                    <th className="num">Size</th>
                    <th>Changed (UTC)</th>
                    <th>Why not</th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((log) => (
                    <tr key={log.id}>
                      <td className="break">{log.source}</td>
                      <td>{log.state}</td>
                      <td className="num">{formatBytes(log.bytes)}</td>
                      <td className="date">{when(log.modifiedMs)}</td>
                      <td>{log.failed.map((one) => [one.error, one.nextStep].filter(Boolean).join(' ')).join(' ')}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Wide>
          </Section>
        )}
      </Loaded>
    </>
  );
}
