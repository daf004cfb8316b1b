// Colours for canvases and drawings: read from the style sheet, so that light, dark and print have one source.

import { useEffect, useState } from 'react';

export const COLORS = [
  'text',
  'dim',
  'line',
  'panel',
  'back',
  'accent',
  'work',
  'ember',
  'good',
  'bad',
  'idle',
  'c0',
  'c1',
  'c2',
  'c3',
  'c4',
  'c5',
  'c6',
  'c7',
] as const;
export type Look = Readonly<Record<(typeof COLORS)[number], string>>;

/** A variable's own value still says light or dark; as the colour of an element it is one. */
function read(): Look {
  const probe = document.createElement('span');
  document.documentElement.append(probe);
  const entries = COLORS.map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color] as const;
  });
  probe.remove();
  return Object.fromEntries(entries) as unknown as Look;
}

export type Theme = 'system' | 'light' | 'dark';

export function setTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  window.dispatchEvent(new Event('firesteel-look'));
}

/** The colours now; changes with the theme, the system's setting and printing. */
export function useLook(): Look {
  const [look, set] = useState(read);
  useEffect(() => {
    const changed = () => set(read());
    const queries = [matchMedia('(prefers-color-scheme: dark)'), matchMedia('print')];
    for (const query of queries) query.addEventListener('change', changed);
    window.addEventListener('firesteel-look', changed);
    return () => {
      for (const query of queries) query.removeEventListener('change', changed);
      window.removeEventListener('firesteel-look', changed);
    };
  }, []);
  return look;
}

/** Width of an element, followed as it changes. */
export function useWidth(ref: { readonly current: HTMLElement | null }): number {
  const [width, set] = useState(0);
  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    set(element.clientWidth);
    const observer = new ResizeObserver(() => set(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return width;
}

/** Round numbers for an axis from 0 or `from` to `to`. */
export function ticks(from: number, to: number, most: number, steps: readonly number[] = [1, 2, 5]): number[] {
  const span = to - from;
  if (!(span > 0)) return [from];
  const raw = span / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([...steps, 10].find((one) => one * power >= raw) ?? 10) * power;
  const out: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to + step * 1e-6; at += step) out.push(at);
  return out;
}

const TIME_STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 10e3, 15e3, 30e3, 60e3, 120e3, 300e3, 600e3, 900e3, 1800e3, 3600e3, 7200e3, 14400e3,
  28800e3, 86400e3, 172800e3, 604800e3,
];

/** Ticks at times that people count in. */
export function timeTicks(from: number, to: number, most: number): number[] {
  const step = TIME_STEPS.find((one) => (to - from) / one <= most) ?? (to - from) / most;
  const out: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) out.push(at);
  return out;
}

/** A time on an axis: short, without losing what tells two ticks apart. */
export function tickTime(ms: number, step: number): string {
  if (ms === 0) return '0';
  if (step < 1000)
    return ms < 60_000
      ? `${Number((ms / 1000).toFixed(3))} s`
      : `${Math.floor(ms / 60_000)} m ${((ms % 60_000) / 1000).toFixed(step < 100 ? 2 : 1)} s`;
  const seconds = Math.round(ms / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (h > 0) return m === 0 && s === 0 ? `${h} h` : `${h} h ${String(m).padStart(2, '0')} m${s > 0 ? ` ${s} s` : ''}`;
  return m > 0 ? (s === 0 ? `${m} m` : `${m} m ${String(s).padStart(2, '0')} s`) : `${s} s`;
}
