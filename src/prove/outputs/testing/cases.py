"""Pairs of outputs that differ in one thing each, written by real Spark; then a script runs in the same session: the comparison.

usage: cases.py FOLDER JDBC_FILE SCRIPT ARGS...
Writes FOLDER/A/<case> and FOLDER/B/<case>, the catalog tables catalog_a and catalog_b, and, when JDBC_FILE is not "-" (it holds url and
properties), the tables sales_a and sales_b. What the comparison must say of each is in ../compare.test.ts.
"""
import json
import os
import runpy
import sys
from datetime import date, datetime, timedelta
from decimal import Decimal

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../../python"))

from firesteel_outputs import session  # noqa: E402
from pyspark.sql import functions as F  # noqa: E402

folder, jdbc_file, script = sys.argv[1:4]
spark = session.start("cases")
spark.sparkContext.setLogLevel("ERROR")
MILLION = 1_000_000


def rows(schema, *values):
    return spark.createDataFrame(list(values), schema).coalesce(1)


def numbers(count=1000, files=2):
    """id, a name with repeats, a double, a date."""
    i = F.col("id")
    return spark.range(0, count, 1, files).select(
        i,
        F.concat(F.lit("name "), i % 10).alias("name"),
        (i / 7).alias("amount"),
        F.date_add(F.lit("2026-01-01").cast("date"), (i % 30).cast("int")).alias("day"),
    )


def parquet(frame, place, **options):
    frame.write.options(**options).parquet(place)


CASES = {}


def case(make):
    """make() gives two frames (written as Parquet), or two functions that write into a place."""
    CASES[make.__name__] = make
    return make


def changed(frame, column, at, value):
    return frame.withColumn(column, F.when(F.col("id") == at, value).otherwise(F.col(column)))


@case
def equal():
    return numbers(), numbers()


@case
def reordered():
    return numbers(), numbers().orderBy(F.desc("id")).repartition(5)


@case
def one_in_a_million():
    frame = numbers(MILLION)
    return frame, changed(frame, "name", 777_777, F.lit("someone else"))


@case
def duplicated():
    return numbers(), numbers().union(numbers().where("id in (3, 5)")).union(numbers().where("id = 5"))


@case
def one_lost():
    return numbers(), numbers().where("id != 500")


@case
def null_for_zero():
    frame = numbers().withColumn("stock", (F.col("id") % 4).cast("int"))
    return frame, frame.withColumn("stock", F.expr("nullif(stock, 0)"))


@case
def noise_below():
    return numbers(), numbers().withColumn("amount", F.col("amount") * (1 + 1e-12))


@case
def noise_above():
    return numbers(), numbers().withColumn("amount", F.col("amount") * F.when(F.col("id") == 500, 1 + 1e-6).otherwise(1.0))


@case
def noise_without_a_key():
    # All floats, and exact columns that repeat: rows must be told apart by their numbers, which are near each other and all noisy.
    i = F.col("id")
    frame = spark.range(0, 3000, 1, 2).select(F.lit("all").alias("g"), (1 + (i % 50) / 3).alias("x"), ((i % 60) / 7).alias("y"))
    noise = 1 + (F.rand(1) - 0.5) * 1e-13
    return frame, frame.withColumn("x", F.col("x") * noise).withColumn("y", F.col("y") * noise)


@case
def swapped_floats_without_a_key():
    # The same numbers in each column, two of them in each other's row.
    return rows("x double, y double", (1.0, 10.0), (2.0, 20.0), (3.0, 30.0)), rows("x double, y double", (1.0, 20.0), (2.0, 10.0), (3.0, 30.0))


@case
def noise_in_many_copies():
    some = spark.range(2500).select(F.lit(0.1).alias("x"))
    return some, spark.range(2500).select(F.lit(0.1 + 1e-16).alias("x"))


@case
def swapped():
    frame = numbers()
    return frame, frame.withColumn("name", F.when(F.col("id") == 1, "name 2").when(F.col("id") == 2, "name 1").otherwise(F.col("name")))


NESTED = "struct<a:int,b:array<struct<c:string,d:double>>>"


def columns(**types_and_values):
    """A table of id 1 and 2: in row 2 each column has its value of A or of B, (type, A, B); row 1 is the same on both sides."""
    schema = ", ".join(["id int", *[f"{name} {types[0]}" for name, types in types_and_values.items()]])
    return [rows(schema, (1, *[v[1] for v in types_and_values.values()]), (2, *[v[side] for v in types_and_values.values()])) for side in (1, 2)]


@case
def one_value_each():
    """Every column differs in row 2, each in its own way."""
    made = columns(
        nan_for_null=("double", None, float("nan")),
        zero_for_null=("double", None, 0.0),
        infinity=("double", 1.5, float("inf")),
        empty_text_for_null=("string", None, ""),
        blank=("string", "a", "a "),
        small_decimal=("decimal(38,18)", Decimal("0.000000000000000001"), Decimal("0.000000000000000002")),
        last_bit_of_long=("bigint", (1 << 62) + 1, 1 << 62),
        binary=("binary", b"\x00\x01", b"\x00\x02"),
        microsecond=("timestamp", datetime(2026, 1, 1, 0, 0, 0, 1), datetime(2026, 1, 1, 0, 0, 0, 2)),
        null_moved=("array<int>", [1, None], [None, 1]),
        empty_for_null=("array<int>", None, []),
        order_in_array=("array<int>", [1, 2], [2, 1]),
        null_in_struct=("struct<a:int,b:int>", (1, None), (None, 1)),
        struct_of_nulls=("struct<a:int,b:int>", None, (None, None)),
        deep=(NESTED, (1, [("x", 1.0), ("y", 2.0)]), (1, [("x", 1.0), ("z", 2.0)])),
        deep_float=(NESTED, (1, [("x", 1.0), ("y", 2.0)]), (1, [("x", 1.0), ("y", 2.00001)])),
        map_value=("map<string,int>", {"a": 1, "b": None}, {"a": None, "b": 1}),
        map_key=("map<double,int>", {1.0: 1}, {1.0000000000000002: 1}),
    )
    if spark.version >= "4":
        made = [f.withColumn("variant", F.expr(f"parse_json(if(id = 2, '{{\"a\": {n}}}', '1'))")) for f, n in zip(made, (1, 2))]
    return made


@case
def noise_of_each_kind():
    """Every column is equal within the tolerance, and none to the last bit."""
    return columns(
        edge_of_a_bucket=("double", 0.15 - 3e-17, 0.15 + 3e-17),
        across_a_power=("double", 1.0 - 1e-16, 1.0 + 2.3e-16),
        # float has 24 bits: the next number is 6e-8 away.
        single=("float", 1.0, 1.0 + 2e-7),
        nested=(NESTED, (1, [("x", 1.0), ("y", 2.0)]), (1, [("x", 1.0 + 3e-16), ("y", 2.0)])),
        in_map=("map<string,double>", {"b": 2.0, "a": float("nan")}, {"a": float("nan"), "b": 2.0000000000000004}),
        mixed=("struct<f:float,d:double>", (1.0, 3.0), (1.0 + 2e-7, 3.0000000000000004)),
    )


@case
def same_in_another_form():
    """Equal to the last bit, however it is written."""
    a = spark.sql("select 1 as id, map('a', 1, 'b', 2, 'c', null) as m, 0.0D as z, named_struct('x', array(map(1, 'p', 2, 'q'))) as s")
    b = spark.sql("select 1 as id, map('c', null, 'b', 2, 'a', 1) as m, -0.0D as z, named_struct('x', array(map(2, 'q', 1, 'p'))) as s")
    return a.coalesce(1), b.coalesce(1)


@case
def columns_come_and_go():
    return numbers(), numbers().drop("day").withColumnRenamed("name", "Name").withColumn("extra", F.lit(1))


@case
def decimal_scale():
    i = F.col("id")
    frame = spark.range(0, 100, 1, 1).select(i, (i / 4).cast("decimal(10,2)").alias("price"))
    return frame, frame.withColumn("price", F.col("price").cast("decimal(12,4)"))


@case
def int_to_long():
    frame = numbers().withColumn("n", F.col("id").cast("int"))
    return frame, frame.withColumn("n", F.col("n").cast("long"))


@case
def int_to_long_and_changed():
    frame = numbers().withColumn("n", F.col("id").cast("int"))
    return frame, changed(frame.withColumn("n", F.col("n").cast("long")), "n", 9, F.lit(1 << 40))


@case
def column_order():
    return numbers(), numbers().select("day", "amount", "name", "id")


@case
def string_for_date():
    return numbers(), numbers().withColumn("day", F.col("day").cast("string"))


@case
def partitioned_otherwise():
    frame = numbers(200)
    return lambda p: frame.write.partitionBy("day").parquet(p), lambda p: frame.coalesce(1).write.partitionBy("name").parquet(p)


@case
def partition_types():
    # A's folder names read as numbers, B's column is text in the files.
    frame = spark.range(0, 20, 1, 1).select("id", (F.col("id") % 3).cast("string").alias("shop"))
    return lambda p: frame.write.partitionBy("shop").parquet(p), lambda p: frame.write.parquet(p)


@case
def empty_both():
    return numbers().where("id < 0"), numbers().where("id < 0")


@case
def empty_in_b():
    frame = numbers(10, 1)
    return lambda p: frame.write.partitionBy("day").parquet(p), lambda p: frame.where("id < 0").write.partitionBy("day").parquet(p)


@case
def missing_in_b():
    return lambda p: numbers(10, 1).write.parquet(p), lambda p: None


@case
def all_types():
    day, at = date(2026, 1, 31), datetime(2026, 1, 31, 12, 30, 15, 123456)
    columns = {
        "t byte": 1,
        "sh short": 2,
        "i int": 3,
        "l long": 1 << 60,
        "f float": 0.1,
        "d double": 0.1,
        "de decimal(38,10)": Decimal("12345678901234567890.0123456789"),
        "s string": "ünïcode \u0000 text",
        "e string": "",
        "b binary": b"\x00\x01\xff",
        "bo boolean": True,
        "da date": day,
        "ts timestamp": at,
        "tn timestamp_ntz": at,
        "dt interval day to second": timedelta(days=1, microseconds=7),
        "m map<int,array<string>>": {1: ["x", None], 2: None},
        "`a.b c` struct<`x.y`:int>": (1,),
    }
    full = rows(", ".join(columns), tuple(columns.values()), (None,) * len(columns))
    full = full.selectExpr("*", "interval 3 years 2 months as ym")
    if spark.version >= "4":
        full = full.selectExpr("*", """parse_json('{"b": 1, "a": [1, null]}') as v""")
    # Sort order differs, values do not.
    return full, full.orderBy(F.col("i").desc_nulls_first())


@case
def orc():
    return lambda p: numbers(100).write.orc(p), lambda p: numbers(100).repartition(3).write.orc(p)


@case
def csv_with_header():
    frame = numbers(100, 3)
    return lambda p: frame.write.csv(p, header=True), lambda p: frame.orderBy(F.desc("id")).coalesce(1).write.csv(p, header=True)


@case
def csv_noise():
    frame = numbers(100, 1)
    other = frame.withColumn("amount", F.col("amount") * (1 + 1e-15))
    return lambda p: frame.write.csv(p, header=True), lambda p: other.write.csv(p, header=True)


@case
def csv_without_header():
    frame = numbers(100, 3)
    return lambda p: frame.write.csv(p), lambda p: changed(frame, "name", 5, F.lit("x,y")).write.csv(p)


@case
def json_lines():
    frame = numbers(100, 2).withColumn("s", F.struct("id", "name"))
    return lambda p: frame.write.json(p), lambda p: frame.select("s", "day", "amount", "name", "id").write.json(p)


@case
def text_lines():
    return lambda p: numbers(100).select("name").write.text(p), lambda p: numbers(99).select("name").write.text(p)


@case
def no_extension():
    lines = spark.sparkContext.parallelize(["b", "a", "c"], 3)
    return lambda p: lines.saveAsTextFile(p), lambda p: lines.coalesce(1).saveAsTextFile(p)


def file(place, name, content):
    os.makedirs(place, exist_ok=True)
    with open(os.path.join(place, name), "wb") as f:
        f.write(content)


@case
def files_by_name():
    def write(content):
        return lambda p: [file(p, "model.bin", b"\x00\x01" + content), file(p, "notes.txt", b"same\n"), file(p, "_private", content)]

    return write(b"1"), write(b"2")


@case
def files_with_ids_in_their_names():
    return lambda p: file(p, "report-17.txt", b"a\nb\n"), lambda p: file(p, "report-18.txt", b"b\na\n")


@case
def broken_in_b():
    return lambda p: file(p, "part-0.parquet", b"PAR1 and then nothing"), lambda p: numbers(5, 1).write.parquet(p)


@case
def unknown_columns_in_one_file():
    def write(p):
        numbers(10, 1).write.parquet(p)
        numbers(10, 1).withColumn("extra", F.lit(1)).write.mode("append").parquet(p)

    return write, lambda p: numbers(10, 1).union(numbers(10, 1)).write.parquet(p)


@case
def below():
    def write(p):
        numbers(10, 1).write.parquet(f"{p}/deep/er")
        numbers(10, 1).write.orc(f"{p}/deep/er too")
        for unseen in ("deep/er/_temporary/0", "checkpoint/offsets", "checkpoint/commits", "nothing", ".hidden"):
            os.makedirs(os.path.join(p, unseen))
        file(f"{p}/checkpoint/offsets", "0", b"v1")

    return write, write


@case
def long_texts():
    frame = rows("id int, t string", (1, "x" * 500), (2, "y" * 500))
    return frame, frame.withColumn("t", F.when(F.col("id") == 2, F.concat(F.lit("y" * 300), F.lit("!"), F.lit("y" * 199))).otherwise(F.col("t")))


def has(name):
    return session._loadable(spark._jvm, name)


if has("io.delta.sql.DeltaSparkSessionExtension"):

    @case
    def delta():
        def write_a(p):
            numbers(50, 1).write.format("delta").save(p)

        def write_b(p):
            # Another history, the same rows at its end.
            numbers(80, 1).write.format("delta").save(p)
            numbers(50, 1).repartition(2).write.format("delta").mode("overwrite").save(p)

        return write_a, write_b


def write(side, name, made):
    place = f"{folder}/{side}/{name}"
    made(place) if callable(made) else parquet(made, place)


for name, make in CASES.items():
    made = make()
    if made is None:
        continue
    for side, one in zip("AB", made):
        write(side, name, one)

if jdbc_file != "-":
    with open(jdbc_file, encoding="utf-8") as f:
        jdbc = json.load(f)
    table = numbers(50, 1).withColumn("c", F.lit("ab"))
    for side, frame in (("a", table), ("b", changed(table, "name", 3, F.lit(None)))):
        options = {**jdbc["properties"], "driver": "org.postgresql.Driver", "createTableColumnTypes": "c char(5)"}
        frame.write.format("jdbc").options(url=jdbc["url"], dbtable=f"sales_{side}", **options).save()
for side, noise in (("a", 1), ("b", 1 + 1e-15)):
    numbers(20, 1).withColumn("amount", F.col("amount") * noise).write.csv(f"{folder}/declared/{side}", sep="|")
for side in "ab":
    # Not below FOLDER: Spark itself takes signs such as [ in the place of a table for a pattern.
    numbers(20, 1).write.mode("overwrite").option("path", f"{os.getcwd()}/tables/{side}").saveAsTable(f"catalog_{side}")

sys.argv = sys.argv[3:]
runpy.run_path(script, run_name="__main__")
