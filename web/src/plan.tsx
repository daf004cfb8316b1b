// Plans: one query at a time as a graph of its operators, with what each did; the plan before AQE beside it; details of one operator.
// Law: an operator is marked critical when the stages in which it ran held the run's end; its numbers are its own metrics.

import { useEffect, useMemo, useRef, useState } from 'react';
import { formatMillis, formatShare } from '../../src/base/index.ts';
import type { PageModel, PagePlan } from './data.ts';
import { Section } from './parts.tsx';
import { type Item, isQuiet, laidOut } from './plan-layout.ts';
import { Detail, Operator, SourceLink } from './plan-operator.tsx';
import { go } from './route.ts';

export function Plans({ page, rest }: { page: PageModel; rest: readonly string[] }) {
  const { plans, wallMs } = page.data;
  const plan = plans.find((one) => String(one.id) === rest[0]) ?? plans[0];
  if (plan === undefined)
    return (
      <Section title="Plans">
        <p>No query with a plan ran in this application: it used RDDs only, or the log holds no SQL events.</p>
      </Section>
    );
  return (
    <Section
      title={`Query ${plan.id}`}
      aside={
        <label className="pick">
          <span className="label">Query</span>
          <select value={plan.id} onChange={(event) => go(`plan/${event.target.value}`)}>
            {plans.map((one) => (
              <option key={one.id} value={one.id}>
                {one.id} · held {formatMillis(one.heldMs)}
                {one.about === '' ? '' : ` · ${one.about.slice(0, 50)}`}
              </option>
            ))}
          </select>
        </label>
      }
    >
      <p className="dim">
        {[
          plan.about,
          plan.status === 'succeeded' ? '' : plan.status,
          plan.from !== undefined && plan.to !== undefined ? `ran ${formatMillis(plan.to - plan.from)}` : '',
          `its stages held the end for ${formatMillis(plan.heldMs)}${wallMs > 0 ? ` (${formatShare(plan.heldMs / wallMs)})` : ''}`,
          plan.final ? '' : 'AQE was still planning at the end of the log',
          plan.cut ? 'only the first operators are shown' : '',
        ]
          .filter((part) => part !== '')
          .join(' · ')}
        {plan.source !== undefined && (
          <>
            {' '}
            · <SourceLink at={plan.source} />
          </>
        )}
      </p>
      <PlanGraph key={plan.id} page={page} plan={plan} node={rest[1] === undefined || rest[1] === '' ? undefined : Number(rest[1])} />
    </Section>
  );
}

function PlanGraph({ page, plan, node }: { page: PageModel; plan: PagePlan; node: number | undefined }) {
  const [all, setAll] = useState(false);
  const [before, setBefore] = useState(false);
  const showInitial = before && plan.initial !== undefined;
  const known = useMemo(() => new Map(plan.nodes.map((one) => [one.id, one])), [plan]);
  const drawn = useMemo(() => laidOut<Item>(showInitial ? (plan.initial ?? []) : plan.nodes, all), [plan, all, showInitial]);
  const heaviest = useMemo(
    () => [...plan.nodes].filter((one) => !isQuiet(one)).sort((a, b) => b.heldMs - a.heldMs || (b.timeMs ?? 0) - (a.timeMs ?? 0))[0]?.id,
    [plan],
  );
  const chosen = known.get(node ?? heaviest ?? 0);
  const [zoom, setZoom] = useState<number | undefined>();
  const box = useRef<HTMLElement>(null);
  const [fit, setFit] = useState(1);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const measure = () => setFit(Math.min(1, Math.max(0.45, (element.clientWidth - 4) / drawn.width)));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [drawn]);
  const scale = zoom ?? fit;
  // The operator that a finding names is brought into sight.
  useEffect(() => {
    const element = box.current;
    const spot = drawn.spots.find((one) => one.node.id === (node ?? heaviest)) ?? drawn.spots[0];
    if (element === null || spot === undefined) return;
    element.scrollTo({ left: spot.x * scale - element.clientWidth / 2, top: spot.y * scale - element.clientHeight / 2 });
  }, [node, heaviest, drawn, scale]);
  const most = Math.max(1, ...plan.nodes.map((one) => one.rows ?? 0));
  // Sorts and wrappers count no rows: what came in goes on.
  const rowsOf = useMemo(() => {
    const flow = new Map<number, number>();
    for (const one of [...plan.nodes].reverse()) {
      const rows = one.rows ?? flow.get(one.id);
      if (rows === undefined) continue;
      flow.set(one.id, rows);
      if (one.parent >= 0) flow.set(one.parent, Math.max(rows, flow.get(one.parent) ?? 0));
    }
    return flow;
  }, [plan]);
  return (
    <>
      <div className="tools wrap">
        {plan.initial !== undefined && (
          <fieldset className="switch" aria-label="Which plan">
            <button type="button" aria-pressed={!before} onClick={() => setBefore(false)}>
              Final plan
            </button>
            <button type="button" aria-pressed={before} onClick={() => setBefore(true)}>
              Before AQE
            </button>
          </fieldset>
        )}
        <label>
          <input type="checkbox" checked={all} onChange={(event) => setAll(event.target.checked)} /> every operator
        </label>
        <span className="spacer" />
        <button type="button" onClick={() => setZoom(Math.min(2, scale * 1.25))} aria-label="Larger">
          +
        </button>
        <button type="button" onClick={() => setZoom(Math.max(0.2, scale / 1.25))} aria-label="Smaller">
          −
        </button>
        <button type="button" onClick={() => setZoom(undefined)}>
          Fit
        </button>
      </div>
      {plan.changes.length > 0 && <p className="dim">AQE changed: {plan.changes.join(' · ')}</p>}
      <div className="plan">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
        <section className="plan-graph" ref={box} tabIndex={0} aria-label={`Operators of query ${plan.id}, data flows down`}>
          <svg width={drawn.width * scale} height={drawn.height * scale} viewBox={`0 0 ${drawn.width} ${drawn.height}`} aria-label="Plan">
            {drawn.edges.map((edge) => {
              const rows = rowsOf.get(edge.from);
              const [start, ...rest] = edge.points;
              const weight = showInitial || rows === undefined ? 1.2 : 1.2 + 5 * (Math.log1p(rows) / Math.log1p(most));
              return (
                <path
                  key={`${edge.from}-${edge.to}`}
                  className="edge"
                  strokeWidth={weight}
                  d={`M${start?.x} ${start?.y} ${rest.map((at) => `L${at.x} ${at.y}`).join(' ')}`}
                />
              );
            })}
            {drawn.spots.map((spot) => (
              <Operator
                key={spot.node.id}
                spot={spot}
                measured={showInitial ? undefined : known.get(spot.node.id)}
                wallMs={page.data.wallMs}
                chosen={!showInitial && chosen?.id === spot.node.id}
                open={showInitial ? undefined : () => go(`plan/${plan.id}/${spot.node.id}`)}
              />
            ))}
          </svg>
        </section>
        {!showInitial && chosen !== undefined && <Detail page={page} node={chosen} />}
      </div>
    </>
  );
}
