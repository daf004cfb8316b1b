// What the model says of small programs, case by case.

import { describe, expect, test } from 'vitest';
import { lint } from './lint/index.ts';
import type { Frame } from './model.ts';
import { rangeOf, textOf } from './node.ts';
import { hasSeeds, lineIn, program, pyspark, seedFiles } from './testing/programs.ts';

const setting = (body: string) => program(body).settings.map((one) => `${one.key}=${one.value ?? '?'}`);

describe('settings', () => {
  test.each([
    ['SparkSession.builder.config("a.b", "1").config("c", True).getOrCreate()', ['a.b=1', 'c=true']],
    ['SparkSession.builder.config(map={"a": 1}).getOrCreate()', ['a=1']],
    ['from pyspark import SparkConf\nc = SparkConf().set("a", "1").setAll([("b", "2"), ("c", "3")])', ['a=1', 'b=2', 'c=3']],
    ['spark.conf.set("a", 5)\nspark.conf.unset("b")', ['a=5', 'b=?']],
    ['spark.sql("SET spark.x = 7")', ['spark.x=7']],
    ['n = 4\nspark.conf.set("a", str(n * 2))', ['a=?']],
    ['PARTS = "40"\nspark.conf.set("a", PARTS)', ['a=40']],
    ['conf = {"a": "1", "b": "2"}\nfor key, value in conf.items():\n    spark.conf.set(key, value)', ['a=1', 'b=2']],
    [
      'class Job:\n    def __init__(self, session):\n        self.spark = session\n        self.tune()\n    def tune(self):\n        self.spark.conf.set("spark.x", "1")',
      ['spark.x=1'],
    ],
    ['def tune(s):\n    s.conf.set("spark.x", "1")', ['spark.x=1']],
    ['memory = {"spark.executor.memory": "4g", "name": "x"}', ['spark.executor.memory=4g']],
  ])('%s', (body, expected) => {
    expect(setting(body)).toEqual(expected);
  });

  test.each([
    ['import json\nfor k, v in json.load(open("conf.json")).items():\n  spark.conf.set(k, v)', [3]],
    ['import os\nSparkSession.builder.config(os.environ["K"], "1").getOrCreate()', [2]],
    ['conf = {"a": "1"}\nfor k, v in conf.items():\n  spark.conf.set(k, v)', []],
    ['spark.conf.set("a", "1")\nspark.conf.unset(x)', []],
  ])('keys that the code does not show: %s', (body, lines) => {
    expect(program(body).computedKeys.map(lineIn)).toEqual(lines);
  });

  test('each key of a dict has its own place', () => {
    const body = 'conf = {\n  "a": "1",\n  "b": "2",\n}\nfor k, v in conf.items():\n  spark.conf.set(k, v)';
    expect(program(body).settings.map((one) => lineIn(one.node))).toEqual([2, 3]);
  });
});

const reads = (body: string) =>
  program(body).reads.map((one) => `${one.format} ${one.table?.pattern ?? one.paths.map((path) => path.pattern).join('+')} ${one.schema}`);

describe('reads', () => {
  test.each([
    ['spark.read.parquet("a", "b")', ['parquet a+b none']],
    ['spark.read.format("csv").option("inferSchema", True).load(f"{root}/x")', ['csv */x inferred']],
    ['spark.read.csv("a", inferSchema="true")', ['csv a inferred']],
    ['spark.read.schema("a int").json(["x", "y"])', ['json x+y given']],
    ['spark.read.csv("a", "a int")', ['csv a given']],
    ['spark.table("db.t")\nspark.read.table("u")', ['table db.t none', 'table u none']],
    ['base = "s3://b"\nspark.read.orc(base + "/t")', ['orc s3://b/t none']],
    ['spark.read.jdbc(url, "t", numPartitions=4)', ['jdbc t none']],
    ['spark.read.format(kind).load(path)', ['undefined * none']],
    ['def load(session, name):\n    return session.read.parquet(f"/d/{name}")\nload(spark, "a")', ['parquet /d/a none']],
    ['reader = spark.read.option("header", True)\nreader.csv("a")\nreader.csv("b")', ['csv a none', 'csv b none']],
  ])('%s', (body, expected) => {
    expect(reads(body)).toEqual(expected);
  });
});

/** A frame as the way it came about: `read > filter > agg`. */
function way(frame: Frame): string {
  const seen = new Set<Frame>();
  const up = (one: Frame): string => {
    if (seen.has(one)) return '…';
    seen.add(one);
    const from = one.parents.map(up);
    return from.length === 0 ? one.method : from.length === 1 ? `${from[0]} > ${one.method}` : `(${from.join(', ')}) > ${one.method}`;
  };
  return up(frame);
}

describe('frames', () => {
  const ways = (body: string) => program(body).actions.flatMap((one) => one.frames.map(way));
  test.each([
    ['df = spark.read.parquet("a").filter("x > 1")\ndf = df.select("x")\ndf.count()', ['read > filter > select']],
    [
      'a = spark.table("a")\nb = spark.table("b")\na.join(F.broadcast(b), "k").groupBy("k").agg(F.sum("v")).show()',
      ['(table, table > broadcast) > join > agg'],
    ],
    ['def enrich(df, by="k"):\n    return df.withColumn(by, F.lit(1))\nenrich(spark.table("a")).count()', ['table > withColumn']],
    ['df = spark.table("a")\nif full:\n    df = df.distinct()\ndf.count()', ['(table > distinct, …) > either']],
    ['df = spark.table("a")\nfor c in cols:\n    df = df.withColumn(c, F.lit(1))\ndf.count()', ['(table, … > withColumn) > loop']],
    ['df = None\nfor p in paths:\n    one = spark.read.parquet(p)\n    df = one if df is None else df.union(one)\ndf.count()', ['read']],
    ['df = spark.table("a").transform(lambda d: d.limit(3))\ndf.count()', ['table > limit']],
    [
      'class Job:\n    def __init__(self):\n        self.df = spark.table("a")\n    def run(self):\n        self.df.distinct().count()\nJob().run()',
      ['table > distinct'],
    ],
    [
      'class Step:\n    def __call__(self, df):\n        return df.distinct()\nStep()(spark.table("a")).count()\nspark.table("b").transform(Step()).count()',
      ['table > distinct', 'table > distinct'],
    ],
    [
      'class Base:\n    def __call__(self, batch, n):\n        batch.distinct().count()\nclass Sink(Base):\n    pass\nspark.readStream.parquet("a").writeStream.foreachBatch(Sink()).start()',
      ['read > parameter > distinct', 'read'],
    ],
    ['spark.table("a").createOrReplaceTempView("v")\nspark.sql("select x from v").count()', ['table > sql']],
    [
      'from functools import reduce\nfrom pyspark.sql import DataFrame\nreduce(DataFrame.unionByName, [spark.table("a"), spark.table("b")]).count()',
      ['(table, table) > unionByName'],
    ],
    ['def build(df):\n    return df.withColumn("a", F.lit(1)).count()', ['parameter > withColumn']],
    ['def build(things):\n    return things.count("x")', []],
    ['frames = {"a": spark.table("a"), "b": spark.table("b").distinct()}\nframes["b"].count()', ['table > distinct']],
    ['a, b = spark.table("a"), spark.table("b").limit(1)\nb.count()', ['table > limit']],
    ['pdf = spark.table("a").toPandas()\nspark.createDataFrame(pdf).count()', ['table', 'createDataFrame']],
    [
      'def f(df, depth):\n    df = df.repartition(2)\n    return f(df, depth - 1) if depth else df\nf(spark.table("a"), 3).count()',
      ['table > repartition'],
    ],
    ['try:\n    df = spark.table("a")\nexcept Exception:\n    df = spark.table("b")\ndf.count()', ['(table, table) > either']],
    ['spark.table("a").rdd.map(lambda r: r).toDF().count()', ['table > rdd.map > toDF']],
  ])('%s', (body, expected) => {
    expect(ways(body)).toEqual(expected);
  });
});

const WRITES: [string, string][] = [
  ['df.write.mode("overwrite").partitionBy("d").parquet(f"{out}/x")', 'parquet overwrite d */x undefined'],
  ['df.write.partitionBy(["a", "b"]).format("delta").save("p")', 'delta undefined a,b p undefined'],
  ['df.write.parquet("p", mode="append", partitionBy="d")', 'parquet append d p undefined'],
  ['df.write.saveAsTable("db.t")', 'undefined undefined  undefined db.t'],
  ['df.writeTo("c.t").using("iceberg").append()', 'iceberg append  undefined c.t'],
  ['df.write.option("path", "p").format("csv").save()', 'csv undefined  p undefined'],
  ['df.write.jdbc(url, "t", mode="append")', 'jdbc append  undefined t'],
  ['writer = df.write.mode("append")\nwriter.parquet("p")', 'parquet append  p undefined'],
  ['df.writeStream.format("parquet").option("path", "p").start()', 'parquet undefined  p undefined'],
];

test.each(WRITES)('the write of %s', (body, expected) => {
  const [action] = program(`df = spark.table("t")\n${body}`).actions;
  const write = action!.write!;
  expect([write.format, write.mode, write.partitionBy.join(), write.path?.pattern, write.table?.pattern].join(' ')).toBe(
    expected
      .split(' ')
      .map((one) => (one === 'undefined' ? '' : one))
      .join(' '),
  );
});

describe('UDFs', () => {
  const udfs = (body: string) =>
    program(body).udfs.map(
      (one) =>
        `${one.name} ${one.kind} ${one.returnType ?? '?'} ${one.definition === undefined ? 'elsewhere' : one.definition.type} ×${one.uses.length}`,
    );
  test.each([
    ['@F.udf("int")\ndef f(x):\n    return 1\ndf.select(f("a"), f(F.col("b")))', ['f row int function_definition ×2']],
    ['@F.udf(returnType=LongType())\ndef f(x): return 1', ['f row bigint function_definition ×0']],
    ['@F.udf\ndef f(x): return "a"', ['f row string function_definition ×0']],
    ['g = F.udf(lambda x: x, DecimalType(10, 2))\ndf.select(g("a"))', ['g row decimal(10,2) lambda ×1']],
    ['def f(x): return x\ng = F.udf(f, DoubleType())\ndf.filter(g("a") > 1)', ['f row double function_definition ×1']],
    ['spark.udf.register("up", lambda x: x, "string")\nspark.sql("select UP(a) from t")', ['up row string lambda ×1']],
    ['@F.pandas_udf("double")\ndef f(s): return s', ['f pandas double function_definition ×0']],
    ['def g(it): yield from it\ndf.mapInPandas(g, "a int")', []],
    ['df = spark.table("t")\ndef g(it): yield from it\ndf.mapInPandas(g, "a int")', ['g pandas ? function_definition ×1']],
    ['spark.udf.registerJavaFunction("score", "com.x.Score", "double")\nF.expr("score(a, b)")', ['score java ? elsewhere ×1']],
    ['f = F.udf(lambda x: x).asNondeterministic()\ndf.select(f("a"))', ['f row string lambda ×1']],
  ])('%s', (body, expected) => {
    expect(udfs(`df = spark.table("d")\n${body}`.replace('df = spark.table("d")\ndef g', 'def g'))).toEqual(expected);
  });

  test('what workers run is not followed as if the driver did', () => {
    const parsed = program('def work(rows):\n    for r in rows:\n        yield r\nspark.table("a").rdd.mapPartitions(work).count()\n');
    expect(parsed.functions.find((one) => one.name === 'work')?.onWorkers).toBe(true);
    expect(parsed.loops).toEqual([]);
  });
});

describe('joins, windows, caches', () => {
  test('keys, kind and hints of joins', () => {
    const body = `a = spark.table("a")
b = spark.table("b")
a.join(b, ["x", "y"], "left")
a.join(F.broadcast(b), a.id == b.ref)
a.join(b.hint("merge"), on="k", how=kind)
a.crossJoin(b)`;
    expect(
      program(body).joins.map((one) => [one.how, one.keys.join(), one.hints.map((hint) => `${hint.side} ${hint.name}`).join()]),
    ).toEqual([
      ['left', 'x,y', ''],
      ['inner', 'id,ref', 'right broadcast'],
      [undefined, 'k', 'right merge'],
      ['cross', '', ''],
    ]);
  });

  test.each([
    ['Window.partitionBy("a").orderBy("b")', true, true],
    ['Window.orderBy("b")', false, true],
    ['Window.partitionBy()', false, false],
    ['w = Window.orderBy("b")\nw = w.partitionBy("a")', true, true],
  ])('%s', (body, partitioned, ordered) => {
    expect(program(body).windows.at(-1)).toMatchObject({ partitioned, ordered });
  });

  test.each([
    ['df = spark.table("a").cache()\ndf.unpersist()', [true]],
    ['df = spark.table("a")\ndf.persist()\ndf.unpersist()', [true]],
    ['df = spark.table("a").cache()\ndf.filter("x").unpersist()', [false]],
    ['df = spark.table("a").cache()\nspark.catalog.clearCache()', [true]],
  ])('%s', (body, released) => {
    expect(program(body).caches.map((one) => one.released !== undefined)).toEqual(released);
  });
});

describe('columnsUsed', () => {
  test.each([
    ['df.groupBy("a").agg(F.sum("b")).show()', 'a,b', true],
    ['df.filter(F.col("c") > 1).select("a", F.upper("b").alias("x")).show()', 'a,b,c', true],
    ['df.withColumn("n", F.col("a") + 1).select("n").show()', 'a', true],
    ['df.filter("a > 1 and upper(b) = \'X\'").count()', 'a,b', true],
    ['df.write.parquet("x")', '', false],
    ['df.select(name).show()', '', false],
    ['df.select("*").filter("a = 1").show()', 'a', false],
    ['df.join(other, "k").select("v").show()', 'k,v', true],
    ['df.selectExpr("a as x", "b + c").show()', 'a,b,c', true],
    ['df.dropDuplicates(["a"]).groupBy("b").count().show()', 'a,b', true],
    ['df.agg({"a": "max"}).show()', 'a', true],
    ['df.rdd.map(lambda r: r).count()', '', false],
    ['df.groupBy("t.a").agg(F.sum("s.b")).show()', 'a,s', true],
    ['df.alias("x").select("x.a", "t.*").show()', 'a', false],
    ['df.select(F.sum("a").over(Window.partitionBy("b").orderBy(F.desc("c")).rowsBetween(-1, 0)).alias("n")).show()', 'a,b,c', true],
    ['df.select(F.sum("a").over(window)).show()', 'a', false],
    ['df.groupBy("a").pivot("b").agg(F.sum("c")).show()', 'a,c', false],
    ['df.select(F.transform("a", lambda v: v + 1)).show()', 'a', true],
    ['df.select(F.transform("a", lambda v: v + F.col("b"))).show()', 'a', false],
    ['df.select(F.when(F.col("a") > 1, 0).otherwise(F.col(name))).show()', 'a', false],
    ['df.select(F.col("a").isin(names)).show()', 'a', true],
    ['df.where(f"a > {x}").select("b").show()', 'a', false],
    ['df.where(f"a = \'{x}\'").select("b").show()', 'a,b', true],
    ['df.where("date > date \'2026-01-01\' and year = 2026 and d < now() - interval 3 days").select("b").show()', 'b,d,date,year', true],
    ['df.selectExpr("aggregate(a, 0, (acc, x) -> acc + x * b)", "cast(c as int)").show()', 'a,b,c', true],
    ['name = "a"\nfor other in ["b", "c"]:\n    df.select(name).show()\n    name = other', '', false],
    ['names = ["a"]\nfor other in ["b", "c"]:\n    df.select(names[-1]).show()\n    names.append(other)', '', false],
  ])('%s', (body, columns, complete) => {
    const parsed = program(`df = spark.table("t")\nother = spark.table("o")\n${body}`);
    const used = parsed.columnsUsed(parsed.reads[0]!.frame);
    expect([used.columns.join(), used.complete]).toEqual([columns, complete]);
  });
});

describe('questions', () => {
  const parsed = program(`df = (
    spark.read.parquet("a")
    .filter("x > 1")
    .groupBy("k")
    .count()
)
for k in range(3):
    df.limit(k).show()
`);
  const at = (line: number) => line + 3;

  test('callsAt: the call named on the line first', () => {
    expect(parsed.callsAt('job.py', at(3)).map((one) => one.name)).toEqual(['filter', 'groupBy', 'count']);
    expect(parsed.callsAt('job.py', at(2))[0]!.name).toBe('parquet');
    expect(parsed.callsAt('job.py', 99)).toEqual([]);
    expect(parsed.callsAt('other.py', at(3))).toEqual([]);
  });

  test('chainOf, statementAt, enclosingLoop, usesOf, actionsOn', () => {
    const show = parsed.calls.find((one) => one.name === 'show')!;
    const count = parsed.calls.find((one) => one.name === 'count')!;
    expect(parsed.chainOf(count).map((one) => one.name)).toEqual(['parquet', 'filter', 'groupBy', 'count']);
    expect(textOf(parsed.statementAt('job.py', at(8))!)).toBe('df.limit(k).show()');
    expect(rangeOf(parsed.enclosingLoop(show.node)!.node).start.line).toBe(at(7));
    expect(parsed.enclosingLoop(count.node)).toBeUndefined();
    const frame = parsed.frames.find((one) => one.names.includes('df'))!;
    expect(parsed.usesOf(frame).map(textOf)).toContain('df');
    expect(parsed.actionsOn(parsed.reads[0]!.frame).map((one) => one.method)).toEqual(['show']);
  });
});

describe.skipIf(!hasSeeds)('code that people write (../shared/seeds)', () => {
  const seed = (name: string) => pyspark.parse(seedFiles(name));

  test.each([
    [
      'seed-002.txt',
      [
        'spark.sql.adaptive.join.enabled',
        'spark.executor.memoryFraction',
        'spark.storage.memoryFraction',
        'spark.sql.streaming.trigger.processingTime',
        'spark.sql.streaming.kafka.consumer.fetchMinBytes',
        'spark.sql.streaming.kafka.consumer.maxPollRecords',
        'spark.sql.recovery.checkpointInterval',
        'spark.dynamicAllocation.enabled',
        'spark.default.parallelism',
      ],
    ],
    ['seed-003.txt', ['spark.executor.memory', 'spark.executor.cores', 'spark.sql.shuffle.partitions']],
    [
      'seed-004.txt',
      [
        'spark.executor.memoryOffHeap.enabled',
        'spark.executor.memoryOffHeap.size',
        'spark.shuffle.memoryFraction',
        'spark.storage.memoryFraction',
        'spark.sql.statistics.histogram.enabled',
        'spark.sql.adaptive.maxShuffledHashJoinLocalMapThreshold',
      ],
    ],
  ])('%s: settings through session, self, loops and dicts', (name, keys) => {
    expect(seed(name).settings.map((one) => one.key)).toEqual(expect.arrayContaining(keys));
  });

  test.each([
    [
      'seed-002.txt',
      [
        'StorageLevel takes',
        'MEMORY_AND_DISK_SER',
        'getApplicationInfo',
        'getExecutorInfos',
        'distinct counts are refused on streams',
        'int() of a column',
      ],
    ],
    ['seed-003.txt', ['actions compute', 'repartition by transaction_date']],
  ])('%s: its wrong code is found', (name, parts) => {
    const messages = lint(seed(name)).map((one) => one.message);
    expect(parts.filter((part) => !messages.some((message) => message.includes(part)))).toEqual([]);
  });
});
