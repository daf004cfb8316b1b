// How long the tasks of a stage took: counts over time, with median and longest marked. All tasks that succeeded count.

import { useRef } from 'react';
import { formatCount, formatMillis } from '../../src/base/index.ts';
import type { PageStage } from './data.ts';
import { ticks, tickTime, timeTicks, useWidth } from './look.ts';

const HEIGHT = 300;
const PAD = { left: 44, right: 10, top: 26, bottom: 40 };

export function Histogram({
  histogram,
  marks,
}: {
  histogram: NonNullable<PageStage['histogram']>;
  marks: NonNullable<PageStage['duration']>;
}) {
  const box = useRef<HTMLDivElement>(null);
  const width = Math.max(240, useWidth(box));
  const { edges, counts } = histogram;
  const most = Math.max(1, ...counts);
  const end = edges.at(-1) ?? 1;
  const x = (ms: number) => PAD.left + (ms / Math.max(1, end)) * (width - PAD.left - PAD.right);
  const times = timeTicks(0, end, Math.max(2, Math.floor(width / 80)));
  const step = (times[1] ?? end) - (times[0] ?? 0);
  const y = (count: number) => HEIGHT - PAD.bottom - (count / most) * (HEIGHT - PAD.top - PAD.bottom);
  const [, p25, median, p75, max] = marks;
  const total = counts.reduce((all, count) => all + count, 0);
  return (
    <div ref={box}>
      <svg
        className="chart"
        width={width}
        height={HEIGHT}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        role="img"
        aria-label={`${formatCount(total)} tasks: median ${formatMillis(median)}, longest ${formatMillis(max)}`}
      >
        {ticks(0, most, 4)
          .filter((at) => Number.isInteger(at))
          .map((at) => (
            <g key={at}>
              <line className="grid" x1={PAD.left} x2={width - PAD.right} y1={y(at)} y2={y(at)} />
              <text className="axis" x={PAD.left - 8} y={y(at)} textAnchor="end" dominantBaseline="middle">
                {formatCount(at)}
              </text>
            </g>
          ))}
        {counts.map((count, i) => {
          const from = edges[i] as number;
          return count === 0 ? null : (
            <rect
              key={from}
              className="bin"
              x={x(from) + 0.5}
              width={Math.max(1, x(edges[i + 1] as number) - x(from) - 1)}
              y={Math.min(y(count), HEIGHT - PAD.bottom - 1.5)}
              height={Math.max(1.5, HEIGHT - PAD.bottom - y(count))}
            >
              <title>{`${formatCount(count)} tasks took ${formatMillis(from)} – ${formatMillis(edges[i + 1] as number)}`}</title>
            </rect>
          );
        })}
        {times.map((at) => (
          <text key={at} className="axis" x={x(at)} y={HEIGHT - PAD.bottom + 16} textAnchor="middle">
            {tickTime(at, step)}
          </text>
        ))}
        <line className="mark" x1={x(median)} x2={x(median)} y1={PAD.top - 6} y2={HEIGHT - PAD.bottom} />
        <text className="axis strong" x={x(median) + 5} y={PAD.top - 4} textAnchor={x(median) > width - 110 ? 'end' : 'start'}>
          median {formatMillis(median)}
        </text>
      </svg>
      <p className="dim small">
        Middle half {formatMillis(p25)} – {formatMillis(p75)}, longest {formatMillis(max)}; {formatCount(total)} tasks that succeeded.
      </p>
    </div>
  );
}
