"""The world of the daily_sales example: a retail team's transactions and customers, made by PySpark from a seed.

Laws: the same seed and sizes give the same rows, whatever the number of cores, partitions or files (every value is a hash
of seed, row number and column); nothing is overwritten that this program did not write; it needs nothing but pyspark.

    python generate_daily_sales.py --output DIR [--scale ROWS] [--files-per-day N] [--customers N] [--days N] [--seed N]

DIR/transactions/event_date=…/ holds days × files-per-day small Parquet files, DIR/customers four; DIR/world.json says how they were made.
One customer (the house account, id 1) makes a fifth of all transactions, the others follow a Zipf law.
"""
import argparse
import json
import os
import shutil
import sys
import time
from datetime import date, datetime, timezone

SCHEMA = "firesteel/daily-sales-world@1"
WORDS = ["alpha", "delta", "north", "south", "prime", "basic", "green", "retail", "outlet", "online"]
COUNTRIES = ["DE", "FR", "NL", "ES", "IT", "PL", "SE", "CZ"]
CURRENCIES = ["EUR", "EUR", "EUR", "SEK", "PLN", "CZK"]
CHANNELS = ["web", "app", "store", "partner"]
SEGMENTS = ["new", "standard", "standard", "loyal", "loyal", "vip"]
HOT_CUSTOMER, HOT_SHARE = 1, 0.2
ZIPF_EXPONENT = 1.4
NULL_AMOUNTS = 0.002
STORES, PRODUCTS = 200, 5000


def options(argv):
    p = argparse.ArgumentParser(description="Writes the seeded input of the daily_sales example.")
    p.add_argument("--output", required=True, help="folder to write; new, empty, or one that this program wrote")
    p.add_argument("--scale", type=int, default=1_000_000, help="number of transactions (default %(default)s)")
    p.add_argument("--files-per-day", type=int, default=34, help="Parquet files in each day's folder (default %(default)s)")
    p.add_argument("--customers", type=int, default=150_000)
    p.add_argument("--days", type=int, default=60)
    p.add_argument("--start", type=date.fromisoformat, default=date(2026, 1, 1), help="first day (default %(default)s)")
    p.add_argument("--seed", type=int, default=8001)
    a = p.parse_args(argv)
    for name in ("scale", "files_per_day", "customers", "days"):
        if getattr(a, name) < 1:
            p.error(f"--{name.replace('_', '-')} must be at least 1")
    return a


def description(a):
    """What world.json says: everything that decides the rows and their files."""
    return {
        "schema": SCHEMA,
        "seed": a.seed,
        "transactions": a.scale,
        "customers": a.customers,
        "days": a.days,
        "start": a.start.isoformat(),
        "filesPerDay": a.files_per_day,
    }


def state_of(folder, wanted):
    """'new', 'same' (complete, as wanted), 'ours' (may be made anew) or 'foreign'."""
    if not os.path.isdir(folder) or not os.listdir(folder):
        return "new"
    try:
        with open(os.path.join(folder, "world.json"), encoding="utf-8") as f:
            found = json.load(f)
    except (OSError, ValueError):
        return "foreign"
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        return "foreign"
    return "same" if found == {**wanted, "complete": True} else "ours"


def describe(folder, wanted, complete):
    path = os.path.join(folder, "world.json")
    with open(path + ".new", "w", encoding="utf-8") as f:
        json.dump({**wanted, "complete": complete}, f, indent=1)
    os.replace(path + ".new", path)


def write_world(spark, a):
    from pyspark.sql import functions as F

    row = F.col("id")

    def bits(column):
        """64 bits that depend on seed, table and column name, and row number alone."""
        return F.xxhash64(F.lit(a.seed), F.lit(column), row)

    def uniform(column):
        """[0, 1) from the upper 53 bits."""
        return F.shiftrightunsigned(bits(column), 11) / F.lit(float(1 << 53))

    def pick(column, values):
        return F.element_at(F.array(*[F.lit(v) for v in values]), (F.pmod(bits(column), F.lit(len(values))) + 1).cast("int"))

    def text(column, words):
        """So many words and a number, all from one hash: word n from its n-th base-10 digit."""
        digits = F.pmod(bits(column), F.lit(10 ** (words + 5)))
        parts = [F.element_at(F.array(*[F.lit(w) for w in WORDS]), (digits / 10**n % 10).cast("int") + 1) for n in range(words)]
        return F.concat_ws("-", *parts, digits.cast("string"))

    def between(column, low, high):
        return (F.pmod(bits(column), F.lit(high - low + 1)) + low).cast("int")

    def day(offset):
        return F.date_add(F.lit(a.start.isoformat()).cast("date"), offset)

    # Zipf by inversion of its tail, P(X ≥ x) ≈ x^(1 − s), folded into the ids; the least() keeps the power within a long.
    tail = F.least(F.pow(1 - uniform("customer"), F.lit(-1 / (ZIPF_EXPONENT - 1))), F.lit(1e15)).cast("long")
    customer = F.when(uniform("hot") < HOT_SHARE, F.lit(HOT_CUSTOMER).cast("long")).otherwise(F.pmod(tail, F.lit(a.customers)) + 1)
    # The sum of two exponentials: most baskets are small, a few are large.
    amount = F.floor(-2800.0 * F.log((1 - uniform("amount/1")) * (1 - uniform("amount/2"))) + 50) / 100
    offset = between("day", 0, a.days - 1)
    midnight = int(datetime.combine(a.start, datetime.min.time(), timezone.utc).timestamp())

    # One task writes one file into each day: so many tasks, so many files a day, and no shuffle.
    transactions = spark.range(0, a.scale, 1, a.files_per_day).select(
        (row + a.seed * 10_000_000).alias("tx_id"),
        customer.alias("customer_id"),
        between("store", 1, STORES).alias("store_id"),
        between("product", 1, PRODUCTS).alias("product_id"),
        F.timestamp_seconds(offset * 86_400 + between("second", 0, 86_399) + midnight).alias("event_ts"),
        F.when(uniform("amount/null") >= NULL_AMOUNTS, amount).alias("amount"),
        between("quantity", 1, 5).alias("quantity"),
        pick("currency", CURRENCIES).alias("currency"),
        pick("channel", CHANNELS).alias("channel"),
        text("note_0", 3).alias("note_0"),
        text("note_1", 3).alias("note_1"),
        day(offset).alias("event_date"),
    )
    transactions.write.partitionBy("event_date").parquet(f"{a.output}/transactions")

    customers = spark.range(0, a.customers, 1, 4).select(
        (row + 1).alias("customer_id"),
        pick("segment", SEGMENTS).alias("segment"),
        pick("country", COUNTRIES).alias("country"),
        F.round(uniform("credit") * 5000, 2).alias("credit_limit"),
        F.date_add(F.lit("2015-01-01").cast("date"), between("since", 0, 3599)).alias("since"),
        text("profile_0", 8).alias("profile_0"),
        text("profile_1", 8).alias("profile_1"),
        text("profile_2", 12).alias("profile_2"),
    )
    customers.write.parquet(f"{a.output}/customers")


def main(argv):
    started = time.monotonic()
    a = options(argv)
    a.output = os.path.abspath(a.output)
    wanted = description(a)
    state = state_of(a.output, wanted)
    if state == "same":
        print(f"{a.output} already holds this world; nothing written")
        return 0
    if state == "foreign":
        print(f"{a.output} is not empty and was not written by this program\n  next step: name a new folder with --output", file=sys.stderr)
        return 2
    if state == "ours":
        for table in ("transactions", "customers"):
            shutil.rmtree(os.path.join(a.output, table), ignore_errors=True)
    os.makedirs(a.output, exist_ok=True)
    describe(a.output, wanted, False)

    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("generate daily_sales")
    for key, value in {
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "false",
        "spark.sql.adaptive.enabled": "false",
        "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version": "2",
        # Without Hadoop's native library each local file costs two `chmod` processes, one of them for its checksum file.
        "spark.hadoop.fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
        # A short program: the time of the optimising compiler does not come back.
        "spark.driver.extraJavaOptions": "-XX:+IgnoreUnrecognizedVMOptions -XX:TieredStopAtLevel=1 -XX:+UseParallelGC",
    }.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    try:
        write_world(spark, a)
    finally:
        spark.stop()
    describe(a.output, wanted, True)
    files = a.days * a.files_per_day
    print(f"{a.scale} transactions in about {files} files, {a.customers} customers: {a.output} ({time.monotonic() - started:.1f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
