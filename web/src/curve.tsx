// The what-if panel's curve: likely time over slots, with the cures that are on.

import { useRef } from 'react';
import { formatMillis } from '../../src/base/index.ts';
import { tickTime, timeTicks, useWidth } from './look.ts';
import type { CurvePoint } from './simulator.ts';

const SIZE = { most: 480, height: 190, left: 58, right: 12, top: 12, bottom: 36 };

/** Likely time over slots, with the cures that are on. */
export function Curve({ points, now, at }: { points: readonly CurvePoint[]; now: number; at: number }) {
  const box = useRef<HTMLDivElement>(null);
  const width = Math.min(SIZE.most, Math.max(240, useWidth(box)));
  const good = points.filter((point) => Number.isFinite(point.likelyMs));
  if (good.length < 2) return <div ref={box} />;
  const top = Math.max(now, ...good.map((point) => point.likelyMs)) * 1.05;
  const [first, last] = [good[0] as CurvePoint, good.at(-1) as CurvePoint];
  const x = (slots: number) =>
    SIZE.left + (Math.log2(slots / first.slots) / Math.max(0.001, Math.log2(last.slots / first.slots))) * (width - SIZE.left - SIZE.right);
  const y = (ms: number) => SIZE.height - SIZE.bottom - (ms / top) * (SIZE.height - SIZE.top - SIZE.bottom);
  const times = timeTicks(0, top, 4);
  const step = (times[1] ?? top) - (times[0] ?? 0);
  return (
    <div ref={box}>
      <svg
        className="chart curve"
        width={width}
        height={SIZE.height}
        viewBox={`0 0 ${width} ${SIZE.height}`}
        role="img"
        aria-label={`Likely time by slots: ${good.map((point) => `${point.slots}: ${formatMillis(point.likelyMs)}`).join(', ')}`}
      >
        {times.map((ms) => (
          <g key={ms}>
            <line className="grid" x1={SIZE.left} x2={width - SIZE.right} y1={y(ms)} y2={y(ms)} />
            <text className="axis" x={SIZE.left - 6} y={y(ms)} textAnchor="end" dominantBaseline="middle">
              {tickTime(ms, step)}
            </text>
          </g>
        ))}
        <path className="curve-line" d={good.map((point, i) => `${i === 0 ? 'M' : 'L'}${x(point.slots)} ${y(point.likelyMs)}`).join(' ')} />
        {good.map((point) => (
          <g key={point.slots}>
            <circle
              className={point.slots === at ? 'dot here' : 'dot'}
              cx={x(point.slots)}
              cy={y(point.likelyMs)}
              r={point.slots === at ? 5 : 3}
            />
            <text className="axis" x={x(point.slots)} y={SIZE.height - 18} textAnchor="middle">
              {point.slots}
            </text>
          </g>
        ))}
        <text className="axis" x={width - SIZE.right} y={SIZE.height - 4} textAnchor="end">
          slots
        </text>
      </svg>
    </div>
  );
}
