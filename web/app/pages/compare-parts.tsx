// What both ways of comparing two runs show: a change, numbers of both, findings that went, came or stayed.

import type { ReactNode } from 'react';
import { formatMillis } from '../../../src/base/index.ts';
import { Section, Wide } from '../../src/parts.tsx';
import { RuleChip } from '../parts.tsx';
import { changeText } from '../words.ts';

/** A change; coloured where less is better: of the others nobody can say. */
export function Change({ a, b, better = true }: { a: number | null; b: number | null; better?: boolean }) {
  if (a === null || b === null || a === 0) return null;
  if (a === b) return <span className="dim">same</span>;
  const ratio = b / a;
  return <span className={!better ? '' : ratio < 0.98 ? 'good' : ratio > 1.02 ? 'hot' : 'dim'}>{changeText(ratio)}</span>;
}

export type Row = readonly [name: string, a: string, b: string, change: ReactNode];

export const Numbers = ({ rows }: { rows: readonly Row[] }) => (
  <Wide label="numbers of both">
    <table className="list both">
      <thead>
        <tr>
          <th>
            <span className="sr">What</span>
          </th>
          <th className="num">A</th>
          <th className="num">B</th>
          <th className="num">Change</th>
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

export function Findings({ gone, fresh, stayed }: { gone: readonly Listed[]; fresh: readonly Listed[]; stayed: readonly Listed[] }) {
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

export const held = (ms: number): string => (ms > 0 ? `held ${formatMillis(ms)}` : '');
