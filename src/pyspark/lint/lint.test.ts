// Each check of the code by a table: programs that show the fault, with its line, and programs that come close and do not.

import { describe, expect, test } from 'vitest';
import { HEAD, lineIn, program, pyspark } from '../testing/programs.ts';
import { CODE_RULES, type CodeRuleId, lint } from './index.ts';

const READ = 'df = spark.read.parquet("t")\n';
const HEAD_LINES = HEAD.split('\n').length - 1;

/** `line certainty` of each finding of one kind. */
function found(id: CodeRuleId, body: string): string[] {
  return lint(program(body))
    .filter((one) => one.id === id)
    .map((one) => `${one.range.start.line - HEAD_LINES} ${one.certainty}`);
}

const CASES: Record<CodeRuleId, { found: [string, string[]][]; clear: string[] }> = {
  'collect-in-loop': {
    found: [
      [`${READ}for d in days:\n    df.filter(F.col("d") == d).write.parquet(f"o/{d}")`, ['3 likely']],
      [`${READ}for r in df.collect():\n    print(df.filter(F.col("k") == r["k"]).count())`, ['3 likely']],
      [`${READ}counts = [df.filter(F.col("c") == c).count() for c in names]`, ['2 likely']],
      [`${READ}def one(d):\n    return df.filter(F.col("d") == d).count()\nfor d in days:\n    one(d)`, ['3 likely']],
      [`for t in names:\n    spark.table(t).write.parquet(f"o/{t}")`, ['2 possible']],
      [`${READ}while left > 0:\n    left = df.filter("x").count()`, ['3 possible']],
    ],
    clear: [
      `${READ}for d in days:\n    df = df.withColumn(d, F.lit(1))\ndf.count()`,
      `${READ}for r in df.limit(5).collect():\n    print(r)`,
    ],
  },
  'count-as-empty-check': {
    found: [
      [`${READ}if df.count() == 0:\n    pass`, ['2 certain']],
      [`${READ}if not df.filter("a").count():\n    pass`, ['2 certain']],
      [`${READ}n = df.count()\nif n > 0:\n    pass`, ['2 certain']],
      [`${READ}assert 1 <= df.count()`, ['2 certain']],
      [`${READ}ok = bool(df.count())`, ['2 certain']],
      [`${READ}x = 1 if df.count() else 2`, ['2 certain']],
    ],
    clear: [
      `${READ}n = df.count()\nprint(n)\nif n == 0:\n    pass`,
      `${READ}if df.count() > 10:\n    pass`,
      `${READ}if df.isEmpty():\n    pass`,
      `if "a".count("b") == 0:\n    pass`,
    ],
  },
  'withcolumn-loop': {
    found: [
      [`${READ}for i in range(200):\n    df = df.withColumn(f"c{i}", F.lit(i))\ndf.count()`, ['3 likely']],
      [`${READ}for a, b in {"x": "y", "z": "w"}.items():\n    df = df.withColumnRenamed(a, b)`, ['3 possible']],
      [`from functools import reduce\n${READ}out = reduce(lambda d, c: d.withColumn(c, F.lit(1)), cols, df)`, ['3 likely']],
      [`def add(d, c):\n    return d.withColumn(c, F.lit(1))\n${READ}for c in cols:\n    df = add(df, c)`, ['2 likely']],
    ],
    clear: [
      `${READ}for c in cols:\n    df.withColumn(c, F.lit(1)).write.parquet(c)`,
      `${READ}df = df.withColumn("a", F.lit(1)).withColumn("b", F.lit(1))`,
    ],
  },
  'udf-translatable': {
    found: [
      [`@F.udf("boolean")\ndef f(x):\n    return x == "a"\n${READ}df.select(f("x")).show()`, ['2 likely']],
      [`f = F.udf(lambda x: x.title(), "string")\n${READ}df.select(f("x")).show()`, ['1 possible']],
    ],
    clear: [
      `@F.udf("boolean")\ndef f(x):\n    return x == "a"`,
      `@F.udf("string")\ndef f(x):\n    for c in x:\n        pass\n    return x\n${READ}df.select(f("x")).show()`,
    ],
  },
  'action-repeated': {
    found: [
      // One frame behind several that a loop goes over is computed in each turn; each of those only once.
      [
        `${READ}p = df.withColumn("y", F.expr("slow(x)"))\na = p.groupBy("k").count()\nb = p.groupBy("l").count()\nfor n, f in [("a", a), ("b", b)]:\n    f.write.parquet(n)`,
        ['6 certain'],
      ],
      [`${READ}g = df.groupBy("k").count()\nprint(g.count())\ng.write.parquet("o")`, ['3 certain']],
      [`${READ}j = df.join(spark.table("b"), "k")\nj.filter("a").write.parquet("o")\nj.filter("b").write.parquet("p")`, ['3 certain']],
      [`${READ}j = df.join(spark.table("b"), "k")\nfor d in days:\n    j.filter(F.col("d") == d).write.parquet(d)`, ['4 certain']],
      [`${READ}f = df.filter("a > 1")\nf.write.parquet("o")\nf.write.parquet("p")`, ['3 possible']],
    ],
    clear: [
      `${READ}a = df.groupBy("k").count()\nb = spark.table("u").groupBy("l").count()\nfor f in (a, b):\n    f.write.parquet("o")`,
      `${READ}g = df.groupBy("k").count().cache()\nprint(g.count())\ng.write.parquet("o")`,
      `${READ}g = df.groupBy("k").count()\ng.cache()\nprint(g.count())\ng.write.parquet("o")`,
      `${READ}df.groupBy("k").count().show()\ndf.groupBy("j").count().show()`,
      `${READ}g = df.groupBy("k").count()\nif full:\n    g.write.parquet("o")\nelse:\n    g.show()`,
      `${READ}f = df.filter("a > 1")\nf.show()\nf.write.parquet("p")`,
    ],
  },
  'cache-unreleased': {
    found: [
      [`${READ}c = df.filter("a").cache()\nc.count()\nc.write.parquet("o")\nspark.table("x").write.parquet("p")`, ['2 possible']],
      [`for t in tables:\n    c = spark.table(t).cache()\n    c.count()\n    c.write.parquet(t)`, ['2 likely']],
    ],
    clear: [`${READ}c = df.cache()\nc.count()\nc.show()`, `${READ}c = df.cache()\nc.count()\nc.unpersist()\nspark.table("x").count()`],
  },
  'coalesce-one': {
    found: [
      [`${READ}df.withColumn("s", F.expr("score(a)")).coalesce(1).write.csv("o")`, ['2 certain']],
      [`${READ}df.filter("a").select("a").coalesce(numPartitions=1).write.csv("o")`, ['2 likely']],
      [`${READ}df.groupBy("k").count().coalesce(1).write.csv("o")`, ['2 possible']],
      [`${READ}df.repartition(1).withColumn("s", F.expr("score(a)")).write.csv("o")`, ['2 likely']],
    ],
    clear: [
      `${READ}df.filter("a").repartition(1).write.csv("o")`,
      `${READ}df.coalesce(8).write.csv("o")`,
      `${READ}df.coalesce(1).write.csv("o")`,
    ],
  },
  'cross-join': {
    found: [
      [`${READ}o = spark.table("o")\ndf.crossJoin(o).count()`, ['3 likely']],
      [`${READ}o = spark.table("o")\ndf.join(o).count()`, ['3 certain']],
      [`${READ}o = spark.table("o")\ndf.crossJoin(F.broadcast(o)).count()`, ['3 possible']],
      [`${READ}o = spark.table("o")\ndf.join(o, (df.a == o.a) | o.a.isNull()).count()`, ['3 certain']],
      [`${READ}o = spark.table("o")\ndf.join(o, (df.t > o.start) & (df.t < o.end)).count()`, ['3 certain']],
      [`${READ}o = spark.table("o")\ndf.join(o, how="cross").count()`, ['3 likely']],
    ],
    clear: [
      `${READ}o = spark.table("o")\ndf.join(o, "k").count()`,
      `${READ}o = spark.table("o")\ndf.join(o, [df.a == o.a, df.b > o.b]).count()`,
      `${READ}o = spark.table("o")\ndf.join(o, (df.a == o.a) & (df.t > o.t)).count()`,
      `${READ}o = spark.table("o")\ndf.join(o, F.expr("a = b")).count()`,
      `${READ}o = spark.table("o")\ndf.crossJoin(o).where(F.col("a") == F.col("b")).count()`,
      `${READ}df.crossJoin(df.agg(F.sum("x").alias("s"))).count()`,
      `${READ}o = spark.table("o")\ndf.join(o, condition).count()`,
      `"-".join(names)`,
    ],
  },
  'window-unpartitioned': {
    found: [
      [`${READ}w = Window.orderBy("t")\ndf.withColumn("n", F.row_number().over(w)).show()`, ['2 likely']],
      [`${READ}df.groupBy("k").count().withColumn("n", F.rank().over(Window.orderBy("count"))).show()`, ['2 possible']],
      [`spark.sql("select row_number() over (order by t) n from x").show()`, ['1 likely']],
    ],
    clear: [
      `${READ}w = Window.partitionBy("k").orderBy("t")\ndf.withColumn("n", F.row_number().over(w)).show()`,
      `spark.sql("select sum(a) over (partition by k order by t) from x").show()`,
    ],
  },
  'filter-on-derived-partition': {
    found: [
      [`@F.udf("boolean")\ndef f(d): return d > "2"\n${READ}df.filter(f("day")).count()`, ['4 possible']],
      [`@F.udf("boolean")\ndef f(d): return d > "2"\n${READ}df.filter(f("day")).write.partitionBy("day").parquet("o")`, ['4 likely']],
    ],
    clear: [
      `${READ}df.filter(F.to_date("day") > "2026-01-01").count()`,
      `@F.udf("boolean")\ndef f(d): return d > "2"\n${READ}df.filter(F.col("day") > "2").select(f("day")).count()`,
    ],
  },
  'udf-filter': {
    found: [[`@F.udf("boolean")\ndef f(d): return d > "2"\n${READ}df.where(f("day") & (F.col("a") > 1)).count()`, ['4 certain']]],
    clear: [`spark.udf.registerJavaFunction("f", "x.Y", "boolean")\n${READ}df.where(F.expr("f(day)")).count()`],
  },
  'select-star': {
    found: [
      [`${READ}df.select("*").groupBy("k").count().show()`, ['2 possible']],
      [`${READ}c = df.select("*").cache()\nc.groupBy("k").count().show()\nc.groupBy("j").count().show()`, ['2 likely']],
      [`spark.sql("select * from t").groupBy("k").count().show()`, ['1 possible']],
    ],
    clear: [
      `${READ}df.select("*").write.parquet("o")`,
      `${READ}df.select("*", F.lit(1).alias("x")).groupBy("x").count().show()`,
      `spark.sql("select count(*) from t").show()`,
    ],
  },
  'infer-schema': {
    found: [
      ['spark.read.csv("a", header=True, inferSchema=True).show()', ['1 certain']],
      ['spark.read.option("inferSchema", "true").format("csv").load("a").show()', ['1 certain']],
      ['spark.read.json("a").show()', ['1 certain']],
    ],
    clear: [
      'spark.read.csv("a", header=True).show()',
      'spark.read.schema(s).json("a").show()',
      'spark.read.option("inferSchema", flag).csv("a").show()',
      'spark.readStream.schema(s).json("a")',
    ],
  },
  'order-before-write': {
    found: [
      [`${READ}df.orderBy("a").write.parquet("o")`, ['2 likely']],
      [`${READ}df.sort("a").filter("b").select("b").write.parquet("o")`, ['2 likely']],
      [`${READ}df.orderBy("a").groupBy("k").count().show()`, ['2 certain']],
      [`${READ}df.groupBy("k").count().orderBy("k").write.csv("o")`, ['2 possible']],
      [`${READ}df.orderBy("a").coalesce(1).write.csv("o")`, ['2 possible']],
    ],
    clear: [
      `${READ}df.orderBy("a").limit(10).write.parquet("o")`,
      `${READ}df.orderBy("a").show()`,
      `${READ}df.sortWithinPartitions("a").write.parquet("o")`,
      `${READ}df.orderBy("a").groupBy("k").agg(F.first("b")).show()`,
    ],
  },
  'random-salt-on-retry': {
    found: [
      [`${READ}df.withColumn("salt", (F.rand() * 8).cast("int")).groupBy("k", "salt").count().show()`, ['2 likely']],
      [`${READ}df.repartition(8, F.rand()).write.parquet("o")`, ['2 likely']],
      [`${READ}s = df.withColumn("salt", F.floor(F.rand(1) * 4))\ns.join(spark.table("o"), ["k", "salt"]).count()`, ['2 likely']],
    ],
    clear: [
      `${READ}df.withColumn("r", F.rand()).write.parquet("o")`,
      `${READ}df.withColumn("salt", F.hash("id") % 8).groupBy("k", "salt").count().show()`,
    ],
  },
  'jdbc-unpartitioned': {
    found: [
      ['spark.read.format("jdbc").option("url", u).option("dbtable", "t").load().count()', ['1 certain']],
      ['spark.read.jdbc(u, "t", properties=p).count()', ['1 certain']],
    ],
    clear: [
      'spark.read.format("jdbc").options(url=u, dbtable="t", partitionColumn="id", lowerBound=1, upperBound=9, numPartitions=4).load().count()',
      'spark.read.jdbc(u, "t", "id", 1, 9, 4).count()',
      'spark.read.jdbc(u, "t", predicates=parts).count()',
      'spark.read.format("jdbc").options(**opts).load().count()',
    ],
  },
  'sql-string-injection': {
    found: [
      ['import sys\nname = sys.argv[1]\nspark.sql(f"select * from t where n = \'{name}\'").show()', ['3 likely']],
      ['for r in spark.table("a").collect():\n    spark.sql(f"drop table {r.name}")', ['2 likely']],
      ['def run(table):\n    spark.sql("optimize " + table)', ['2 possible']],
      ['import os\nspark.sql("select * from t where n = \'%s\'" % os.environ["N"]).show()', ['2 likely']],
      ['def q(day):\n    return spark.sql("select * from t where d = \'{}\'".format(day))', ['2 possible']],
    ],
    clear: [
      'T = "t"\nspark.sql(f"select * from {T}").show()',
      'for t in ["a", "b"]:\n    spark.sql(f"optimize {t}")',
      'import sys\nn = int(sys.argv[1])\nspark.sql(f"select * from t limit {int(n)}").show()',
      'spark.sql("select * from t where n = :n", args={"n": name}).show()',
    ],
  },
  'topandas-large': {
    found: [
      [`${READ}df.filter("a").toPandas()`, ['2 likely']],
      [`${READ}rows = df.collect()`, ['2 likely']],
      [`${READ}df.groupBy("k").count().collect()`, ['2 possible']],
    ],
    clear: [
      `${READ}df.limit(100).toPandas()`,
      `${READ}df.agg(F.max("a")).collect()[0][0]`,
      `${READ}df.groupBy().count().collect()`,
      'spark.sql("show tables").collect()',
      `${READ}df.take(5)`,
    ],
  },
  'repartition-redundant': {
    found: [
      [`${READ}df.repartition(100).groupBy("k").count().show()`, ['2 likely']],
      [`${READ}df.repartition(100).filter("a").dropDuplicates(["k"]).show()`, ['2 likely']],
      [`${READ}df.repartition(100).coalesce(4).write.parquet("o")`, ['2 likely']],
      [`${READ}df.repartition(100).join(spark.table("o"), "k").count()`, ['2 likely']],
    ],
    clear: [
      `${READ}df.repartition(100).withColumn("s", F.expr("score(a)")).groupBy("k").count().show()`,
      `${READ}df.repartition("k").groupBy("k").count().show()`,
      `${READ}df.repartition(100).write.parquet("o")`,
      `${READ}df.repartition(100).join(F.broadcast(spark.table("o")), "k").count()`,
      `${READ}df.repartition(100).cache().groupBy("k").count().show()`,
    ],
  },
  'cache-once': {
    found: [
      [`${READ}c = df.filter("a").cache()\nc.groupBy("k").count().show()`, ['2 likely']],
      [`${READ}df.persist()\ndf.write.parquet("o")`, ['2 likely']],
      [`${READ}df.cache()`, ['2 possible']],
      [`${READ}c = df.cache()\nc.groupBy("k").pivot("d", ["x", "y"]).count().show()`, ['2 likely']],
    ],
    clear: [
      `${READ}c = df.cache()\nc.count()\nc.show()`,
      `${READ}c = df.cache()\nfor d in days:\n    c.filter(F.col("d") == d).count()`,
      `${READ}c = df.cache()\nc.join(c.groupBy("k").count(), "k").show()`,
      `def build(spark):\n    return spark.table("a").cache()`,
      `${READ}c = df.cache()\nmodel = pipeline.fit(c)\nc.count()`,
      `${READ}c = df.cache()\nc.groupBy("k").pivot("d").count().show()`,
    ],
  },
  'cache-all-columns': {
    found: [[`${READ}c = df.cache()\nc.groupBy("k").count().show()\nc.groupBy("j").count().show()`, ['2 likely']]],
    clear: [
      `${READ}c = df.select("k", "j").cache()\nc.groupBy("k").count().show()\nc.groupBy("j").count().show()`,
      `${READ}c = df.cache()\nc.count()\nc.write.parquet("o")`,
    ],
  },
  'write-unclustered': {
    found: [
      [`${READ}df.repartition(50).write.partitionBy("d").parquet("o")`, ['2 likely']],
      [`${READ}df.write.partitionBy("d").parquet("o")`, ['2 possible']],
    ],
    clear: [
      `${READ}df.repartition("d").write.partitionBy("d").parquet("o")`,
      `${READ}df.repartition("d").withColumn("folder", F.col("d")).write.partitionBy("folder").parquet("o")`,
      `${READ}df.coalesce(1).write.partitionBy("d").parquet("o")`,
      `${READ}df.write.parquet("o")`,
    ],
  },
  'api-misuse': {
    found: [
      [`from pyspark import StorageLevel\n${READ}df.persist(StorageLevel("MEMORY_ONLY"))`, ['3 certain']],
      [`from pyspark import StorageLevel\n${READ}df.persist(StorageLevel.MEMORY_AND_DISK_SER)`, ['3 certain']],
      ['spark.sparkContext.statusTracker().getExecutorInfos()', ['1 certain']],
      [`def cell(lat):\n    return int(lat * 4)\n${READ}df.withColumn("c", F.lit(cell(F.col("lat"))))`, ['2 certain']],
      ['s = spark.readStream.table("t")\ns.groupBy("k").agg(F.countDistinct("u"))', ['2 certain']],
      [`${READ}df.groupBy("k").count().checkpoint()`, ['2 likely']],
    ],
    clear: [
      `from pyspark import StorageLevel\n${READ}df.persist(StorageLevel.DISK_ONLY)`,
      `spark.sparkContext.setCheckpointDir("c")\n${READ}df.checkpoint()`,
      `${READ}x = int(df.count())`,
    ],
  },
  'distinct-counts': {
    found: [[`${READ}df.groupBy("k").agg(F.countDistinct("a"), F.count_distinct("b")).show()`, ['2 likely']]],
    clear: [
      `${READ}df.groupBy("k").agg(F.countDistinct("a"), F.sum("b")).show()`,
      `${READ}df.agg(F.approx_count_distinct("a"), F.approx_count_distinct("b")).show()`,
    ],
  },
};

describe.each(CODE_RULES.map((rule) => [rule.id, CASES[rule.id]] as const))('%s', (id, cases) => {
  test.each(cases.found)('%s', (body, expected) => {
    expect(found(id, body)).toEqual(expected);
  });
  test.each(cases.clear)('clear: %s', (body) => {
    expect(found(id, body)).toEqual([]);
  });
});

test('a finding names every place that belongs to it', () => {
  const parsed = program(`${READ}g = df.groupBy("k").count()\ng.count()\ng.write.parquet("o")`);
  const [one] = lint(parsed);
  expect(one).toMatchObject({ id: 'action-repeated', runtimeRule: 'recomputed-lineage', file: 'job.py' });
  expect(one!.places.map((place) => [place.range.start.line - HEAD_LINES, place.what])).toEqual([
    [2, 'computed here'],
    [4, 'computed again for write'],
  ]);
  expect(lineIn(parsed.actions[0]!.call.node)).toBe(3);
});

test('a finding lies in the file of its code', () => {
  const parsed = pyspark.parse({ path: 'job.py', text: `${HEAD}from lib import go\ngo(spark)` }, (path) =>
    path === 'lib.py' ? 'def go(spark):\n    return spark.read.json("x").collect()\n' : undefined,
  );
  expect(lint(parsed).map((one) => `${one.file}:${one.range.start.line} ${one.id}`)).toEqual([
    'lib.py:2 infer-schema',
    'lib.py:2 topandas-large',
  ]);
});
