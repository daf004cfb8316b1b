// Small programs in which pandas works on rows of Spark and hands them back: the same as steps of Spark, and those that stay with pandas.
// Law: cases are data; the first part runs on real Spark before and after (../spark.test.ts), its rows hold nulls, duplicates and umlauts.

import type { Sample } from '../../testing/samples.ts';

/** Types of the columns of `in`, as a run would tell them. */
export const TYPES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    k: 'int',
    l: 'int',
    m: 'int',
    x: 'int',
    y: 'double',
    s: 'string',
    v: 'int',
    ts: 'int',
    w: 'int',
    day: 'string',
    amount: 'double',
    a: 'int',
    b: 'int',
    c: 'int',
    t: 'timestamp',
  }),
);

export interface PandasCase {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

export const PANDAS_CASES: readonly PandasCase[] = [
  {
    name: 'named aggregation, rounding and a band',
    before: `pdf = df.select("s", "x", "amount", "day").toPandas()
sums = (
    pdf.groupby("s")
    .agg(rows=("amount", "size"), filled=("amount", "count"), spend=("amount", "sum"), low=("x", "min"), high=("x", "max"), days=("day", "nunique"))
    .reset_index()
)
sums["spend"] = sums["spend"].round(1)
sums["band"] = sums["spend"].apply(lambda v: "gold" if v > 40 else "silver" if v > 20 else "base")
spark.createDataFrame(sums).write.mode("overwrite").parquet("out")
`,
    after: `pdf = df.select("s", "x", "amount", "day").withColumn("x", F.col("x").cast("bigint"))
sums = (
    pdf.where(F.col("s").isNotNull())
    .groupBy("s")
    .agg(
        F.count("*").alias("rows"),
        F.count("amount").alias("filled"),
        F.coalesce(F.sum("amount"), F.lit(0)).alias("spend"),
        F.min("x").alias("low"),
        F.max("x").alias("high"),
        F.countDistinct("day").alias("days"),
    )
)
sums = sums.withColumn("spend", F.rint(F.col("spend") * 10) / 10)
sums = sums.withColumn(
    "band",
    F.when(F.col("spend") > 40, F.lit("gold")).when(F.col("spend") > 20, F.lit("silver")).otherwise(F.lit("base")),
)
sums.write.mode("overwrite").parquet("out")
`,
  },
  {
    name: 'a dict of aggregates, keys as columns',
    before: `pdf = df.toPandas()
by_day = pdf.groupby(["day", "l"], as_index=False).agg({"x": "sum", "y": "mean", "ts": "max"})
spark.createDataFrame(by_day).write.parquet("out")
`,
    after: `pdf = (
    df.withColumn("l", F.col("l").cast("bigint"))
    .withColumn("x", F.col("x").cast("bigint"))
    .withColumn("ts", F.col("ts").cast("bigint"))
)
by_day = (
    pdf.where(F.col("day").isNotNull() & F.col("l").isNotNull())
    .groupBy("day", "l")
    .agg(F.coalesce(F.sum("x"), F.lit(0)).alias("x"), F.avg("y").alias("y"), F.max("ts").alias("ts"))
)
by_day.write.parquet("out")
`,
  },
  {
    name: 'one sum as a Series with a name',
    before: `total = df.toPandas().groupby("day")["y"].sum().round(2).reset_index(name="total")
spark.createDataFrame(total).write.parquet("out")
`,
    after: `total = (
    df.where(F.col("day").isNotNull())
    .groupBy("day")
    .agg(F.coalesce(F.sum("y"), F.lit(0)).alias("y"))
    .withColumn("y", F.rint(F.col("y") * 100) / 100)
    .withColumnRenamed("y", "total")
)
total.write.parquet("out")
`,
  },
  {
    name: 'the number of rows of each group',
    before: `pdf = df.where(F.col("x") > 0).toPandas()
n = pdf.groupby(["s", "w"]).size().reset_index(name="rows")
out = spark.createDataFrame(n)
out.write.parquet("out")
`,
    after: `pdf = df.where(F.col("x") > 0).withColumn("w", F.col("w").cast("bigint"))
n = (
    pdf.where(F.col("s").isNotNull() & F.col("w").isNotNull())
    .groupBy("s", "w")
    .agg(F.count("*").alias("rows"))
)
out = n
out.write.parquet("out")
`,
  },
  {
    name: 'filters with and, or, not over nulls',
    before: `pdf = df.select("s", "x", "day").toPandas()
some = pdf[((pdf["x"] > 2) | (pdf.s == "web")) & ~(pdf["s"] == "a") & (pdf["s"] != "abcdef")]
spark.createDataFrame(some[["day", "x"]]).write.parquet("out")
`,
    after: `pdf = df.select("s", "x", "day").withColumn("x", F.col("x").cast("bigint"))
some = pdf.where(
    (((F.col("x") > 2) | (F.col("s") == "web")) & (~F.coalesce(F.col("s") == "a", F.lit(False)))) & F.coalesce(F.col("s") != "abcdef", F.lit(True))
)
some.select("day", "x").write.parquet("out")
`,
  },
  {
    name: 'arithmetic and a choice of numpy',
    before: `import numpy as np

RATE = 0.25
pdf = df.select("x", "y", "l").toPandas()
pdf["net"] = pdf["y"] * RATE + pdf["x"]
pdf["share"] = pdf["x"] / 4
pdf["side"] = np.where((pdf["x"] < 0) | (pdf["y"] >= 5), "far", "near")
pdf["whole"] = pdf["y"].astype(int)
pdf["doubled"] = -pdf["x"] * 2
spark.createDataFrame(pdf).write.parquet("out")
`,
    after: `import numpy as np

RATE = 0.25
pdf = (
    df.select("x", "y", "l")
    .withColumn("x", F.col("x").cast("bigint"))
    .withColumn("l", F.col("l").cast("bigint"))
)
pdf = pdf.withColumn("net", (F.col("y") * RATE) + F.col("x"))
pdf = pdf.withColumn("share", F.col("x") / 4)
pdf = pdf.withColumn(
    "side",
    F.when((F.col("x") < 0) | (F.col("y") >= 5), F.lit("far")).otherwise(F.lit("near")),
)
pdf = pdf.withColumn("whole", F.col("y").cast("bigint"))
pdf = pdf.withColumn("doubled", (-F.col("x")) * 2)
pdf.write.parquet("out")
`,
  },
  {
    name: 'missing values filled and dropped',
    before: `pdf = df.select("s", "amount", "l").toPandas()
pdf["amount"] = pdf["amount"].fillna(0.5)
pdf["s"] = pdf["s"].fillna("none")
spark.createDataFrame(pdf).write.parquet("one")
rest = df.select("s", "amount", "l").toPandas()
rest = rest.dropna(subset=["s", "amount"])
spark.createDataFrame(rest).write.parquet("two")
`,
    after: `pdf = df.select("s", "amount", "l").withColumn("l", F.col("l").cast("bigint"))
pdf = pdf.withColumn("amount", F.coalesce(F.col("amount"), F.lit(0.5)))
pdf = pdf.withColumn("s", F.coalesce(F.col("s"), F.lit("none")))
pdf.write.parquet("one")
rest = df.select("s", "amount", "l").withColumn("l", F.col("l").cast("bigint"))
rest = rest.dropna(subset=["s", "amount"])
rest.write.parquet("two")
`,
  },
  {
    name: 'columns renamed and dropped',
    before: `pdf = df.select("ts", "day", "y", "w").toPandas()
pdf = pdf.rename(columns={"ts": "time", "day": "date"}).drop(columns=["w"])
spark.createDataFrame(pdf).write.parquet("out")
`,
    after: `pdf = (
    df.select("ts", "day", "y", "w")
    .withColumn("ts", F.col("ts").cast("bigint"))
    .withColumn("w", F.col("w").cast("bigint"))
)
pdf = pdf.withColumnRenamed("ts", "time").withColumnRenamed("day", "date").drop("w")
pdf.write.parquet("out")
`,
  },
  {
    name: 'the first rows of an order',
    before: `pdf = df.select("ts", "s", "y").toPandas()
top = pdf.sort_values(["y", "ts"], ascending=[False, True]).head(7).reset_index(drop=True)
spark.createDataFrame(top).write.parquet("out")
`,
    after: `pdf = df.select("ts", "s", "y").withColumn("ts", F.col("ts").cast("bigint"))
top = pdf.orderBy(F.col("y").desc(), F.col("ts").asc_nulls_last()).limit(7)
top.write.parquet("out")
`,
  },
  {
    name: 'two results joined',
    before: `pdf = df.select("day", "s", "x", "y").toPandas()
totals = pdf.groupby("s", as_index=False).agg(total=("y", "sum"), rows=("x", "size"))
tops = pdf.groupby("s").agg(top=("x", "max")).reset_index()
both = totals.merge(tops, on="s", how="left")
spark.createDataFrame(both).write.parquet("out")
`,
    after: `pdf = df.select("day", "s", "x", "y").withColumn("x", F.col("x").cast("bigint"))
totals = (
    pdf.where(F.col("s").isNotNull())
    .groupBy("s")
    .agg(F.coalesce(F.sum("y"), F.lit(0)).alias("total"), F.count("*").alias("rows"))
)
tops = pdf.where(F.col("s").isNotNull()).groupBy("s").agg(F.max("x").alias("top"))
both = totals.join(tops, "s", "left")
both.write.parquet("out")
`,
  },
  {
    name: 'two frames brought and joined',
    before: `left = df.where("x > 1").toPandas()
right = df.select("s", "ts").toPandas()
a = left.groupby("s")["y"].sum().reset_index()
b = right.groupby("s", as_index=False).agg(last=("ts", "max"))
spark.createDataFrame(b.merge(a, on="s")).write.parquet("out")
`,
    after: `left = df.where("x > 1")
right = df.select("s", "ts").withColumn("ts", F.col("ts").cast("bigint"))
a = left.where(F.col("s").isNotNull()).groupBy("s").agg(F.coalesce(F.sum("y"), F.lit(0)).alias("y"))
b = right.where(F.col("s").isNotNull()).groupBy("s").agg(F.max("ts").alias("last"))
b.join(a, "s", "inner").write.parquet("out")
`,
  },
  {
    name: 'rows that are there twice',
    before: `pdf = df.select("s", "day").toPandas()
spark.createDataFrame(pdf.drop_duplicates()).write.parquet("out")
`,
    after: `pdf = df.select("s", "day")
pdf.dropDuplicates().write.parquet("out")
`,
  },
  {
    name: 'a function of texts that may be missing',
    before: `def kind(s):
    if s is None or s == "":
        return "none"
    return s[:3]

pdf = df.select("s", "x").toPandas()
pdf["kind"] = pdf["s"].map(kind)
spark.createDataFrame(pdf).write.parquet("out")
`,
    after: `def kind(s):
    if s is None or s == "":
        return "none"
    return s[:3]

pdf = df.select("s", "x").withColumn("x", F.col("x").cast("bigint"))
pdf = pdf.withColumn(
    "kind",
    F.when(F.col("s").isNull() | (F.col("s") == ""), F.lit("none")).otherwise(F.substring(F.col("s"), 1, 3)),
)
pdf.write.parquet("out")
`,
  },
  {
    name: 'columns by assign',
    before: `pdf = df.select("x", "y").toPandas().assign(z=lambda d: d["x"] + d["y"], big=lambda d: d["z"] > 4)
spark.createDataFrame(pdf).write.parquet("out")
`,
    after: `pdf = (
    df.select("x", "y")
    .withColumn("x", F.col("x").cast("bigint"))
    .withColumn("z", F.col("x") + F.col("y"))
    .withColumn("big", F.col("z") > 4)
)
pdf.write.parquet("out")
`,
  },
  {
    name: 'in a function that gives the frame back',
    before: `def report(frame):
    pdf = frame.toPandas()
    # by day
    per_day = pdf.groupby("day").agg(n=pd.NamedAgg(column="x", aggfunc="size"), total=pd.NamedAgg("x", "sum")).reset_index()
    per_day["mean"] = per_day["total"] / per_day["n"]
    return spark.createDataFrame(per_day)

import pandas as pd
report(df).write.parquet("out")
`,
    after: `def report(frame):
    pdf = frame.withColumn("x", F.col("x").cast("bigint"))
    # by day
    per_day = (
        pdf.where(F.col("day").isNotNull())
        .groupBy("day")
        .agg(F.count("*").alias("n"), F.coalesce(F.sum("x"), F.lit(0)).alias("total"))
    )
    per_day = per_day.withColumn("mean", F.col("total") / F.col("n"))
    return per_day

import pandas as pd
report(df).write.parquet("out")
`,
  },
  {
    name: 'several aggregates of one column',
    before: `pdf = df.toPandas()
spark.createDataFrame(pdf.groupby("day")["x"].agg(["min", "max", "sum"]).reset_index()).write.parquet("out")
`,
    after: `pdf = df.withColumn("x", F.col("x").cast("bigint"))
(
    pdf.where(F.col("day").isNotNull())
    .groupBy("day")
    .agg(F.min("x").alias("min"), F.max("x").alias("max"), F.coalesce(F.sum("x"), F.lit(0)).alias("sum"))
).write.parquet("out")
`,
  },
  {
    name: 'an order of all rows',
    before: `pdf = df.select("s", "ts").toPandas()
pdf = pdf.sort_values(by="s", ascending=False).reset_index(drop=True)
spark.createDataFrame(pdf).write.parquet("out")
`,
    after: `pdf = df.select("s", "ts").withColumn("ts", F.col("ts").cast("bigint"))
pdf = pdf.orderBy(F.col("s").desc())
pdf.write.parquet("out")
`,
  },
  {
    name: 'two results of what was brought once',
    before: `pdf = df.select("day", "l", "x").toPandas()
hot = pdf[pdf["x"].between(1, 5)]
spark.createDataFrame(hot.groupby("l").agg(n=("x", "count")).reset_index()).write.parquet("one")
spark.createDataFrame(pdf.groupby("day", as_index=False)["x"].max()).write.parquet("two")
`,
    after: `pdf = (
    df.select("day", "l", "x")
    .withColumn("x", F.col("x").cast("bigint"))
    .withColumn("l", F.col("l").cast("bigint"))
)
hot = pdf.where(F.col("x").between(1, 5))
hot.where(F.col("l").isNotNull()).groupBy("l").agg(F.count("x").alias("n")).write.parquet("one")
pdf.where(F.col("day").isNotNull()).groupBy("day").agg(F.max("x").alias("x")).write.parquet("two")
`,
  },
  {
    name: 'questions as columns',
    before: `pdf = df.select("s", "x", "y").toPandas()
pdf["known"] = pdf["s"].notna()
pdf["named"] = pdf["s"].isin(["web", "a"])
pdf["other"] = pdf["s"] != "a"
pdf["small"] = ~(pdf["y"] > 3)
spark.createDataFrame(pdf).write.parquet("out")
`,
    after: `pdf = df.select("s", "x", "y").withColumn("x", F.col("x").cast("bigint"))
pdf = pdf.withColumn("known", F.col("s").isNotNull())
pdf = pdf.withColumn("named", F.coalesce(F.col("s").isin("web", "a"), F.lit(False)))
pdf = pdf.withColumn("other", F.coalesce(F.col("s") != "a", F.lit(True)))
pdf = pdf.withColumn("small", ~F.coalesce(F.col("y") > 3, F.lit(False)))
pdf.write.parquet("out")
`,
  },
  {
    name: 'a constant column and text of a number',
    before: `pdf = df.select("x", "day").toPandas()
pdf["source"] = "batch"
pdf["code"] = pdf["x"].astype("int64").astype(str)
pdf["size"] = pdf["x"].abs()
spark.createDataFrame(pdf).write.parquet("out")
`,
    after: `pdf = df.select("x", "day").withColumn("x", F.col("x").cast("bigint"))
pdf = pdf.withColumn("source", F.lit("batch"))
pdf = pdf.withColumn("code", F.col("x").cast("bigint").cast("string"))
pdf = pdf.withColumn("size", F.abs(F.col("x")))
pdf.write.parquet("out")
`,
  },
  {
    name: 'aggregates computed on before the index is reset',
    before: `pdf = df.toPandas()
agg = pdf.groupby("day").agg(total=("y", "sum"), n=("y", "count"))
agg["mean"] = (agg["total"] / agg["n"]).round(3)
agg = agg.reset_index().sort_values("mean", ascending=False)
spark.createDataFrame(agg).write.parquet("out")
`,
    after: `pdf = df
agg = (
    pdf.where(F.col("day").isNotNull())
    .groupBy("day")
    .agg(F.coalesce(F.sum("y"), F.lit(0)).alias("total"), F.count("y").alias("n"))
)
agg = agg.withColumn("mean", F.rint((F.col("total") / F.col("n")) * 1000) / 1000)
agg = agg.orderBy(F.col("mean").desc())
agg.write.parquet("out")
`,
  },
  {
    name: 'whole numbers filled and made whole again',
    before: `pdf = df.select("day", "v").toPandas()
pdf["v"] = pdf["v"].fillna(0).astype(int)
pdf = pdf[pdf["v"] != 3]
spark.createDataFrame(pdf).write.parquet("out")
`,
    after: `pdf = df.select("day", "v").withColumn("v", F.col("v").cast("bigint"))
pdf = pdf.withColumn("v", F.coalesce(F.col("v"), F.lit(0)))
pdf = pdf.where(F.col("v") != 3)
pdf.write.parquet("out")
`,
  },
  {
    name: 'truths counted',
    before: `pdf = df.select("s", "x", "y").toPandas()
pdf["late"] = pdf["y"] > 3
pdf["code"] = (pdf["s"] == "web").astype(int)
rates = pdf.groupby("s").agg(late=("late", "sum"), share=("late", "mean"), web=("code", "sum")).reset_index()
spark.createDataFrame(rates).write.parquet("out")
`,
    after: `pdf = df.select("s", "x", "y")
pdf = pdf.withColumn("late", F.coalesce(F.col("y") > 3, F.lit(False)))
pdf = pdf.withColumn("code", F.coalesce(F.col("s") == "web", F.lit(False)).cast("bigint"))
rates = (
    pdf.where(F.col("s").isNotNull())
    .groupBy("s")
    .agg(
        F.sum(F.col("late").cast("bigint")).alias("late"),
        F.avg(F.col("late").cast("bigint")).alias("share"),
        F.sum("code").alias("web"),
    )
)
rates.write.parquet("out")
`,
  },
  {
    name: 'parts of a time',
    before: `pdf = df.select("x", F.timestamp_seconds(F.col("ts") * 100000).alias("t")).toPandas()
pdf["hour"] = pdf["t"].dt.hour
pdf["month"] = pdf.t.dt.month
spark.createDataFrame(pdf.groupby("month").agg(first=("t", "min"), hours=("hour", "nunique"), low=("x", "min")).reset_index()).write.parquet("out")
`,
    after: `pdf = (
    df.select("x", F.timestamp_seconds(F.col("ts") * 100000).alias("t"))
    .withColumn("x", F.col("x").cast("bigint"))
)
pdf = pdf.withColumn("hour", F.hour(F.col("t")).cast("bigint"))
pdf = pdf.withColumn("month", F.month(F.col("t")).cast("bigint"))
(
    pdf.groupBy("month")
    .agg(F.min("t").alias("first"), F.countDistinct("hour").alias("hours"), F.min("x").alias("low"))
).write.parquet("out")
`,
  },
  {
    name: 'in a method, with other names',
    before: `import pyspark.sql.functions as fn

class Report:
    def __init__(self, session):
        self.session = session

    def run(self, rows):
        local = rows.where(fn.col("amount") > 1).select("day", "amount").toPandas()
        out = local.groupby("day", as_index=False)["amount"].sum()
        out["label"] = out["amount"].map(lambda a: "large" if a >= 20 else "small")
        self.session.createDataFrame(out).write.mode("overwrite").parquet("out")

Report(spark).run(df)
`,
    after: `import pyspark.sql.functions as fn

class Report:
    def __init__(self, session):
        self.session = session

    def run(self, rows):
        local = rows.where(fn.col("amount") > 1).select("day", "amount")
        out = local.where(F.col("day").isNotNull()).groupBy("day").agg(F.sum("amount").alias("amount"))
        out = out.withColumn("label", F.when(F.col("amount") >= 20, F.lit("large")).otherwise(F.lit("small")))
        out.write.mode("overwrite").parquet("out")

Report(spark).run(df)
`,
  },
  {
    name: 'for each of some days',
    before: `for day in ["a", "b"]:
    part = df.where(F.col("day") == day).select("day", "l", "y").toPandas()
    sums = part.groupby(["day", "l"]).agg({"y": "sum"}).reset_index()
    spark.createDataFrame(sums).write.mode("append").parquet("out")
`,
    after: `for day in ["a", "b"]:
    part = df.where(F.col("day") == day).select("day", "l", "y").withColumn("l", F.col("l").cast("bigint"))
    sums = (
        part.where(F.col("l").isNotNull())
        .groupBy("day", "l")
        .agg(F.coalesce(F.sum("y"), F.lit(0)).alias("y"))
    )
    sums.write.mode("append").parquet("out")
`,
  },
  {
    name: 'a chain over several lines',
    before: `(
    spark.createDataFrame(
        df.select("day", "x", "y")
        .toPandas()
        .dropna(subset=["day"])
        .assign(cost=lambda d: d["x"] * d["y"], name=lambda d: d["day"])
        .groupby(["name"])
        .agg(cost=("cost", "sum"), rows=("cost", "size"))
        .reset_index()
        .rename(columns={"name": "day"})
        .sort_values("cost", ascending=False)
    )
    .write.mode("overwrite")
    .parquet("out")
)
`,
    after: `(
    df.select("day", "x", "y")
    .withColumn("x", F.col("x").cast("bigint"))
    .dropna(subset=["day"])
    .withColumn("cost", F.col("x") * F.col("y"))
    .withColumn("name", F.col("day"))
    .groupBy("name")
    .agg(F.sum("cost").alias("cost"), F.count("*").alias("rows"))
    .withColumnRenamed("name", "day")
    .orderBy(F.col("cost").desc())
    .write.mode("overwrite")
    .parquet("out")
)
`,
  },
  {
    name: "texts that hold the parameter's name",
    before: `pdf = df.select("day", "x").toPandas()
pdf["v"] = pdf["day"].apply(lambda v: "v: v" if v == "a" else 'v.' + v)
pdf["sign"] = pdf["x"].apply(lambda x: -1 if x < 0 else 1 if x > 0 else 0)
spark.createDataFrame(pdf).write.parquet("out")
`,
    after: `pdf = df.select("day", "x").withColumn("x", F.col("x").cast("bigint"))
pdf = pdf.withColumn(
    "v",
    F.when(F.col("day").eqNullSafe("a"), F.lit("v: v")).otherwise(F.concat(F.lit('v.'), F.col("day"))),
)
pdf = pdf.withColumn(
    "sign",
    F.when(F.col("x") < 0, F.lit((-1))).when(F.col("x") > 0, F.lit(1)).otherwise(F.lit(0)).cast("bigint"),
)
pdf.write.parquet("out")
`,
  },
  {
    name: 'umlauts and constants',
    before: `STREET = "Straße"
LIMIT = 2

pdf = df.select("s", "x", "amount").toPandas()
kept = pdf[pdf["s"].isin(["Straße", "web"]) | (pdf["x"] > LIMIT)]
kept = kept.copy()
kept["is_street"] = kept["s"] == STREET
kept["amount"] = kept["amount"].fillna(-1.0)
spark.createDataFrame(kept.drop("x", axis=1)).write.parquet("out")
`,
    after: `STREET = "Straße"
LIMIT = 2

pdf = df.select("s", "x", "amount").withColumn("x", F.col("x").cast("bigint"))
kept = pdf.where((F.col("s").isin("Straße", "web")) | (F.col("x") > LIMIT))
kept = kept.withColumn("is_street", F.coalesce(F.col("s") == STREET, F.lit(False)))
kept = kept.withColumn("amount", F.coalesce(F.col("amount"), F.lit(-1.0)))
kept.drop("x").write.parquet("out")
`,
  },
  {
    name: 'the largest of what was counted',
    before: `pdf = df.select("day", "s", "y", "ts").toPandas()
n = pdf.groupby("s").size().to_frame("n").reset_index()
spark.createDataFrame(n.rename(columns={"s": "text"})).write.parquet("one")
late = pdf.nlargest(4, "ts")[["ts", "day"]]
spark.createDataFrame(late).write.parquet("two")
means = pdf.groupby("day", as_index=False).agg(low=("y", "min"), mean=("y", "mean")).round({"mean": 2})
spark.createDataFrame(means).write.parquet("three")
`,
    after: `pdf = df.select("day", "s", "y", "ts").withColumn("ts", F.col("ts").cast("bigint"))
n = pdf.where(F.col("s").isNotNull()).groupBy("s").agg(F.count("*").alias("n"))
n.withColumnRenamed("s", "text").write.parquet("one")
late = pdf.orderBy(F.col("ts").desc()).limit(4).select("ts", "day")
late.write.parquet("two")
means = (
    pdf.where(F.col("day").isNotNull())
    .groupBy("day")
    .agg(F.min("y").alias("low"), F.avg("y").alias("mean"))
    .withColumn("mean", F.rint(F.col("mean") * 100) / 100)
)
means.write.parquet("three")
`,
  },
  {
    name: 'counts in an order, the first of them',
    before: `import numpy as np

pdf = df[["day", "s", "m"]].toPandas()
top = pdf.groupby(["day", "s"])["m"].agg("sum").sort_values(ascending=False).reset_index(name="weight")
spark.createDataFrame(top).write.parquet("one")
levels = pdf.groupby("m").agg({"s": "nunique", "day": np.max}).reset_index()
levels["level"] = np.where(levels["s"] > 5, "many", np.where(levels["s"] > 2, "some", "few"))
levels["ratio"] = (levels["s"] / 6).round(2)
spark.createDataFrame(levels).write.parquet("two")
`,
    after: `import numpy as np

pdf = df[["day", "s", "m"]].withColumn("m", F.col("m").cast("bigint"))
top = (
    pdf.where(F.col("day").isNotNull() & F.col("s").isNotNull())
    .groupBy("day", "s")
    .agg(F.coalesce(F.sum("m"), F.lit(0)).alias("m"))
    .orderBy(F.col("m").desc())
    .withColumnRenamed("m", "weight")
)
top.write.parquet("one")
levels = (
    pdf.where(F.col("m").isNotNull())
    .groupBy("m")
    .agg(F.countDistinct("s").alias("s"), F.max("day").alias("day"))
)
levels = levels.withColumn(
    "level",
    F.when(F.col("s") > 5, F.lit("many")).otherwise(F.when(F.col("s") > 2, F.lit("some")).otherwise(F.lit("few"))),
)
levels = levels.withColumn("ratio", F.rint((F.col("s") / 6) * 100) / 100)
levels.write.parquet("two")
`,
  },
];

/** Each with part of the reason; `pdf` is `df.toPandas()`. */
const LEFT: readonly (readonly [name: string, text: string, why: string])[] = [
  [
    'whole rows',
    `pdf["b"] = pdf.apply(lambda r: r.x + r.y, axis=1)
spark.createDataFrame(pdf).write.parquet("out")
`,
    'works on whole rows',
  ],
  [
    'printed',
    `print(pdf)
spark.createDataFrame(pdf[["x"]]).write.parquet("out")
`,
    'is not translated',
  ],
  [
    'its length',
    `n = len(pdf)
spark.createDataFrame(pdf[["x"]]).write.parquet("out")
`,
    'len(pdf)',
  ],
  [
    'handed to a function',
    `clean(pdf)
spark.createDataFrame(pdf[["x"]]).write.parquet("out")
`,
    'clean(pdf)',
  ],
  [
    'a loop over its rows',
    `for i, row in pdf.iterrows():
    print(row)
spark.createDataFrame(pdf[["x"]]).write.parquet("out")
`,
    'pdf.iterrows()',
  ],
  [
    'the first of each group',
    `g = pdf.groupby("day").agg(f=("x", "first")).reset_index()
spark.createDataFrame(g).write.parquet("out")
`,
    '"first"',
  ],
  [
    'one row for each key',
    `g = pdf.drop_duplicates(subset=["day"])
spark.createDataFrame(g).write.parquet("out")
`,
    'order of rows',
  ],
  [
    'head without an order',
    `g = pdf[["x", "y"]].head(5)
spark.createDataFrame(g).write.parquet("out")
`,
    'no sort_values',
  ],
  [
    'keys left in the index',
    `g = pdf.groupby("day").agg(n=("x", "size"))
spark.createDataFrame(g).write.parquet("out")
`,
    'index',
  ],
  [
    'a dict as map',
    `pdf["d"] = pdf["day"].map({"a": "A"})
spark.createDataFrame(pdf).write.parquet("out")
`,
    'no function',
  ],
  [
    'a pivot',
    `g = pdf.pivot_table(index="day", values="x")
spark.createDataFrame(g).write.parquet("out")
`,
    'pivot_table',
  ],
  [
    'groups of functions',
    `g = pdf.groupby("day").apply(lambda d: d.head(1))
spark.createDataFrame(g).write.parquet("out")
`,
    'groupby(…).apply()',
  ],
  [
    'keys that may be missing kept',
    `g = pdf.groupby("s", dropna=False).agg(n=("x", "size")).reset_index()
spark.createDataFrame(g).write.parquet("out")
`,
    'dropna',
  ],
  [
    'a schema given',
    `g = pdf.groupby("day").agg(n=("x", "size")).reset_index()
spark.createDataFrame(g, "day string, n int").write.parquet("out")
`,
    'schema',
  ],
  [
    'two names for one frame',
    `other = pdf
other["z"] = other["x"] + 1
spark.createDataFrame(pdf).write.parquet("out")
`,
    'two names',
  ],
  [
    'changed in place',
    `pdf.sort_values("x", inplace=True)
spark.createDataFrame(pdf).write.parquet("out")
`,
    'sort_values',
  ],
  [
    'two columns of one name but for capitals',
    `pdf["X"] = pdf["x"] + 1
spark.createDataFrame(pdf).write.parquet("out")
`,
    'one name to Spark',
  ],
  [
    'written by pandas',
    `pdf[pdf["x"] > 1].to_csv("out.csv")
`,
    'to_csv',
  ],
  [
    'handed back to nobody',
    `g = pdf.groupby("day").agg(n=("x", "size")).reset_index()
`,
    'not handed back',
  ],
  [
    'a value of the row before',
    `pdf["d"] = pdf["x"] - pdf["x"].shift(1)
spark.createDataFrame(pdf).write.parquet("out")
`,
    'shift',
  ],
  [
    'joined with what pandas read',
    `import pandas as pd
rates = pd.read_csv("rates.csv")
g = pdf.merge(rates, on="day")
spark.createDataFrame(g).write.parquet("out")
`,
    'not brought from Spark',
  ],
  [
    'changed in a branch',
    `if spark:
    pdf = pdf[pdf["x"] > 1]
spark.createDataFrame(pdf).write.parquet("out")
`,
    'is not translated',
  ],
  [
    'a function that sees it',
    `def show():
    return pdf.x
pdf["z"] = pdf["x"] * 2
spark.createDataFrame(pdf).write.parquet("out")
`,
    'not translated',
  ],
  [
    'a comment in the steps',
    `g = (
    pdf.groupby("day")
    # how many
    .agg(n=("x", "size"))
    .reset_index()
)
spark.createDataFrame(g).write.parquet("out")
`,
    'comment',
  ],
  [
    'a sum over all of it',
    `total = pdf["x"].sum()
pdf["share"] = pdf["x"] / total
spark.createDataFrame(pdf).write.parquet("out")
`,
    'is not translated',
  ],
  [
    'a function with a state',
    `seen = set()
def new(v):
    seen.add(v)
    return "a"
pdf["z"] = pdf["day"].apply(new)
spark.createDataFrame(pdf).write.parquet("out")
`,
    'stays Python',
  ],
  [
    'None for some numbers',
    `pdf["z"] = pdf["y"].apply(lambda v: v * 2 if v > 1 else None)
spark.createDataFrame(pdf).write.parquet("out")
`,
    'gives None',
  ],
  [
    'texts made numbers',
    `pdf["z"] = pdf["day"].astype(int)
spark.createDataFrame(pdf).write.parquet("out")
`,
    'pdf["day"]',
  ],
  ['a type of pandas said', 'g: object = pdf[["x"]]\nspark.createDataFrame(g).write.parquet("out")\n', 'said to be of a type'],
  [
    'some rows given a value',
    'pdf.loc[pdf["x"] > 1, "b"] = "high"\nspark.createDataFrame(pdf).write.parquet("out")\n',
    'is not translated',
  ],
  ['added to in place', 'pdf["x"] += 1\nspark.createDataFrame(pdf).write.parquet("out")\n', 'is not translated'],
  [
    'a value that is not known',
    'pdf["run"] = argparse.ArgumentParser().parse_args().run\nspark.createDataFrame(pdf).write.parquet("out")\n',
    'is not understood',
  ],
  [
    'a session that ends between',
    'spark.stop()\nspark = SparkSession.builder.getOrCreate()\npdf["z"] = pdf["s"] == "a"\nspark.createDataFrame(pdf).write.parquet("out")\n',
    'outlives its session',
  ],
  [
    'another session',
    'other = spark.newSession()\nother.createDataFrame(pdf[["s"]]).createOrReplaceTempView("t")\n',
    'outlives its session',
  ],
  [
    'a list of functions over one column, keys not in the index',
    'g = pdf.groupby("s", as_index=False)["x"].agg(["min", "max"])\nspark.createDataFrame(g).write.parquet("out")\n',
    'is not translated',
  ],
  [
    'used behind its block',
    'if spark:\n    pdf = df.toPandas()\n    pdf["z"] = pdf["x"] + 1\n    spark.createDataFrame(pdf).write.parquet("out")\nprint(pdf)\n',
    'outside of its block',
  ],
  [
    'seen by the next turn',
    'kept = None\nfor day in ["a", "b"]:\n    if kept is not None:\n        print(kept)\n    kept = df.where(F.col("day") == day).toPandas()\n    kept["z"] = kept["x"] + 1\n    spark.createDataFrame(kept).write.mode("append").parquet("out")\n',
    'turn of the loop',
  ],
];

export const PANDAS_LEFT: readonly Sample[] = LEFT.map(([name, text, why]) => ({
  fixer: 'pandas-to-spark',
  name,
  before: `pdf = df.toPandas()\n${text}`,
  why,
}));

/** Without a run: the types of columns are not known, and asked for. */
export const PANDAS_SAMPLES: readonly Sample[] = [
  {
    fixer: 'pandas-to-spark',
    name: 'groups of a frame whose types are not known',
    before: `pdf = df.where("x > 1").toPandas()
sums = pdf.groupby("s").agg(total=("x", "sum"), n=("y", "count")).reset_index()
spark.createDataFrame(sums).write.parquet("out")
`,
    after: `pdf = df.where("x > 1")
sums = pdf.where(F.col("s").isNotNull()).groupBy("s").agg(F.sum("x").alias("total"), F.count("y").alias("n"))
sums.write.parquet("out")
`,
  },
  {
    fixer: 'pandas-to-spark',
    name: 'a column computed, a row filter, columns picked',
    before: `pdf = df.toPandas()
pdf["z"] = pdf["x"] * 2
pdf = pdf[pdf["z"] > 3][["z", "y"]]
spark.createDataFrame(pdf).write.mode("overwrite").parquet("out")
`,
    after: `pdf = df
pdf = pdf.withColumn("z", F.col("x") * 2)
pdf = pdf.where(F.col("z") > 3).select("z", "y")
pdf.write.mode("overwrite").parquet("out")
`,
  },
];
