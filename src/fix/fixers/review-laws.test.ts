// Laws of the review and configuration fixers, over runs with their code and over small programs.
// Laws: the fixed source parses; edits never meet; nothing outside them changes; asked again about the fixed source, a fixer changes nothing more.

import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type Edit, overlap, type Program, walk } from '../../pyspark/index.ts';
import type { Fixer, Proposal } from '../define.ts';
import { approxDistinct } from './approx-distinct.ts';
import { broadcastHint } from './broadcast-hint.ts';
import { broadcastOff } from './broadcast-off.ts';
import { castToNull } from './cast-to-null.ts';
import { confPartitions, confSpill } from './conf-partitions.ts';
import { confAllocation, confExecutors, confHeap, confMemory, confSpeculation } from './conf-resources.ts';
import { confBroadcast, confDefault, confMerging, confSplits } from './conf-session.ts';
import { equiJoin } from './equi-join.ts';
import { loopToOneWrite } from './loop-to-one-write.ts';
import { pandasToSpark } from './pandas-to-spark/index.ts';
import { repartitionBeforeWrite } from './repartition-before-write.ts';
import { retryInside } from './retry-inside.ts';
import { saltAggregate } from './salt-aggregate.ts';
import { saltJoin } from './salt-join.ts';
import { spreadInput } from './spread-input.ts';
import { streamBatch } from './stream-batch.ts';
import { askedOfRun, contextOf, findingAt, HEAD, parse, patched, samples } from './testing/review-cases.ts';

const fixers: readonly Fixer[] = [
  approxDistinct,
  broadcastHint,
  broadcastOff,
  castToNull,
  confAllocation,
  confBroadcast,
  confDefault,
  confExecutors,
  confHeap,
  confMemory,
  confMerging,
  confPartitions,
  confSpeculation,
  confSpill,
  confSplits,
  equiJoin,
  loopToOneWrite,
  pandasToSpark,
  repartitionBeforeWrite,
  retryInside,
  saltAggregate,
  saltJoin,
  spreadInput,
  streamBatch,
];

const errors = (program: Program): number =>
  program.roots.reduce((sum, root) => sum + [...walk(root)].filter((one) => one.type === 'ERROR').length, 0);

/** The longest common beginning and end of two texts lie around all edits. */
const inside = (edits: readonly Edit[], length: number) =>
  edits.every((one) => one.start >= 0 && one.end <= length && one.start <= one.end);

function hold(program: Program, proposal: Proposal): string {
  const text = program.sources[0]?.text as string;
  expect(proposal.reason.length).toBeGreaterThan(10);
  if (proposal.verdict === 'leave') expect([proposal.edits, proposal.conf]).toEqual([[], []]);
  expect(inside(proposal.edits, text.length)).toBe(true);
  for (const [i, one] of proposal.edits.entries()) for (const other of proposal.edits.slice(i + 1)) expect(overlap(one, other)).toBe(false);
  if (proposal.verdict === 'rewrite') expect(proposal.preconditions.every((one) => one.holds !== false)).toBe(true);
  const after = patched(program, [proposal]);
  expect(errors(parse(after))).toBeLessThanOrEqual(errors(program));
  if (proposal.verdict === 'mark') expect(after.replace(/^\s*# {1,3}.*\n/gm, '')).toBe(text.replace(/^\s*# {1,3}.*\n/gm, ''));
  return after;
}

const CASES = samples().filter((one) => /^(0[124-8]|12|1378|2[2345689]|30|3[5-9]|4[3-5]|91)/.test(one.name));

describe(`runs with their code${CASES.length === 0 ? ' (skipped: ../shared/scenarios is not there)' : ''}`, () => {
  test.skipIf(CASES.length === 0).each(CASES)(
    '$name',
    async ({ log, job }) => {
      const { program, proposals, again } = await askedOfRun(log, job, fixers);
      for (const proposal of proposals) {
        const after = hold(program, proposal);
        if (proposal.edits.length === 0) continue;
        // A fixer that is asked about its own work finds nothing of it to change.
        const twice = again(after).filter((one) => one.fixer === proposal.fixer && one.rule === proposal.rule && one.edits.length > 0);
        const other = proposals.filter((one) => one.fixer === proposal.fixer && one.rule === proposal.rule && one.edits.length > 0).length;
        expect(twice.length, `${proposal.fixer}: ${twice.map((one) => one.title).join('; ')}`).toBeLessThan(other);
      }
    },
    60_000,
  );
});

const LOOP = (value: string, more: { path?: string; mode?: string; select?: string; body?: string; after?: string } = {}) => `${HEAD}
rows = spark.read.parquet("r")
for day in ${value}:
    part = rows.where(F.col("day") == day)${more.select ?? '.groupBy("k").count()'}
${more.body ?? ''}    part.write.mode("${more.mode ?? 'overwrite'}").parquet(f"${more.path ?? 'out/day={day}'}")
${more.after ?? ''}`;

const askLoop = (text: string) => {
  const program = parse(text);
  const write = program.actions.find((one) => one.write !== undefined);
  return { program, made: loopToOneWrite.propose(contextOf(program, findingAt('collect-in-loop', write?.call.node as never))) };
};

describe('loop to one write', () => {
  it.each([
    ['another folder name', { path: 'out/{day}' }],
    ['something behind the value', { path: 'out/day={day}/x' }],
    ['another column', { path: 'out/month={day}' }],
    ['a write that fails where the folder is', { mode: 'error' }],
    ['files that hold the column', { select: '' }],
    ['a limit for each value', { select: '.groupBy("k").count().limit(3)' }],
    ['an order', { select: '.groupBy("k").count().orderBy("k")' }],
    ['deduplication', { select: '.select("k").dropDuplicates(["k"])' }],
    ['something else in the turn', { body: '    print(day)\n' }],
    ['a name that is used behind it', { after: 'print(part.count())\n' }],
    ['the value in the result', { select: '.groupBy("k").count().withColumn("d", F.lit(day))' }],
  ])('is not made with %s', (_name, more) => {
    const { program, made } = askLoop(LOOP('days', more));
    expect(made.map((one) => one.verdict)).not.toContain('rewrite');
    for (const one of made) hold(program, one);
  });

  it('is made for any list, and the result parses', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('days', 'range(3)', '["a", "b"]', 'sorted(days)[:2]', 'spark.read.text("d").collect()'),
        fc.constantFrom(
          '.groupBy("k").count()',
          '.groupBy(["k", "j"]).agg(F.sum("a").alias("a"))',
          '.select("k", "a")',
          '.groupBy("k").agg(F.max("a")).coalesce(1)',
        ),
        fc.constantFrom('overwrite', 'append'),
        (value, select, mode) => {
          const { program, made } = askLoop(LOOP(value, { select, mode }));
          expect(made.map((one) => [one.verdict, one.reason])).toMatchObject([['rewrite', expect.anything()]]);
          const after = hold(program, made[0] as Proposal);
          expect(after).not.toMatch(/^for /m);
          expect(after.includes('partitionOverwriteMode')).toBe(mode === 'overwrite');
          const now = parse(after);
          expect(now.actions.filter((one) => one.write !== undefined).map((one) => one.write?.partitionBy)).toEqual([['day']]);
        },
      ),
      { seed: 7 },
    );
  });
});

describe('repartition before write', () => {
  const ask = (line: string) => {
    const program = parse(`${HEAD}\nrows = spark.read.parquet("r")\n${line}\n`);
    const write = program.actions.find((one) => one.write !== undefined);
    return { program, made: repartitionBeforeWrite.propose(contextOf(program, findingAt('write-unclustered', write?.call.node as never))) };
  };
  it.each([
    ['rows.write.partitionBy("d").parquet("o")', 'rows.repartition("d").write.partitionBy("d").parquet("o")'],
    [
      'rows.repartition(56).write.partitionBy("d", "e").parquet("o")',
      'rows.repartition("d", "e").write.partitionBy("d", "e").parquet("o")',
    ],
    [
      'rows.select("d").write.mode("append").partitionBy("d").csv("o")',
      'rows.select("d").repartition("d").write.mode("append").partitionBy("d").csv("o")',
    ],
  ])('%s', (before, after) => {
    const { program, made } = ask(before);
    expect(made).toHaveLength(1);
    expect(hold(program, made[0] as Proposal)).toContain(after);
  });
  it.each([
    'rows.repartition("d").write.partitionBy("d").parquet("o")',
    'rows.sortWithinPartitions("a").write.partitionBy("d").parquet("o")',
    'rows.orderBy("a").select("d", "a").write.partitionBy("d").parquet("o")',
    'rows.write.parquet("o")',
    'rows.write.bucketBy(4, "a").partitionBy("d").saveAsTable("o")',
  ])('leaves %s', (line) => {
    expect(ask(line).made.map((one) => one.verdict)).toEqual(['leave']);
  });
});
