// Overview: what the run could be, where its time went, what held its end; the findings follow (findings.tsx).
// Law: the words are those of the terminal report (report/view.ts); nothing is computed that is not in the data.

import { formatMillis, formatShare } from '../../src/base/index.ts';
import { CostByCause, money } from './cost.tsx';
import type { PageModel } from './data.ts';
import { Findings } from './findings.tsx';
import { joined, Range, rangeText, Section } from './parts.tsx';

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
      {view.headline !== '' && <p className="headline">{joined(view.headline)}</p>}
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
