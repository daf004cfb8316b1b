// Wrong code of the seeds (knowledge on pipelines, 6.7), case by case, as people write it: the linter recognises each. Keys of the configuration
// (6.3, 6.4, 6.6) are held in src/conf/seeds.test.ts. Claims in prose and arithmetic are no code and no case here.
import { describe, expect, test } from 'vitest';
import { HEAD, program } from '../testing/programs.ts';
import { lint } from './index.ts';

/** Case, code, rule, the line that it is said of (from 1), a part of what is said. */
const CASES: readonly (readonly [string, string, string, number, RegExp])[] = [
  [
    'an uncached aggregate counted before it is written',
    's = spark.read.parquet("/t").groupBy("day").agg(F.sum("x"))\ns.count()\ns.write.parquet("/o")',
    'action-repeated',
    2,
    /actions compute/,
  ],
  [
    'coalesce before a partitioned write: files × partitions',
    'spark.read.parquet("/t").coalesce(50).write.partitionBy("transaction_date").parquet("/o")',
    'write-unclustered',
    1,
    /repartition by transaction_date/,
  ],
  ['checkpoint without a folder', 'd = spark.read.parquet("/t").checkpoint()\nd.show()', 'api-misuse', 1, /setCheckpointDir/],
  [
    'application info of the status tracker',
    'spark.sparkContext.statusTracker().getApplicationInfo()',
    'api-misuse',
    1,
    /no getApplicationInfo/,
  ],
  ['executor infos of the status tracker', 'spark.sparkContext.statusTracker().getExecutorInfos()', 'api-misuse', 1, /no getExecutorInfos/],
  ['a storage level made of its name', 'd = spark.read.parquet("/t").persist(StorageLevel("MEMORY_ONLY"))', 'api-misuse', 1, /not a name/],
  [
    'a storage level of the JVM alone',
    'd = spark.read.parquet("/t").persist(StorageLevel.MEMORY_AND_DISK_SER)',
    'api-misuse',
    1,
    /PySpark has no/,
  ],
  [
    'exact distinct counts on a stream',
    's = spark.readStream.format("rate").load()\ns.groupBy("value").agg(F.countDistinct("timestamp")).writeStream.format("console").start()',
    'api-misuse',
    2,
    /refused on streams/,
  ],
  ['int() of a column', 'n = int(F.col("id"))', 'api-misuse', 1, /int\(\) of a column/],
  [
    'a cache on each small aggregate',
    't = spark.read.parquet("/t").groupBy("zone").count().cache()\nt.write.parquet("/o")',
    'cache-once',
    1,
    /read by one action only/,
  ],
  [
    'an order that the file does not keep',
    'spark.read.parquet("/t").groupBy("zone").count().orderBy("count").write.parquet("/o")',
    'order-before-write',
    1,
    /order/,
  ],
  [
    'a table partitioned by a function',
    'spark.sql("CREATE TABLE p USING delta PARTITIONED BY (year(date_completed)) AS SELECT a FROM t")',
    'api-misuse',
    1,
    /PARTITIONED BY takes columns/,
  ],
  [
    'a table partitioned by a remainder',
    'spark.sql("CREATE TABLE p USING delta PARTITIONED BY (hash % 50) AS SELECT a FROM t")',
    'api-misuse',
    1,
    /PARTITIONED BY takes columns/,
  ],
  [
    'a write partitioned by a field of a struct',
    'spark.read.parquet("/t").groupBy(F.window("ts", "1 hour")).count().write.partitionBy("window.start").parquet("/o")',
    'api-misuse',
    1,
    /top level/,
  ],
  [
    'table and query together',
    'spark.read.format("jdbc").option("url", "u").option("dbtable", "t").option("query", "select 1").load().show()',
    'api-misuse',
    1,
    /not both/,
  ],
  [
    'a partitioned read of a query',
    'spark.read.format("jdbc").option("url", "u").option("query", "select * from t").option("partitionColumn", "id").option("lowerBound", 1).option("upperBound", 9).option("numPartitions", 4).load().show()',
    'api-misuse',
    1,
    /refuses partitionColumn/,
  ],
];

describe('wrong code of the seeds', () => {
  test.each(CASES)('%s', (_, code, rule, line, said) => {
    const found = lint(program(code)).filter((one) => one.id === rule);
    expect(found.map((one) => one.message)).toEqual([expect.stringMatching(said)]);
    expect(found[0]?.range.start.line).toBe(line + HEAD.split('\n').length - 1);
  });

  test.each([
    'spark.sql("CREATE TABLE p (a INT, d DECIMAL(10,2)) USING parquet PARTITIONED BY (a)")',
    'spark.sql("CREATE TABLE p (a INT) PARTITIONED BY (d DECIMAL(10,2), s VARCHAR(10))")',
    'spark.sql("CREATE TABLE p (a INT, ts TIMESTAMP) USING iceberg PARTITIONED BY (days(ts), bucket(16, a))")',
    'spark.read.format("jdbc").option("url", "u").option("dbtable", "(select 1) as q").option("partitionColumn", "id").option("lowerBound", 1).option("upperBound", 9).option("numPartitions", 4).load().show()',
  ])('and what is right is let be: %s', (code) => {
    expect(lint(program(code)).filter((one) => one.id === 'api-misuse')).toEqual([]);
  });
});
