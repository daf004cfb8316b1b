// Findings in order, what saves most first: cause, places, saving, remedies, patch, runbook; then what is no finding, and why.
// Law: the words are those of the terminal report (report/view.ts); nothing is computed that is not in the data.

import { formatMillis } from '../../src/base/index.ts';
import { money } from './cost.tsx';
import { baseName, type PageFinding, type PageModel, type PageRef } from './data.ts';
import { inline, Markdown, Patch, Range, Refs, rangeText, Section } from './parts.tsx';

type View = PageModel['data']['view'];

export function Findings({ page, printing }: { page: PageModel; printing: boolean }) {
  const { view, findings } = page.data;
  if (view.found.length === 0)
    return (
      <Section title="Findings">
        <p>{view.nothing}</p>
        <Rest view={view} printing={printing} />
      </Section>
    );
  return (
    <Section title={view.found.length === 1 ? '1 finding' : `${view.found.length} findings, what saves most first`} id="findings">
      <ol className="findings">
        {view.found.map((finding, i) => (
          <Finding key={finding.rule} n={i + 1} page={page} view={finding} finding={findings[i] as PageFinding} printing={printing} />
        ))}
      </ol>
      <p className="dim small">
        Held: time on the run’s end that sits with this cause; a cure saves about that at most, unless it frees other work too. Held times
        overlap and do not add up; the total above comes from one replay with all cures together.
      </p>
      <Rest view={view} printing={printing} />
    </Section>
  );
}

const KINDS = ['stage', 'sql', 'job', 'executor', 'table', 'conf', 'source'];

/** References by kind; lines of code that are shown with their text are left out. */
const ordered = ({ refs, code }: PageFinding): readonly PageRef[] =>
  refs
    .filter((ref) => ref.kind !== 'source' || !code.some((at) => at.line === ref.line && at.file === ref.file))
    .sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));

function Finding({
  n,
  page,
  view,
  finding,
  printing,
}: {
  n: number;
  page: PageModel;
  view: View['found'][number];
  finding: PageFinding;
  printing: boolean;
}) {
  const { wallMs, runbooks } = page.data;
  const runbook = runbooks[finding.rule];
  const rest = finding.places.slice(1);
  return (
    <li className="finding">
      <article aria-labelledby={`f-${finding.rule}`}>
        <div className="finding-head">
          <span className="n" aria-hidden="true">
            {n}
          </span>
          <h3 id={`f-${finding.rule}`}>{view.title}</h3>
          <span className="weight">{[view.weight, view.share].filter((part) => part !== '').join(' · ')}</span>
        </div>
        <p className="cause">{inline(view.cause)}</p>
        {finding.saves !== undefined && (
          <div className="saves">
            <span className="label">A cure saves</span>
            <span className="good strong">about {formatMillis(finding.saves.likelyMs)}</span>
            <Range range={finding.saves} whole={Math.max(wallMs, finding.heldMs)} tone="good" label={`Saves ${rangeText(finding.saves)}`} />
            <span className="dim num">
              {rangeText(finding.saves)}
              {finding.savesCost?.amount !== undefined && ` · ${money(finding.savesCost.amount, finding.savesCost.currency)} a run`}
            </span>
          </div>
        )}
        <dl className="rows">
          {view.remedies.length > 0 && (
            <div>
              <dt>Do</dt>
              <dd>
                <ul className="remedies">
                  {view.remedies.map((remedy) => (
                    <li key={remedy}>{inline(remedy)}</li>
                  ))}
                </ul>
              </dd>
            </div>
          )}
          {finding.code.length > 0 && (
            <div>
              <dt>Code</dt>
              <dd>
                {finding.code.map((at) => (
                  <p key={`${at.file}:${at.line}`} className="codeline">
                    <a href={`#code/${encodeURIComponent(at.file)}:${at.line}`}>
                      {baseName(at.file)}:{at.line}
                    </a>
                    {at.text !== undefined && <code>{at.text}</code>}
                    {at.why !== undefined && <span className="dim">{at.why}</span>}
                  </p>
                ))}
              </dd>
            </div>
          )}
          <div>
            <dt>At</dt>
            <dd>
              <Refs page={page} refs={ordered(finding)} most={9} />
            </dd>
          </div>
          {view.numbers.length > 0 && (
            <div>
              <dt>Seen</dt>
              <dd className="dim">{view.numbers.map((text) => text.replaceAll(' ', '\u00a0')).join(' · ')}</dd>
            </div>
          )}
          {view.explains.length > 0 && (
            <div>
              <dt>Explains</dt>
              <dd className="dim">{view.explains.join(' · ')}</dd>
            </div>
          )}
        </dl>
        {finding.patch !== undefined && (
          <details open={printing}>
            <summary>The change as a patch</summary>
            <Patch text={finding.patch} />
          </details>
        )}
        {rest.length > 0 && (
          <details open={printing}>
            <summary>{rest.length === 1 ? 'One more place' : `${rest.length} more places`}</summary>
            <ul className="places">
              {rest.map((place) => (
                <li key={place.cause + place.heldMs}>
                  <span>{inline(place.cause)}</span> <Refs page={page} refs={place.refs} most={6} />
                  {place.heldMs > 0 && <span className="num dim">{formatMillis(place.heldMs)}</span>}
                </li>
              ))}
            </ul>
          </details>
        )}
        {finding.assumptions.length > 0 && !printing && (
          <details>
            <summary>What the forecast assumes</summary>
            <ul>
              {finding.assumptions.map((text) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
          </details>
        )}
        {runbook !== undefined && !printing && (
          <details className="runbook">
            <summary>Runbook: {view.title.toLowerCase()}</summary>
            <Markdown text={runbook} />
          </details>
        )}
      </article>
    </li>
  );
}

function Rest({ view, printing }: { view: View; printing: boolean }) {
  return (
    <div className="rest">
      {view.minor.length > 0 && (
        <details open={printing}>
          <summary>Present, not worth doing ({view.minor.length})</summary>
          <ul>
            {view.minor.map((one) => (
              <li key={one.title}>
                <strong>{one.title}</strong>: {one.note}
              </li>
            ))}
          </ul>
        </details>
      )}
      {view.unjudged.length > 0 && (
        <details>
          <summary>Could not be judged ({view.unjudged.reduce((all, group) => all + group.titles.length, 0)})</summary>
          <ul>
            {view.unjudged.map((group) => (
              <li key={group.missing}>
                Missing {group.missing}: {group.titles.join(', ')}
              </li>
            ))}
          </ul>
        </details>
      )}
      {view.clear.length > 0 && (
        <details>
          <summary>Looked at and clear ({view.clear.length})</summary>
          <p>{view.clear.join(' · ')}</p>
        </details>
      )}
      {view.crashed.map((text) => (
        <p key={text} className="warn">
          {text}
        </p>
      ))}
      {view.notes.map((text) => (
        <p key={text} className="dim">
          {text}
        </p>
      ))}
    </div>
  );
}
