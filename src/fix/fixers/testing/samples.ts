// Small programs, each with one fault that one fixer cures: a text that holds the frame `df`, what is expected of it, and what is left alone.
// Law: cases are data; a new one needs no code.

import { PANDAS_SAMPLES } from '../pandas-to-spark/testing/cases.ts';

export const HEAD = `import argparse
from pyspark.sql import SparkSession, Window, functions as F
from pyspark.sql.types import StringType

spark = SparkSession.builder.appName("sample").getOrCreate()
df = spark.read.parquet("in")
`;

export interface Sample {
  readonly fixer: string;
  readonly name: string;
  readonly before: string;
  /** The text after all of the fixer's rewrites; undefined when it must leave or mark. */
  readonly after?: string;
  /** Part of the reason why not. */
  readonly why?: string;
  /** Part of a precondition that is not known to hold: a person, or a proof, must look. */
  readonly unsure?: string;
  /** Not even a finding. */
  readonly silent?: true;
}

export const SAMPLES: readonly Sample[] = [
  {
    fixer: 'native-udf',
    name: 'decorator, docstring and comments kept, types of values gone',
    before: `@F.udf(returnType=StringType())
def band(amount: float) -> str:
    """Band of an amount."""
    # nothing known
    if amount is None:
        return "unknown"
    # small ones
    if amount < 20:
        return "low"  # under twenty
    return "high"

df.withColumn("band", band(F.col("amount"))).write.parquet("out")
`,
    after: `def band(amount):
    """Band of an amount."""
    # nothing known
    # small ones
    # under twenty
    return F.when(amount.isNull(), F.lit("unknown")).when(amount < 20, F.lit("low")).otherwise(F.lit("high"))

df.withColumn("band", band(F.col("amount"))).write.parquet("out")
`,
  },
  {
    fixer: 'native-udf',
    name: 'lambda, names of columns, a seen name kept',
    before: `is_big = F.udf(lambda v: v is not None and v > 5, "boolean")
df.where(is_big("v")).select(is_big("w"), is_big("x").alias("b")).write.parquet("out")
`,
    after: `is_big = lambda v: v.isNotNull() & ((v > 5) & (~F.isnan(v)))
df.where(is_big(F.col("v"))).select(is_big(F.col("w")).alias("<lambda>(w)"), is_big(F.col("x")).alias("b")).write.parquet("out")
`,
  },
  {
    fixer: 'native-udf',
    name: 'udf(f, type): the function itself',
    before: `def short(s):
    return s[:3] if s is not None else None

short_udf = F.udf(short, "string")
df.withColumn("s", short_udf(df.s)).write.parquet("out")
`,
    after: `def short(s):
    return F.when(s.isNotNull(), F.substring(s, 1, 3))

short_udf = short
df.withColumn("s", short_udf(df.s)).write.parquet("out")
`,
  },
  {
    fixer: 'native-udf',
    name: 'udf(f, type) of a function that Python calls too',
    before: `def short(s):
    return s[:3] if s is not None else None

short_udf = F.udf(short, "string")
print(short("abcdef"))
df.withColumn("s", short_udf("s")).write.parquet("out")
`,
    after: `def short(s):
    return s[:3] if s is not None else None

def short_udf(s):
    return F.when(s.isNotNull(), F.substring(s, 1, 3))
print(short("abcdef"))
df.withColumn("s", short_udf(F.col("s"))).write.parquet("out")
`,
  },
  {
    fixer: 'native-udf',
    name: 'called by name in SQL',
    before: `spark.udf.register("shorten", lambda s: s[:3] if s is not None else None, "string")
df.selectExpr("shorten(s) as s").write.parquet("out")
`,
    why: 'SQL',
  },
  {
    fixer: 'native-udf',
    name: 'a use that is not known',
    before: `@F.udf("boolean")
def is_big(v):
    return v is not None and v > 5

def pick(column):
    return df.where(is_big(column))

pick(unknown()).write.parquet("out")
`,
    why: 'not known what',
  },
  {
    fixer: 'native-udf',
    name: 'a name inside another that is seen',
    before: `@F.udf("int")
def twice(v):
    return 0 if v is None else 1

df.groupBy("k").agg(F.sum(twice("v"))).write.parquet("out")
`,
    why: 'name would change',
  },
  {
    fixer: 'cache-reused',
    name: 'a chain over lines, three actions',
    before: `big = (
    df.where("x > 3")
    .groupBy("k")
    .agg(F.sum("x").alias("x"))
)
print(big.count())
big.write.parquet("one")  # all
big.where("x > 9").write.parquet("two")
print("done")
`,
    after: `big = (
    df.where("x > 3")
    .groupBy("k")
    .agg(F.sum("x").alias("x"))
    .cache()
)
print(big.count())
big.write.parquet("one")  # all
big.where("x > 9").write.parquet("two")
big.unpersist()
print("done")
`,
  },
  {
    fixer: 'cache-reused',
    name: 'made by a function, columns narrowed, used in a loop',
    before: `def enrich(frame):
    return frame.withColumn("y", F.expr("slow(x)"))


def run():
    rich = enrich(df)
    for day in ["a", "b"]:
        rich.where(F.col("day") == day).groupBy("k").agg(F.sum("y").alias("y")).write.parquet(day)


run()
`,
    after: `def enrich(frame):
    return frame.withColumn("y", F.expr("slow(x)"))


def run():
    rich = enrich(df).select("day", "k", "y").cache()
    for day in ["a", "b"]:
        rich.where(F.col("day") == day).groupBy("k").agg(F.sum("y").alias("y")).write.parquet(day)
    rich.unpersist()


run()
`,
  },
  {
    fixer: 'cache-reused',
    name: 'the program writes what it reads',
    before: `big = spark.read.parquet("in/day").groupBy("k").count()
big.write.mode("overwrite").parquet("in/day")
big.where("count > 9").write.parquet("two")
`,
    why: 'writes what it reads',
  },
  {
    fixer: 'is-empty',
    name: 'every form of the question',
    before: `if df.count() == 0:
    print("a")
while df.where("x > 99").count() > 0:
    print("b")
if not df.count():
    print("c")
ok = bool(df.count()) and 0 < df.count()
n = df.count()
if n >= 1:
    print("d")
print("e" if n == 0 else "f")
`,
    after: `if df.isEmpty():
    print("a")
while not df.where("x > 99").isEmpty():
    print("b")
if df.isEmpty():
    print("c")
ok = not df.isEmpty() and not df.isEmpty()
is_empty = df.isEmpty()
if not is_empty:
    print("d")
print("e" if is_empty else "f")
`,
  },
  {
    fixer: 'with-columns',
    name: 'a loop with two columns a turn',
    before: `for i in range(9):
    df = df.withColumn(f"a_{i}", F.col("x") * i).withColumn(f"b_{i}", F.col("y") + i)
    if i > 3:
        df = df.withColumn(f"c_{i}", df["x"] - i)
df.write.parquet("out")
`,
    after: `columns = {}
for i in range(9):
    columns[f"a_{i}"] = F.col("x") * i
    columns[f"b_{i}"] = F.col("y") + i
    if i > 3:
        columns[f"c_{i}"] = df["x"] - i
df = df.withColumns(columns)
df.write.parquet("out")
`,
  },
  {
    fixer: 'with-columns',
    name: 'each column from itself',
    before: `for c in df.columns:
    df = df.withColumn(c, F.trim(F.col(c)))
df.write.parquet("out")
`,
    after: `columns = {}
for c in df.columns:
    columns[c] = F.trim(F.col(c))
df = df.withColumns(columns)
df.write.parquet("out")
`,
  },
  {
    fixer: 'with-columns',
    name: 'each column from the one before',
    before: `for i in range(9):
    df = df.withColumn(f"lag_{i + 1}", F.col(f"lag_{i}") + 1)
df.write.parquet("out")
`,
    why: 'may read',
  },
  {
    fixer: 'with-columns',
    name: 'the frame is looked at on the way',
    before: `for i in range(9):
    df = df.withColumn(f"a_{i}", F.lit(i))
    print(len(df.columns))
df.write.parquet("out")
`,
    why: 'something else',
  },
  {
    fixer: 'select-columns',
    name: 'a star before a cache',
    before: `wide = spark.read.parquet("wide").select("*").cache()
wide.groupBy("b").agg(F.sum("a")).write.parquet("one")
wide.groupBy("c").agg(F.sum("a")).write.parquet("two")
`,
    after: `wide = spark.read.parquet("wide").select("a", "b", "c").cache()
wide.groupBy("b").agg(F.sum("a")).write.parquet("one")
wide.groupBy("c").agg(F.sum("a")).write.parquet("two")
`,
  },
  {
    fixer: 'select-columns',
    name: 'a cache of all columns',
    before: `wide = (
    spark.read
    .parquet("wide")
    .cache()
)
wide.groupBy("b").agg(F.sum("a")).write.parquet("one")
wide.groupBy("c").agg(F.sum("a")).write.parquet("two")
`,
    after: `wide = (
    spark.read
    .parquet("wide")
    .select("a", "b", "c")
    .cache()
)
wide.groupBy("b").agg(F.sum("a")).write.parquet("one")
wide.groupBy("c").agg(F.sum("a")).write.parquet("two")
`,
  },
  {
    fixer: 'select-columns',
    name: 'a join brings in columns of another frame',
    before: `wide = spark.read.parquet("wide").cache()
wide.join(df, "k").groupBy("b").agg(F.sum("a")).write.parquet("one")
wide.groupBy("c").agg(F.sum("a")).write.parquet("two")
`,
    why: 'whose is which',
  },
  {
    fixer: 'remove-needless',
    name: 'a total order before a write',
    before: `rows = df.where("x > 1").orderBy("x", "y")
rows.write.parquet("out")
`,
    after: `rows = df.where("x > 1")
rows.write.parquet("out")
`,
  },
  {
    fixer: 'remove-needless',
    name: 'a sorted file is sorted by the task that writes it',
    before: `df.where("x > 1").orderBy("x", F.desc("y")).coalesce(1).write.csv("out")
`,
    after: `df.where("x > 1").repartition(1).sortWithinPartitions("x", F.desc("y")).write.csv("out")
`,
  },
  {
    fixer: 'remove-needless',
    name: 'a sorted file stays sorted',
    before: `rows = df.where("x > 1").orderBy("x")
rows.coalesce(1).write.csv("out")
`,
    why: 'keeps the order',
  },
  {
    fixer: 'remove-needless',
    name: 'a shuffle before a shuffle',
    before: `df.repartition(64).groupBy("k").agg(F.sum("x")).write.parquet("out")
`,
    after: `df.groupBy("k").agg(F.sum("x")).write.parquet("out")
`,
  },
  {
    fixer: 'remove-needless',
    name: 'a cache and its release',
    before: `big = df.where("x > 1")
big = big.cache()
big.groupBy("k").count().write.parquet("out")
big.unpersist()
`,
    after: `big = df.where("x > 1")
big.groupBy("k").count().write.parquet("out")
`,
  },
  {
    fixer: 'release-cache',
    name: 'other actions run on',
    before: `big = df.where("x > 1").cache()
big.groupBy("k").count().write.parquet("one")
big.groupBy("l").count().write.parquet("two")
df.groupBy("m").count().write.parquet("three")
`,
    after: `big = df.where("x > 1").cache()
big.groupBy("k").count().write.parquet("one")
big.groupBy("l").count().write.parquet("two")
big.unpersist()
df.groupBy("m").count().write.parquet("three")
`,
  },
  {
    fixer: 'coalesce-after',
    name: 'work before coalesce(1)',
    before: `df.withColumn("y", F.expr("slow(x)")).coalesce(1).write.csv("out")
`,
    after: `df.withColumn("y", F.expr("slow(x)")).repartition(1).write.csv("out")
`,
  },
  {
    fixer: 'coalesce-after',
    name: 'work behind repartition(1)',
    before: `rows = df.where("x > 1").repartition(1).withColumn("y", F.expr("slow(x)"))
rows.write.csv("out")
`,
    after: `rows = df.where("x > 1").withColumn("y", F.expr("slow(x)")).repartition(1)
rows.write.csv("out")
`,
  },
  {
    fixer: 'coalesce-after',
    name: 'values by the place of a row',
    before: `rows = df.where("x > 1").repartition(1).withColumn("y", F.expr("slow(x)")).withColumn("id", F.monotonically_increasing_id())
rows.write.csv("out")
`,
    why: 'order of the rows',
  },
  {
    fixer: 'round-trip',
    name: 'to pandas and back',
    before: `pdf = df.select("l", "y").where("l > 1").toPandas()
spark.createDataFrame(pdf).write.parquet("out")
`,
    after: `df.select("l", "y").where("l > 1").write.parquet("out")
`,
  },
  {
    fixer: 'window-partition',
    name: 'the row before of the same key',
    before: `w = Window.orderBy("k", F.desc("ts"))
before = F.when(F.lag("k").over(w) == F.col("k"), F.lag("v").over(w))
df.withColumn("v0", before).write.parquet("out")
`,
    after: `w = Window.partitionBy("k").orderBy(F.desc("ts"))
before = F.when(F.col("k").isNotNull(), F.lag("v").over(w))
df.withColumn("v0", before).write.parquet("out")
`,
  },
  {
    fixer: 'needs-person',
    name: 'a window over all rows',
    before: `w = Window.orderBy("k")
df.withColumn("n", F.row_number().over(w)).write.parquet("out")
`,
    why: 'no partitionBy',
  },
  ...PANDAS_SAMPLES,
];
