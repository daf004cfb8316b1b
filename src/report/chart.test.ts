// The chart over every sample: nothing overlaps, nothing leaves the page, lengths are true, the picture is one.

import { describe, expect, it } from 'vitest';
import { renderChart } from './chart.ts';
import { chartOf } from './chart-data.ts';
import { fitted, pngOf, textWidth } from './chart-font.ts';
import { swarm, ticksFor } from './chart-scale.ts';
import { historyOf } from './history.ts';
import { durations, histories, NOW, proofOf, runsOf } from './testing/histories.ts';

interface Box {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const decoded = (text: string) =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');

/** Where the texts of an SVG of ours lie, by the widths of its font. */
function textsOf(svg: string): Box[] {
  return [...svg.matchAll(/<text ([^>]*)>([^<]*)<\/text>/g)].map(([, attributes = '', content = '']) => {
    const own = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1];
    const [, dx = '0', dy = '0'] = /translate\(([\d.-]+) ([\d.-]+)\)/.exec(own('transform') ?? '') ?? [];
    const style = own('style') ?? '';
    const size = Number(/font-size:([\d.]+)px/.exec(style)?.[1] ?? 12);
    const text = decoded(content);
    const width = textWidth(text, size, /font-weight:bold/.test(style));
    const x = Number(dx) + Number(own('x') ?? 0);
    const y = Number(dy) + Number(own('y') ?? 0);
    const anchor = own('text-anchor') ?? 'start';
    const left = anchor === 'end' ? x - width : anchor === 'middle' ? x - width / 2 : x;
    const central = own('dominant-baseline') === 'central';
    return {
      text,
      left,
      right: left + width,
      top: central ? y - size / 2 : y - size * 0.8,
      bottom: central ? y + size / 2 : y + size * 0.2,
    };
  });
}

const sizeOf = (svg: string) => ({ width: Number(/width="([\d.]+)"/.exec(svg)?.[1]), height: Number(/height="([\d.]+)"/.exec(svg)?.[1]) });

describe.each(Object.keys(histories))('%s', (name) => {
  const chart = chartOf(historyOf(histories[name] as never));

  it('has no text over another or outside', async () => {
    const svg = await renderChart(chart);
    const boxes = textsOf(svg);
    const { width, height } = sizeOf(svg);
    expect(boxes.length).toBeGreaterThan(1);
    for (const box of boxes) {
      expect(box.left, box.text).toBeGreaterThanOrEqual(0);
      expect(box.right, box.text).toBeLessThanOrEqual(width);
      expect(box.top, box.text).toBeGreaterThanOrEqual(0);
      expect(box.bottom, box.text).toBeLessThanOrEqual(height);
    }
    for (const [i, a] of boxes.entries())
      for (const b of boxes.slice(i + 1)) {
        const apart = a.right <= b.left + 0.5 || b.right <= a.left + 0.5 || a.bottom <= b.top + 0.5 || b.bottom <= a.top + 0.5;
        expect(apart, `${a.text} over ${b.text}`).toBe(true);
      }
  });

  it('is the same each time, shows n and numbers of every lane, and becomes a PNG', async () => {
    const svg = await renderChart(chart);
    expect(await renderChart(chart)).toBe(svg);
    const texts = textsOf(svg).map((box) => box.text);
    for (const { summary } of chart.rows.flatMap((row) => row.lanes))
      expect(texts).toContain(summary.n === 1 ? '1 run' : `${summary.n} runs`);
    expect(svg).toContain('role="img"');
    const png = await pngOf(svg, 1);
    expect(Buffer.from(png.slice(0, 8)).toString('hex')).toBe('89504e470d0a1a0a');
    const { width, height } = sizeOf(svg);
    expect([Buffer.from(png).readUInt32BE(16), Buffer.from(png).readUInt32BE(20)]).toEqual([Math.round(width), Math.round(height)]);
  });
});

describe('what it shows', () => {
  const svgOf = (input: Partial<Parameters<typeof historyOf>[0]>) =>
    renderChart(chartOf(historyOf({ runs: [], proofs: [], models: [], nowMs: NOW, place: 'x', ...input })));

  it('every run under 20 is a dot; from 20 on none is', async () => {
    expect(
      await svgOf({ runs: runsOf('m', durations(19, 1000, 1)) }).then((svg) => svg.match(/<circle/g)?.length ?? svg.match(/A4 4/g)?.length),
    ).toBe(19);
    expect(await svgOf({ runs: runsOf('m', durations(20, 1000, 1)) })).not.toMatch(/<circle|A4 4/);
  });

  it('a median twice as long lies twice as far from 0', async () => {
    const svg = await svgOf({ proofs: [proofOf('m', 'n', Array(6).fill(40_000), Array(6).fill(20_000))] });
    const xs = [
      ...new Set(
        [...svg.matchAll(/<path d="M(\d+(?:\.\d+)?) (\d+(?:\.\d+)?)L\1 [\d.]+" fill="#000" stroke="#1f2328" stroke-width="2"/g)].map(
          ([, x]) => Number(x),
        ),
      ),
    ];
    const zero = 132;
    expect(xs).toHaveLength(2);
    expect(((xs[0] ?? 0) - zero) / ((xs[1] ?? 0) - zero)).toBeCloseTo(2, 1);
  });

  it('a proof goes before versions, a model without success is counted', () => {
    const chart = chartOf(historyOf(histories.rich as never));
    expect(chart.rows.find((row) => row.title === 'daily_sales')?.detail).toBe('daily_sales → daily_sales_fast');
    expect(chart.silent).toBe(1);
    expect(chart.rows.map((row) => row.title)).not.toContain('daily_sales_fast');
  });

  it('a hundred models are cut to a picture, and the rest is counted', () => {
    const runs = Array.from({ length: 100 }, (_, i) => runsOf(`model_${i}`, [1000, 2000])).flat();
    const chart = chartOf(historyOf({ runs, proofs: [], models: [], nowMs: NOW, place: 'x' }));
    expect([chart.rows.length, chart.more]).toEqual([30, 70]);
  });
});

describe('scale and font', () => {
  it.each([
    [41_000, 50_000, '10 s'],
    [900, 1000, '200 ms'],
    [7 * 3_600_000, 8 * 3_600_000, '2 h'],
    [1, 1, '1 ms'],
    [400 * 86_400_000, 400 * 86_400_000, '100 d'],
  ])('%d ms needs an axis to %d, in steps of %s', (largest, max, step) => {
    const ticks = ticksFor(largest);
    expect([ticks.max, ticks.label(ticks.step)]).toEqual([max, step]);
    expect(ticks.max / ticks.step).toBeLessThanOrEqual(6);
  });

  it('dots do not hide each other where there is room', () => {
    const places = swarm([10, 11, 12, 40], 8, 12);
    for (const [i, a] of places.entries())
      for (const b of places.slice(i + 1)) expect(Math.hypot(a.x - b.x, a.dy - b.dy)).toBeGreaterThanOrEqual(8);
    expect(places.map(({ x }) => x)).toEqual([10, 11, 12, 40]);
  });

  it('widths are those of the picture', async () => {
    const { Resvg } = await import('@resvg/resvg-js');
    const { createRequire } = await import('node:module');
    const file = createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf');
    for (const text of ['median 30.9 s  (27.4 s to 34.6 s)', 'WWWiii−→…é']) {
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="900" height="50"><rect width="${textWidth(text, 12)}" height="1"/><text x="0" y="30" font-family="DejaVu Sans" font-size="12" xml:space="preserve">${text}</text></svg>`;
      const box = new Resvg(svg, { font: { loadSystemFonts: false, fontFiles: [file] } }).getBBox();
      expect(Math.abs((box?.width ?? 0) - textWidth(text, 12))).toBeLessThan(1.5);
    }
  });

  it('names are cut in their middle', () => {
    const cut = fitted('daily_sales_rollup_by_region_rewritten', 120, 12);
    expect(cut).toMatch(/^daily.*….*ritten$/);
    expect(textWidth(cut, 12)).toBeLessThanOrEqual(120);
    expect(fitted('short', 120, 12)).toBe('short');
  });
});
