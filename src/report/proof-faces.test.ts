// Every face over every proof: width, colour, ASCII, escapes, secrets, budget; and what a reader must be able to find.
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Proof } from '../prove/index.ts';
import {
  BUDGET,
  jsonChunks,
  proofJson,
  renderProofMarkdown,
  renderProofTerminal,
  renderProofTerse,
  type TerminalOptions,
} from './index.ts';
import { proofOf, proofs } from './testing/proofs.ts';
import { widthOf } from './text.ts';

const look = (over: Partial<TerminalOptions> = {}): TerminalOptions => ({ width: 80, color: false, unicode: true, all: false, ...over });
const of = (name: string) => proofs[name] as Proof;
const names = Object.keys(proofs);
const terminal = (name: string, over: Partial<TerminalOptions> = {}) => renderProofTerminal(of(name), look(over));
/** The text as one line, so that a wrapped sentence can be found. */
const flat = (text: string) => text.replace(/\s+/g, ' ');

describe.each(names)('terminal: %s', (name) => {
  test.each([40, 60, 80, 120, 200])('no line is wider than %i', (width) => {
    for (const unicode of [true, false])
      for (const all of [true, false])
        for (const line of terminal(name, { width, unicode, all }).split('\n')) expect(widthOf(line), line).toBeLessThanOrEqual(width);
  });
  test('colour changes nothing but colour', () => {
    const coloured = terminal(name, { color: true });
    expect(coloured).toContain('\u001b[');
    expect(stripVTControlCharacters(coloured)).toBe(terminal(name));
  });
  test('without colour there is no control character', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there.
    expect(terminal(name)).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
  });
  test('ASCII is ASCII', () => {
    expect(terminal(name, { unicode: false })).toMatch(/^[\x20-\x7e\n]*$/);
  });
  test('no line ends with a space, and no two are empty', () => {
    expect(terminal(name, { all: true })).not.toMatch(/ \n|\n\n\n/);
  });
  test('the verdict comes first, the sentence behind it', () => {
    const [first, second] = terminal(name).split('\n');
    expect(first).toMatch(/^(WIN|LOSS|EQUIVALENT|NOT PROVEN|UNSAFE|INVALID) +p-20261121-153000-a1b2c3$/);
    expect(second?.trim().length).toBeGreaterThan(0);
  });
  test('every run that has a value is a dot', () => {
    const { plan, pairs } = of(name);
    const text = terminal(name, { width: 200 });
    const plot = text.slice(text.indexOf('Every run'), text.indexOf('└'));
    const values = pairs.flatMap(({ a, b }) => [a, b]).filter((run) => run.succeeded && run.values[plan.metric] !== undefined);
    if (values.length > 0) expect(plot.match(/[●○]/g)).toHaveLength(values.length);
  });
  test('secrets are nowhere', () => {
    for (const text of [
      terminal(name, { all: true, width: 200 }),
      renderProofMarkdown(of(name), { all: true }),
      renderProofTerse(of(name)),
      JSON.stringify(proofJson(of(name))),
    ])
      expect(text).not.toContain('hunter2');
  });
});

describe('terminal', () => {
  test('a win says all that is behind it', () => {
    const text = terminal('win');
    for (const needle of [
      'B takes 71 % less wall time than A: 95 % interval',
      'B can take the place of A',
      'inside the forecast',
      'spark.sql.shuffle.partitions=8',
      'exact confidence 96.1 %',
      'exact p 0.0078',
      'one run varies by',
      'median 35',
      'No p95 from 8 runs of a side: an estimate needs 20, an interval 59.',
      'fingerprint of every column',
      '1,203,441 rows, 12 columns',
      'within tolerance: revenue',
      'no claim',
      'shuffle written',
      'none in B',
      'order by coin (seed 7)',
      '2 warm-up runs discarded',
      'Spark 4.1.1 · Java 17.0.15 · Python 3.11.2 · local[2] · 2 cores on bench-1',
      '2026-11-21 15:30 UTC',
    ])
      expect(flat(text)).toContain(needle);
    expect(text.match(/^ +\d+ {2}(AB|BA) /gm)).toHaveLength(8);
  });
  test('a loss that was forecast as a gain is said to be worse', () => {
    expect(flat(terminal('loss'))).toContain('Measured: 21 % more, worse than the forecast.');
  });
  test('outputs that differ are told before any number, with columns, rows and examples', () => {
    const text = terminal('unsafe');
    expect(text.indexOf('Outputs')).toBeLessThan(text.indexOf('Effect on'));
    for (const needle of [
      'DIFFERENT',
      '✗ top_customers',
      'decimal(18,2) in A, double in B',
      '5 rows only in A, 3 rows only in B',
      'rank=null',
      '1,203,441 rows in A, 1,203,439 in B',
    ])
      expect(flat(text)).toContain(needle);
  });
  test('a pair that was left out is hollow, named and counted', () => {
    const text = flat(terminal('excluded'));
    for (const needle of ['○ left out', 'left out: executor lost (B)', '1 pair of 9 left out']) expect(text).toContain(needle);
  });
  test('a failed run is one', () => {
    expect(terminal('failedB')).toMatch(/AB +37\.5 s +failed/);
  });
  test('the ruler shows whether the interval holds "as A"', () => {
    const line = (name: string) =>
      terminal(name)
        .split('\n')
        .find((text) => text.includes('├')) ?? '';
    expect(line('win')).toMatch(/├─*●─*┤ +░*│░*$/);
    expect(line('notProven')).toMatch(/├.*┤/);
    expect(line('loss')).toMatch(/│░* +├─*●─*┤$/);
    expect(line('aa')).toContain('┼');
    // Without bounds there is none.
    expect(terminal('few')).not.toContain('├');
  });
  test('a scale that does not start at 0 says so', () => {
    expect(terminal('equivalent')).toContain('the scale does not start at 0');
    expect(terminal('win')).not.toContain('the scale does not start at 0');
  });
  test('A against itself tells what the machine can see', () => {
    expect(flat(terminal('aa'))).toMatch(/What this machine can see One run of A varies by .* % .* 6 pairs a reduction of \d+ % or more/);
  });
  test('p95 by the low-n rule', () => {
    expect(flat(terminal('some'))).toMatch(/p95 of A: .* \(estimate; no interval stands behind it under 59 runs\)/);
    expect(flat(terminal('many'))).toMatch(/p95 of A: .* s, .* s to .* s with 95\.1 % confidence/);
  });
  test('many pairs are counted, --all lists them', () => {
    expect(terminal('many')).toContain('40 more pairs: --all shows them');
    expect(terminal('many', { all: true })).not.toContain('more pairs');
  });
  test('cost has its currency', () => {
    expect(flat(terminal('cost'))).toMatch(/B costs \d+ % less than A: .*Every run: cost A median 0\.0\d+ EUR/);
  });
});

describe('markdown', () => {
  test.each(names)('%s: tables are whole and nothing of a log comes alive', (name) => {
    const text = renderProofMarkdown(of(name), { all: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there.
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    const outside = text.replace(/`[^`\n]*`/g, 'code').replaceAll('<br>', '');
    expect(outside).not.toMatch(/<|(?<!\\)!\[|(?<!\\)\]\(|https?:\/\/|@\w/);
    let columns = 0;
    for (const line of text.split('\n')) {
      const cells = line.startsWith('|') ? line.replaceAll('\\|', '').split('|').length : 0;
      if (cells > 0 && columns > 0) expect(cells, line).toBe(columns);
      columns = cells;
    }
  });
  test('the same facts as in the terminal', () => {
    const text = renderProofMarkdown(of('win'), { all: false });
    for (const needle of [
      '# slow against fast: win',
      '**B takes 71 % less wall time than A',
      'exact p 0.0078',
      '| 8 | AB |',
      '## Outputs',
      '**equal**',
      'Next: B can take',
      'p-20261121-153000-a1b2c3',
    ])
      expect(text).toContain(needle);
  });
});

describe('terse', () => {
  test.each(names)('%s is under the budget, with verdict, outputs and next step', (name) => {
    const text = renderProofTerse(of(name));
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(BUDGET);
    expect(text).toContain(`verdict: ${of(name).verdict.kind}: `);
    expect(text).toMatch(/^outputs: /m);
    if (of(name).verdict.next.length > 0) expect(text).toMatch(/^next: /m);
  });
});

describe('JSON', () => {
  const parsed = (proof: Proof) =>
    JSON.parse([...jsonChunks(proofJson(proof))].join('')) as Record<string, unknown> & { verdict: { estimate: object | null } };
  test.each(names)('%s is firesteel/proof@1 and holds everything', (name) => {
    const json = parsed(of(name));
    expect(json.schema).toBe('firesteel/proof@1');
    expect(Object.keys(json)).toEqual(expect.arrayContaining(Object.keys(of(name))));
    expect(json.pairs).toHaveLength(of(name).pairs.length);
  });
  test('bounds that do not exist are null, those that do are numbers', () => {
    expect(parsed(of('few')).verdict.estimate).toMatchObject({ low: null, high: null, n: 3 });
    expect(parsed(of('win')).verdict.estimate).toMatchObject({ low: expect.any(Number), high: expect.any(Number) });
  });
  test('the same proof gives the same bytes', () => {
    const again = () => [...jsonChunks(proofJson(proofOf({ ratio: 0.5, cv: 0.03 })))].join('');
    expect(again()).toBe(again());
  });
});
