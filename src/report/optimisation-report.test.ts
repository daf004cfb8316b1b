// The optimisation report over every sample: its sections, where its numbers come from, and that nothing of a log or a patch comes alive.
import { describe, expect, test } from 'vitest';
import type { Report } from '../audit/index.ts';
import { formatBytes, formatCount, formatMillis } from '../base/index.ts';
import type { Planned } from '../fix/index.ts';
import { type ReportedFix, renderOptimisationReport } from './optimisation-report.ts';
import { finding, report, samples } from './testing/samples.ts';
import { formatCoreMillis } from './words.ts';

const planned = (over: object = {}): Planned =>
  ({
    id: 'x:job.py:3',
    key: 'x',
    state: 'taken',
    why: undefined,
    forecast: null,
    proposal: {
      fixer: 'x',
      rule: 'skewed-join',
      verdict: 'rewrite',
      title: 'Salt store_id',
      reason: 'One key holds most rows.',
      safety: 'review',
      preconditions: [{ text: 'store_id is a column of both sides.', holds: undefined }],
      edits: [{ file: 'job.py', start: 0, end: 1, text: 'x' }],
      imports: [],
      conf: [{ key: 'spark.sql.shuffle.partitions', from: '200', to: '64', why: 'Few bytes.' }],
      at: { file: 'job.py', line: 3, endLine: 3 },
      ...over,
    },
  }) as unknown as Planned;

const patch = '--- a/job.py\n+++ b/job.py\n@@ -1,1 +1,5 @@\n-x\n+y\n+\n+\n+\n+````\n+```` # alive\n';
const fix: ReportedFix = { planned: [planned()], patch, files: [{ path: 'job.py', after: 'y\n\n\n\n`````\nz\n' }] };

/** Every time in a text, as faces write times. */
const timesIn = (text: string): string[] => text.match(/\d+ d \d\d h|\d+ h \d\d m|\d+ m \d\d s|\d[\d,.]* (?:ms|s|core-h)\b/g) ?? [];

/** Every way in which a number of the report may be written. */
function writtenIn(value: unknown, into: Set<string>): Set<string> {
  if (typeof value === 'number')
    for (const text of [
      formatMillis(value),
      formatCoreMillis(value),
      formatBytes(value),
      formatCount(value),
      `${(value / 3_600_000).toFixed(2)} core-h`,
    ])
      for (const time of [...timesIn(text), text]) into.add(time);
  if (typeof value === 'string') for (const time of timesIn(value)) into.add(time);
  if (value !== null && typeof value === 'object')
    for (const item of value instanceof Map ? value.values() : Object.values(value)) writtenIn(item, into);
  return into;
}

const forecast = {
  lowMs: 40_000,
  likelyMs: 61_000,
  highMs: 80_000,
  assumptions: ['the `salt` spreads evenly'],
  basis: 'replay' as const,
  savedCoreMs: 900_000,
};
const priced: Report = report({
  findings: [
    finding({ forecast, savesCost: { coreMs: 900_000, amount: 0.5, currency: 'EUR' } }),
    finding({ rule: 'tiny-tasks', title: 'Tiny tasks', forecast: { ...forecast, likelyMs: 3000 } }),
  ],
  joint: {
    ...forecast,
    nowMs: 300_000,
    thenMs: { lowMs: 220_000, likelyMs: 239_000, highMs: 260_000 },
    order: [
      { rule: 'skewed-join', savedMs: 61_000 },
      { rule: 'tiny-tasks', savedMs: -4 },
    ],
  },
  cost: {
    allocatedCoreMs: 3_600_000,
    parts: [
      { cause: 'work', coreMs: 2_600_000, amount: 1.44 },
      { cause: 'idle', coreMs: 1_000_000, amount: 0.56 },
    ],
    amount: 2,
    currency: 'EUR',
    version: '2026-11',
  },
});

describe.each(Object.entries({ ...samples, priced }))('%s', (_name, sample) => {
  test.each([
    ['without code', {}],
    ['with a patch', { fix, logPath: 'app.zstd', codePath: 'job.py', whenNotTo: new Map([['skewed-join', 'When the join is short.']]) }],
  ])('%s: sections in order, harmless, every time one of the report', (_which, options) => {
    const text = renderOptimisationReport(sample, options);
    const found = sample.findings.some(({ status }) => status === 'found');
    const heads = [...text.matchAll(/^## (.+)$/gm)].map(([, head]) => head);
    const expected = [
      'Executive summary',
      'Recommendations, in order',
      'Optimised code',
      'Plan',
      'Cost and benefit',
      'Monitoring',
      'Success criteria',
      'If it does not go as forecast',
      'What is not known',
    ];
    const always = ['Executive summary', 'Recommendations, in order', 'Cost and benefit', 'Monitoring', 'What is not known'];
    expect(heads).toEqual(found ? expected : always);
    if (!/undefined/.test(JSON.stringify(sample))) expect(text).not.toMatch(/undefined|NaN|\[object|Infinity/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there.
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    expect(text.replace(/`[^`\n]*`/g, '')).not.toMatch(/<script|(?<!\\)\]\(javascript|(?<!\\)!\[i|(^|\s)@team/);
    const known = writtenIn(sample, new Set());
    expect(timesIn(text).filter((time) => !known.has(time))).toEqual([]);
  });
});

test('a patch keeps its empty lines and cannot close its fence', () => {
  const text = renderOptimisationReport(priced, { fix });
  expect(text).toContain('\n````diff\n--- a/job.py');
  expect(text).toContain('+y\n+\n+\n+\n+````\n');
  expect(text).toContain('``````python\ny\n\n\n\n`````\nz\n``````');
});

test('effort is told by kind, impact by what a recommendation saves beside those above', () => {
  const text = renderOptimisationReport(priced, { fix });
  expect(text).toMatch(/\| 1 \| Skewed join \| high \| 1 m 01 s \| 1 m 01 s \| patch ready, to be reviewed \|/);
  expect(text).toMatch(/\| 2 \| Tiny tasks \| low \| 3\.0 s \| nothing more \| a change by hand \|/);
  expect(text).not.toMatch(/\b(minutes|hours) (of work|to implement)/i);
});

test('money is that of the price sheet, or there is none', () => {
  const text = renderOptimisationReport(priced);
  expect(text).toContain('This run cost 2.00 EUR by the prices of 2026-11');
  expect(text).toContain('All together: 0.50 EUR a run at the rate of this run (2.00 EUR → 1.50 EUR).');
  const without = renderOptimisationReport({
    ...priced,
    cost: null,
    findings: priced.findings.map((one) => ({ ...one, savesCost: null })),
  });
  expect(without).not.toMatch(/EUR|\$|€/);
  expect(without).toContain('no cost can be told');
});

test('what is not known is said', () => {
  const text = renderOptimisationReport({ ...priced, joint: null, cannotPredict: 'the replay is 12 % off' });
  expect(text).toContain('No total is forecast: the replay is 12 % off');
  expect(text).toContain('- The code: it was not given.');
});
