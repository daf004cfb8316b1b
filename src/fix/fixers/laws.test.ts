// Laws of the safe fixers, over the samples, over programs put together from them at random, and over jobs of other people when they are there.
// Laws: the changed text parses as well as before; nothing outside the edits changes; no two edits meet; what was cured is found no more, and a
// second time there is nothing to change.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyEdits, type Edit, lint, overlap, type Program, walk } from '../../pyspark/index.ts';
import { scenarios } from '../../pyspark/testing/programs.ts';
import type { Fixer, Proposal } from '../define.ts';
import { importEdits } from '../imports.ts';
import { fixers as all } from './index.ts';
import { asked, fixed, parse, rewrites } from './testing/asked.ts';
import { COUNTEREXAMPLES } from './testing/counterexamples.ts';
import { HEAD, SAMPLES } from './testing/samples.ts';

/** Fixers of this half; the others have laws of their own. */
const IDS = new Set([...SAMPLES.map((one) => one.fixer), 'explicit-schema', 'filter-raw-partition', 'jdbc-partitioned']);
const fixers = all.filter((one) => IDS.has(one.id));

const errors = (program: Program): number =>
  program.roots.reduce((sum, root) => sum + [...walk(root)].filter((one) => one.type === 'ERROR' || one.type === 'MISSING').length, 0);

/** Proposals that can stand in one file together, the first of those that meet. */
function together(proposals: readonly Proposal[]): Proposal[] {
  const kept: Proposal[] = [];
  for (const one of proposals)
    if (kept.every((other) => !other.edits.some((a) => one.edits.some((b) => overlap(a, b) || (a.start === b.start && a.end === b.end)))))
      kept.push(one);
  return kept;
}

/** What stays of a text when the edits' ranges are cut out. */
function outside(text: string, edits: readonly Edit[]): string {
  return applyEdits(
    text,
    edits.map((one) => ({ ...one, text: '' })),
  );
}

/** A text without what the edits put in. */
function without(text: string, edits: readonly Edit[]): string {
  const ordered = edits.map((edit, i) => ({ edit, i })).sort((a, b) => a.edit.start - b.edit.start || a.edit.end - b.edit.end || a.i - b.i);
  let shift = 0;
  let out = '';
  let at = 0;
  for (const { edit } of ordered) {
    out += text.slice(at, edit.start + shift);
    at = edit.start + shift + edit.text.length;
    shift += edit.text.length - (edit.end - edit.start);
  }
  return out + text.slice(at);
}

const marksOf = (proposals: readonly Proposal[]) => proposals.filter((one) => one.verdict === 'mark');

function hold(fixer: Fixer, text: string): number {
  const program = parse(text);
  const proposals = asked(fixer, program);
  const made = rewrites(proposals);
  for (const one of proposals) {
    expect(one.reason.length).toBeGreaterThan(10);
    if (one.verdict === 'leave') expect(one.edits).toEqual([]);
    expect(one.preconditions.every((asked_) => asked_.holds !== false) || one.verdict !== 'rewrite').toBe(true);
    for (const [i, a] of one.edits.entries()) for (const b of one.edits.slice(i + 1)) expect(overlap(a, b)).toBe(false);
  }
  const kept = together(made);
  if (kept.length === 0) return 0;
  const after = fixed(program, kept);
  const edits = [
    ...importEdits(
      program,
      kept.flatMap((one) => one.imports),
    ),
    ...kept.flatMap((one) => one.edits),
  ];
  expect(without(after, edits)).toBe(outside(text, edits));
  const again = parse(after);
  expect(errors(again), after).toBeLessThanOrEqual(errors(program));
  // Cured: findings that stood where something was rewritten are gone.
  const rest = asked(fixer, again);
  if (kept.length === made.length)
    expect(
      rewrites(rest).map((one) => `${one.title} ${one.at?.line}`),
      after,
    ).toEqual([]);
  const cured = new Set(kept.map((one) => one.rule));
  // A smaller one that the larger one hid may come to light.
  const said = (of: Program) => lint(of).flatMap((one) => (cured.has(one.id) ? [one.message.replaceAll(/\d+/g, '')] : []));
  const before = said(program);
  expect(said(again).filter((one) => before.includes(one)).length, after).toBeLessThan(before.length);
  return kept.length;
}

describe('laws', () => {
  test.each(fixers.map((one) => [one.id, one] as const))('%s on every sample', (_, fixer) => {
    for (const one of [...SAMPLES, ...COUNTEREXAMPLES]) hold(fixer, HEAD + one.before);
  });

  test('comments for a person are made once', () => {
    for (const one of SAMPLES) {
      const program = parse(HEAD + one.before);
      for (const fixer of fixers) {
        const marks = together(marksOf(asked(fixer, program)));
        if (marks.length === 0) continue;
        const again = parse(fixed(program, marks));
        expect(errors(again)).toBe(0);
        expect(marksOf(asked(fixer, again))).toEqual([]);
      }
    }
  });

  /** Samples one after the other, each in a function of its own or not, on frames of its own. */
  const programs = fc
    .array(fc.record({ sample: fc.constantFrom(...SAMPLES), inFunction: fc.boolean(), crlf: fc.boolean() }), { minLength: 1, maxLength: 4 })
    .map((parts) => {
      const bodies = parts.map(({ sample, inFunction }, i) => {
        const text = sample.before.replaceAll(
          /\b(df|big|wide|rows|pdf|w|n|ok|before|short|short_udf|band|is_big|twice|pick|enrich|run)\b(?!["'])/g,
          `$1_${i}`,
        );
        const own = `df_${i} = spark.read.parquet("in_${i}")\n${text}`;
        if (!inFunction) return own;
        const indented = own.replaceAll(/^(?=.)/gm, '    ');
        return `def part_${i}():\n${indented}\n\npart_${i}()\n`;
      });
      const text = HEAD + bodies.join('\n');
      return parts[0]?.crlf === true ? text.replaceAll('\n', '\r\n') : text;
    });

  test('programs put together at random', () => {
    fc.assert(
      fc.property(programs, fc.constantFrom(...fixers), (text, fixer) => {
        hold(fixer, text);
      }),
      { numRuns: 300, seed: 20261121 },
    );
  });

  test('any text at all', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SAMPLES), fc.nat(), fc.nat({ max: 60 }), fc.constantFrom(...fixers), (sample, at, length, fixer) => {
        const start = at % sample.before.length;
        const text = HEAD + sample.before.slice(0, start) + sample.before.slice(start + length);
        const program = parse(text);
        for (const one of rewrites(asked(fixer, program)))
          expect(errors(parse(fixed(program, [one])))).toBeLessThanOrEqual(errors(program));
      }),
      { numRuns: 300, seed: 20261121 },
    );
  });

  const jobs = scenarios();
  test.skipIf(jobs.length === 0)('jobs of other people (skipped without ../shared beside the clone)', () => {
    let number = 0;
    for (const job of jobs) for (const fixer of fixers) number += hold(fixer, job.text);
    expect(number).toBeGreaterThan(15);
  });
});
