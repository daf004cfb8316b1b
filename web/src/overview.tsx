// Overview: what the run could be, where its time went, what held its end, and the findings in order.
// Law: the words are those of the terminal report (report/view.ts); nothing is computed that is not in the data.

import { formatMillis, formatShare } from '../../src/base/index.ts';
import { CostByCause, money } from './cost.tsx';
import { baseName, type PageFinding, type PageModel, type PageRef } from './data.ts';
import { inline, Markdown, Patch, Range, Refs, rangeText, Section } from './parts.tsx';

type View = PageModel['data']['view'];

export function Overview({ page, printing }: { page: PageModel; printing: boolean }) {
  const { view } = page.data;
  return (
    <>
      <Hero page={page} />
      {view.parts.length > 0 && <TimeParts view={view} />}
      {view.stages.length + view.remarks.length > 0 && <Held page={page} />}
      <Findings page={page} printing={printing} />
      {page.data.cost !== undefined && <CostByCause cost={page.data.cost} />}
    </>
  );
}

function Hero({ page }: { page: PageModel }) {
  const { view, joint, cost, wallMs } = page.data;
  return (
    <section className="hero" aria-label="In short">
      <div className="numbers">
        <div>
          <span className="label">This run</span>
          <span className="big">{view.wall ?? 'unknown'}</span>
        </div>
        {joint !== undefined && (
          <>
            <span className="arrow" aria-hidden="true">
              →
            </span>
            <div>
              <span className="label">{view.found.length > 1 ? 'with all cured, likely' : 'cured, likely'}</span>
              <span className="big good">{formatMillis(joint.likelyMs)}</span>
            </div>
            <div className="between">
              <span className="label">forecast range</span>
              <span className="mid">{rangeText(joint)}</span>
            </div>
          </>
        )}
        {cost?.amount !== undefined && (
          <div className="between">
            <span className="label">this run cost</span>
            <span className="mid">{money(cost.amount, cost.currency)}</span>
          </div>
        )}
      </div>
      {joint !== undefined && wallMs > 0 && (
        <div className="scale">
          <Range range={joint} whole={wallMs} tone="good" label={`Forecast ${rangeText(joint)} of ${formatMillis(wallMs)}`} />
          <div className="ends dim">
            <span>0</span>
            <span>{formatMillis(wallMs)}, now</span>
          </div>
        </div>
      )}
      {view.headline !== '' && <p className="headline">{view.headline}</p>}
      {joint !== undefined && joint.order.length > 1 && <Order page={page} joint={joint} />}
      {view.open !== undefined && <p className="warn">{view.open}</p>}
    </section>
  );
}

type Joint = NonNullable<PageModel['data']['joint']>;

/** The cures in their order, each with what is left after it. */
function Order({ page, joint }: { page: PageModel; joint: Joint }) {
  const titles = new Map(
    page.data.findings.map((finding, i) => [finding.rule, { n: i + 1, title: page.data.view.found[i]?.title ?? finding.rule }]),
  );
  let left = joint.nowMs;
  return (
    <ol className="order" aria-label="Cures in order, each with what it saves beside those before it">
      {joint.order.map(({ rule, savedMs }) => {
        // Beside the others a cure may cost time: then the bar goes back.
        const [before, after] = [left, Math.max(0, left - savedMs)];
        left = after;
        const [from, to] = [Math.min(before, after), Math.max(before, after)];
        const at = titles.get(rule);
        return (
          <li key={rule}>
            <button
              type="button"
              className="link"
              onClick={() => document.getElementById(`f-${rule}`)?.scrollIntoView({ block: 'center' })}
            >
              {at === undefined ? rule : at.title}
            </button>
            <span className="fall" aria-hidden="true">
              <span
                className={savedMs < 0 ? 'back' : ''}
                style={{ left: `${(from / Math.max(1, joint.nowMs)) * 100}%`, width: `${((to - from) / Math.max(1, joint.nowMs)) * 100}%` }}
              />
            </span>
            <span className={savedMs < 0 ? 'num hot' : 'num'}>
              {Math.abs(savedMs) < 1 ? '±0' : `${savedMs < 0 ? '+' : '−'}${formatMillis(Math.abs(savedMs))}`}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

const PART_TONES: Readonly<Record<string, string>> = {
  stages: 'p-work',
  'start-up': 'p-start',
  planning: 'p-plan',
  'between jobs': 'p-between',
  'commit tail': 'p-commit',
  scheduling: 'p-sched',
  'driver code': 'p-driver',
  end: 'p-end',
  other: 'p-other',
};
export const partTone = (label: string): string => PART_TONES[label] ?? 'p-other';

function TimeParts({ view }: { view: View }) {
  const text = view.parts.map((part) => `${part.name} ${formatMillis(part.ms)}`).join(', ');
  return (
    <Section title="Where the time went" aside={view.wall}>
      <div className="partbar" role="img" aria-label={text}>
        {view.parts.map((part) => (
          <div
            key={part.label}
            className={partTone(part.label)}
            style={{ flexGrow: Math.max(0.002, part.share) }}
            title={`${part.name}: ${formatMillis(part.ms)}`}
          />
        ))}
      </div>
      <ul className="legend">
        {view.parts.map((part) => (
          <li key={part.label}>
            <span className={`swatch ${partTone(part.label)}`} aria-hidden="true" />
            <span className="name">{part.name}</span>
            <span className="num">{formatMillis(part.ms)}</span>
            <span className="num dim">{formatShare(part.share)}</span>
          </li>
        ))}
      </ul>
      {view.use !== undefined && <p className="dim">{view.use}</p>}
    </Section>
  );
}

function Held({ page }: { page: PageModel }) {
  const { view } = page.data;
  const most = Math.max(0.0001, ...view.stages.map((stage) => stage.share ?? 0));
  return (
    <Section title="What held the end">
      <ul className="held">
        {view.stages.map((stage) => {
          const key = stage.ref.replace(/^stage /, '');
          const full = key.includes('.') ? key : `${key}.0`;
          return (
            <li key={stage.ref}>
              <a href={`#stage/${full}`}>{stage.ref}</a>
              <span className="meter" aria-hidden="true">
                <span style={{ width: `${((stage.share ?? 0) / most) * 100}%` }} />
              </span>
              <span className="num">{formatMillis(stage.heldMs)}</span>
              <span className="num dim">{stage.share === undefined ? '' : formatShare(stage.share)}</span>
              <span className="what dim">{[stage.name, stage.what].filter((part) => part !== '').join(' · ')}</span>
            </li>
          );
        })}
      </ul>
      {view.remarks.map((remark) => (
        <p key={remark} className="dim">
          {remark}
        </p>
      ))}
    </Section>
  );
}

function Findings({ page, printing }: { page: PageModel; printing: boolean }) {
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
        Held: time on the run’s end that sits with this cause; a cure saves at most that. Held times overlap and do not add up; the total
        above comes from one replay with all cures together.
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
              <dd className="dim">{view.numbers.join(' · ')}</dd>
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
