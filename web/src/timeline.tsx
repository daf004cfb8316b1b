// The run over time: slots in use, critical path, driver, jobs, stages, executors. Zoom, pan, hover, click; by mouse, touch and keyboard.
// Law: what the canvas shows can also be read in the table of stages.

import { type KeyboardEvent, type PointerEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { formatMillis, formatShare } from '../../src/base/index.ts';
import type { PageModel } from './data.ts';
import { useLook, useWidth } from './look.ts';
import { Section } from './parts.tsx';
import { go } from './route.ts';
import { draw, type Frame, hit, placed, type Window } from './timeline-draw.ts';
import { rowsOf } from './timeline-rows.ts';

const LEGEND = [
  ['work', 'tasks, stages'],
  ['idle', 'free slots, executors'],
  ['ember', 'critical path'],
  ['c4', 'planning'],
  ['c1', 'between jobs'],
  ['c3', 'commit'],
  ['c5', 'scheduling'],
  ['c2', 'driver code'],
  ['c6', 'start-up, end'],
] as const;

export function Timeline({ page, at }: { page: PageModel; at: string | undefined }) {
  const whole = useMemo<Window>(() => ({ from: 0, to: Math.max(1, page.data.wallMs) }), [page]);
  const layout = useMemo(() => placed(rowsOf(page)), [page]);
  const selected = at === undefined || at === '' ? undefined : at;
  const [view, setView] = useState<Window>(whole);
  const [tip, setTip] = useState<{ x: number; y: number; title: string; about: string } | undefined>();
  const look = useLook();
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(box);
  const gutter = width < 560 ? 64 : 104;
  const frame: Frame = { width, gutter, view, look, selected };

  useEffect(() => {
    if (selected === undefined) return;
    const bar = layout.rows.flatMap(({ row }) => row.bars).find((one) => one.key === selected);
    if (bar === undefined) return;
    const around = Math.max((bar.to - bar.from) * 1.5, whole.to / 40);
    const middle = (bar.from + bar.to) / 2;
    setView(clamped({ from: middle - around, to: middle + around }, whole));
  }, [selected, layout, whole]);

  useLayoutEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (element === null || context === null || context === undefined || width <= 0) return;
    const scale = window.devicePixelRatio || 1;
    if (element.width !== Math.round(width * scale) || element.height !== Math.round(layout.height * scale)) {
      element.width = Math.round(width * scale);
      element.height = Math.round(layout.height * scale);
    }
    context.setTransform(scale, 0, 0, scale, 0, 0);
    draw(context, layout.rows, layout.height, { width, gutter, view, look, selected });
  }, [width, gutter, view, look, selected, layout]);

  const zoom = (factor: number, around = (view.from + view.to) / 2) =>
    setView((now) => clamped({ from: around - (around - now.from) * factor, to: around + (now.to - around) * factor }, whole));
  const pan = (share: number) =>
    setView((now) => clamped({ from: now.from + share * (now.to - now.from), to: now.to + share * (now.to - now.from) }, whole));

  // React listens to wheels passively: zooming must stop the page from scrolling.
  const live = useRef({ view, width, gutter });
  live.current = { view, width, gutter };
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const onWheel = (event: WheelEvent) => {
      const { view: now, width: w, gutter: g } = live.current;
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : event.shiftKey ? event.deltaY : 0;
      if (!event.ctrlKey && !event.metaKey && sideways === 0) return;
      event.preventDefault();
      const perPixel = (now.to - now.from) / Math.max(1, w - g);
      if (sideways !== 0 && !event.ctrlKey) {
        setView((old) => clamped({ from: old.from + sideways * perPixel, to: old.to + sideways * perPixel }, whole));
        return;
      }
      const around = now.from + (event.offsetX - g) * perPixel;
      const factor = Math.exp(Math.max(-1, Math.min(1, event.deltaY * 0.01)));
      setView((old) => clamped({ from: around - (around - old.from) * factor, to: around + (old.to - around) * factor }, whole));
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [whole]);

  const drag = useRef<{ x: number; view: Window; moved: boolean } | undefined>(undefined);
  const point = (event: PointerEvent) => {
    const area = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return { x: event.clientX - area.left, y: event.clientY - area.top };
  };
  const move = (event: PointerEvent) => {
    const { x, y } = point(event);
    const from = drag.current;
    if (from !== undefined) {
      if (Math.abs(x - from.x) > 3) from.moved = true;
      const by = ((from.x - x) / Math.max(1, width - gutter)) * (from.view.to - from.view.from);
      setView(clamped({ from: from.view.from + by, to: from.view.to + by }, whole));
      setTip(undefined);
      return;
    }
    const found = hit(layout.rows, x, y, frame);
    const area = found?.row.area;
    const bin = area === undefined || found === undefined ? undefined : Math.floor(found.ms / area.width);
    const slots = bin === undefined ? undefined : area?.slots[bin];
    setTip(
      found?.bar !== undefined
        ? { x, y, title: found.bar.title, about: found.bar.about }
        : area !== undefined && bin !== undefined && slots !== undefined
          ? {
              x,
              y,
              title: `${area.running[bin]?.toFixed(1)} of ${slots.toFixed(0)} slots in use`,
              about: `at ${formatMillis(found?.ms ?? 0)}, mean over ${formatMillis(area.width)}`,
            }
          : undefined,
    );
  };
  const release = (event: PointerEvent) => {
    const was = drag.current;
    drag.current = undefined;
    if (was === undefined || was.moved) return;
    const { x, y } = point(event);
    const bar = hit(layout.rows, x, y, frame)?.bar;
    if (bar?.href !== undefined) go(bar.href);
  };
  const key = (event: KeyboardEvent) => {
    const action: Readonly<Record<string, () => void>> = {
      '+': () => zoom(0.6),
      '=': () => zoom(0.6),
      '-': () => zoom(1.6),
      '0': () => setView(whole),
      ArrowLeft: () => pan(-0.2),
      ArrowRight: () => pan(0.2),
      Home: () => pan(-1e9),
      End: () => pan(1e9),
    };
    const act = action[event.key];
    if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  };
  const zoomed = view.from > whole.from || view.to < whole.to;
  return (
    <Section
      title="Timeline"
      aside={
        <span className="tools">
          <span className="dim num" aria-live="polite">
            {zoomed
              ? `${formatMillis(view.from)} – ${formatMillis(view.to)} (${formatShare((view.to - view.from) / whole.to)})`
              : formatMillis(whole.to)}
          </span>
          <button type="button" onClick={() => zoom(0.5)} aria-label="Zoom in">
            +
          </button>
          <button type="button" onClick={() => zoom(2)} aria-label="Zoom out">
            −
          </button>
          <button type="button" onClick={() => setView(whole)} disabled={!zoomed}>
            All
          </button>
        </span>
      }
    >
      <div className="canvas-box" ref={box}>
        <div
          className="canvas-focus"
          role="application"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: zoomed and moved by keyboard.
          tabIndex={0}
          onKeyDown={key}
          aria-label="Timeline of the run. Plus and minus zoom, arrows move, 0 shows all. The same in words: tab Stages."
        >
          <canvas
            ref={canvas}
            style={{ width: '100%', height: layout.height, cursor: drag.current === undefined ? 'default' : 'grabbing' }}
            onPointerDown={(event) => {
              if (event.button !== 0) return;
              event.currentTarget.setPointerCapture(event.pointerId);
              drag.current = { x: point(event).x, view, moved: false };
            }}
            onPointerMove={move}
            onPointerUp={release}
            onPointerCancel={() => {
              drag.current = undefined;
            }}
            onPointerLeave={() => setTip(undefined)}
            onDoubleClick={(event) =>
              zoom(0.4, view.from + ((event.nativeEvent.offsetX - gutter) / Math.max(1, width - gutter)) * (view.to - view.from))
            }
          />
        </div>
        {tip !== undefined && (
          <div className="tip" style={{ left: Math.max(0, Math.min(tip.x + 14, width - 300)), top: tip.y + 16 }}>
            <strong>{tip.title}</strong>
            <span>{tip.about}</span>
          </div>
        )}
      </div>
      <ul className="legend inline">
        {LEGEND.map(([tone, name]) => (
          <li key={tone}>
            <span className="swatch" style={{ background: `var(--${tone})` }} aria-hidden="true" />
            {name}
          </li>
        ))}
      </ul>
      <p className="dim small">Drag to move, Ctrl + wheel or double click to zoom, click a bar to open it. With the keyboard: + − ← → 0.</p>
    </Section>
  );
}

/** Keeps a window inside the run and wider than nothing. */
function clamped(view: Window, whole: Window): Window {
  const span = Math.min(whole.to - whole.from, Math.max(5, (whole.to - whole.from) / 5000, view.to - view.from));
  const middle = (view.from + view.to) / 2;
  const from = Math.max(whole.from, Math.min(whole.to - span, Number.isFinite(middle) ? middle - span / 2 : whole.from));
  return { from, to: from + span };
}
