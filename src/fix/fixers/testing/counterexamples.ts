// Programs in which a rewrite would change rows, names, errors or what is counted: what is left alone, what a person must see, and what still is right.
// Law: cases are data; each was once rewritten wrongly, or stands right beside one that was.

import { PANDAS_LEFT } from '../pandas-to-spark/testing/cases.ts';
import type { Sample } from './samples.ts';

export const COUNTEREXAMPLES: readonly Sample[] = [
  {
    fixer: 'is-empty',
    name: 'a module gives the number to others',
    before: `n = df.count()
if n > 0:
    print("yes")
__all__ = ["n"]
`,
    why: 'read from elsewhere',
  },
  {
    fixer: 'is-empty',
    name: 'a number that a class keeps',
    before: `class A:
    n = df.count()
    ok = n > 0
    def f(self):
        return self.n
`,
    why: 'read from elsewhere',
  },
  {
    fixer: 'is-empty',
    name: 'a number asked for by its name as a text',
    before: `n = df.count()
if n == 0:
    print(locals()["n"])
`,
    why: 'read from elsewhere',
  },
  {
    fixer: 'is-empty',
    name: 'a comment and brackets around the lines of a chain',
    before: `if (df
    .where("x > 1")
    .count()  # rows
    ) == 0:
    print(1)
`,
    why: 'a comment stands',
  },
  {
    fixer: 'is-empty',
    name: 'the count fills a cache',
    before: `big = df.where("x > 1").cache()
if big.count() > 0:
    big.write.parquet("a")
    big.groupBy("k").count().write.parquet("b")
`,
    why: 'fills the cache',
  },
  {
    fixer: 'is-empty',
    name: 'what is observed is measured over all rows',
    before: `seen = df.observe("seen", F.count(F.lit(1)).alias("n"))
if seen.count() > 0:
    print("rows")
`,
    why: 'observed',
  },
  {
    fixer: 'is-empty',
    name: 'an accumulator counts rows',
    before: `acc = spark.sparkContext.accumulator(0)
@F.udf("int")
def f(x):
    acc.add(1)
    return 1
if df.where(f("x") == 1).count() > 0:
    print(acc.value)
`,
    why: 'accumulator',
  },
  {
    fixer: 'with-columns',
    name: 'names that differ in capital letters',
    before: `for c in ["a", "A"]:
    df = df.withColumn(c, F.lit(c))
df.write.parquet("out")
`,
    why: 'capital letters',
  },
  {
    fixer: 'with-columns',
    name: 'names that are not known may differ in capital letters',
    before: `@F.udf("int")
def slow(x):
    for i in range(3): x += 1
    return x
for c in ["a", "b"]:
    df = df.withColumn("e_" + c, slow(F.col(c)))
df.write.parquet("out")
`,
    unsure: 'capital letters only',
  },
  {
    fixer: 'with-columns',
    name: 'a struct grows in each turn',
    before: `for c in ["a", "b"]:
    df = df.withColumn("s", F.col("s").withField(c, F.lit(1)))
df.write.parquet("out")
`,
    why: 'twice',
  },
  {
    fixer: 'with-columns',
    name: 'an inner loop comes to the column again',
    before: `for c in ["a", "b"]:
    for i in range(3):
        df = df.withColumn(c, F.col(c) + i)
df.write.parquet("out")
`,
    why: 'twice',
  },
  {
    fixer: 'with-columns',
    name: 'the variable of the loop is given another value',
    before: `for c in ["A", "a"]:
    c = c.lower()
    df = df.withColumn(c, F.trim(F.col(c)))
df.write.parquet("out")
`,
    why: 'twice',
  },
  {
    fixer: 'with-columns',
    name: 'columns of a join may be there twice',
    before: `other = df.join(df.alias("b"), "k")
for c in other.columns:
    df = df.withColumn(c, F.trim(F.col(c)))
df.write.parquet("out")
`,
    why: 'twice',
  },
  {
    fixer: 'with-columns',
    name: 'a failing turn is left out',
    before: `for c in df.columns:
    try:
        df = df.withColumn(c, F.col(c).cast("int"))
    except Exception:
        pass
df.write.parquet("out")
`,
    why: 'an error',
  },
  {
    fixer: 'with-columns',
    name: 'a failing turn ends the loop',
    before: `try:
    for c in ["a", "b"]:
        df = df.withColumn(c, F.trim(F.col(c)))
except Exception as e:
    print(e)
df.write.parquet("out")
`,
    why: 'an error',
  },
  {
    fixer: 'with-columns',
    name: 'an else behind the loop',
    before: `for c in ["a", "b"]:
    df = df.withColumn(c, F.lit(1))
else:
    df.write.parquet("none")
df.write.parquet("out")
`,
    why: 'else',
  },
  {
    fixer: 'with-columns',
    name: 'the name of the turn before',
    before: `prev = "a"
for c in ["b", "c"]:
    df = df.withColumn(c, F.col(prev) + 1)
    prev = c
df.write.parquet("out")
`,
    why: 'not known',
  },
  {
    fixer: 'with-columns',
    name: 'the name of the turn before, in a list',
    before: `made = ["a"]
for c in ["b", "c"]:
    df = df.withColumn(c, F.col(made[-1]) + 1)
    made.append(c)
df.write.parquet("out")
`,
    why: 'not known',
  },
  {
    fixer: 'with-columns',
    name: 'the name of the turn before, in a dict',
    before: `state = {"last": "a"}
for c in ["b", "c"]:
    df = df.withColumn(c, F.col(state["last"]) + 1)
    state["last"] = c
df.write.parquet("out")
`,
    why: 'not known',
  },
  {
    fixer: 'with-columns',
    name: 'an expression that grows',
    before: `total = F.lit(0)
for c in ["b", "c"]:
    total = total + F.col(c)
    df = df.withColumn("t_" + c, total)
df.write.parquet("out")
`,
    why: 'not known',
  },
  {
    fixer: 'with-columns',
    name: 'a quoted name',
    before: `for i in range(3):
    df = df.withColumn(f"x_{i}", F.col(f"\`x_{i - 1}\`") + 1)
df.write.parquet("out")
`,
    why: 'may read',
  },
  {
    fixer: 'with-columns',
    name: 'a field of an added struct',
    before: `for i in range(3):
    df = df.withColumn(f"x_{i}", F.col("x_1.y") + 1)
df.write.parquet("out")
`,
    why: 'may read',
  },
  {
    fixer: 'with-columns',
    name: 'a name behind the alias of a frame',
    before: `df = df.alias("t")
for i in range(3):
    df = df.withColumn(f"x_{i}", F.col("t.x_1") + 1)
df.write.parquet("out")
`,
    why: 'may read',
  },
  {
    fixer: 'with-columns',
    name: 'a window over an added column',
    before: `w = Window.partitionBy("k").orderBy("x_1")
for i in range(1, 3):
    df = df.withColumn(f"x_{i}", F.row_number().over(w))
df.write.parquet("out")
`,
    why: 'may read',
  },
  {
    fixer: 'with-columns',
    name: 'two explodes in one step',
    before: `for c in ["a", "b"]:
    df = df.withColumn("e_" + c, F.explode(F.col(c)))
df.write.parquet("out")
`,
    why: 'makes rows',
  },
  {
    fixer: 'with-columns',
    name: 'a function reads the frame by its name',
    before: `def helper(c):
    return F.lit(len(df.columns))
for c in ["a", "b"]:
    df = df.withColumn(c, helper(c))
df.write.parquet("out")
`,
    why: 'may read',
  },
  {
    fixer: 'with-columns',
    name: 'a value over several lines',
    before: `for c in ["a", "b"]:
    df = df.withColumn(c, F.col("x")
         + F.col("y"))
df.write.parquet("out")
`,
    after: `columns = {}
for c in ["a", "b"]:
    columns[c] = (F.col("x")
         + F.col("y"))
df = df.withColumns(columns)
df.write.parquet("out")
`,
  },
  {
    fixer: 'select-columns',
    name: 'a column written in two ways',
    before: `wide = spark.read.parquet("wide").cache()
wide.groupBy("B").agg(F.sum("a")).write.parquet("one")
wide.groupBy("b").agg(F.sum("A")).write.parquet("two")
`,
    why: 'two ways',
  },
  {
    fixer: 'select-columns',
    name: 'fields of structs',
    before: `wide = spark.read.parquet("wide").cache()
wide.groupBy("s.b").agg(F.sum("a")).write.parquet("one")
wide.groupBy("b").agg(F.sum("t.a")).write.parquet("two")
`,
    after: `wide = spark.read.parquet("wide").select("a", "b", "s", "t").cache()
wide.groupBy("s.b").agg(F.sum("a")).write.parquet("one")
wide.groupBy("b").agg(F.sum("t.a")).write.parquet("two")
`,
  },
  {
    fixer: 'select-columns',
    name: 'columns behind an alias',
    before: `wide = spark.read.parquet("wide").cache()
t = wide.alias("t")
t.groupBy("t.b").agg(F.sum("t.a")).write.parquet("one")
t.groupBy("t.c").agg(F.sum("t.a")).write.parquet("two")
`,
    after: `wide = spark.read.parquet("wide").select("a", "b", "c").cache()
t = wide.alias("t")
t.groupBy("t.b").agg(F.sum("t.a")).write.parquet("one")
t.groupBy("t.c").agg(F.sum("t.a")).write.parquet("two")
`,
  },
  {
    fixer: 'select-columns',
    name: 'columns of a window',
    before: `w = Window.partitionBy("p").orderBy("o")
wide = spark.read.parquet("wide").cache()
wide.withColumn("n", F.row_number().over(w)).select("a", "n").write.parquet("one")
wide.groupBy("c").sum("a").write.parquet("two")
`,
    after: `w = Window.partitionBy("p").orderBy("o")
wide = spark.read.parquet("wide").select("a", "c", "o", "p").cache()
wide.withColumn("n", F.row_number().over(w)).select("a", "n").write.parquet("one")
wide.groupBy("c").sum("a").write.parquet("two")
`,
  },
  {
    fixer: 'select-columns',
    name: 'columns named as types are',
    before: `wide = spark.read.parquet("wide").cache()
wide.where("date >= date '2026-01-01' and year = 2026").groupBy("b").agg(F.sum("a")).write.parquet("one")
wide.selectExpr("cast(x as string) as s", "first(day) over (partition by hour order by minute rows between 1 preceding and current row) as r").write.parquet("two")
`,
    after: `wide = spark.read.parquet("wide").select("a", "b", "date", "day", "hour", "minute", "x", "year").cache()
wide.where("date >= date '2026-01-01' and year = 2026").groupBy("b").agg(F.sum("a")).write.parquet("one")
wide.selectExpr("cast(x as string) as s", "first(day) over (partition by hour order by minute rows between 1 preceding and current row) as r").write.parquet("two")
`,
  },
  {
    fixer: 'select-columns',
    name: 'a name put into SQL',
    before: `name = input()
wide = spark.read.parquet("wide").cache()
wide.where(f"{name} > 3").groupBy("b").agg(F.sum("a")).write.parquet("one")
wide.groupBy("c").agg(F.sum("a")).write.parquet("two")
`,
    silent: true,
  },
  {
    fixer: 'select-columns',
    name: 'a computed name in otherwise',
    before: `name = input()
wide = spark.read.parquet("wide").cache()
wide.select(F.when(F.col("a") > 1, F.lit(1)).otherwise(F.col(name)).alias("z")).write.parquet("one")
wide.groupBy("c").agg(F.sum("a")).write.parquet("two")
`,
    silent: true,
  },
  {
    fixer: 'select-columns',
    name: 'a pivot',
    before: `wide = spark.read.parquet("wide").cache()
wide.groupBy("b").pivot("q").agg(F.sum("a")).write.parquet("one")
wide.groupBy("c").agg(F.sum("a")).write.parquet("two")
`,
    silent: true,
  },
  {
    fixer: 'select-columns',
    name: 'a lambda reads a column',
    before: `wide = spark.read.parquet("wide").cache()
wide.select(F.transform("xs", lambda v: v + F.col("off")).alias("s")).write.parquet("one")
wide.groupBy("c").sum("a").write.parquet("two")
`,
    silent: true,
  },
  {
    fixer: 'select-columns',
    name: 'arguments beside a lambda in SQL',
    before: `wide = spark.read.parquet("wide").cache()
wide.select(F.expr("transform(xs, v -> v + off)").alias("s")).write.parquet("one")
wide.selectExpr("sum(a) over (partition by p order by o) as z", "named_struct('k', kk) as ks").write.parquet("two")
`,
    after: `wide = spark.read.parquet("wide").select("a", "kk", "o", "off", "p", "xs").cache()
wide.select(F.expr("transform(xs, v -> v + off)").alias("s")).write.parquet("one")
wide.selectExpr("sum(a) over (partition by p order by o) as z", "named_struct('k', kk) as ks").write.parquet("two")
`,
  },
  {
    fixer: 'select-columns',
    name: 'a view of the cache',
    before: `wide = spark.read.parquet("wide").cache()
wide.groupBy("b").agg(F.sum("a")).write.parquet("one")
wide.groupBy("c").agg(F.sum("a")).write.parquet("two")
wide.createOrReplaceTempView("w")
spark.table("w").groupBy("z").count().write.parquet("three")
`,
    why: 'gives it to SQL',
  },
  {
    fixer: 'select-columns',
    name: 'broken records',
    before: `wide = spark.read.json("wide").cache()
wide.where("_corrupt_record is null").groupBy("b").sum("a").write.parquet("one")
wide.where("_corrupt_record is null").groupBy("c").sum("a").write.parquet("two")
`,
    why: '_corrupt_record',
  },
  {
    fixer: 'select-columns',
    name: 'hidden columns of files',
    before: `wide = spark.read.parquet("wide").cache()
wide.select("a", "_metadata.file_path").write.parquet("one")
wide.groupBy("c").sum("a").write.parquet("two")
`,
    why: '_metadata',
  },
  {
    fixer: 'select-columns',
    name: 'a column that may not be there is renamed',
    before: `wide = spark.read.parquet("wide").cache()
wide.withColumnRenamed("maybe", "b").groupBy("b").sum("a").write.parquet("one")
wide.groupBy("c").sum("a").write.parquet("two")
`,
    why: 'renamed',
  },
  {
    fixer: 'select-columns',
    name: 'the frame before the cache reads it too',
    before: `wide = spark.read.parquet("wide")
cached = wide.persist()
cached.groupBy("b").sum("a").write.parquet("one")
cached.groupBy("c").sum("a").write.parquet("two")
wide.groupBy("d").sum("e").write.parquet("three")
`,
    why: 'used on by its name',
  },
  {
    fixer: 'select-columns',
    name: 'JSON with a schema that a value may not fit',
    before: `wide = spark.read.schema("a int, b int, c int, d int").json("wide").cache()
wide.groupBy("b").agg(F.sum("a")).write.parquet("one")
wide.groupBy("c").agg(F.sum("a")).write.parquet("two")
`,
    unsure: 'does not fit the schema',
  },
  {
    fixer: 'cache-reused',
    name: 'the time of each action',
    before: `big = df.withColumn("t", F.current_timestamp()).groupBy("k").agg(F.max("t").alias("t"))
big.write.parquet("one")
big.write.parquet("two")
`,
    unsure: 'drawn anew',
  },
  {
    fixer: 'cache-reused',
    name: 'a sample without a seed',
    before: `big = df.sample(0.1).groupBy("k").agg(F.sum("x").alias("x"))
big.write.parquet("one")
big.write.parquet("two")
`,
    unsure: 'drawn anew',
  },
  {
    fixer: 'cache-reused',
    name: 'a UDF that draws',
    before: `import random
@F.udf("double")
def r(x):
    return random.random()
big = df.withColumn("r", r("x")).groupBy("k").agg(F.sum("r").alias("x"))
big.write.parquet("one")
big.write.parquet("two")
`,
    unsure: 'drawn anew',
  },
  {
    fixer: 'cache-reused',
    name: 'an accumulator counts rows',
    before: `acc = spark.sparkContext.accumulator(0)
@F.udf("int")
def f(x):
    acc.add(1)
    return 1
big = df.withColumn("y", f("x")).groupBy("k").agg(F.sum("y").alias("x"))
big.write.parquet("one")
big.write.parquet("two")
print(acc.value)
`,
    unsure: 'accumulator',
  },
  {
    fixer: 'cache-reused',
    name: 'a reader that drops rows by the columns taken',
    before: `big = spark.read.schema("k int, x int").option("mode", "DROPMALFORMED").csv("in").groupBy("k").agg(F.sum("x").alias("x"))
big.write.parquet("one")
big.write.parquet("two")
`,
    unsure: 'drops or refuses',
  },
  {
    fixer: 'cache-reused',
    name: 'the same path, put together in another way',
    before: `d = "x"
big = spark.read.parquet(f"in/{d}").groupBy("k").agg(F.sum("x").alias("x"))
big.write.parquet("one")
df.write.mode("append").parquet("in/" + d)
big.write.parquet("two")
`,
    why: 'writes what it reads',
  },
  {
    fixer: 'cache-reused',
    name: 'a folder in what is read',
    before: `big = spark.read.parquet("in/x").groupBy("k").agg(F.sum("x").alias("x"))
big.write.parquet("one")
df.write.mode("append").parquet("in/x/day=3")
big.write.parquet("two")
`,
    why: 'writes what it reads',
  },
  {
    fixer: 'cache-reused',
    name: 'the same table in capital letters',
    before: `big = spark.table("DB.T").groupBy("k").agg(F.sum("x").alias("x"))
big.write.parquet("one")
df.write.insertInto("db.t")
big.write.parquet("two")
`,
    why: 'writes what it reads',
  },
  {
    fixer: 'cache-reused',
    name: 'SQL inserts into what is read',
    before: `big = spark.table("t").groupBy("k").agg(F.sum("x").alias("x"))
big.write.parquet("one")
spark.sql("insert into t select 1, 2")
big.write.parquet("two")
`,
    why: 'changes what it reads',
  },
  {
    fixer: 'cache-reused',
    name: 'a table is refreshed between',
    before: `big = spark.table("live").groupBy("k").agg(F.sum("x").alias("x"))
big.write.parquet("one")
spark.catalog.refreshTable("live")
big.write.parquet("two")
`,
    unsure: 'may hold something else',
  },
  {
    fixer: 'cache-reused',
    name: 'a Delta table is changed between',
    before: `from delta.tables import DeltaTable
big = spark.read.format("delta").load("live").groupBy("k").agg(F.sum("x").alias("x"))
big.write.parquet("one")
DeltaTable.forPath(spark, "live").delete("x < 0")
big.write.parquet("two")
`,
    unsure: 'may hold something else',
  },
  {
    fixer: 'cache-reused',
    name: 'another program runs between',
    before: `import subprocess
big = spark.read.parquet("live").groupBy("k").agg(F.sum("x").alias("x"))
big.write.parquet("one")
subprocess.run(["refresh.sh"])
big.write.parquet("two")
`,
    unsure: 'may hold something else',
  },
  {
    fixer: 'cache-reused',
    name: 'a function that runs later',
    before: `big = df.groupBy("k").agg(F.sum("x").alias("x"))
def later():
    big.write.parquet("one")
    big.where("x > 1").write.parquet("two")
print("ready")
later()
print("end")
`,
    after: `big = df.groupBy("k").agg(F.sum("x").alias("x")).cache()
def later():
    big.write.parquet("one")
    big.where("x > 1").write.parquet("two")
print("ready")
later()
print("end")
`,
  },
  {
    fixer: 'remove-needless',
    name: 'the program writes over what the cache holds',
    before: `big = spark.read.parquet("data").where("x > 1").cache()
big.write.mode("overwrite").parquet("data")
`,
    why: 'writes over',
  },
  {
    fixer: 'remove-needless',
    name: 'the program asks whether it is cached',
    before: `big = df.where("x > 1").cache()
big.write.parquet("a")
print(big.is_cached, big.storageLevel)
`,
    why: 'asks whether',
  },
  {
    fixer: 'remove-needless',
    name: 'one action, reached by two calls',
    before: `wide = spark.read.parquet("wide").cache()
def part(name):
    wide.select("a", name).write.parquet(name)
part("x")
part("y")
`,
    silent: true,
  },
  {
    fixer: 'remove-needless',
    name: 'the place of a row, in SQL',
    before: `rows = df.orderBy("x")
rows.selectExpr("*", "monotonically_increasing_id() as id").write.parquet("o")
`,
    why: 'in their order',
  },
  {
    fixer: 'remove-needless',
    name: 'first of a group, by a dict',
    before: `rows = df.orderBy("ts").groupBy("k").agg({"v": "first"})
rows.write.parquet("o")
`,
    why: 'in their order',
  },
  {
    fixer: 'remove-needless',
    name: 'a text of all values in their order',
    before: `rows = df.orderBy("ts").groupBy("k").agg(F.listagg("v"))
rows.write.parquet("o")
`,
    why: 'in their order',
  },
  {
    fixer: 'remove-needless',
    name: 'pandas sees the rows of a group',
    before: `rows = df.orderBy("ts").groupBy("k").applyInPandas(lambda p: p, "k int")
rows.write.parquet("o")
`,
    why: 'in their order',
  },
  {
    fixer: 'remove-needless',
    name: 'which of two rows is kept',
    before: `rows = df.orderBy(F.desc("ts")).dropDuplicates(["k"])
rows.write.parquet("o")
`,
    why: 'dropDuplicates',
  },
  {
    fixer: 'remove-needless',
    name: 'first of a group behind a shuffle',
    before: `df.repartition(8).groupBy("k").agg({"x": "first"}).write.parquet("o")
`,
    why: 'in their order',
  },
  {
    fixer: 'remove-needless',
    name: 'groups by partition',
    before: `df.repartition(8).groupBy(F.spark_partition_id()).count().write.parquet("o")
`,
    why: 'in their order',
  },
  {
    fixer: 'remove-needless',
    name: 'the number of partitions is asked for',
    before: `r = df.repartition(8)
print(r.rdd.getNumPartitions())
r.groupBy("k").count().write.parquet("o")
`,
    why: 'partitions',
  },
  {
    fixer: 'remove-needless',
    name: 'coalesce is no shuffle',
    before: `df.repartition(8).coalesce(4).write.parquet("o")
`,
    why: 'shuffles nothing',
  },
  {
    fixer: 'coalesce-after',
    name: 'a head line before the rows',
    before: `head = spark.createDataFrame([("h",)], "v string")
head.union(df.select(F.upper("v"))).coalesce(1).write.text("o")
`,
    why: 'in an order',
  },
  {
    fixer: 'coalesce-after',
    name: 'two readers, one of which counts rows',
    before: `rows = df.withColumn("y", F.expr("slow(x)")).coalesce(1)
rows.withColumn("i", F.monotonically_increasing_id()).write.parquet("a")
rows.write.parquet("b")
`,
    why: 'in their order',
  },
  {
    fixer: 'coalesce-after',
    name: 'rows that are shown',
    before: `rows = df.withColumn("y", F.expr("slow(x)")).coalesce(1)
rows.show()
`,
    why: 'in their order',
  },
  {
    fixer: 'coalesce-after',
    name: 'the partition of a row',
    before: `rows = df.withColumn("p", F.spark_partition_id()).withColumn("y", F.expr("slow(x)")).coalesce(1)
rows.write.parquet("b")
`,
    why: 'partition',
  },
  {
    fixer: 'coalesce-after',
    name: 'a function that sees all rows',
    before: `rows = df.repartition(1).mapInPandas(lambda it: it, "a int")
rows.write.parquet("b")
`,
    why: 'all rows',
  },
  {
    fixer: 'coalesce-after',
    name: 'the column of the sort is made anew',
    before: `rows = df.repartition(1).sortWithinPartitions("x").withColumn("x", F.expr("slow(x)"))
rows.write.csv("out")
`,
    why: 'gone at the write',
  },
  {
    fixer: 'native-udf',
    name: 'arguments in a list',
    before: `f = F.udf(lambda s: s[:3] if s is not None else None, "string")
df.withColumn("s", f(*["s"])).write.parquet("o")
`,
    why: 'unknown length',
  },
  {
    fixer: 'native-udf',
    name: 'an argument with another name',
    before: `@F.udf("string")
def f(a):
    return a[:3] if a is not None else None
df.select(f(F.col("A").alias("z"))).write.parquet("o")
`,
    why: 'name of the result',
  },
  {
    fixer: 'native-udf',
    name: 'an argument given back',
    before: `@F.udf("string")
def same(a):
    return a
df.select(F.struct(same("a")).alias("x")).write.parquet("o")
`,
    why: 'gives its argument back',
  },
  {
    fixer: 'native-udf',
    name: 'a function of Spark 3.5',
    before: `@F.udf("string")
def f(s):
    return s.replace("a", "") if s else None
df.withColumn("s", f("s")).write.parquet("o")
`,
    unsure: 'since Spark 3.5',
  },
  {
    fixer: 'window-partition',
    name: 'a column named after its window',
    before: `w = Window.orderBy("k", "ts")
df.select("k", F.when(F.lag("k").over(w) == F.col("k"), F.lag("v").over(w))).write.parquet("o")
`,
    silent: true,
  },
  {
    fixer: 'window-partition',
    name: 'an otherwise behind a name',
    before: `w = Window.orderBy("k", "ts")
prev = F.when(F.lag("k").over(w) == F.col("k"), F.lag("v").over(w))
df.withColumn("d", prev.otherwise(0)).write.parquet("o")
`,
    silent: true,
  },
  {
    fixer: 'round-trip',
    name: 'the program writes over what was brought',
    before: `rows = spark.read.parquet("t").where("x > 1").collect()
spark.createDataFrame(rows).write.mode("overwrite").parquet("t")
`,
    why: 'writes what it reads',
  },
  {
    fixer: 'round-trip',
    name: 'what was brought is deleted',
    before: `snap = spark.table("t").toPandas()
spark.sql("delete from t where x > 1")
spark.createDataFrame(snap).write.parquet("b")
`,
    why: 'changes what it reads',
  },
  {
    fixer: 'loop-to-one-write',
    name: 'a number of the row',
    before: `days = [r.day for r in df.select("day").distinct().collect()]
for day in days:
    part = df.where(F.col("day") == day).withColumn("i", F.monotonically_increasing_id()).groupBy("k").agg(F.max("i").alias("i"))
    part.write.mode("overwrite").parquet(f"out/day={day}")
`,
    why: 'by its place',
  },
  {
    fixer: 'loop-to-one-write',
    name: 'the value is a key already',
    before: `days = [r.day for r in df.select("day").distinct().collect()]
for day in days:
    part = df.where(F.col("day") == day).groupBy(F.col("day"), "k").agg(F.max("i").alias("i"))
    part.write.mode("overwrite").parquet(f"out/day={day}")
`,
    why: 'itself',
  },
  {
    fixer: 'loop-to-one-write',
    name: 'the column is made anew',
    before: `days = [r.day for r in df.select("day").distinct().collect()]
for day in days:
    part = df.where(F.col("day") == day).withColumn("day", F.lit("z")).groupBy("k").agg(F.max("i").alias("i"))
    part.write.mode("overwrite").parquet(f"out/day={day}")
`,
    why: 'anew',
  },
  {
    fixer: 'loop-to-one-write',
    name: 'the variable of the loop is used on',
    before: `for row in df.select("day", "n").distinct().collect():
    day = row.day
    part = df.where(F.col("day") == day).withColumn("n", F.lit(row.n)).groupBy("k").agg(F.max("n").alias("i"))
    part.write.mode("overwrite").parquet(f"out/day={day}")
`,
    why: 'is used behind',
  },
  {
    fixer: 'loop-to-one-write',
    name: 'one row for each value, with rows or not',
    before: `for day in ["a", "b"]:
    df.where(F.col("day") == day).groupBy().agg(F.count("*").alias("n")).write.mode("overwrite").parquet(f"out/day={day}")
`,
    why: 'has none',
  },
  {
    fixer: 'loop-to-one-write',
    name: 'a value that comes twice is appended twice',
    before: `for day in ["a", "a"]:
    part = df.where(F.col("day") == day).groupBy("k").agg(F.max("i").alias("i"))
    part.write.mode("append").parquet(f"out/day={day}")
`,
    unsure: 'comes once in the list',
  },
  ...PANDAS_LEFT,
];
