// What the safe fixers do with a run at hand: types, columns and slots from its log, joined with the code by the real join.
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../audit/index.ts';
import { FactStore } from '../../facts/index.ts';
import { joinCode } from '../../join/index.ts';
import { lint } from '../../pyspark/index.ts';
import { log, type NodeSpec, node } from '../../rules/testing/index.ts';
import type { Fixer, Proposal } from '../define.ts';
import { cacheReused } from './cache-reused.ts';
import { explicitSchema } from './explicit-schema.ts';
import { filterRawPartition } from './filter-raw-partition.ts';
import { jdbcPartitioned } from './jdbc-partitioned.ts';
import { nativeUdf } from './native-udf.ts';
import { removeNeedless } from './remove-needless.ts';
import { selectColumns } from './select-columns.ts';
import { fixed, parse, rewrites } from './testing/asked.ts';

const HEAD = `from pyspark.sql import SparkSession, functions as F
spark = SparkSession.builder.appName("sample").getOrCreate()
`;

/** The code joined with a log of these plans, one query each, and a fixer asked about a finding of its first rule. */
function withRun(
  fixer: Fixer,
  text: string,
  plans: readonly NodeSpec[],
  rule = fixer.rules[0] as string,
): { proposals: Proposal[]; after: string } {
  const program = parse(HEAD + text);
  let run = log({ master: 'local[4]' });
  for (const plan of plans) run = run.sql({ plan, stages: [{ tasks: [{ ms: 5000, inputRecords: 1000 }] }] });
  const store = new FactStore(run.run());
  const code = joinCode(store, program);
  const seen = plans.map((_, executionId) => ({
    evidence: [{ kind: 'sql', executionId }],
    numbers: [],
    remedies: [],
    cause: '',
    heldMs: 0,
  }));
  const finding = { rule, evidence: [], places: seen, status: 'found' } as unknown as Finding;
  const places = code.locate(['read', 'udf', 'filter', 'cache', 'loop', 'action'], { sqlExecutions: plans.map((_, i) => i) });
  const own = lint(program).filter((one) => fixer.codeRules.includes(one.id));
  const proposals = [...fixer.propose({ program, code, store, finding, places, lint: own })];
  return { proposals, after: fixed(program, rewrites(proposals)).slice(HEAD.length) };
}

const named = (columns: string): string =>
  columns
    .split(',')
    .map((one) => one.split(':')[0])
    .join(', ');

/** A query that writes what a scan of files gives. */
const written = (format: string, path: string, columns: string, rows = 1000): NodeSpec =>
  node('Execute InsertIntoHadoopFsRelationCommand', 'Execute InsertIntoHadoopFsRelationCommand file:/data/out, false, Parquet', {}, [
    node(
      `Scan ${format} `,
      `FileScan ${format} [${named(columns)}] Batched: false, DataFilters: [], Format: ${format}, Location: InMemoryFileIndex(1 paths)[file:/data/${path}], PartitionFilters: [], PushedFilters: [], ReadSchema: struct<${columns}>`,
      { 'number of output rows': rows, 'number of files read': 1, 'size of files read': 1_000_000 },
      [],
      {
        metadata: {
          Location: `InMemoryFileIndex(1 paths)[file:/data/${path}]`,
          ReadSchema: `struct<${columns}>`,
          Format: format,
          PushedFilters: '[]',
          PartitionFilters: '[]',
        },
      },
    ),
  ]);

const fromTable = (table: string, columns: string): NodeSpec =>
  node('Execute InsertIntoHadoopFsRelationCommand', 'Execute InsertIntoHadoopFsRelationCommand file:/data/out, false, Parquet', {}, [
    node(
      `Scan JDBCRelation(${table}) [numPartitions=1] `,
      `Scan JDBCRelation(${table}) [numPartitions=1] [${named(columns)}] PushedFilters: [], ReadSchema: struct<${columns}>`,
      { 'number of output rows': 1000 },
    ),
  ]);

describe('explicit-schema', () => {
  test('JSON by name', () => {
    const { after } = withRun(
      explicitSchema,
      `spark.read.json("file:/data/events").select("a", "b").write.parquet("file:/data/out")
`,
      [written('json', 'events', 'a:bigint,b:struct<c:string>')],
    );
    expect(
      after,
    ).toBe(`spark.read.schema("a bigint, b struct<c:string>").json("file:/data/events").select("a", "b").write.parquet("file:/data/out")
`);
  });

  test('CSV by the header, at run time', () => {
    const { after, proposals } = withRun(
      explicitSchema,
      `rows = spark.read.option("header", True).option("inferSchema", True).csv("file:/data/rows")
rows.select("a", "b").write.parquet("file:/data/out")
`,
      [written('csv', 'rows', 'a:int,b:double')],
    );
    expect(after).toBe(`types = {"a": "int", "b": "double"}
header = spark.read.option("header", True).csv("file:/data/rows").columns
schema = ", ".join(f"\`{name}\` {types.get(name, 'string')}" for name in header)
rows = spark.read.option("header", True).schema(schema).csv("file:/data/rows")
rows.select("a", "b").write.parquet("file:/data/out")
`);
    expect(proposals[0]?.safety).toBe('safe');
  });

  test('CSV with inferSchema among the arguments', () => {
    const { after } = withRun(
      explicitSchema,
      `rows = spark.read.csv("file:/data/rows", header=True, inferSchema=True)
rows.select("a").write.parquet("file:/data/out")
`,
      [written('csv', 'rows', 'a:int')],
    );
    expect(after).toContain('rows = spark.read.schema(schema).csv("file:/data/rows", header=True)');
  });

  test('the fields of JSON in the order in which inference gives them', () => {
    const { after } = withRun(
      explicitSchema,
      `rows = spark.read.json("file:/data/events")
rows.select("b").write.parquet("file:/data/out")
rows.select("a", "b").write.parquet("file:/data/out")
`,
      [written('json', 'events', 'b:bigint'), written('json', 'events', 'a:bigint,b:bigint')],
    );
    expect(after).toContain('.schema("a bigint, b bigint")');
  });

  test('a column that this run did not take', () => {
    const { proposals } = withRun(
      explicitSchema,
      `import sys
rows = spark.read.json("file:/data/events")
rows.select("a").write.parquet("file:/data/out")
if len(sys.argv) > 1:
    rows.select("z").show()
`,
      [written('json', 'events', 'a:bigint')],
    );
    expect(proposals.map((one) => one.verdict)).toEqual(['leave']);
    expect(proposals[0]?.reason).toContain('takes z of it too');
  });

  test('without a header nothing is written', () => {
    const { proposals } = withRun(
      explicitSchema,
      `spark.read.option("inferSchema", True).csv("file:/data/rows").select("_c0").write.parquet("file:/data/out")
`,
      [written('csv', 'rows', '_c0:int')],
    );
    expect(proposals.map((one) => one.verdict)).toEqual(['leave']);
  });
});

describe('jdbc-partitioned', () => {
  test('a list of conditions', () => {
    const { after, proposals } = withRun(
      jdbcPartitioned,
      `spark.read.jdbc("jdbc:postgresql://db/x", "lines", properties={"user": "u"}).write.parquet("file:/data/out")
`,
      [fromTable('lines', 'name:string,id:bigint')],
    );
    expect(after).toContain(
      `properties={"user": "u"}, predicates=["ABS(MOD(MOD(id, 1009), 4)) = 0 OR id IS NULL"] + [f"ABS(MOD(MOD(id, 1009), 4)) = {part}" for part in range(1, 4)])`,
    );
    expect(proposals[0]?.safety).toBe('review');
  });

  test('a column for the part, gone again behind the read', () => {
    const { after } = withRun(
      jdbcPartitioned,
      `rows = (
    spark.read.format("jdbc")
    .option("url", "jdbc:sqlserver://db")
    .option("dbtable", "(select * from lines) q")
    .load()
)
rows.write.parquet("file:/data/out")
`,
      [fromTable('(select * from lines) q', 'id:int,price:decimal(10,2)')],
    );
    expect(after).toBe(`rows = (
    spark.read.format("jdbc")
    .option("url", "jdbc:sqlserver://db")
    .option("dbtable", "(SELECT q.*, ABS((id + COALESCE(FLOOR(price * 100), 0)) % 1009 % 4) AS firesteel_part FROM (select * from lines) q) parts")
    .option("partitionColumn", "firesteel_part")
    .option("lowerBound", 0)
    .option("upperBound", 4)
    .option("numPartitions", 4)
    .option("fetchsize", 10000)
    .load()
    .drop("firesteel_part")
)
rows.write.parquet("file:/data/out")
`);
  });

  test('no column of whole numbers: a comment', () => {
    const { proposals } = withRun(
      jdbcPartitioned,
      `spark.read.jdbc("jdbc:postgresql://db/x", "lines").write.parquet("file:/data/out")
`,
      [fromTable('lines', 'name:string')],
    );
    expect(proposals.map((one) => one.verdict)).toEqual(['mark']);
  });
});

describe('types of the run', () => {
  const udf = `@F.udf("string")
def band(v):
    return "none" if v is None else "low" if v < 3 else "high"

spark.read.parquet("file:/data/rows").withColumn("b", band("v")).write.parquet("file:/data/out")
`;
  test('a type that is known is no open question', () => {
    const { proposals } = withRun(nativeUdf, udf, [written('parquet', 'rows', 'v:int')]);
    expect(proposals.map((one) => [one.verdict, one.safety])).toEqual([['rewrite', 'safe']]);
  });

  test('a type for which it is not exact', () => {
    const { proposals } = withRun(nativeUdf, udf, [written('parquet', 'rows', 'v:decimal(10,2)')]);
    expect(proposals.map((one) => one.verdict)).toEqual(['mark']);
    expect(proposals[0]?.reason).toContain('decimal');
  });

  test('the column itself is asked', () => {
    const text = `spark.read.parquet("file:/data/rows").where(F.substring("d", 1, 7) == "2026-02").write.parquet("file:/data/out")
`;
    const { after } = withRun(filterRawPartition, text, [written('parquet', 'rows', 'd:string')]);
    expect(after).toContain('.where(F.col("d").startswith("2026-02"))');
    const other = withRun(filterRawPartition, text, [written('parquet', 'rows', 'd:date')]);
    expect(other.proposals.every((one) => one.verdict === 'leave')).toBe(true);
    const year = text.replace('F.substring("d", 1, 7) == "2026-02"', 'F.year(F.col("d")) == 2026');
    expect(withRun(filterRawPartition, year, [written('parquet', 'rows', 'd:date')]).after).toContain(
      '.where((F.col("d") >= "2026-01-01") & (F.col("d") < "2027-01-01"))',
    );
  });

  test('whose column is whose', () => {
    const { after } = withRun(
      selectColumns,
      `wide = spark.read.parquet("file:/data/wide").cache()
few = spark.read.parquet("file:/data/few")
wide.crossJoin(few).where("a > m").groupBy("b").count().write.parquet("file:/data/out")
wide.groupBy("c").agg(F.sum("a")).write.parquet("file:/data/out2")
`,
      [written('parquet', 'wide', 'a:int,b:int,c:int,d:string'), written('parquet', 'few', 'm:int')],
    );
    expect(after).toContain('wide = spark.read.parquet("file:/data/wide").select("a", "b", "c").cache()');
  });
});

describe('a cache in a heap that is too small', () => {
  const scan = [written('parquet', 'payments', 'store_id:int,amount:double')];
  const dropped = (text: string) => withRun(removeNeedless, text, scan, 'gc-pressure').after;

  test('of a plain columnar read goes, with the count that fills it and its release', () => {
    expect(
      dropped(`payments = spark.read.parquet("file:/data/payments").where("amount > 0")
payments.persist()
payments.count()
payments.groupBy("store_id").sum("amount").write.parquet("file:/data/out")
print(payments.count())
payments.unpersist()
`),
    ).toBe(`payments = spark.read.parquet("file:/data/payments").where("amount > 0")
payments.groupBy("store_id").sum("amount").write.parquet("file:/data/out")
print(payments.count())
`);
  });

  test.each([
    [
      'of a join stays',
      'frame = spark.read.parquet("file:/data/payments").join(spark.read.parquet("file:/data/stores"), "store_id").cache()',
    ],
    ['of a text format stays', 'frame = spark.read.json("file:/data/payments").cache()'],
    ['of a computed column stays', 'frame = spark.read.parquet("file:/data/payments").withColumn("x", F.rand()).cache()'],
    ['of the first rows stays: they may be others', 'frame = spark.read.parquet("file:/data/payments").limit(100).cache()'],
    [
      'behind a function of Python stays',
      'slow = F.udf(lambda v: v * 2, "int")\nframe = spark.read.parquet("file:/data/payments").select(slow("store_id").alias("x")).cache()',
    ],
  ])('%s', (_, line) => {
    const text = `${line}\nframe.count()\nframe.write.parquet("file:/data/out")\n`;
    expect(dropped(text)).toBe(text);
  });

  test('that a statement fills goes with it', () => {
    expect(
      dropped(`frame = spark.read.parquet("file:/data/payments")
frame.cache().count()
frame.groupBy("store_id").sum("amount").write.parquet("file:/data/out")
frame.where("amount > 3").write.parquet("file:/data/out2")
`),
    ).toBe(`frame = spark.read.parquet("file:/data/payments")
frame.groupBy("store_id").sum("amount").write.parquet("file:/data/out")
frame.where("amount > 3").write.parquet("file:/data/out2")
`);
  });

  test('of rows that are drawn stays', () => {
    const text = `frame = spark.read.parquet("file:/data/payments").where(F.rand() < 0.1).cache()
frame.count()
frame.write.parquet("file:/data/out")
`;
    const { proposals } = withRun(removeNeedless, text, scan, 'gc-pressure');
    expect(proposals.map((one) => one.preconditions.some(({ holds }) => holds === false))).toEqual([true]);
  });

  test('that a loop reads stays', () => {
    const text = `frame = spark.read.parquet("file:/data/payments").cache()
for day in ["1", "2"]:
    frame.where(F.col("day") == day).write.parquet(f"file:/data/out/{day}")
`;
    const { proposals } = withRun(removeNeedless, text, scan, 'gc-pressure');
    expect(proposals.map((one) => one.preconditions.some(({ holds }) => holds === false))).toEqual([true]);
  });
});

test('a loop whose turns must stay apart reads what they share from a cache', () => {
  const { after } = withRun(
    cacheReused,
    `sales = spark.read.parquet("file:/data/sales")
scored = sales.join(spark.read.parquet("file:/data/stores"), "store_id").withColumn("score", F.sha2(F.col("note").cast("string"), 512))
for region in ["north", "south"]:
    part = scored.where(F.col("region") == region).select("region", "score")
    part.orderBy("score").coalesce(1).write.mode("overwrite").csv(f"file:/data/out/{region}")
    print(part.count())
`,
    [written('parquet', 'sales', 'store_id:int,note:string')],
    'driver-loop',
  );
  expect(after.split('\n')[1]).toMatch(/512\)\)(\.select\(.*\))?\.cache\(\)$/);
  expect(after.trimEnd().split('\n').at(-1)).toBe('scored.unpersist()');
});

test.each([
  ['fits', 1000, true, /^Its sources hold 977 KiB and 2 columns are made for 1,000 rows; a cache of it fits into /],
  [
    'may not, for the columns that are made',
    500_000_000,
    undefined,
    / 2 columns are made for 500,000,000 rows; a cache of it may go to disk /,
  ],
])('a cache whose memory %s', (_, rows, holds, text) => {
  const { proposals } = withRun(
    cacheReused,
    `frame = spark.read.parquet("file:/data/payments").withColumn("a", F.sha2(F.col("note"), 512)).withColumn("b", F.sha2("a", 256))
frame.write.parquet("file:/data/out")
frame.groupBy("b").count().write.parquet("file:/data/out2")
`,
    [written('parquet', 'payments', 'store_id:int,note:string', rows)],
  );
  const room = proposals.flatMap((one) => one.preconditions).filter((one) => /a cache of it/.test(one.text));
  expect(room).toEqual([{ text: expect.stringMatching(text), holds }]);
});

/** Two queries over one grouping whose small partitions adaptive execution merged. */
const mergedGrouping = (version: string) => {
  const program = parse(`${HEAD}frame = spark.read.parquet("file:/data/payments").groupBy("store_id").agg(F.sum("amount").alias("amount"))
frame.write.parquet("file:/data/out")
frame.where("amount > 3").write.parquet("file:/data/out2")
`);
  const read = written('parquet', 'payments', 'store_id:int,amount:double').children?.[0] as NodeSpec;
  const grouped = (id: number): NodeSpec =>
    node('HashAggregate', `HashAggregate(keys=[store_id#${id}], functions=[sum(amount#${id + 1})])`, {}, [
      node('AQEShuffleRead', 'AQEShuffleRead coalesced', { 'number of coalesced partitions': 2 }, [
        node('Exchange', `Exchange hashpartitioning(store_id#${id}, 200)`, {}, [read]),
      ]),
    ]);
  let run = log({ master: 'local[4]', version });
  const stages = [{ tasks: [{ ms: 5000, inputRecords: 1000 }] }, { parents: [0], tasks: [{ ms: 1000, shuffleReadRecords: 1000 }] }];
  for (const id of [10, 20]) run = run.sql({ plan: grouped(id), stages });
  const store = new FactStore(run.run());
  const evidence = [0, 1].map((executionId) => ({ kind: 'sql', executionId }));
  const finding = { rule: 'recomputed-lineage', evidence, places: [{ evidence }], status: 'found' } as unknown as Finding;
  const own = lint(program).filter((one) => cacheReused.codeRules.includes(one.id));
  return [...cacheReused.propose({ program, code: joinCode(store, program), store, finding, places: [], lint: own })];
};

test.each([
  ['4.1.1', [{ key: 'spark.sql.optimizer.canChangeCachedPlanOutputPartitioning', to: 'true' }]],
  ['3.5.3', []],
  ['3.1.2', []],
])('a cache of what adaptive execution merged may be merged too, on Spark %s', (version, conf) => {
  const [proposal] = mergedGrouping(version);
  expect(proposal?.verdict).toBe('rewrite');
  expect(proposal?.conf.map(({ key, to }) => ({ key, to }))).toEqual(conf);
});

test('what the actions of a micro-batch share is cached in its function; the stream itself is not', () => {
  const { after } = withRun(
    cacheReused,
    `def each(batch, number):
    clean = batch.dropDuplicates(["id"])
    print(clean.count())
    clean.write.mode("append").parquet("file:/data/out")

events = spark.readStream.schema("id long").parquet("file:/data/events").distinct()
events.writeStream.format("console").start()
events.writeStream.foreachBatch(each).start()
`,
    [written('parquet', 'events', 'id:bigint')],
  );
  expect(after).toContain('clean = batch.dropDuplicates(["id"]).cache()');
  expect(after).toContain('parquet("file:/data/out")\n    clean.unpersist()\n');
  expect(after).toContain('.distinct()\n');
});
