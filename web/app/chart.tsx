// Runs of a model over time: a dot for each, its typical and slow days as lines once there are enough runs for them.
// Law: no p95 under 20 runs (base/quantiles.ts); the same numbers stand in the table below, so the drawing is for eyes only.

import { useRef } from 'react';
import { formatMillis, MIN_RUNS_FOR_P95, quantileLinear } from '../../src/base/index.ts';
import { tickTime, timeTicks, useWidth } from '../src/look.ts';
import { when } from './words.ts';

export interface Dot {
  readonly key: string;
  readonly ms: number;
  readonly wallMs: number;
  /** With all cured, likely; null when there is no forecast. */
  readonly curedMs: number | null;
  readonly good: boolean;
  /** Of a proof: not one of the model's own runs, and in no line. */
  readonly proof: boolean;
  readonly href: string;
}

const HEIGHT = 210;
const [LEFT, RIGHT, TOP, BOTTOM] = [64, 12, 12, 26];
/** Runs behind a point of a line: its own and those before it. */
const WINDOW = 20;
/** Fewer say nothing of a typical day. */
const LEAST = 5;

interface Line {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
}

function linesOf(dots: readonly Dot[]): readonly Line[] {
  const good = dots.filter((dot) => dot.good && !dot.proof);
  const at = (q: number, least: number) =>
    good.flatMap((dot, i): (readonly [number, number])[] => {
      const before = good.slice(Math.max(0, i + 1 - WINDOW), i + 1).map((one) => one.wallMs);
      const value = before.length < least ? undefined : quantileLinear(Float64Array.from(before).sort(), q);
      return value === undefined ? [] : [[dot.ms, value]];
    });
  return [
    { name: 'p50', points: at(0.5, LEAST) },
    { name: 'p95', points: at(0.95, MIN_RUNS_FOR_P95) },
  ].filter(({ points }) => points.length > 1);
}

export function History({ dots }: { dots: readonly Dot[] }) {
  const box = useRef<HTMLDivElement>(null);
  const width = Math.max(280, useWidth(box));
  const times = dots.map((dot) => dot.ms);
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const most = Math.max(1, ...dots.map((dot) => dot.wallMs));
  const x = (ms: number) =>
    to === from ? (LEFT + width - RIGHT) / 2 : LEFT + 8 + ((ms - from) / (to - from)) * (width - LEFT - RIGHT - 16);
  const y = (ms: number) => HEIGHT - BOTTOM - (ms / most) * (HEIGHT - TOP - BOTTOM);
  const grid = timeTicks(0, most, 4);
  const step = (grid[1] ?? most) - (grid[0] ?? 0);
  const lines = linesOf(dots);
  const cured = dots.some((dot) => dot.curedMs !== null);
  return (
    <div ref={box} className="history">
      <svg width={width} height={HEIGHT} aria-hidden="true">
        {grid.map((ms) => (
          <g key={ms}>
            <line className="grid" x1={LEFT} x2={width - RIGHT} y1={y(ms)} y2={y(ms)} />
            <text x={LEFT - 8} y={y(ms) + 4} textAnchor="end">
              {tickTime(ms, step)}
            </text>
          </g>
        ))}
        <text x={x(from)} y={HEIGHT - 6} textAnchor={to === from ? 'middle' : 'start'}>
          {when(from)}
        </text>
        {to !== from && (
          <text x={width - RIGHT} y={HEIGHT - 6} textAnchor="end">
            {when(to)}
          </text>
        )}
        {lines.map(({ name, points }) => (
          <polyline key={name} className={`line ${name}`} points={points.map(([ms, value]) => `${x(ms)},${y(value)}`).join(' ')} />
        ))}
        {dots.map((dot) => (
          <a key={dot.key} href={dot.href} tabIndex={-1}>
            {dot.curedMs !== null && (
              <>
                <line className="stem" x1={x(dot.ms)} x2={x(dot.ms)} y1={y(dot.wallMs)} y2={y(dot.curedMs)} />
                <circle className="cured" cx={x(dot.ms)} cy={y(dot.curedMs)} r={3.5} />
              </>
            )}
            <circle className={dot.good ? (dot.proof ? 'dot proof' : 'dot') : 'dot bad'} cx={x(dot.ms)} cy={y(dot.wallMs)} r={5}>
              <title>{`${when(dot.ms)}: ${formatMillis(dot.wallMs)}${dot.good ? '' : ', failed'}${dot.curedMs === null ? '' : `, cured likely ${formatMillis(dot.curedMs)}`}`}</title>
            </circle>
          </a>
        ))}
      </svg>
      <ul className="legend inline">
        <li>
          <span className="swatch s-dot" aria-hidden="true" />a run
        </li>
        {dots.some((dot) => dot.proof) && (
          <li>
            <span className="swatch s-proof" aria-hidden="true" />a run of a proof
          </li>
        )}
        {dots.some((dot) => !dot.good) && (
          <li>
            <span className="swatch s-bad" aria-hidden="true" />
            did not end well
          </li>
        )}
        {cured && (
          <li>
            <span className="swatch s-cured" aria-hidden="true" />
            with all cured, likely (forecast)
          </li>
        )}
        {lines.map(({ name }) => (
          <li key={name}>
            <span className={`swatch s-${name}`} aria-hidden="true" />
            {name} of the last {WINDOW} runs
          </li>
        ))}
      </ul>
    </div>
  );
}
