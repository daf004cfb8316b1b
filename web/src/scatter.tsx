// Tasks of a stage as points: data across, time up, colour by executor. Tasks out of the crowd are what a reader looks for.
// Law: what goes across is said and can be chosen: bytes or records that tasks read or wrote (where they did), else the time of launch.

import { type PointerEvent, useLayoutEffect, useRef, useState } from 'react';
import { formatBytes, formatCount, formatMillis } from '../../src/base/index.ts';
import type { Tasks } from './data.ts';
import { ticks, tickTime, timeTicks, useLook, useWidth } from './look.ts';
import { uneven } from './uneven.ts';

const HEIGHT = 300;
const PAD = { left: 66, right: 14, top: 12, bottom: 40 };
const TONES = ['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7'] as const;

const largest = (values: Float64Array): number => values.reduce((top, value) => Math.max(top, value), 0);

interface Across {
  readonly name: string;
  readonly values: Float64Array;
  readonly text: (value: number) => string;
  /** Ticks fall on powers of two. */
  readonly bytes?: true;
  readonly written?: true;
}

/** What can go across: what some task has, and the time of launch. */
const across = (tasks: Tasks): readonly Across[] => {
  const data: readonly Across[] = [
    { name: 'bytes read', values: tasks.bytes, text: formatBytes, bytes: true },
    { name: 'records read', values: tasks.records, text: formatCount },
    { name: 'bytes written', values: tasks.bytesWritten, text: formatBytes, bytes: true, written: true },
    { name: 'records written', values: tasks.recordsWritten, text: formatCount, written: true },
  ];
  return [...data.filter(({ values }) => largest(values) > 0), { name: 'launched at', values: tasks.launch, text: formatMillis }];
};

/** What was read; but what was written where only that is uneven. */
function first(measures: readonly Across[]): string {
  const read = measures.filter(({ values, written }) => !written && values !== measures.at(-1)?.values);
  const skewed = read.some(({ values }) => uneven(values)) ? undefined : measures.find(({ values, written }) => written && uneven(values));
  return (skewed ?? (measures[0] as Across)).name;
}

/** Ticks of sizes fall on powers of two. */
const sizeTicks = (from: number, to: number, most: number, bytes: boolean): number[] => {
  if (!bytes) return ticks(from, to, most);
  const unit = 1024 ** Math.max(0, Math.floor(Math.log(Math.max(1, to)) / Math.log(1024)));
  return ticks(from / unit, to / unit, most, [1, 2, 4, 5]).map((at) => at * unit);
};

export function Scatter({ tasks, executors }: { tasks: Tasks; executors: readonly string[] }) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(box);
  const look = useLook();
  const [tip, setTip] = useState<{ x: number; y: number; row: number } | undefined>();
  const measures = across(tasks);
  const [chosen, choose] = useState(() => first(measures));
  const x = measures.find(({ name }) => name === chosen) ?? (measures[0] as Across);
  const isTime = x.values === tasks.launch;
  const low = isTime ? x.values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY) : 0;
  const right = Math.max(low + 1, largest(x.values)) + (largest(x.values) - low) * 0.03;
  const top = Math.max(1, largest(tasks.duration)) * 1.05;
  const px = (value: number) => PAD.left + ((value - low) / (right - low)) * (width - PAD.left - PAD.right);
  const py = (value: number) => HEIGHT - PAD.bottom - (value / top) * (HEIGHT - PAD.top - PAD.bottom);
  const used = [...new Set(tasks.executor)].sort((a, b) => a - b);

  useLayoutEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (element === null || context === null || context === undefined || width <= 0) return;
    const scale = window.devicePixelRatio || 1;
    element.width = Math.round(width * scale);
    element.height = Math.round(HEIGHT * scale);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, HEIGHT);
    context.font = '11px system-ui, sans-serif';
    context.lineWidth = 1;
    context.strokeStyle = look.line;
    context.fillStyle = look.dim;
    const times = timeTicks(0, top, 6);
    const step = (times[1] ?? top) - (times[0] ?? 0);
    for (const at of times) {
      const yy = Math.round(py(at)) + 0.5;
      context.beginPath();
      context.moveTo(PAD.left, yy);
      context.lineTo(width - PAD.right, yy);
      context.stroke();
      context.textAlign = 'right';
      context.textBaseline = 'middle';
      context.fillText(tickTime(at, step), PAD.left - 8, yy);
    }
    context.textBaseline = 'top';
    context.textAlign = 'center';
    for (const at of sizeTicks(low, right, Math.max(2, Math.floor(width / 110)), x.bytes === true))
      context.fillText(x.text(at), px(at), HEIGHT - PAD.bottom + 7);
    context.textAlign = 'right';
    context.fillText(`${x.name} →`, width - PAD.right, HEIGHT - 14);
    const radius = tasks.duration.length > 800 ? 2 : tasks.duration.length > 150 ? 2.8 : 4;
    for (let i = 0; i < tasks.duration.length; i++) {
      const state = tasks.state[i] as number;
      const slot = used.indexOf(tasks.executor[i] as number);
      context.globalAlpha = 0.72;
      context.fillStyle = look[TONES[slot % TONES.length] as (typeof TONES)[number]];
      const [cx, cy] = [px(x.values[i] as number), py(tasks.duration[i] as number)];
      context.beginPath();
      context.arc(cx, cy, radius, 0, 2 * Math.PI);
      if (state === 0) context.fill();
      else {
        context.globalAlpha = 1;
        context.strokeStyle = state === 3 ? look.dim : look.bad;
        context.lineWidth = 1.4;
        context.stroke();
      }
    }
    context.globalAlpha = 1;
  });

  const move = (event: PointerEvent) => {
    const area = event.currentTarget.getBoundingClientRect();
    const [mx, my] = [event.clientX - area.left, event.clientY - area.top];
    let row = -1;
    let near = 14 * 14;
    for (let i = 0; i < tasks.duration.length; i++) {
      const away = (px(x.values[i] as number) - mx) ** 2 + (py(tasks.duration[i] as number) - my) ** 2;
      if (away < near) [near, row] = [away, i];
    }
    setTip(row < 0 ? undefined : { x: px(x.values[row] as number), y: py(tasks.duration[row] as number), row });
  };
  const one = (column: Float64Array) => column[tip?.row ?? 0] as number;
  return (
    <>
      <div className="canvas-box" ref={box}>
        <canvas
          ref={canvas}
          role="img"
          aria-label={`${tasks.duration.length} tasks, ${x.name} against time; the longest took ${formatMillis(largest(tasks.duration))}. The slowest are in the table below.`}
          style={{ width: '100%', height: HEIGHT }}
          onPointerMove={move}
          onPointerLeave={() => setTip(undefined)}
        />
        {tip !== undefined && (
          <div className="tip" style={{ left: Math.max(0, Math.min(tip.x + 12, width - 230)), top: tip.y + 12 }}>
            <strong>
              Task {one(tasks.index)}: {formatMillis(one(tasks.duration))}
            </strong>
            <span>
              read {formatBytes(one(tasks.bytes))}, {formatCount(one(tasks.records))} records
              {one(tasks.bytesWritten) + one(tasks.recordsWritten) > 0 &&
                ` · wrote ${formatBytes(one(tasks.bytesWritten))}, ${formatCount(one(tasks.recordsWritten))} records`}
              {' · '}executor {executors[one(tasks.executor)] ?? one(tasks.executor)}
            </span>
          </div>
        )}
      </div>
      {measures.length > 1 && (
        <label className="pick small">
          <span className="label">Across</span>
          <select
            value={x.name}
            onChange={(event) => {
              setTip(undefined);
              choose(event.target.value);
            }}
          >
            {measures.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      )}
      {used.length > 1 && (
        <ul className="legend inline">
          {used.slice(0, 8).map((index, i) => (
            <li key={index}>
              <span className="swatch" style={{ background: `var(--${TONES[i % TONES.length]})` }} aria-hidden="true" />
              executor {executors[index] ?? index}
            </li>
          ))}
          {used.length > 8 && <li className="dim">and {used.length - 8} more, colours again</li>}
        </ul>
      )}
    </>
  );
}
