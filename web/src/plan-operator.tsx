// One operator of a plan: the card in the graph, and the details beside it.
// Law: it is marked critical when the stages in which it ran held the run's end; its numbers are its own metrics.

import { formatBytes, formatCount, formatMillis } from '../../src/base/index.ts';
import { baseName, type PageModel, type PageNode } from './data.ts';
import { Wide } from './parts.tsx';
import { type Item, NODE, type Spot } from './plan-layout.ts';

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

/** Leads to a line of the code. */
export const SourceLink = ({ at }: { at: string }) => {
  const cut = at.lastIndexOf(':');
  return <a href={`#code/${encodeURIComponent(at.slice(0, cut))}:${at.slice(cut + 1)}`}>{baseName(at)}</a>;
};

export function Operator({
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

/** All that is known of one operator. */
export function Detail({ page, node }: { page: PageModel; node: PageNode }) {
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
