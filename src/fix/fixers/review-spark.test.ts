// Review rewrites on real Spark: the rewritten forms give the rows of the original for every join type, with null keys, duplicates and hot keys.
// Laws: one application, small data; the forms are those that the fixers write, not copies of them; without a Spark it is skipped with a word.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { CodeMap } from '../../join/index.ts';
import { RUN_LIMIT, skipped, spark, type Workshop, workshop } from '../../spark/testing/spark.ts';
import { equiJoin } from './equi-join.ts';
import { loopToOneWrite } from './loop-to-one-write.ts';
import { helperText as sliceText } from './salt-aggregate.ts';
import { helperText as saltText } from './salted-join.ts';
import { contextOf, findingAt, HEAD, parse, patched } from './testing/review-cases.ts';

/** A program of one function and the same with the fixer's rewrite in it. */
const SPLIT = `${HEAD}
left = DATA
right = DATA
joined = left.join(
    right,
    (left.k == right.rk) | right.rk.isNull(),
)
`;
const NEAR = `${HEAD}
left = spark.read.parquet("l")
right = spark.read.parquet("r")
joined = left.crossJoin(right).where((F.abs(F.col("k") - F.col("rk")) <= 2) & (F.col("a") > 3))
`;
const LOOP = `${HEAD}
rows = spark.read.parquet("r")
for n in range(1, 6):
    day = f"2026-01-0{n}"
    total = rows.where((F.col("day") == day) & (F.col("a") >= 0)).groupBy("k").agg(F.sum("a").alias("a"), F.count("*").alias("n"))
    total.coalesce(1).write.mode("overwrite").parquet(f"{out}/totals/day={day}")
`;

/** The text behind the head. */
const body = (text: string) => text.slice(HEAD.length);
const expression = (text: string) => text.slice(text.indexOf('joined = ') + 'joined = '.length).trim();

function rewritten(): Record<string, string> {
  const split = parse(SPLIT.replaceAll('DATA', 'spark.read.parquet("x")'));
  const join = split.joins[0] as (typeof split.joins)[number];
  const splitMade = equiJoin.propose(contextOf(split, findingAt('cross-join', join.call.node)));
  const near = parse(NEAR);
  const nearJoin = near.joins[0] as (typeof near.joins)[number];
  const types = (frame: unknown) =>
    new Map(
      frame === nearJoin.left
        ? [
            ['k', 'int'],
            ['a', 'int'],
          ]
        : [
            ['rk', 'int'],
            ['b', 'int'],
          ],
    ) as ReadonlyMap<string, string>;
  const code = { columnTypesOf: types } as unknown as CodeMap;
  const nearMade = equiJoin.propose(contextOf(near, findingAt('cross-join', nearJoin.call.node), { code }));
  const loop = parse(LOOP);
  const write = loop.actions.find((one) => one.write !== undefined);
  const loopMade = loopToOneWrite.propose(contextOf(loop, findingAt('collect-in-loop', write?.call.node as never)));
  for (const made of [splitMade, nearMade, loopMade])
    expect(made.map((one) => [one.verdict, one.reason])).toMatchObject([['rewrite', expect.anything()]]);
  return {
    SPLIT: expression(patched(split, splitMade)),
    NEAR: expression(patched(near, nearMade)),
    LOOP_BEFORE: body(LOOP).replace('spark.read.parquet("r")', 'source'),
    LOOP_AFTER: body(patched(loop, loopMade)).replace('spark.read.parquet("r")', 'source'),
  };
}

const script = (forms: Record<string, string>) => `
import datetime, decimal, json, sys
from collections import Counter
from pyspark.sql import SparkSession, functions as F
${saltText('F')}
${sliceText('F')}
target = sys.argv[1]
spark = SparkSession.builder.getOrCreate()
failed, done = [], 0

def rows(frame):
    return Counter(json.dumps([None if v is None else str(v) for v in row]) for row in frame.collect())

def same(name, before, after):
    global done
    done += 1
    one, two = rows(before), rows(after)
    if one != two or before.columns != after.columns:
        failed.append([name, sum(one.values()), sum(two.values()), before.columns, after.columns])

def int_key(n): return n
def text_key(n): return None if n is None else f"k{n}"
def float_key(n): return None if n is None else float("nan") if n == 7 else n / 4
def date_key(n): return None if n is None else datetime.date(2026, 1, 1) + datetime.timedelta(days=n)
def decimal_key(n): return None if n is None else decimal.Decimal(n) / 4

KINDS = {"int": int_key, "string": text_key, "double": float_key, "date": date_key, "decimal(10,2)": decimal_key}

def frames(kind):
    key = KINDS[kind]
    many = [(key(1), i % 3, i) for i in range(60)] + [(key(2), 0, i) for i in range(20)] + [(None, i % 2, i) for i in range(15)]
    many += [(key(n), n % 3, n) for n in range(3, 12)] + [(key(4), 1, 1)] * 4 + [(key(99), None, 5), (key(98), 0, None)]
    few = [(key(1), 0, "a"), (key(1), 1, "b"), (key(1), 0, "a"), (key(2), 0, "c"), (None, 0, "n"), (None, None, "m"), (key(4), 1, "d"), (key(7), 1, "e"), (key(77), 0, "f")]
    left = spark.createDataFrame(many, f"k {kind}, part int, a int")
    right = spark.createDataFrame(few, f"k {kind}, part int, b string")
    made = []
    for side, frame in (("left", left), ("right", right)):
        # Rows from files: those of a Python list start a Python worker for each task.
        frame.coalesce(1).write.mode("ignore").parquet(f"{target}/{kind}/{side}")
        made.append(spark.read.parquet(f"{target}/{kind}/{side}"))
    return made

for kind in KINDS:
    left, right = frames(kind)
    hows = ["inner", "left", "left_semi", "left_anti"] if kind == "int" else ["inner", "left"]
    for how in hows:
        same(f"{kind} {how} by name", left.join(right.drop("part"), "k", how), salted_join(left, right.drop("part"), "k", how, salts=4, hot=2))
    if kind == "int":
        for how in hows:
            same(f"{how} by two names", left.join(right, ["k", "part"], how), salted_join(left, right, ["k", "part"], how, salts=4, hot=3))
            on = (left.k == right.k) & (left.a > 3)
            same(f"{how} by condition", left.join(right, on, how), salted_join(left, right, on, how, left_keys=["k"], right_keys=["k"], salts=4, hot=2))
        same("right", right.join(left, "k", "right"), salted_join(right, left, "k", "right", many="right", salts=4, hot=2))
        same("inner, right", right.join(left, "k"), salted_join(right, left, on="k", many="right", salts=4, hot=2))
        other = right.withColumn("k", F.col("k").cast("bigint"))
        same("types differ", left.join(other, "k", "left"), salted_join(left, other, "k", "left", salts=4))
        same("nothing to deal out by", left.select("k").join(right, "k", "left"), salted_join(left.select("k"), right, "k", "left"))
        same("same names on both sides", left.join(right, left.k == right.k, "left"), salted_join(left, right, left.k == right.k, "left", left_keys=["k"], right_keys=["k"], salts=4))
        same("no rows", left.where("a < -1").join(right, "k", "left"), salted_join(left.where("a < -1"), right, "k", "left"))

    if kind not in ("int", "double"):
        continue
    plain = left.groupBy("k").agg(F.count("*").alias("n"), F.sum("a").alias("s"), F.min("a").alias("lo"), F.max("a").alias("hi"))
    sliced = with_slices(left, ["k"], slices=4, hot=2).groupBy("k", "_slice").agg(F.count("*").alias("n"), F.sum("a").alias("s"), F.min("a").alias("lo"), F.max("a").alias("hi"))
    merged = sliced.groupBy("k").agg(F.sum("n").cast("long").alias("n"), F.sum("s").cast("long").alias("s"), F.min("lo").alias("lo"), F.max("hi").alias("hi"))
    same(f"{kind} aggregate", plain, merged)

left, few = frames("int")
right = few.select(F.col("k").alias("rk"), "b")
both = left.join(right, (left.k == right.rk) | right.rk.isNull())
after = ${forms.SPLIT}
same("split or", both, after)
same("split or, columns of both sides", both.select(left.k, right.rk, "a"), after.select(left.k, right.rk, "a"))
same("near keys", left.crossJoin(right).where((F.abs(F.col("k") - F.col("rk")) <= 2) & (F.col("a") > 3)), ${forms.NEAR})

source = left.withColumn("day", F.concat(F.lit("2026-01-0"), (F.coalesce("a", F.lit(1)) % 7 + 1).cast("string")))
def before(out):
${(forms.LOOP_BEFORE as string).replace(/^(?=.)/gm, '    ')}
def afterwards(out):
${(forms.LOOP_AFTER as string).replace(/^(?=.)/gm, '    ')}
for name, write in [("before", before), ("after", afterwards)]:
    source.groupBy("k").agg(F.sum("a").alias("a"), F.count("*").alias("n")).write.parquet(f"{target}/{name}/totals/day=2026-02-01")
    write(f"{target}/{name}")
same("loop", *[spark.read.parquet(f"{target}/{name}/totals").select("day", "k", "a", "n") for name in ("before", "after")])
with open(f"{target}/result.json", "w") as file:
    json.dump({"done": done, "failed": failed}, file)
spark.stop()
`;

const places: Workshop[] = [];
afterAll(() => {
  for (const one of places) one.remove();
});

it('the forms are written by the fixers', () => {
  const forms = rewritten();
  expect(forms.SPLIT).toContain('.union(');
  expect(forms.LOOP_AFTER).toContain('.partitionBy("day").option("partitionOverwriteMode", "dynamic")');
});

describe.skipIf(spark === undefined)(`on Spark${skipped}`, () => {
  it(
    'gives the rows of the original',
    async () => {
      const shop = workshop();
      places.push(shop);
      const job = shop.job(shop.write('forms.py', script(rewritten())), {
        args: [shop.folder],
        conf: { 'spark.sql.shuffle.partitions': '3', 'spark.ui.enabled': 'false', 'spark.sql.autoBroadcastJoinThreshold': '-1' },
      });
      const { outcome, driverLog } = await shop.run(job);
      expect(outcome.status, driverLog.slice(-3000)).toBe('succeeded');
      const result = JSON.parse(readFileSync(join(shop.folder, 'result.json'), 'utf8')) as { done: number; failed: unknown[] };
      expect(result.failed).toEqual([]);
      expect(result.done).toBeGreaterThan(30);
    },
    RUN_LIMIT,
  );
});
