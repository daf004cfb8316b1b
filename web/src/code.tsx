// Code: the user's lines with what they cost in the margin; without the source, the lines that the log names, dearest first.
// Law: a line's cost is that of the stages that carry it; a line the log does not name has none, and none is guessed.

import { useEffect } from 'react';
import { formatMillis, formatShare } from '../../src/base/index.ts';
import { baseName, type PageModel } from './data.ts';
import { Section, Wide } from './parts.tsx';

interface AtLine {
  readonly n: number;
  readonly title: string;
  readonly rule: string;
}

const sameFile = (a: string, b: string): boolean => a === b || a.endsWith(`/${b}`) || b.endsWith(`/${a}`) || baseName(a) === baseName(b);

/** Findings by file and line, from their evidence and their code. */
function findingsAt(page: PageModel, file: string): Map<number, AtLine[]> {
  const out = new Map<number, AtLine[]>();
  for (const [i, finding] of page.data.findings.entries()) {
    const lines = new Set<number>();
    for (const ref of finding.refs)
      if (ref.kind === 'source' && ref.line !== undefined && sameFile(ref.file ?? '', file)) lines.add(ref.line);
    for (const at of finding.code) if (sameFile(at.file, file)) lines.add(at.line);
    for (const line of lines)
      out.set(line, [...(out.get(line) ?? []), { n: i + 1, title: page.data.view.found[i]?.title ?? finding.rule, rule: finding.rule }]);
  }
  return out;
}

export function Code({ page, at }: { page: PageModel; at: string | undefined }) {
  const { sources, lines, codeNotes } = page.data;
  const cut = at?.lastIndexOf(':') ?? -1;
  const chosen = at === undefined || cut < 0 ? undefined : { file: at.slice(0, cut), line: Number(at.slice(cut + 1)) };
  useEffect(() => {
    if (chosen !== undefined) document.getElementById(`line-${baseName(chosen.file)}-${chosen.line}`)?.scrollIntoView({ block: 'center' });
  }, [chosen]);
  if (sources.length === 0 && lines.length === 0)
    return (
      <Section title="Code">
        <p>
          The log names no line of the job’s code. Runs started with <code>firesteel run</code> carry them;{' '}
          <code>firesteel audit LOG --code PATH</code> looks for them in the source.
        </p>
      </Section>
    );
  return (
    <>
      {sources.map((source) => (
        <Source
          key={source.file}
          page={page}
          file={source.file}
          text={source.text}
          line={chosen !== undefined && sameFile(chosen.file, source.file) ? chosen.line : undefined}
        />
      ))}
      {sources.length === 0 && <Lines page={page} chosen={chosen} />}
      {codeNotes.length > 0 && (
        <Section title="Also seen in the code">
          <ul className="places">
            {codeNotes.map((note) => (
              <li key={`${note.file}:${note.line}:${note.title}`}>
                <a href={`#code/${encodeURIComponent(note.file)}:${note.line}`}>
                  {baseName(note.file)}:{note.line}
                </a>{' '}
                <strong>{note.title}</strong> <span className="dim">{note.message}</span>
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}

function Source({ page, file, text, line }: { page: PageModel; file: string; text: string; line: number | undefined }) {
  const costs = new Map(page.data.lines.filter((one) => sameFile(one.file, file)).map((one) => [one.line, one]));
  const findings = findingsAt(page, file);
  const lines = text.split('\n').map((code, i) => ({ code, no: i + 1 }));
  const most = Math.max(1, ...[...costs.values()].map((one) => one.heldMs));
  return (
    <Section title={baseName(file)} aside="in the margin: time on the run’s end of the stages in which a line’s work ran">
      <section className="source" aria-label={`Source of ${file}`}>
        {lines.map(({ code, no }) => {
          const cost = costs.get(no);
          const found = findings.get(no) ?? [];
          return (
            <div
              key={no}
              id={`line-${baseName(file)}-${no}`}
              className={`line${line === no ? ' here' : ''}${found.length > 0 ? ' found' : ''}`}
            >
              <span className="cost num" style={{ '--heat': cost === undefined ? 0 : cost.heldMs / most } as React.CSSProperties}>
                {cost === undefined || cost.heldMs <= 0 ? '' : formatMillis(cost.heldMs)}
              </span>
              <span className="no" aria-hidden="true">
                {no}
              </span>
              <code>{code === '' ? ' ' : code}</code>
              {found.map((one) => (
                <span key={one.rule} className="note">
                  <a href="#overview">
                    {one.n}. {one.title}
                  </a>
                </span>
              ))}
            </div>
          );
        })}
      </section>
      <p className="dim small">
        Lines that share a stage share its time: the margin does not add up. A line that is only a guess has none.
      </p>
    </Section>
  );
}

function Lines({ page, chosen }: { page: PageModel; chosen: { file: string; line: number } | undefined }) {
  const { lines, wallMs } = page.data;
  const most = Math.max(1, ...lines.map((one) => one.heldMs));
  return (
    <Section title="Lines of code that the log names" aside="time on the run’s end of their stages">
      <Wide label="Lines of code">
        <table>
          <thead>
            <tr>
              <th scope="col">Line</th>
              <th scope="col" className="num">
                Held the end
              </th>
              <th scope="col" className="num">
                Share
              </th>
              <th scope="col" className="num">
                Task time
              </th>
              <th scope="col">Stages</th>
              <th scope="col">Findings</th>
            </tr>
          </thead>
          <tbody>
            {lines.map((one) => {
              const found = findingsAt(page, one.file).get(one.line) ?? [];
              const here = chosen !== undefined && sameFile(chosen.file, one.file) && chosen.line === one.line;
              return (
                <tr key={`${one.file}:${one.line}`} id={`line-${baseName(one.file)}-${one.line}`} className={here ? 'here' : ''}>
                  <th scope="row" title={one.file}>
                    {baseName(one.file)}:{one.line}
                  </th>
                  <td className="num heat" style={{ '--heat': one.heldMs / most } as React.CSSProperties}>
                    {formatMillis(one.heldMs)}
                  </td>
                  <td className="num dim">{wallMs > 0 ? formatShare(one.heldMs / wallMs) : ''}</td>
                  <td className="num">{formatMillis(one.taskTimeMs)}</td>
                  <td>
                    <span className="refs">
                      {one.stages.slice(0, 8).map((key) => (
                        <a key={key} className="ref" href={`#stage/${key}`}>
                          {key.replace(/\.0$/, '')}
                        </a>
                      ))}
                      {one.stages.length > 8 && <span className="dim">and {one.stages.length - 8} more</span>}
                    </span>
                  </td>
                  <td>{found.map((f) => `${f.n}. ${f.title}`).join(' · ')}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Wide>
      <p className="dim small">
        The source itself is not in this report: <code>firesteel audit LOG --code PATH</code> puts it here, with the cost of each line in
        its margin.
      </p>
    </Section>
  );
}
