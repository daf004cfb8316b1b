// The page as a file: safe against names that attack, the same each time, bounded, complete without anything from outside.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { HOSTILE } from '../../../web/testing/hostile.ts';
import { HEAVY_WRITER, writeHugeLog } from '../../../web/testing/huge.ts';
import { audit } from '../../audit/index.ts';
import { unpackColumns } from '../../base/index.ts';
import { readRun, type SparkRun } from '../../eventlog/index.ts';
import { FactStore } from '../../facts/index.ts';
import { MARKS, type PageData, pageOf, renderPage } from './index.ts';
import { type PageStage, TASK_COLUMNS } from './types.ts';

const TEMPLATE = `<!doctype html><html><head><title>${MARKS.title}</title></head><body><div id="root">${MARKS.summary}</div>${MARKS.data}</body></html>`;
const LOG = new URL('../../../corpus/skewed-join/eventlog_v2_local-1795254183139', import.meta.url).pathname;

let run: SparkRun;
beforeAll(async () => {
  run = await readRun(LOG);
});

function pageFor(of: SparkRun) {
  const store = new FactStore(of);
  const report = audit(of, { store });
  return pageOf({
    report,
    store,
    runbooks: new Map([['skewed-join', '# Skewed join\n']]),
    lookup: () => undefined,
    whatIf: () => ({ why: 'not here' }),
  });
}
const htmlOf = (of: SparkRun): string => [...renderPage(pageFor(of), TEMPLATE)].join('');

const dataIn = (html: string): PageData =>
  JSON.parse(/<script type="application\/json" id="firesteel-data">([\s\S]*?)<\/script>/.exec(html)?.[1] as string) as PageData;

describe('the page as a file', () => {
  test('nothing from a log leaves its string', () => {
    const hostile: SparkRun = {
      ...run,
      application: { ...run.application, name: HOSTILE, user: HOSTILE },
      stages: run.stages.map((stage) => ({ ...stage, name: `${HOSTILE} at job.py:3` })),
      jobs: run.jobs.map((job) => ({ ...job, description: HOSTILE })),
      sql: run.sql.map((one) => ({ ...one, description: HOSTILE })),
      environment: { ...run.environment, spark: new Map([...run.environment.spark, [HOSTILE, HOSTILE], ['spark.db.password', 'hunter2']]) },
    };
    const html = htmlOf(hostile);
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html.match(/<\/script>/g)).toHaveLength(2);
    expect(html).not.toMatch(/<img|<!--|\u2028/);
    expect(html).not.toContain('hunter2');
    expect(dataIn(html).view.name).toContain('window.broken=1');
  });

  test('the same run gives the same bytes', () => {
    expect(htmlOf(run)).toBe(htmlOf(run));
  });

  test('data: findings with places to go to, stages with tasks, plans, settings, the report for programs', () => {
    const { data, columns } = pageFor(run);
    expect(data.findings[0]).toMatchObject({ rule: 'skewed-join' });
    expect(data.findings[0]?.refs.some((ref) => ref.kind === 'stage')).toBe(true);
    const heavy = [...data.stages].sort((a, b) => b.heldMs - a.heldMs)[0];
    expect(heavy?.sample).toMatchObject({ count: heavy?.tasks });
    const numbers = unpackColumns(columns);
    const durations = numbers[(heavy?.sample?.columns ?? 0) + 3];
    expect(Math.max(...(durations ?? []))).toBe(heavy?.duration?.[4]);
    expect(heavy?.histogram?.counts.reduce((a, b) => a + b, 0)).toBeGreaterThan(0);
    expect(data.plans[0]?.nodes.some((node) => node.name === 'SortMergeJoin' && node.heldMs > 0)).toBe(true);
    expect(data.plans[0]?.changes.length).toBeGreaterThan(0);
    expect(data.settings.find((one) => one.key === 'spark.master')).toBeDefined();
    expect(data.report).toMatchObject({ schema: 'firesteel/report@1' });
    expect(Object.keys(data.runbooks)).toEqual(['skewed-join']);
    expect(data.timeline.path.at(-1)?.to).toBe(data.wallMs);
  });

  test('what tasks wrote: sums, the most of one beside the others, columns; nothing where nothing was written', () => {
    const { data, columns } = pageFor(run);
    const numbers = unpackColumns(columns);
    const column = (stage: PageStage, name: (typeof TASK_COLUMNS)[number]) =>
      numbers[(stage.sample?.columns ?? 0) + TASK_COLUMNS.indexOf(name)] ?? new Float64Array(0);
    const sum = (values: Float64Array) => values.reduce((all, value) => all + value, 0);
    expect(data.stages.some((stage) => stage.written !== undefined)).toBe(true);
    for (const stage of data.stages) {
      expect(stage.sample?.count).toBe(stage.sample?.of);
      const [bytes, records] = [column(stage, 'bytesWritten'), column(stage, 'recordsWritten')];
      expect(sum(bytes)).toBe(stage.outputBytes + stage.shuffleWriteBytes);
      expect(sum(records)).toBe(stage.written?.records ?? 0);
      expect(stage.written?.bytesOfTasks?.[0] ?? 0).toBe(Math.max(0, ...bytes));
      expect(stage.written?.recordsOfTasks?.[0] ?? 0).toBe(Math.max(0, ...records));
      // Zeros cost nothing.
      if (stage.written === undefined) expect([bytes.length, records.length]).toEqual([0, 0]);
    }
  });

  test('a task that stands out in what it wrote is drawn, however many there are and however fast it was', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'firesteel-html-'));
    try {
      writeHugeLog(join(folder, 'log'), { stages: 2, tasks: 5_000 });
      const { data, columns } = pageFor(await readRun(join(folder, 'log')));
      const [, stage] = data.stages;
      expect(stage?.sample).toMatchObject({ count: 2_000, of: 5_000 });
      expect(stage?.written).toMatchObject({ recordsOfTasks: [9_000 * 4_999, 1_000], bytesOfTasks: [64 * 9_000 * 4_999, 64_000] });
      const first = stage?.sample?.columns ?? 0;
      const numbers = unpackColumns(columns);
      const [index, written] = [numbers[first], numbers[first + TASK_COLUMNS.indexOf('recordsWritten')]];
      expect(written?.[index?.indexOf(HEAVY_WRITER) ?? -1]).toBe(9_000 * 4_999);
      expect(data.limits.join(' ')).toContain('those that read and wrote the most');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('columns travel deflated and come back', () => {
    const page = pageFor(run);
    const html = [...renderPage(page, TEMPLATE)].join('');
    const packed = /id="firesteel-columns">([^<]*)</.exec(html)?.[1] as string;
    expect(Buffer.compare(inflateRawSync(Buffer.from(packed, 'base64')), Buffer.from(page.columns))).toBe(0);
  });

  test('without script the summary says cause, saving and what to do', () => {
    const html = htmlOf(run);
    const summary = /<div class="plain">([\s\S]*?)<\/div>/.exec(html)?.[1] as string;
    expect(summary).toContain('Skewed join');
    expect(summary).toContain('A cure saves');
    expect(summary).toContain('<li>');
  });

  test('a template without a place is refused', () => {
    expect(() => [...renderPage(pageFor(run), '<html></html>')]).toThrow('no <!--firesteel');
  });
});
