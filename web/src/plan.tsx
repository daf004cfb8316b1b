// Plans: one query at a time as a graph of its operators, with what each did; the plan before AQE beside it; details of one operator.
// Law: an operator is marked critical when the stages in which it ran held the run's end; its numbers are its own metrics.

import { useEffect, useMemo, useRef, useState } from 'react';
import { formatBytes, formatCount, formatMillis, formatShare } from '../../src/base/index.ts';
import { baseName, type PageModel, type PageNode, type PagePlan } from './data.ts';
import { Section, Wide } from './parts.tsx';
import { type Item, isQuiet, laidOut, NODE, type Spot } from './plan-layout.ts';
import { go } from './route.ts';

/** A share of the run from which an operator's stages are marked. */
const CRITICAL = 0.1;
/** Names of times, short enough for a node. */
const SHORT_TIME: Readonly<Record<string, string>> = {
  duration: 'task time',
  'scan time': 'scan',
  'sort time': 'sort',
  'time in aggregation build': 'build',
  'time to build': 'build',
  'time to broadcast': 'broadcast',
  'fetch wait time': 'fetch wait',
  'shuffle write time': 'write',
  time: '',
};

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

const SourceLink = ({ at }: { at: string }) => {
  const cut = at.lastIndexOf(':');
  return <a href={`#code/${encodeURIComponent(at.slice(0, cut))}:${at.slice(cut + 1)}`}>{baseName(at)}</a>;
};

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

function Operator({
  spot,
  measured,
  wallMs,
  chosen,
  open,
}: {
  spot: Spot<Item>;
  measured: PageNode | undefined;
  wallMs: number;
  chosen: boolean;
  open: (() => void) | undefined;
}) {
  const { node, x, y } = spot;
  const share = measured === undefined || wallMs <= 0 ? 0 : measured.heldMs / wallMs;
  const critical = share >= CRITICAL;
  const first = [
    measured?.rows === undefined ? '' : `${short(measured.rows)} rows`,
    measured?.bytes === undefined ? '' : formatBytes(measured.bytes),
    (measured?.spill ?? 0) > 0 ? `spilled ${formatBytes(measured?.spill ?? 0)}` : '',
  ]
    .filter((part) => part !== '')
    .join(' · ');
  const second = [
    measured?.timeMs === undefined
      ? ''
      : `${formatMillis(measured.timeMs)} ${SHORT_TIME[measured.timeName ?? ''] ?? measured.timeName}`.trim(),
    measured?.reused === true ? 'reused' : measured?.cached === true ? 'cached' : '',
  ]
    .filter((part) => part !== '')
    .join(' · ');
  const name = node.name.trim().replace(/^Execute /, '');
  const label = [name, first, second, critical ? `its stages held the end for ${formatMillis(measured?.heldMs ?? 0)}` : '']
    .filter((part) => part !== '')
    .join(', ');
  const body = (
    <>
      <title>{label}</title>
      <rect className="card" width={NODE.width} height={NODE.height} rx="7" />
      <rect
        className="heat"
        width="5"
        height={NODE.height}
        rx="2.5"
        style={{ opacity: critical ? 0.35 + 0.65 * Math.min(1, share * 2) : 0 }}
      />
      <text className="op" x="14" y="19">
        {cut(name, 22)}
      </text>
      <text className="sub" x="14" y="36">
        {cut(first, 28)}
      </text>
      <text className={`sub ${critical ? 'hot' : ''}`} x="14" y="51">
        {cut(critical ? `held ${formatMillis(measured?.heldMs ?? 0)} · ${second}`.replace(/ · $/, '') : second, 28)}
      </text>
    </>
  );
  const place = `translate(${x - NODE.width / 2} ${y - NODE.height / 2})`;
  const className = `node k-${node.kind}${critical ? ' critical' : ''}${chosen ? ' chosen' : ''}`;
  if (open === undefined)
    return (
      <g className={className} transform={place}>
        {body}
      </g>
    );
  return (
    // biome-ignore lint/a11y/useSemanticElements: there is no button inside an SVG.
    <g
      className={className}
      transform={place}
      role="button"
      tabIndex={0}
      aria-pressed={chosen}
      onClick={open}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        open();
      }}
    >
      {body}
    </g>
  );
}

const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);

/** 1,234,567 → 1.23 M: a node is narrow. */
const short = (count: number): string =>
  count < 10_000
    ? formatCount(count)
    : count < 1e6
      ? `${Math.round(count / 1000)} K`
      : count < 1e9
        ? `${(count / 1e6).toPrecision(3)} M`
        : `${(count / 1e9).toPrecision(3)} G`;

function Detail({ page, node }: { page: PageModel; node: PageNode }) {
  return (
    <aside className="detail" aria-label={`Operator ${node.name}`}>
      <h3>{node.name.trim()}</h3>
      {node.heldMs > 0 && <p className="hot">Its stages held the end for {formatMillis(node.heldMs)}.</p>}
      {node.stages.length > 0 && (
        <p>
          Ran in{' '}
          <span className="refs">
            {node.stages.map((key) =>
              page.stageIndex.has(key) ? (
                <a key={key} className="ref" href={`#stage/${key}`}>
                  stage {key.replace(/\.0$/, '')}
                </a>
              ) : (
                <span key={key} className="ref">
                  stage {key}
                </span>
              ),
            )}
          </span>
        </p>
      )}
      {node.source !== undefined && (
        <p>
          <SourceLink at={node.source} />
        </p>
      )}
      {node.metrics.length > 0 && (
        <Wide label="Metrics">
          <table className="pairs">
            <tbody>
              {node.metrics.map(([name, value]) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td className="num">{value}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Wide>
      )}
      {node.detail !== '' && <p className="mono dim">{node.detail}</p>}
    </aside>
  );
}
