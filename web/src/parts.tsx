// Small parts that every section uses: links of evidence, a range on the run's length, tables that scroll, Markdown of runbooks.

import { Fragment, type ReactNode } from 'react';
import { formatMillis } from '../../src/base/index.ts';
import { type PageModel, type PageRef, placeOf } from './data.ts';

export function Section({ title, id, aside, children }: { title: string; id?: string; aside?: ReactNode; children: ReactNode }) {
  // A name with spaces would be several ids to a screen reader.
  const named = id ?? title.replace(/[^\w-]+/g, '-');
  return (
    <section className="section" aria-labelledby={named}>
      <div className="section-head">
        <h2 id={named}>{title}</h2>
        {aside !== undefined && <div className="aside">{aside}</div>}
      </div>
      {children}
    </section>
  );
}

export const RefLink = ({ page, refTo }: { page: PageModel; refTo: PageRef }) => {
  const { text, href } = placeOf(page, refTo);
  return href === undefined ? (
    <span className="ref">{text}</span>
  ) : (
    <a className="ref" href={href}>
      {text}
    </a>
  );
};

/** References, each once; what is beyond is counted. */
export function Refs({ page, refs, most = 14 }: { page: PageModel; refs: readonly PageRef[]; most?: number }) {
  const seen = new Map<string, PageRef>();
  for (const ref of refs) {
    const { text } = placeOf(page, ref);
    if (!seen.has(text)) seen.set(text, ref);
  }
  const list = [...seen];
  return (
    <span className="refs">
      {list.slice(0, most).map(([text, ref]) => (
        <RefLink key={text} page={page} refTo={ref} />
      ))}
      {list.length > most && <span className="dim">and {list.length - most} more</span>}
    </span>
  );
}

export interface RangeOf {
  readonly lowMs: number;
  readonly likelyMs: number;
  readonly highMs: number;
}

export const rangeText = ({ lowMs, highMs }: RangeOf): string =>
  `${formatMillis(Math.max(0, lowMs))} – ${formatMillis(Math.max(0, highMs))}`;

/** A likely value in its range, on a scale from 0 to `whole`. */
export function Range({ range, whole, tone, label }: { range: RangeOf; whole: number; tone: 'good' | 'accent'; label: string }) {
  const at = (ms: number) => `${Math.min(100, Math.max(0, (ms / Math.max(1, whole)) * 100))}%`;
  const [low, likely, high] = [range.lowMs, range.likelyMs, range.highMs].map((ms) => Math.min(whole, Math.max(0, ms))) as [
    number,
    number,
    number,
  ];
  return (
    <div className={`range ${tone}`} role="img" aria-label={label}>
      <div className="band" style={{ left: at(low), width: at(high - low) }} />
      <div className="tick" style={{ left: at(likely) }} />
    </div>
  );
}

export const Facts = ({ items }: { items: readonly (readonly [string, ReactNode])[] }) => (
  <dl className="facts">
    {items.map(([name, value]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);

/** A table that scrolls sideways by itself, and can be scrolled by keyboard. */
export const Wide = ({ label, children }: { label: string; children: ReactNode }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1).
  <section className="wide" aria-label={`Table: ${label}`} tabIndex={0}>
    {children}
  </section>
);

/** The head of a column of numbers by which its table can be sorted. */
export const SortHead = ({ name, sorted, onClick }: { name: string; sorted: 'ascending' | 'descending' | 'none'; onClick: () => void }) => (
  <th scope="col" className="num" aria-sort={sorted}>
    <button type="button" className="sort" onClick={onClick}>
      {name}
      <span aria-hidden="true">{sorted === 'none' ? '' : sorted === 'descending' ? ' ↓' : ' ↑'}</span>
    </button>
  </th>
);

/** A number and its unit stay on one line. */
export const joined = (text: string): string => text.replace(/(\d) (?=(?:%|ms|s|m|h|[KMGT]?i?B)(?!\w))/g, '$1\u00a0');

/** `code`, **bold**, *emphasis* and [links] inside a line. Links leave the page and are shown as text. */
export function inline(text: string): ReactNode {
  return joined(text)
    .split(/(`[^`]+`|\*\*[^*]+\*\*|\*[^*\s][^*]*\*|\[[^\]]+\]\([^)]+\))/)
    .map((part, i) => {
      const key = `${i}${part.slice(0, 8)}`;
      if (part.startsWith('`') && part.length > 1) return <code key={key}>{part.slice(1, -1)}</code>;
      if (part.startsWith('**')) return <strong key={key}>{part.slice(2, -2)}</strong>;
      if (part.startsWith('*') && part.length > 2) return <em key={key}>{part.slice(1, -1)}</em>;
      const link = /^\[([^\]]+)\]\(/.exec(part);
      return <Fragment key={key}>{link === null ? part : link[1]}</Fragment>;
    });
}

/** Markdown as the runbooks write it: headings (from `level` on), paragraphs, lists, tables, code. Elements, never HTML of a text. */
export function Markdown({ text, level = 4 }: { text: string; level?: 3 | 4 }) {
  const lines = text.split('\n');
  const Title = `h${level}` as const;
  const out: ReactNode[] = [];
  let i = 0;
  const block = () => `b${i}`;
  while (i < lines.length) {
    const line = lines[i] as string;
    const key = block();
    if (line.startsWith('```')) {
      const code: string[] = [];
      for (i++; i < lines.length && !(lines[i] as string).startsWith('```'); i++) code.push(lines[i] as string);
      i++;
      out.push(
        // biome-ignore lint/a11y/noNoninteractiveTabindex: code that scrolls must be reachable by keyboard.
        <pre key={key} tabIndex={0}>
          <code>{code.join('\n')}</code>
        </pre>,
      );
    } else if (/^#{1,2} /.test(line)) {
      // The page's own heading stands above: a runbook starts one level below it.
      if (line.startsWith('## ')) out.push(<Title key={key}>{inline(line.slice(3))}</Title>);
      i++;
    } else if (line.startsWith('### ')) {
      out.push(<h5 key={key}>{inline(line.slice(4))}</h5>);
      i++;
    } else if (line.startsWith('|')) {
      const rows: string[][] = [];
      for (; i < lines.length && (lines[i] as string).startsWith('|'); i++)
        rows.push(
          (lines[i] as string)
            .replace(/^\||\|\s*$/g, '')
            .split('|')
            .map((cell) => cell.trim()),
        );
      const [head = [], , ...body] = rows;
      out.push(
        <Wide key={key} label="Options">
          <table>
            <thead>
              <tr>
                {head.map((cell) => (
                  <th key={cell}>{inline(cell)}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {body.map((row) => (
                <tr key={row.join('|')}>
                  {row.map((cell, c) => (
                    <td key={`${head[c]}`}>{inline(cell)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Wide>,
      );
    } else if (/^\s*([-*]|\d+\.) /.test(line)) {
      const items: string[] = [];
      for (; i < lines.length && /^\s*([-*]|\d+\.) |^\s{2,}\S/.test(lines[i] as string); i++) {
        const item = lines[i] as string;
        if (/^\s*([-*]|\d+\.) /.test(item)) items.push(item.replace(/^\s*([-*]|\d+\.) /, ''));
        else items.push(`${items.pop() ?? ''} ${item.trim()}`);
      }
      out.push(
        <ul key={key}>
          {items.map((item) => (
            <li key={item}>{inline(item)}</li>
          ))}
        </ul>,
      );
    } else if (line.trim() === '') i++;
    else {
      const words: string[] = [];
      for (
        ;
        i < lines.length &&
        (lines[i] as string).trim() !== '' &&
        !/^(```|#|\|)/.test(lines[i] as string) &&
        !/^\s*([-*]|\d+\.) /.test(lines[i] as string);
        i++
      )
        words.push(lines[i] as string);
      out.push(<p key={key}>{inline(words.join(' '))}</p>);
    }
  }
  return <div className="markdown">{out}</div>;
}

/** A unified diff, added and removed lines told apart by sign and colour. */
export const Patch = ({ text }: { text: string }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: code that scrolls must be reachable by keyboard.
  <pre className="patch" tabIndex={0}>
    {text.split('\n').map((line, i) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: lines of a fixed text.
      <span key={i} className={line.startsWith('+') ? 'added' : line.startsWith('-') ? 'removed' : line.startsWith('@') ? 'dim' : ''}>
        {`${line}\n`}
      </span>
    ))}
  </pre>
);
