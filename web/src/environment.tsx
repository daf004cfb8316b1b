// Environment: the settings that held and who set them, the system, and what to know about the log before trusting a number.

import { useState } from 'react';
import type { PageModel } from './data.ts';
import { Section, Wide } from './parts.tsx';

export function Environment({ page, at, printing }: { page: PageModel; at: string | undefined; printing: boolean }) {
  const { settings, system, log } = page.data;
  const [text, setText] = useState(at ?? '');
  const [internal, setInternal] = useState(false);
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const shown = settings.filter(
    (one) => (internal || one.internal !== true) && words.every((word) => `${one.key} ${one.value} ${one.by}`.toLowerCase().includes(word)),
  );
  return (
    <>
      <Section
        title="Settings"
        aside={
          printing ? undefined : (
            <span className="tools">
              <label className="pick">
                <span className="label">Filter</span>
                <input type="search" value={text} onChange={(event) => setText(event.target.value)} />
              </label>
              <label>
                <input type="checkbox" checked={internal} onChange={(event) => setInternal(event.target.checked)} /> written by Spark
              </label>
            </span>
          )
        }
      >
        {shown.length === 0 ? (
          <p className="dim">{settings.length === 0 ? 'The log holds no environment.' : 'No setting matches.'}</p>
        ) : (
          <Wide label="Settings">
            <table>
              <thead>
                <tr>
                  <th scope="col">Key</th>
                  <th scope="col">Value</th>
                  <th scope="col">Set by</th>
                  <th scope="col">Spark’s default</th>
                </tr>
              </thead>
              <tbody>
                {shown.map((one) => (
                  <tr key={`${one.key} ${one.by}`} className={at === one.key ? 'here' : ''}>
                    <th scope="row" className="mono" title={one.about}>
                      {one.key}
                    </th>
                    <td className="mono break">{one.value}</td>
                    <td className="dim">{one.by}</td>
                    <td className="mono dim">{one.default === undefined ? '' : one.default === one.value ? 'the same' : one.default}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Wide>
        )}
      </Section>
      <div className="two">
        <Section title="System">
          <Pairs rows={system} />
        </Section>
        <Section title="The log">
          <Pairs rows={log} />
        </Section>
      </div>
    </>
  );
}

const Pairs = ({ rows }: { rows: readonly (readonly [string, string])[] }) => (
  <table className="pairs">
    <tbody>
      {rows.map(([name, value]) => (
        <tr key={`${name}${value}`}>
          <th scope="row">{name}</th>
          <td className="break">{value}</td>
        </tr>
      ))}
    </tbody>
  </table>
);
