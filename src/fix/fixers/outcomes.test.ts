// Fixers of what a run did not do at all: runs that one value ended, streams that fall behind, tasks that an exception ended.
// Laws: the text with the change parses and is asked for no second one; where the table says `why`, nothing is changed.
import { describe, expect, test } from 'vitest';
import { audit } from '../../audit/index.ts';
import type { SparkRun } from '../../eventlog/index.ts';
import { FactStore } from '../../facts/index.ts';
import { joinCode } from '../../join/index.ts';
import { walk } from '../../pyspark/index.ts';
import { pyspark } from '../../pyspark/testing/programs.ts';
import { exchange, type Failure, type Log, log, node, scan, times } from '../../rules/testing/index.ts';
import type { Fixer } from '../define.ts';
import { planFixes } from '../plan.ts';
import { castToNull } from './cast-to-null.ts';
import { confPartitions } from './conf-partitions.ts';
import { retryInside } from './retry-inside.ts';
import { streamBatch } from './stream-batch.ts';
import { parse } from './testing/asked.ts';

const HEAD = `from pyspark.sql import SparkSession, functions as F
from pyspark.sql.types import DecimalType, IntegerType
spark = SparkSession.builder.getOrCreate()
rows = spark.read.parquet("/rows")
`;
/** Lines of HEAD: the first line of a case is the next. */
const AT = HEAD.split('\n').length;

/** The text of the plan for a run with code, and what it says. */
function plannedOf(fixer: Fixer, run: SparkRun, text: string) {
  const program = parse(text);
  const store = new FactStore(run);
  const report = audit(run, { store, code: program });
  const plan = planFixes({ pyspark, program, report, store, code: joinCode(store, program) }, { fixers: [fixer], marks: true });
  return { plan, after: plan.patch.files[0]?.after, said: plan.planned.map((one) => `${one.why ?? ''} ${one.proposal.reason}`).join('\n') };
}

function holds(fixer: Fixer, run: SparkRun, before: string) {
  const { plan, after, said } = plannedOf(fixer, run, before);
  for (const { proposal } of plan.planned) {
    expect(proposal.reason.length).toBeGreaterThan(10);
    expect(proposal.safety).toBe('review');
    if (proposal.verdict === 'leave') expect(proposal.edits).toEqual([]);
  }
  if (after === undefined) return { plan, after, said };
  expect([...walk(parse(after).roots[0] as never)].filter((one) => one.type === 'ERROR')).toEqual([]);
  expect(plannedOf(fixer, run, after).after, 'a second change').toBeUndefined();
  return { plan, after: after.slice(HEAD.length), said };
}

const query = scan({ path: '/rows', rows: 100, files: 4 });
const write = node('Execute InsertIntoHadoopFsRelationCommand', 'Execute InsertIntoHadoopFsRelationCommand file:/out, false, Parquet', {}, [
  query,
]);
const failing = (error: string, version = '4.1.1'): Log =>
  log({ version }).sql({
    plan: write,
    error,
    stages: [{ failure: error, tasks: [{ ms: 900, fails: { reason: 'ExceptionFailure', message: error } }] }],
  });
const cast = (target: string, context: string) =>
  `[CAST_INVALID_INPUT] The value 'n/a' of the type "STRING" cannot be cast to "${target}" because it is malformed. Use \`try_cast\`. SQLSTATE: 22018\n${context}`;
const called = (name: string, line: number) => `== DataFrame ==\n"${name}" was called from\n/app/job.py:${line}\n`;
const sql = (piece: string) => `== SQL (line 1, position 1) ==\n${piece}\n${'^'.repeat(piece.length)}\n`;

interface Case {
  readonly name: string;
  readonly error: string;
  readonly version?: string;
  readonly before: string;
  readonly after?: string;
  /** Why nothing is changed, or a question that stays open. */
  readonly why?: string;
  readonly open?: string;
}

const CASTS: readonly Case[] = [
  {
    name: 'the line that Spark names, of several casts to the type',
    error: cast('INT', called('cast', AT + 2)),
    before: `out = rows.select(
    F.col("a").cast("int").alias("a"),
    F.col("b").cast("int").alias("b"),
)
out.write.parquet("/out")
`,
    after: `out = rows.select(
    F.col("a").cast("int").alias("a"),
    F.col("b").try_cast("int").alias("b"),
)
out.write.parquet("/out")
`,
    open: 'accept null in b',
  },
  {
    name: 'astype, a type as an object, another type beside it',
    error: cast('DECIMAL(10,2)', called('astype', AT)),
    before: `rows.withColumn("n", rows.a.astype(DecimalType(10, 2))).withColumn("m", rows.b.cast(IntegerType())).write.parquet("/out")
`,
    after: `rows.withColumn("n", rows.a.try_cast(DecimalType(10, 2))).withColumn("m", rows.b.cast(IntegerType())).write.parquet("/out")
`,
    open: 'accept null in n',
  },
  {
    name: 'two casts to the type on the line: both, and it is said',
    error: cast('INT', called('cast', AT)),
    before: `rows.select(F.col("a").cast("int").alias("a"), F.col("b").cast("int").alias("b")).write.parquet("/out")
`,
    after: `rows.select(F.col("a").try_cast("int").alias("a"), F.col("b").try_cast("int").alias("b")).write.parquet("/out")
`,
    open: 'accept null in a, b',
  },
  {
    name: 'casts of one chain over several lines: the one whose name stands on the line',
    error: cast('INT', called('cast', AT + 2)),
    before: `out = rows.withColumn(
    "n",
    F.when(F.col("a").cast("int") > 5, F.col("b"))
    .otherwise("0")
    .cast("int"),
)
out.write.parquet("/out")
`,
    after: `out = rows.withColumn(
    "n",
    F.when(F.col("a").try_cast("int") > 5, F.col("b"))
    .otherwise("0")
    .cast("int"),
)
out.write.parquet("/out")
`,
  },
  {
    name: 'a quotient of a quotient: both',
    error: `[DIVIDE_BY_ZERO] Division by zero. SQLSTATE: 22012\n${called('__truediv__', AT)}`,
    before: `rows.withColumn("r", F.col("a") / F.col("b") / F.col("c")).write.parquet("/out")
`,
    after: `rows.withColumn("r", F.try_divide(F.try_divide(F.col("a"), F.col("b")), F.col("c"))).write.parquet("/out")
`,
  },
  {
    name: 'a comment within a quotient',
    error: `[DIVIDE_BY_ZERO] Division by zero. SQLSTATE: 22012\n${called('__truediv__', AT + 2)}`,
    before: `out = rows.withColumn("r", (
    F.col("a")  # amount
    / F.col("b")
))
out.write.parquet("/out")
`,
    why: 'a comment stands in the division',
  },
  {
    name: 'a quotient in SQL beside longer words and tighter operands of the same text',
    error: `[DIVIDE_BY_ZERO] Division by zero. SQLSTATE: 22012\n${sql('a / b')}`,
    before: `rows.selectExpr("a / bc as x", "n * a / b as y", "a / b as z").write.parquet("/out")
`,
    after: `rows.selectExpr("a / bc as x", "n * a / b as y", "try_divide(a, b) as z").write.parquet("/out")
`,
  },
  {
    name: 'a cast in SQL whose type begins a longer one',
    error: cast('INT', sql('a::int')),
    before: `rows.selectExpr("a::integer as x", "a::int as y").write.parquet("/out")
`,
    after: `rows.selectExpr("a::integer as x", "try_cast(a as int) as y").write.parquet("/out")
`,
  },
  {
    name: "a function of the user's own with the name of one that has a form",
    error: cast('DATE', ''),
    before: `import helpers
def to_date(name):
    return F.col(name).substr(1, 4)
rows.withColumn("d", to_date("a")).withColumn("e", helpers.to_date("a")).write.parquet("/out")
`,
    why: 'neither the message nor the query tells',
  },
  {
    name: 'a product that overflows beside a cast to its type',
    error: `[NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION] 123.45 cannot be represented as Decimal(4, 2). SQLSTATE: 22003\n${called('__mul__', AT)}`,
    before: `rows.withColumn("n", F.col("a").cast("decimal(4,2)") * F.col("b")).write.parquet("/out")
`,
    why: 'no call that could give null',
  },
  {
    name: 'a type that is computed, at the line that is named',
    error: cast('DATE', called('cast', AT + 1)),
    before: `for name, kind in [("a", "date"), ("b", "int")]:
    rows = rows.withColumn(name, F.col(name).cast(kind))
rows.write.parquet("/out")
`,
    after: `for name, kind in [("a", "date"), ("b", "int")]:
    rows = rows.withColumn(name, F.col(name).try_cast(kind))
rows.write.parquet("/out")
`,
  },
  {
    name: 'the name of the column would change',
    error: cast('INT', called('cast', AT)),
    before: `rows.select(F.trim("a").cast("int")).write.parquet("/out")
`,
    after: `rows.select(F.trim("a").try_cast("int")).write.parquet("/out")
`,
    open: 'the name that Spark makes',
  },
  {
    name: 'Spark 3.5: as SQL',
    error: cast('INT', ''),
    version: '3.5.7',
    before: `rows.withColumn("n", F.col("a").cast("int")).write.parquet("/out")
`,
    after: `rows.withColumn("n", F.expr("try_cast(a as int)")).write.parquet("/out")
`,
  },
  {
    name: 'Spark 3.5: a column that SQL has no name for',
    error: cast('INT', ''),
    version: '3.5.7',
    before: `rows.withColumn("n", F.trim("a").cast("int")).write.parquet("/out")
`,
    why: 'in SQL only',
  },
  {
    name: 'a piece of SQL, wherever it stands in the text',
    error: cast('INT', sql('CAST(b AS INT)')),
    before: `rows.createOrReplaceTempView("t")
spark.sql("select a, CAST(b AS INT) as n from t group by a, CAST(b AS INT)").write.parquet("/out")
`,
    after: `rows.createOrReplaceTempView("t")
spark.sql("select a, TRY_CAST(b AS INT) as n from t group by a, TRY_CAST(b AS INT)").write.parquet("/out")
`,
  },
  {
    name: 'a text that is put together',
    error: cast('INT', sql('cast(b as int)')),
    before: `kind = "int"
rows.selectExpr(f"cast(b as {kind}) as n").write.parquet("/out")
`,
    why: 'put together',
  },
  {
    name: 'a conversion of Spark itself',
    error: cast('INT', called('__gt__', AT)),
    before: `rows.where(F.col("a") > 5).write.parquet("/out")
`,
    why: "conversion is Spark's own",
  },
  {
    name: 'a line of another file',
    error: cast('INT', '== DataFrame ==\n"cast" was called from\n/app/other.py:5\n'),
    before: `rows.withColumn("n", F.col("a").cast("int")).write.parquet("/out")
`,
    why: 'not in the code',
  },
  {
    name: 'a cast of pandas on the line',
    error: cast('INT', called('cast', AT + 2)),
    before: `def f(batches):
    for b in batches:
        yield b.astype("int")

rows.mapInPandas(f, "a int").write.parquet("/out")
`,
    why: "conversion is Spark's own",
  },
  {
    name: 'no context and several places: left when no query tells',
    error: cast('BIGINT', ''),
    before: `rows.withColumn("n", F.col("a").cast("int")).write.parquet("/out")
`,
    why: 'Which expression',
  },
  {
    name: 'a date by its format',
    error: "[CANNOT_PARSE_TIMESTAMP] Text 'x' could not be parsed. Use `try_to_timestamp` to tolerate invalid input. SQLSTATE: 22007",
    before: `rows.withColumn("t", F.to_timestamp("a", "yyyy-MM-dd")).write.parquet("/out")
`,
    after: `rows.withColumn("t", F.try_to_timestamp("a", F.lit("yyyy-MM-dd"))).write.parquet("/out")
`,
  },
  {
    name: 'a function that is named without its line, beside a cast to its type',
    error: cast(
      'TIMESTAMP',
      '== DataFrame ==\n"to_timestamp" was called from\njava.base/jdk.internal.reflect.NativeMethodAccessorImpl.invoke0(Native Method)\n',
    ),
    before: `rows.withColumn("n", F.to_timestamp("a")).withColumn("m", F.col("b").cast("timestamp")).write.parquet("/out")
`,
    after: `rows.withColumn("n", F.try_to_timestamp("a")).withColumn("m", F.col("b").cast("timestamp")).write.parquet("/out")
`,
  },
  {
    name: 'a cell of a notebook, which is named without a file; astype is cast to Spark',
    error: cast('INT', '== DataFrame ==\n"cast" was called from\nline 3 in cell [5]\n'),
    before: `rows.withColumn("n", F.col("a").astype("int")).write.parquet("/out")
`,
    after: `rows.withColumn("n", F.col("a").try_cast("int")).write.parquet("/out")
`,
  },
  {
    name: 'an element that is not there',
    error: '[INVALID_ARRAY_INDEX_IN_ELEMENT_AT] The index 2 is out of bounds. The array has 1 elements. SQLSTATE: 22003',
    before: `rows.withColumn("n", F.element_at("a", 2)).write.parquet("/out")
`,
    after: `rows.withColumn("n", F.try_element_at("a", F.lit(2))).write.parquet("/out")
`,
  },
  {
    name: 'a division',
    error: `[DIVIDE_BY_ZERO] Division by zero. Use \`try_divide\`. SQLSTATE: 22012\n${called('__truediv__', AT)}`,
    before: `rows.withColumn("r", F.col("a") / (F.col("b") - 1)).write.parquet("/out")
`,
    after: `rows.withColumn("r", F.try_divide(F.col("a"), (F.col("b") - 1))).write.parquet("/out")
`,
  },
  {
    name: 'a number beside the division',
    error: `[DIVIDE_BY_ZERO] Division by zero. SQLSTATE: 22012\n${called('__rtruediv__', AT)}`,
    before: `rows.withColumn("r", 100 / F.col("b")).write.parquet("/out")
`,
    after: `rows.withColumn("r", F.try_divide(F.lit(100), F.col("b"))).write.parquet("/out")
`,
  },
  {
    name: 'an overflow asks for a wider type, not for null',
    error: `[ARITHMETIC_OVERFLOW] integer overflow. Use \`try_add\`. SQLSTATE: 22003\n${called('__add__', AT)}`,
    before: `rows.withColumn("r", F.col("a") + F.col("b")).write.parquet("/out")
`,
    why: 'a person must cure it',
  },
  {
    name: 'an input that is not there',
    error: '[PATH_NOT_FOUND] Path does not exist: file:/rows. SQLSTATE: 42K03',
    before: `rows.withColumn("n", F.col("a").cast("int")).write.parquet("/out")
`,
    why: 'a person must cure it',
  },
];

describe('cast-to-null', () => {
  test.each(CASTS.map((one) => [one.name, one] as const))('%s', (_, { error, version, before, after, why, open }) => {
    const made = holds(castToNull, failing(error, version).run(), HEAD + before);
    expect(made.after).toBe(after);
    if (why !== undefined) expect(made.said).toContain(why);
    const [taken] = made.plan.planned.filter((one) => one.state === 'taken');
    const asked = taken?.proposal.preconditions.flatMap(({ text, holds: known }) => (known === undefined ? [text] : [])).join('\n') ?? '';
    if (after !== undefined) expect(asked).toContain('accept null');
    if (open !== undefined) expect(asked).toContain(open);
  });

  test('a trace that is cut before its cause: the gist of a task has it; of two casts to the type both', () => {
    const head = 'org.apache.spark.SparkException: [TASK_WRITE_FAILED] Task failed while writing rows to file:/out.';
    const trace = Array.from({ length: 40 }, (_, i) => `\tat org.apache.spark.Some.method${i}(Some.scala:${i})`).join('\n');
    const whole = `${head}\n${trace}\nCaused by: org.apache.spark.SparkNumberFormatException: ${cast('INT', '')}`;
    const run = log({ version: '3.5.7' }).sql({
      plan: write,
      error: `${head}\n${trace}`,
      stages: [{ failure: `${head}\n${trace}`, tasks: [{ ms: 900, fails: { reason: 'ExceptionFailure', message: whole } }] }],
    });
    const text = `${HEAD}rows.select(F.col("a").cast("int").alias("a"), F.col("b").cast("int").alias("b")).write.parquet("/out")\n`;
    const { after, plan } = holds(castToNull, run.run(), text);
    expect(after).toContain('F.expr("try_cast(a as int)").alias("a"), F.expr("try_cast(b as int)").alias("b")');
    expect(plan.planned[0]?.proposal.preconditions.map((one) => one.text).join()).toContain('does not tell which of the 2');
  });

  test('a failure that the program caught is its own business', () => {
    const error = cast('INT', called('cast', AT));
    const run = failing(error).sql({ plan: write, stages: [{ tasks: [{ ms: 5000 }] }] });
    const slow = log({ version: '4.1.1' })
      .sql({
        plan: write,
        error,
        stages: [{ failure: error, tasks: [{ ms: 9000, fails: { reason: 'ExceptionFailure', message: error } }] }],
      })
      .sql({ plan: write, stages: [{ tasks: [{ ms: 5000 }] }] });
    const text = `${HEAD}rows.withColumn("n", F.col("a").cast("int")).write.parquet("/out")\n`;
    expect(holds(castToNull, run.run(), text).after).toBeUndefined();
    expect(holds(castToNull, slow.run(), text).said).toContain('caught');
  });

  test('code of a Python function that failed is none of Spark', () => {
    const error =
      'org.apache.spark.api.python.PythonException: Traceback (most recent call last):\n  File "/app/job.py", line 5, in f\nValueError: no';
    expect(holds(castToNull, failing(error).run(), `${HEAD}rows.count()\n`).plan.planned).toEqual([]);
  });
});

const STREAM = `landing = spark.readStream.schema("a long").option("maxFilesPerTrigger", 2).parquet("/landing")
query = landing.writeStream.format("parquet").option("checkpointLocation", "/c").option("path", "/clean").start()
query.awaitTermination()
`;

interface Feed {
  readonly rows?: number;
  /** Task time for each row, ms. */
  readonly perRow?: number;
  readonly stateRows?: number;
  readonly stateBytes?: number;
  readonly conf?: Readonly<Record<string, string>>;
  readonly version?: string;
  readonly files?: number;
  readonly behind?: (i: number) => number;
}

/** Batches that are all full: 16 tasks of 400 ms on 4 slots, each with rows of its own number. */
const stream = ({ rows = 800, perRow = 0, stateRows, stateBytes, conf = {}, version = '4.1.1', files = 2, behind }: Feed): SparkRun =>
  log({ version, conf: { 'spark.sql.shuffle.partitions': '16', 'spark.sql.adaptive.enabled': 'false', ...conf } })
    .stream({
      name: 'clean',
      source: 'FileStreamSource[file:/landing]',
      sink: 'FileSink[file:/clean]',
      terminated: null,
      batches: times(10, { ms: 0 }).map((_, i) => ({
        inputRows: rows,
        ...(stateRows === undefined ? {} : { stateRows }),
        ...(stateBytes === undefined ? {} : { stateBytes }),
        ...(behind === undefined ? {} : { behind: behind(i) }),
        sql: {
          plan: node('StreamingDeduplicate', 'StreamingDeduplicate', {}, [
            exchange('hashpartitioning(a#1, 16)', { 'data size': 8000 }, scan({ path: '/landing', rows, files, bytes: 30_000 })),
          ]),
          stages: [
            { tasks: times(2, { ms: 20, inputRecords: rows / 2 }) },
            {
              tasks: times(16, (t) => {
                const own = rows / 16 + 4 * (t - 7.5);
                return { ms: 400 + Math.round(perRow * own), shuffleReadRecords: own };
              }),
            },
          ],
        },
      })),
    })
    .run();

describe('stream-batch', () => {
  const limitIn = (text: string | undefined) => /PerTrigger", ("?\w+"?)/.exec(text ?? '')?.[1];

  test('mostly overhead: the limit is raised, and rows are said to be the proof', () => {
    const { after, plan, said } = holds(streamBatch, stream({}), HEAD + STREAM);
    expect(limitIn(after)).toBe('20');
    expect(said).toMatch(/Prove it by rows, not by time/);
    expect(plan.planned[0]?.proposal.preconditions.filter((one) => one.holds === undefined)).toHaveLength(1);
  });

  test.each([1, 2, 3])('the dearer a row, the less: %d ms', (perRow) => {
    const free = Number(limitIn(holds(streamBatch, stream({}), HEAD + STREAM).after));
    const dear = Number(limitIn(holds(streamBatch, stream({ perRow }), HEAD + STREAM).after));
    expect(dear).toBeLessThan(free);
    expect(dear).toBeGreaterThanOrEqual(4);
  });

  test.each<[string, Feed, string, string]>([
    ['rows are what costs', { perRow: 16 }, STREAM, 'does not hang on its rows: twice'],
    ['no limit', {}, STREAM.replace('.option("maxFilesPerTrigger", 2)', ''), 'No limit of the source'],
    ['a limit that is computed', {}, STREAM.replace('2)', 'n)').replace('landing =', 'n = int("2")\nlanding ='), 'computed'],
    ['a test source makes its own rows', {}, STREAM.replace('maxFilesPerTrigger', 'rowsPerSecond'), 'No limit of the source'],
    ['batches take fewer files than allowed', {}, STREAM.replace('2)', '50)'), 'fewer than maxFilesPerTrigger allows'],
  ])('left: %s', (_, feed, text, why) => {
    const { after, said } = holds(streamBatch, stream(feed), HEAD + text);
    expect(after).toBeUndefined();
    expect(said).toContain(why);
  });

  test('a limit in quotes keeps them, and its unit', () => {
    expect(limitIn(holds(streamBatch, stream({}), (HEAD + STREAM).replace(', 2)', ', "2")')).after)).toBe('"20"');
    const bytes = (HEAD + STREAM).replace('maxFilesPerTrigger", 2)', 'maxBytesPerTrigger", "10m")');
    expect(limitIn(plannedOf(streamBatch, stream({}), bytes).after)).toBe('"100m"');
  });

  test.each([
    ['in options', '.options(maxFilesPerTrigger=2)', '.options(maxFilesPerTrigger=20)'],
    ['in a dict', '.options(**{"maxFilesPerTrigger": 2})', undefined],
    ['by keywords', '.option(key="maxFilesPerTrigger", value=2)', '.option(key="maxFilesPerTrigger", value=20)'],
    ['that is a name', '.option("maxFilesPerTrigger", LIMIT)', undefined],
  ])('a limit %s', (_, before, after) => {
    const text = `${HEAD}LIMIT = 2\n${STREAM.replace('.option("maxFilesPerTrigger", 2)', before)}`;
    const made = plannedOf(streamBatch, stream({}), text).after;
    expect(made).toBe(after === undefined ? undefined : text.replace(before, after));
  });

  test('what changed in a batch hangs on its rows', () => {
    const text = STREAM.replace('.format("parquet")', '.outputMode("update").format("parquet")');
    const { plan } = holds(streamBatch, stream({}), HEAD + text);
    expect(plan.planned[0]?.proposal.preconditions.filter((one) => one.holds === undefined)).toHaveLength(2);
  });

  test('what arrives decides where the source tells it', () => {
    const text = (HEAD + STREAM)
      .replace('parquet("/landing")', 'format("kafka").load()')
      .replace('maxFilesPerTrigger", 2)', 'maxOffsetsPerTrigger", 800)');
    const run = stream({ behind: (i) => 100 * (i + 1) + 900 });
    const kafka = {
      ...run,
      streams: run.streams.map((one) => ({
        ...one,
        progress: one.progress.map((batch) => ({
          ...batch,
          sources: batch.sources.map((source) => ({ ...source, description: 'KafkaV2[Subscribe[t]]' })),
        })),
      })),
    };
    const { after, said } = plannedOf(streamBatch, kafka, text);
    expect(said).toMatch(/rows\/s arrive/);
    expect(Number(limitIn(after))).toBeGreaterThanOrEqual(1600);
    expect(Number(limitIn(after))).toBeLessThan(8000);
  });
});

describe('shuffle partitions of a stream', () => {
  const SET = 'spark.conf.set("spark.sql.shuffle.partitions", "800")\n';
  const run = (more: Feed) => stream({ rows: 1600, conf: { 'spark.sql.shuffle.partitions': '800' }, ...more });
  const asked = (more: Feed, set = SET) => {
    const { findings } = audit(run(more));
    const place = findings.find((one) => one.rule === 'tiny-tasks');
    const program = parse(`${HEAD}${set}${STREAM}`);
    const store = new FactStore(run(more));
    const finding = {
      ...(place ?? findings[0]),
      rule: 'tiny-tasks',
      places: [{ ...findings.flatMap((one) => one.places)[0], evidence: [{ kind: 'sql', executionId: 3 }] }],
    };
    return confPartitions.propose({ program, store, code: joinCode(store, program), finding: finding as never, lint: [], places: [] })[0];
  };

  test.each([100, 0])('a query with state (%d rows) keeps its number until it has a new checkpoint, and that is open', (stateRows) => {
    const proposal = asked({ stateRows });
    expect(proposal?.verdict).toBe('rewrite');
    expect(proposal?.preconditions.flatMap((one) => (one.holds === undefined ? [one.text] : []))[0]).toMatch(
      /starts from a new checkpoint/,
    );
    // A stream's batches have no adaptive execution to switch on.
    expect(proposal?.conf).toEqual([]);
    expect(proposal?.edits).toHaveLength(1);
  });

  test('a large state has as many partitions as it needs', () => {
    const title = (stateBytes: number) => asked({ stateRows: 100, stateBytes })?.title;
    expect(title(0)).toMatch(/\(8 instead of 800\)/);
    expect(title(64 * 2 ** 20 * 20)).toMatch(/\(20 instead of 800\)/);
  });

  test('keys that the code does not show may be among those that are changed beside it', () => {
    const open = (set: string) => asked({}, set)?.preconditions.filter((one) => /does not show/.test(one.text));
    expect(asked({}, '')?.conf.map((one) => one.key)).toEqual(['spark.sql.shuffle.partitions']);
    expect(open('')).toEqual([]);
    expect(open('import json\nfor k, v in json.load(open("c.json")).items():\n    spark.conf.set(k, v)\n')).toEqual([
      { text: expect.stringMatching(/^Line \d+ sets keys .*: spark\.sql\.shuffle\.partitions is not among them\.$/), holds: undefined },
    ]);
  });

  test('one without takes another: at its next start since 4.1, from a new checkpoint before', () => {
    const open = (version: string) => asked({ version })?.preconditions.flatMap((one) => (one.holds === undefined ? [one.text] : []));
    expect(asked({})?.verdict).toBe('rewrite');
    expect(open('4.1.1')).toEqual([]);
    expect(open('4.0.1')?.join()).toContain('new checkpoint');
  });
});

describe('retry-inside', () => {
  const error = (name: string, line: number, message = 'closed') =>
    `org.apache.spark.api.python.PythonException: Traceback (most recent call last):\n  File "/opt/pyspark.zip/pyspark/worker.py", line 4327, in main\n    run()\n  File "/app/job.py", line ${line}, in f\n    x()\n${name}${message === '' ? '' : `: ${message}`}\n`;
  const retried = (message: string, reason: Failure['reason'] = 'ExceptionFailure') =>
    log({ master: 'local[8]' })
      .sql({
        plan: write,
        stages: [{ tasks: times(24, (i) => (i % 3 === 1 ? { ms: 5000, failures: [{ reason, ms: 4500, message }] } : { ms: 3000 })) }],
      })
      .run();
  const CLIENT = `class Client:
    def ask(self, x):
        raise ConnectionResetError("closed")

def look_up(rows):
    client = Client()
    for r in rows:
        answer = client.ask(r)
        yield (answer,)

spark.createDataFrame(rows.rdd.mapPartitions(look_up), "a string").write.parquet("/out")
`;

  test('the call in the function that workers run, not the line that raises', () => {
    const { after, said } = holds(retryInside, retried(error('ConnectionResetError', AT + 2)), HEAD + CLIENT);
    expect(after).toMatch(
      /# firesteel \(retry-inside\): in 8 attempts client\.ask ended the task with ConnectionResetError: closed[\s\S]*\n {8}answer = client\.ask\(r\)/,
    );
    expect(after).toContain(`raised at line ${AT + 2}`);
    expect(after?.replaceAll(/^ *# {1,3}.*\n/gm, '')).toBe(CLIENT);
    expect(said).toContain('8 of 32 attempts');
  });

  test('a line of its own in that function, and one that holds two statements', () => {
    const text = `def f(it):
    for x in it:
        if x is None: raise TimeoutError("late")
        yield x

rows.mapInPandas(f, "a int").write.parquet("/out")
`;
    const { after } = holds(retryInside, retried(error('TimeoutError', AT + 2)), HEAD + text);
    expect(after).toMatch(/\n {8}# firesteel [\s\S]*\n {8}if x is None: raise/);
  });

  test('an error that a second try happens to pass', () => {
    const text = `def f(it):
    for x in it:
        yield parse_it(x)

rows.mapInPandas(f, "a int").write.parquet("/out")
`;
    const { after } = holds(retryInside, retried(error('ValueError', AT + 2, 'half a file')), HEAD + text);
    expect(after).toContain('Find what the second try meets');
    expect(after).not.toContain('connect anew');
  });

  test.each<[string, SparkRun, string]>([
    ['a file that was not given', retried(error('ConnectionError', 3).replace('/app/job.py', '/app/client.py')), 'not in the code'],
    ['memory', retried(error('MemoryError', AT, '')), 'memory ran out'],
    ['an exception of the JVM', retried('java.sql.SQLTransientException: busy'), 'outside Python'],
  ])('left: %s', (_, run, why) => {
    const { after, said } = holds(retryInside, run, HEAD + CLIENT);
    expect(after).toBeUndefined();
    expect(said).toContain(why);
  });

  test('an executor that died is no fault of the code', () => {
    expect(holds(retryInside, retried('lost', 'ExecutorLostFailure'), HEAD + CLIENT).plan.planned).toEqual([]);
  });

  test('a run that it ended: what to do hangs on the kind of error', () => {
    const lost = holds(retryInside, failing(error('ConnectionResetError', AT + 2)).run(), HEAD + CLIENT);
    expect(lost.after).toMatch(/client\.ask ended the run with ConnectionResetError[\s\S]*connect anew/);
    const text = `score = F.udf(lambda v: 1 / v, "double")\nrows.select(score("a")).write.parquet("/out")\n`;
    const bad = holds(retryInside, failing(error('ZeroDivisionError', AT, 'division by zero')).run(), HEAD + text);
    expect(bad.after).toMatch(/the run ended here with ZeroDivisionError: division by zero\.[\s\S]*only you can say/);
  });
});
