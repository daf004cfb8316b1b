// Operation `report`: the ledger → typical and slow days, cost, reliability, before → after per model; with a chart.
// Law: a chart is there whole or not at all; its library is loaded only when a chart is asked for.

import { extname } from 'node:path';
import { z } from 'zod';
import { FiresteelError, nearest, writeWhole } from '../base/index.ts';
import type { History } from '../report/index.ts';
import { defineOperation } from './operation.ts';

export interface ReportResult {
  readonly history: History;
  /** Where the chart was written, as given. */
  readonly chart: string | undefined;
}

const CHARTS = ['.png', '.svg'];

export const operation = defineOperation({
  description:
    'Says per model what its runs on record show: p50 and p95 of the wall time (no p95 under 20 runs), mean cost, success rate, mean time to repair, ' +
    'freshness, and before → after of its newest proof and of its two newest versions. --chart draws it; HTML has the chart inside.',
  formats: ['terminal', 'markdown', 'html', 'json'],
  examples: [
    { command: 'report', about: 'all models' },
    { command: 'report --chart runs.png', about: 'with a picture, PNG or SVG' },
    { command: 'report --out report.html', about: 'one page to share, chart inside' },
    { command: 'report --model daily_sales --format markdown', about: 'one model' },
  ],
  input: z.object({
    model: z
      .string()
      .optional()
      .meta({ description: 'only this model', cli: { value: 'NAME' } }),
    chart: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'write the chart to this file: .png or .svg', cli: { value: 'FILE' } }),
    ledger: z
      .string()
      .optional()
      .meta({ description: 'another ledger than that of the project: a file, or postgres://…', cli: { value: 'PLACE' } }),
  }),
  async handler({ model, chart, ledger: given }, context): Promise<ReportResult> {
    if (chart !== undefined && !CHARTS.includes(extname(chart).toLowerCase()))
      throw new FiresteelError('wrong-usage', `--chart ${chart} is neither .png nor .svg.`, 'Give a file name that ends in one of them.');
    const { findProject } = await import('../project/index.ts');
    const { openLedger } = await import('../ledger/index.ts');
    const ledger = await openLedger(given ?? (await findProject(context.cwd)).ledger, { mode: 'read' });
    try {
      const { chartOf, historyOf } = await import('../report/index.ts');
      const models = await ledger.models();
      const history = historyOf({
        runs: await ledger.runs({ model }),
        proofs: await ledger.proofs({ model }),
        models: models.filter((known) => model === undefined || known.name === model),
        nowMs: Date.now(),
        place: ledger.place,
      });
      if (model !== undefined && history.models.length === 0) {
        const near = nearest(
          model,
          models.map((known) => known.name),
        );
        throw new FiresteelError(
          'not-found',
          `No run of a model "${model}" is on record in ${ledger.place}.`,
          near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'firesteel models lists all of them.',
        );
      }
      if (chart !== undefined) {
        context.progress({ what: `drawing ${chart}`, share: undefined, bytes: undefined });
        await writeChart(chart, chartOf(history));
        context.note(`wrote ${chart}`);
      }
      return { history, chart };
    } finally {
      await ledger.close();
    }
  },
  async render({ history, chart }, format, _input, options) {
    const faces = await import('../report/index.ts');
    switch (format) {
      case 'json':
        return faces.jsonChunks(faces.historyJson(history));
      case 'markdown':
        return faces.renderHistoryMarkdown(history, { chart });
      case 'html': {
        const { renderChart } = await faces.charts();
        const picture = faces.chartOf(history);
        return faces.renderHistoryHtml(history, { light: await renderChart(picture, 'light'), dark: await renderChart(picture, 'dark') });
      }
      default:
        return faces.renderHistoryTerminal(history, { ...options, all: true });
    }
  },
});

async function writeChart(
  path: string,
  chart: Parameters<Awaited<ReturnType<typeof import('../report/index.ts')['charts']>>['renderChart']>[0],
): Promise<void> {
  const { charts } = await import('../report/index.ts');
  const { pngOf, renderChart } = await charts();
  const svg = await renderChart(chart);
  const isSvg = extname(path).toLowerCase() === '.svg';
  await writeWhole(path, isSvg ? svg : await pngOf(svg), { makeFolder: true });
}
