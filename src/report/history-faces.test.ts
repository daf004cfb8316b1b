// Every face of a history, of runs and of models, over every sample: width, ASCII, no life in hostile text, the low-n rule in words.

import { describe, expect, it } from 'vitest';
import { failure, outcome, start } from '../ledger/testing/samples.ts';
import {
  chartOf,
  charts,
  type History,
  historyJson,
  historyOf,
  jsonChunks,
  modelsJson,
  recordJson,
  renderHistoryHtml,
  renderHistoryMarkdown,
  renderHistoryTerminal,
  renderModelsMarkdown,
  renderModelsTerminal,
  renderRecordMarkdown,
  renderRecordTerminal,
  renderRunsMarkdown,
  renderRunsTerminal,
  runsJson,
} from './index.ts';
import { strip } from './strip.ts';
import { HOSTILE_TEXT, histories, NOW, run, runsOf } from './testing/histories.ts';
import { widthOf } from './text.ts';

const names = Object.keys(histories);
const of = (name: string): History => historyOf(histories[name] ?? (histories.empty as never));
const look = (width: number, unicode = true) => ({ width, color: false, unicode, all: true });

/** Markdown without its code spans, in which all is literal. */
const alive = (markdown: string) => markdown.replaceAll(/(?<!\\)`[^`\n]*`/g, '');

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there.
const UNSAFE = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/;

const runs = [
  ...runsOf('daily_sales', [60_000, 7_200_000], { cost: { amount: 0.2, currency: 'EUR', version: 'v1' } }),
  run('customers', 5, { state: 'running' }),
  run(HOSTILE_TEXT, 6, { state: 'lost', reason: HOSTILE_TEXT, runId: HOSTILE_TEXT, script: HOSTILE_TEXT }),
];
const list = { runs, place: HOSTILE_TEXT, more: true };
const records = [
  {
    run: {
      ...(runs[0] as (typeof runs)[number]),
      usage: { coreMs: 1e7, allocatedCoreMs: 2e7, memoryMibMs: 1e12, inputBytes: 0, inputRecords: 0, outputRecords: 5 },
    },
    start: start('r-1'),
    outcome: outcome('r-1', { warnings: ['Two contexts were made.'] }),
    audits: [],
  },
  {
    run: runs[3] as (typeof runs)[number],
    start: start('r-2'),
    outcome: failure('r-2', 'failed', { reason: HOSTILE_TEXT }),
    audits: [
      {
        auditId: 'a',
        runId: 'r-2',
        recordedMs: NOW,
        headline: HOSTILE_TEXT,
        wallMs: 1,
        findings: [
          {
            rule: 'x',
            status: 'found',
            title: HOSTILE_TEXT,
            cause: HOSTILE_TEXT,
            heldMs: 5000,
            wastedCoreMs: undefined,
            saves: 'time',
            fixability: 'advice',
          },
        ],
      },
    ],
  },
];
const entry = (name: string) => ({
  name,
  defined: name !== 'daily_sales',
  version: 1,
  script: name,
  owner: name,
  tier: undefined,
  schedule: 'hourly',
  description: name,
  inputs: [name],
  outputs: [],
  runs: 3,
  lastRun: runs[0],
});
const models = {
  models: [entry('daily_sales'), entry(HOSTILE_TEXT), { ...entry('never'), lastRun: undefined }],
  file: HOSTILE_TEXT,
  place: 'l.db',
  nowMs: NOW,
};

/** Every text for a terminal, by name. */
const terminal: Record<string, (width: number, unicode?: boolean) => string> = {
  ...Object.fromEntries(
    names.map((name) => [`history ${name}`, (width: number, unicode?: boolean) => renderHistoryTerminal(of(name), look(width, unicode))]),
  ),
  runs: (width, unicode) => renderRunsTerminal(list, look(width, unicode)),
  'no runs': (width, unicode) => renderRunsTerminal({ ...list, runs: [] }, look(width, unicode)),
  'run 0': (width, unicode) => renderRecordTerminal(records[0] as never, look(width, unicode)),
  'run 1': (width, unicode) => renderRecordTerminal(records[1] as never, look(width, unicode)),
  models: (width, unicode) => renderModelsTerminal(models, look(width, unicode)),
};

describe.each(Object.keys(terminal))('%s in a terminal', (name) => {
  const render = terminal[name] as (width: number, unicode?: boolean) => string;
  it.each([40, 60, 80, 120])('fits %i cells', (width) => {
    for (const line of render(width).split('\n')) expect(widthOf(line), line).toBeLessThanOrEqual(width);
  });
  it('is harmless, and ASCII where it has to be', () => {
    expect(render(80)).not.toMatch(UNSAFE);
    expect(render(80, false)).toMatch(/^[\x20-\x7e\n]*$/);
  });
});

describe.each(names)('history %s', (name) => {
  it('is JSON with its schema', () => {
    const text = [...jsonChunks(historyJson(of(name)))].join('');
    expect(text).not.toMatch(UNSAFE);
    expect(JSON.parse(text)).toMatchObject({ schema: 'firesteel/history@1', nowMs: NOW });
  });
  it('names no p95 of fewer than 20 runs', () => {
    for (const { duration } of [...of(name).models, ...of(name).changes.flatMap(({ before, after }) => [before, after])])
      if (duration !== undefined && duration.n < 20) expect(duration.p95.kind).toBe('tooFew');
    if (['one', 'single', 'same', 'failing', 'empty'].includes(name)) {
      expect(renderHistoryTerminal(of(name), look(200)).replace(/^p50 and p95 are.*$/m, '')).not.toMatch(/p95 [~\d]/);
    }
  });
  it('as Markdown brings no text to life', () => {
    const text = renderHistoryMarkdown(of(name), { chart: 'my chart.png' });
    expect(text).not.toMatch(UNSAFE);
    expect(alive(text)).not.toMatch(/<script|(?<!\\)\](?=\(http)/);
    expect(text).toContain('![Wall time of a run, before and after](<my%20chart.png>)');
    for (const line of text.split('\n')) if (line.startsWith('|')) expect(line.endsWith('|')).toBe(true);
  });
  it('as HTML stands alone, without script', async () => {
    const { renderChart } = await charts();
    const picture = chartOf(of(name));
    const text = renderHistoryHtml(of(name), { light: await renderChart(picture), dark: await renderChart(picture, 'dark') });
    expect(text).not.toMatch(UNSAFE);
    expect(text).not.toMatch(/<script|javascript:|<link|<img|@import|src=|url\(\s*['"]?(?:https?:|\/\/)/i);
    expect(text.replaceAll(/xmlns(:\w+)?="[^"]*"/g, '')).not.toContain('http://www');
    const open: string[] = [];
    for (const [, close, tag = '', rest = ''] of text.replace(/<!doctype html>/, '').matchAll(/<(\/?)([a-z]+)([^>]*)>/gi)) {
      if (['meta', 'br'].includes(tag) || rest.endsWith('/')) continue;
      if (close === '') open.push(tag);
      else expect(open.pop()).toBe(tag);
    }
    expect(open).toEqual([]);
  });
});

describe('runs and models', () => {
  it('as JSON and Markdown', () => {
    for (const value of [
      runsJson(list),
      recordJson(records[0] as never, 'l.db'),
      recordJson(records[1] as never, 'l.db'),
      modelsJson(models),
    ]) {
      const text = [...jsonChunks(value)].join('');
      expect(text).not.toMatch(UNSAFE);
      expect(JSON.parse(text).schema).toMatch(/^firesteel\/\w+@1$/);
    }
    for (const text of [
      renderRunsMarkdown(list),
      renderRecordMarkdown(records[0] as never),
      renderRecordMarkdown(records[1] as never),
      renderModelsMarkdown(models),
    ]) {
      expect(text).not.toMatch(UNSAFE);
      expect(alive(text)).not.toMatch(/<script|(?<!\\)\](?=\(http)/);
    }
  });
  it('a run that read nothing says 0, one whose reading is not known says nothing', () => {
    const text = renderRecordTerminal(records[0] as never, look(100));
    expect(text).toMatch(/read +0 B, 0 rows/);
    expect(text).toMatch(/written +5 rows/);
    expect(renderRecordTerminal(records[1] as never, look(100))).not.toMatch(/^ +read /m);
  });
  it('a list keeps whole ids at 80 cells', () => {
    const id = 'r-20261121-153000-ab12cd';
    expect(
      renderRunsTerminal({ ...list, runs: runs.map((row) => ({ ...row, runId: id })) }, look(80))
        .split('\n')
        .filter((line) => line.startsWith(id)),
    ).toHaveLength(runs.length);
  });
});

it('a strip shows every run', () => {
  expect(strip([0, 5, 10, 10], 11, 0, 10, true)).toBe('●····●····2');
  expect(strip(Array(12).fill(3), 4, 3, 3, false)).toBe('+...');
  expect(strip([1], 0, 0, 1, true)).toBe('');
});
