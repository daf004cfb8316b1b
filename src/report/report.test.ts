// Every face over every sample: width, colour, ASCII, escapes, budget; and what a reader must be able to find.
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Comparison, Report } from '../audit/index.ts';
import {
  BUDGET,
  comparisonJson,
  fleetJson,
  fleetOf,
  jsonChunks,
  renderComparisonMarkdown,
  renderComparisonTerminal,
  renderComparisonTerse,
  renderFleetMarkdown,
  renderFleetTerminal,
  renderFleetTerse,
  renderJson,
  renderMarkdown,
  renderTerminal,
  renderTerse,
  type TerminalOptions,
} from './index.ts';
import { finding, other, report, samples } from './testing/samples.ts';
import { widthOf } from './text.ts';
import { evidenceTexts, formatTime, measureText } from './words.ts';

const names = Object.keys(samples);
const look = (over: Partial<TerminalOptions> = {}): TerminalOptions => ({ width: 80, color: false, unicode: true, all: false, ...over });
const of = (name: string) => samples[name] as Report;
const fleet = fleetOf(
  names.map((name) => ({ path: `/logs/${name}/${'deep/'.repeat(9)}${name}.zstd`, report: of(name) })),
  [
    { path: '/logs/\u001b[2Jbad', error: 'bad is not a Spark event log.', nextStep: 'Give a log.' },
    { path: 'x'.repeat(5000), error: 'y'.repeat(5000), nextStep: undefined },
  ],
);
const stage = {
  stageId: 1,
  name: 'n',
  what: 'Scan \u001b[31m| parquet',
  tasks: 10,
  heldMs: 9000,
  wallMs: 12_000,
  taskTimeMs: 1,
  inputBytes: 3e9,
  shuffleReadBytes: 0,
  shuffleWriteBytes: 0,
  diskSpilledBytes: 5e8,
};
const comparison: Comparison = {
  schema: 'firesteel/compare@1',
  a: { id: 'app-1', name: '\u001b[31mjob', log: 'a.zstd', sparkVersion: '3.5.3', startMs: 1.77e12, wallMs: 60_000, completed: true },
  b: { id: undefined, name: undefined, log: 'b.zstd', sparkVersion: undefined, startMs: undefined, wallMs: undefined, completed: false },
  headline: '20.0 s faster (33 %): 1 m 00 s → 40.0 s.',
  noiseFloorMs: 2000,
  totals: [
    { name: 'wall time', unit: 'ms', a: 60_000, b: 40_000 },
    { name: 'input', unit: 'bytes', a: undefined, b: 5e9 },
    { name: 'spilled to disk', unit: 'bytes', a: 0, b: 0 },
  ],
  stages: {
    matched: [{ match: 'similar', a: stage, b: { ...stage, stageId: 4, wallMs: 1000, inputBytes: 1e9, tasks: 400 } }],
    onlyA: Array.from({ length: 30 }, () => stage),
    onlyB: [],
  },
  settings: {
    changed: Array.from({ length: 60 }, (_, i) => ({
      key: `spark.sql.key|${i}`,
      a: i % 2 === 0 ? undefined : 'very long value '.repeat(40),
      b: '`b`\n',
    })),
    secret: ['spark.hadoop.fs.s3a.secret.key'],
    noise: 4,
  },
  findings: { gone: [finding()], new: [finding({ rule: 'x' })], stayed: [{ rule: 'y', title: 'Y', heldMsA: 1, heldMsB: 2 }] },
  caveats: ['One run of each is an observation, not a proof.'],
};

type Face = (options: TerminalOptions) => string;
const terminals: readonly (readonly [string, Face])[] = [
  ...names.map((name): [string, Face] => [name, (options) => renderTerminal(of(name), options)]),
  ['fleet', (options) => renderFleetTerminal(fleet, options)],
  ['fleet of none', (options) => renderFleetTerminal(fleetOf([], fleet.failed), options)],
  ['comparison', (options) => renderComparisonTerminal(comparison, options)],
];

describe.each(terminals)('terminal: %s', (_name, render) => {
  test.each([40, 60, 80, 120, 200])('no line is wider than %i', (width) => {
    for (const unicode of [true, false]) {
      for (const all of [true, false]) {
        for (const line of render(look({ width, unicode, all })).split('\n')) expect(widthOf(line), line).toBeLessThanOrEqual(width);
      }
    }
  });

  test('colour changes nothing but colour', () => {
    const plain = render(look({ all: true }));
    const coloured = render(look({ all: true, color: true }));
    expect(coloured).toContain('\u001b[');
    expect(stripVTControlCharacters(coloured)).toBe(plain);
  });

  test('without colour there is no control character', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there.
    expect(render(look({ all: true }))).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
  });

  test('ASCII is ASCII', () => {
    expect(render(look({ unicode: false, all: true }))).toMatch(/^[\x20-\x7e\n]*$/);
  });

  test('no line ends with a space, and no two are empty', () => {
    expect(render(look({ all: true }))).not.toMatch(/ \n|\n\n\n/);
  });
});

describe('terminal', () => {
  test('says all that matters of a run', () => {
    const text = renderTerminal(of('many'), look({ width: 100 }));
    for (const needle of [
      'daily_sales_rollup',
      'Spark 3.5.3',
      '2026-03-11 09:14 UTC',
      '4 m 12 s',
      '16 task slots on 4 executors',
      '12 jobs',
      'Where the time went',
      '76 %',
      'stage 13',
      '1 m 42 s held · 41 %',
      'SQL 2 node 5 SortMergeJoin',
      'Salt store_id',
      'explains: shuffle spill (stage 13), idle slots (stage 13)',
      'executor memory peaks',
    ]) {
      expect(text).toContain(needle);
    }
    expect(text).not.toContain('Slow commit');
  });

  test('--all adds what is not worth doing, without what is told under its cause', () => {
    const text = renderTerminal(of('many'), look({ width: 100, all: true }));
    expect(text).toContain('Slow commit: held the end for 3.1 s, the floor is 5.0 s');
    expect(text).toContain('Garbage collection pressure');
    expect(text).not.toContain('a consequence of');
  });

  test('the bar is exactly as wide as the terminal', () => {
    for (const width of [60, 80, 120]) {
      const lines = renderTerminal(of('many'), look({ width })).split('\n');
      expect(widthOf(lines[lines.findIndex((line) => line.startsWith('Where the time went')) + 1] as string)).toBe(width);
    }
  });

  test('a healthy run is said to be healthy, with the floor', () => {
    const text = renderTerminal(of('healthy'), look({ width: 200 }));
    expect(text).toContain('Nothing is worth doing');
    expect(text).toContain('2 rules looked; none saw a cause that held the end of the run for 5.0 s (2 % of the run) or more.');
    expect(text).not.toContain('Held:');
  });

  test('a log without an end says so, and what is wrong with it', () => {
    const text = renderTerminal(of('failed'), look({ width: 200 }));
    expect(text).toContain('was still running or was killed');
    expect(text).toContain('2 of 5,200 lines could not be read.');
    expect(text).toContain('the rule failed');
  });

  test('more findings than anyone works on are counted', () => {
    expect(renderTerminal(of('long'), look())).toContain('50 lighter findings: --all shows them');
    expect(renderTerminal(of('long'), look({ all: true }))).not.toContain('lighter findings');
  });
});

describe('markdown', () => {
  const documents: readonly (readonly [string, string])[] = [
    ...names.map((name) => [name, renderMarkdown(of(name), { all: true })] as const),
    ['fleet', renderFleetMarkdown(fleet, { all: true })],
    ['comparison', renderComparisonMarkdown(comparison, { all: true })],
  ];
  test.each(documents)('%s: tables are whole and nothing of a log comes alive', (_name, text) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there.
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    const outside = text.replace(/`[^`\n]*`/g, 'code');
    expect(outside).not.toMatch(/<|(?<!\\)!\[|(?<!\\)\]\(|https?:\/\/|@\w/);
    let columns = 0;
    for (const line of text.split('\n')) {
      const cells = line.startsWith('|') ? line.replaceAll('\\|', '').split('|').length : 0;
      if (cells > 0 && columns > 0) expect(cells, line).toBe(columns);
      columns = cells;
    }
  });

  test('keeps the words readable', () => {
    const text = renderMarkdown(of('many'), { all: false });
    expect(text).toContain('# daily_sales_rollup');
    expect(text).toContain('### 1. Skewed join (1 m 42 s held, 41 %)');
    expect(text).toContain('| 13 | 1 m 58 s | 47 % | 200 |');
    expect(text).toContain('store_id holds');
  });
});

describe('terse', () => {
  const withinBudget = (text: string) => {
    expect(text.length / 3.5).toBeLessThanOrEqual(1500);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(BUDGET);
  };
  test.each(names)('%s is within the budget', (name) => withinBudget(renderTerse(of(name))));
  test('fleet and comparison are within the budget', () => {
    withinBudget(renderFleetTerse(fleet));
    withinBudget(
      renderFleetTerse(
        fleetOf(
          Array.from({ length: 500 }, (_, i) => ({ path: `${i}`.repeat(300), report: of('long') })),
          Array.from({ length: 500 }, () => ({ path: '日'.repeat(400), error: 'x', nextStep: undefined })),
        ),
      ),
    );
    withinBudget(renderComparisonTerse(comparison));
  });
  test('says what was cut', () => {
    expect(renderTerse(of('long'))).toMatch(/… \d+ more findings \(use --format json\)/);
    expect(renderTerse(of('many'))).not.toContain('--format json');
  });
  test('any report is within the budget', () => {
    const any = fc.string({ unit: fc.constantFrom('a', ' ', '日', '👩', '\u001b[1m', '|', '\n', 'stage 1'), maxLength: 3000 });
    const found = fc
      .record({
        title: any,
        cause: any,
        rule: any,
        remedies: fc.array(any, { maxLength: 5 }),
        heldMs: fc.double({ min: 0, max: 1e15, noNaN: true }),
      })
      .map((over) => finding(over));
    const rest = fc
      .tuple(any, fc.constantFrom('noData' as const, 'error' as const, 'clear' as const), any)
      .map(([title, status, note]) => other(title, title, status, note));
    fc.assert(
      fc.property(
        fc.array(found, { maxLength: 40 }),
        fc.array(rest, { maxLength: 60 }),
        any,
        fc.array(any, { maxLength: 20 }),
        (a, b, text, notes) => {
          const base = of('many');
          withinBudget(
            renderTerse(
              report({
                headline: text,
                application: { ...base.application, name: text, id: text, sparkVersion: text },
                log: { ...base.log, notes, unknownEvents: new Map(notes.map((note) => [note, 1])) },
                time: {
                  ...base.time,
                  parts: notes.map((label, i) => ({ label, ms: i + 1 })),
                  stages: notes.map((name, i) => ({ stageId: i, attempt: 0, name, what: text, heldMs: i, tasks: i })),
                },
                findings: [...a, ...b],
              }),
            ),
          );
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('json', () => {
  test.each(names)('%s parses, says absent as null, and is harmless in a terminal', (name) => {
    const text = renderJson(of(name));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there.
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
    const json = JSON.parse(text);
    expect(json.schema).toBe('firesteel/report@1');
    expect(json.findings).toHaveLength(of(name).findings.length);
    for (const one of json.findings) {
      expect(Object.keys(one).slice(0, 11)).toEqual([
        'rule',
        'status',
        'title',
        'cause',
        'fixability',
        'evidence',
        'numbers',
        'heldMs',
        'explains',
        'forecast',
        'fix',
      ]);
    }
    expect(Object.keys(json.time)).toContain('wallMs');
  });
  test('maps are objects, whatever their keys; NaN is null', () => {
    const json = JSON.parse(renderJson(of('hostile')));
    expect(Object.keys(json.log.unknownEvents)).toContain('__proto__');
    expect(json.findings[0].numbers[1]).toEqual({ name: 'toString', value: null, unit: 'ms' });
    expect(json.application.endMs).toBe(of('hostile').application.endMs);
    expect(JSON.parse(renderJson(of('empty'))).application.name).toBeNull();
  });
  test('secret settings are not in the evidence', () => {
    const text = renderJson(
      report({ findings: [finding({ evidence: [{ kind: 'conf', key: 'spark.hadoop.fs.s3a.secret.key', value: 'hush' }], places: [] })] }),
    );
    expect(text).toContain('fs.s3a.secret.key');
    expect(text).not.toContain('hush');
    expect(evidenceTexts([{ kind: 'conf', key: 'spark.x.password', value: 'hush' }])).toEqual(['spark.x.password']);
  });
  test('chunks are the same as one string', () => {
    const value = { a: 1, list: [{ b: [1, 2] }, 'x', null], empty: [], nested: { c: 'd' }, left: undefined };
    expect([...jsonChunks(value)].join('')).toBe(`${JSON.stringify(value, null, 2)}\n`);
  });
  test('fleet and comparison', () => {
    const json = JSON.parse(JSON.stringify(fleetJson(fleet)));
    expect(json.schema).toBe('firesteel/fleet@1');
    expect(json.failed[0]).toMatchObject({ error: 'bad is not a Spark event log.' });
    expect(json.runs[0].report.schema).toBe('firesteel/report@1');
    expect(JSON.parse([...jsonChunks(comparisonJson(comparison))].join('')).schema).toBe('firesteel/compare@1');
  });
});

describe('fleet', () => {
  const run = (path: string, ...held: readonly number[]) => ({
    path,
    report: report({ findings: held.map((heldMs, i) => finding({ rule: `r${i}`, title: `R${i}`, heldMs, saves: 'time' })) }),
  });
  test('ranks runs by their heaviest finding, a failed outcome first', () => {
    const ranked = fleetOf([run('a', 5000), run('b'), run('c', 90_000, 4000), { path: 'd', report: of('failed') }], []);
    expect(ranked.runs.map(({ path }) => path)).toEqual(['d', 'c', 'a', 'b']);
  });
  test('every face counts the files that are no logs, and hides secrets in failures', () => {
    const failure = { path: 'x', error: 'refused password=hunter2', nextStep: undefined };
    const others = (count: number) => fleetOf([run('a')], [failure], count);
    for (const face of [
      (of: typeof fleet) => renderFleetTerminal(of, look({ width: 200 })),
      (of: typeof fleet) => renderFleetMarkdown(of, { all: false }),
      renderFleetTerse,
    ]) {
      expect(face(others(5))).toContain('; 1 log could not be read; 5 other files are no event logs.');
      expect(face(others(1))).toContain('; 1 other file is no event log.');
      expect(face(others(0))).not.toContain('other file');
      expect(face(others(0))).not.toContain('hunter2');
    }
    expect(fleetJson(others(5))).toMatchObject({ others: 5, failed: [{ error: 'refused password=***' }] });
  });
  test('adds a cause over runs, not within one', () => {
    const { causes } = fleetOf([run('a', 5000), run('c', 90_000, 4000)], []);
    expect(causes).toMatchObject([
      { rule: 'r0', runs: 2, heldMs: 95_000, worst: { path: 'c' } },
      { rule: 'r1', runs: 1, heldMs: 4000 },
    ]);
  });
});

describe('words', () => {
  test.each([
    [{ name: 'longestTaskMs', value: 146_000, unit: 'ms' }, 'longest task 2 m 26 s'],
    [{ name: 'small side', value: 1_100_000, unit: 'bytes' }, 'small side 1.0 MiB'],
    [{ name: 'longest ÷ median', value: 91.2, unit: 'ratio' }, 'longest ÷ median 91×'],
    [{ name: 'factor', value: 2.349, unit: 'ratio' }, 'factor 2.3×'],
    [{ name: 'waste', value: 7_200_000, unit: 'core-ms' }, 'waste 2.0 core-h'],
    [{ name: 'share', value: 0.041, unit: 'share' }, 'share 4.1 %'],
    [{ name: 'mean', value: 2.3456, unit: 'count' }, 'mean 2.35'],
    [{ name: 'key', value: 'a\u001b[31mb', unit: 'text' }, 'key ab'],
  ] as const)('%j is %j', (measure, expected) => {
    expect(measureText(measure)).toBe(expected);
  });
  test('times no calendar has are not said', () => {
    expect(formatTime(Date.UTC(2026, 2, 11, 9, 14, 59))).toBe('2026-03-11 09:14 UTC');
    for (const ms of [undefined, Number.NaN, -1, 1e300]) expect(formatTime(ms)).toBeUndefined();
  });
  test('evidence is merged by kind', () => {
    expect(
      evidenceTexts([
        { kind: 'stage', stageId: 21, attempt: 0 },
        { kind: 'stage', stageId: 13, attempt: 1, tasks: [4, 5] },
        { kind: 'sql', executionId: 2, nodeId: 5, node: 'Sort' },
        { kind: 'sql', executionId: 2, nodeId: 9 },
        { kind: 'source', file: 'job.py', line: 12 },
      ]),
    ).toEqual(['job.py:12', 'stages 13 attempt 1 tasks 4, 5, 21', 'SQL 2 node 5 Sort, node 9']);
  });
});
