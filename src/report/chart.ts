// The chart of a history as SVG, drawn by ECharts: bars of p50 and p95, or every run as a dot where there are fewer than 20.
// Laws: pure; lengths are linear from 0, so that a bar twice as long is twice the time; the library is loaded when a chart is asked for.

import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemReturn } from 'echarts';
import { plural } from '../base/index.ts';
import type { Chart } from './chart-data.ts';
import { FONT_FAMILY, textWidth } from './chart-font.ts';
import { COLOURS, font, GUTTER, HEAD, heightOf, LEFT, laneMax, numbersOf, PAD, rowShapes, SIZE, type Theme, WIDTH } from './chart-marks.ts';
import { ticksFor } from './chart-scale.ts';
import { formatTime } from './words.ts';

const TITLE = 18;
const LINE = 18;

/** When the largest model is so many times the smallest, one scale would squeeze the small ones: each gets its own. */
const OWN_SCALE_FROM = 4;

/** The chart as an SVG document with a description for readers who cannot see it. */
export async function renderChart(chart: Chart, theme: Theme = 'light'): Promise<string> {
  const echarts = await import('echarts');
  const colours = COLOURS[theme];
  const { rows } = chart;
  const largest = rows.map((row) => Math.max(...row.lanes.map(laneMax)));
  const common = Math.max(1, ...largest);
  const own = common / Math.max(1, Math.min(common, ...largest)) >= OWN_SCALE_FROM;
  const ticks = ticksFor(common);
  const column = Math.ceil(Math.max(120, ...rows.flatMap((row) => row.lanes.map((lane) => textWidth(numbersOf(lane), SIZE)))));
  const legend = legendOf(chart, own);
  const top = PAD + TITLE + 8 + legend.length * LINE + 8;
  const tops = rows.map((_, i) => rows.slice(0, i).reduce((sum, row) => sum + heightOf(row, own), 0));
  const plot = Math.max(
    HEAD,
    rows.reduce((sum, row) => sum + heightOf(row, own), 0),
  );
  const height = top + plot + (own || rows.length === 0 ? 34 : 62);

  const draw = (index: number, api: CustomSeriesRenderItemAPI): CustomSeriesRenderItemReturn => {
    const [zero = 0, origin = 0] = api.coord([0, 0]) as number[];
    const [end = 0] = api.coord([1, 0]) as number[];
    const frame = {
      y: origin + (tops[index] ?? 0),
      zero,
      end,
      numbers: end + GUTTER,
      ticks: own ? ticksFor(largest[index] ?? 1) : ticks,
      own,
    };
    const row = rows[index];
    return { type: 'group', children: row === undefined ? [] : rowShapes(row, frame, colours) } as CustomSeriesRenderItemReturn;
  };

  // Without a canvas ECharts guesses widths; ours are those of the font.
  echarts.setPlatformAPI({
    measureText: (text: string, css?: string) =>
      ({ width: textWidth(text, Number(/([\d.]+)px/.exec(css ?? '')?.[1] ?? SIZE), /bold/.test(css ?? '')) }) as never,
  });
  const view = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  const small = { color: colours.dim, fontSize: SIZE, fontFamily: FONT_FAMILY };
  const remark = (text: string, style: object, place: object) => ({
    type: 'text' as const,
    silent: true,
    ...place,
    style: { text, ...style },
  });
  try {
    view.setOption({
      animation: false,
      backgroundColor: colours.back,
      title: {
        text: rows.some((row) => row.lanes.length > 1) ? 'Wall time of a run, before → after' : 'Wall time of a run',
        subtext: legend.join('\n'),
        left: PAD,
        top: PAD - 6,
        padding: 0,
        itemGap: 8,
        textStyle: { color: colours.text, fontSize: TITLE, fontWeight: 'bold', fontFamily: FONT_FAMILY },
        subtextStyle: { ...small, lineHeight: LINE },
      },
      grid: { left: LEFT, right: column + PAD + GUTTER, top, height: plot, outerBoundsMode: 'none' },
      // The axis counts in shares, so that rows with a scale of their own use it too.
      xAxis: {
        type: 'value',
        min: 0,
        max: 1,
        interval: ticks.step / ticks.max,
        show: !own && rows.length > 0,
        axisLine: { show: false },
        axisTick: { show: false },
        splitLine: { show: false },
        axisLabel: { ...small, formatter: (share: number) => ticks.label(share * ticks.max), showMaxLabel: true },
        name: 'wall time',
        nameLocation: 'middle',
        nameGap: 26,
        nameTextStyle: small,
      },
      yAxis: { type: 'value', min: 0, max: plot, inverse: true, show: false },
      series: [
        {
          type: 'custom',
          silent: true,
          clip: false,
          data: rows.map(() => [0, 0]),
          renderItem: ({ dataIndex }: { readonly dataIndex: number }, api: CustomSeriesRenderItemAPI) => draw(dataIndex, api),
        },
      ],
      graphic: [
        remark(
          `firesteel report, ${formatTime(chart.nowMs) ?? ''}`,
          { fill: colours.dim, ...font(10), align: 'right' },
          { x: WIDTH - PAD, y: height - 20 },
        ),
        ...(rows.length === 0 ? [remark('No run has succeeded yet.', { fill: colours.text, ...font(SIZE) }, { x: PAD, y: top + 8 })] : []),
      ],
    });
    return described(view.renderToSVGString(), chart);
  } finally {
    view.dispose();
  }
}

/** Marks for scripts of a page, numbered through the life of the process: we have no scripts, and the same chart is the same text. */
const FOR_SCRIPTS =
  / ecmeta_\w+="[^"]*"| class="zr\d+-cls-\d+"| pointer-events="visible"|<style\s*>\s*<!\[CDATA\[[\s\S]*?\]\]>\s*<\/style>\n?/g;

/** Without what only scripts read, and with what a reader who cannot see it is told. */
function described(svg: string, { rows }: Chart): string {
  const safe = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const lines = rows.map(({ title, note, lanes }) => {
    const sides = lanes.map(
      (lane) => `${lane.role === 'runs' ? '' : `${lane.role} `}${plural(lane.summary.n, 'run')}, ${numbersOf(lane).replaceAll('  ', ' ')}`,
    );
    return `${title}: ${[...sides, ...(note === '' ? [] : [note])].join('; ')}.`;
  });
  return svg
    .replace(FOR_SCRIPTS, '')
    .replace(
      /^<svg ([^>]*)>/,
      (_all, rest: string) => `<svg role="img" ${rest}>\n<title>Wall time of a run</title>\n<desc>${safe(lines.join(' '))}</desc>`,
    );
}

function legendOf({ rows, silent, more }: Chart, own: boolean): string[] {
  const kinds = new Set(rows.flatMap((row) => row.lanes.map((lane) => lane.summary.p95.kind)));
  const interval = kinds.has('interval') ? ', whisker: its 95 % interval' : '';
  const unreliable = kinds.has('unreliable') ? ' ~ and a dashed edge: an estimate, unreliable under 59 runs.' : '';
  const rest = [
    ...(own ? ['Each model has its own scale.'] : []),
    ...(more > 0 ? [`${plural(more, 'more model')} not shown.`] : []),
    ...(silent > 0 ? [`${plural(silent, 'model')} without a success.`] : []),
  ];
  return [
    ...(kinds.has('tooFew') ? ['Dots: every run, line: the median. Under 20 runs there is no p95.'] : []),
    ...(interval !== '' || unreliable !== '' ? [`Bar: p50, pale bar: p95${interval}.${unreliable}`] : []),
    ...(rest.length > 0 ? [rest.join(' ')] : []),
  ];
}
