"""The fingerprint of a dataset in one pass: rows, per column and per row sums of hashes, nulls and NaNs.

Laws: the order of rows and files does not matter; a row that is there twice counts twice (sums, never xor, which would cancel pairs);
columns are taken by name, so their order does not matter; the row hash joins the columns, so swapped pairings show.
Sums are taken modulo 2^64, which needs spark.sql.ansi.enabled=false (session.py sets it).
"""
import hashlib

from pyspark.sql import functions as F

from . import values
from .values import SEEDS


def quoted(name):
    """A column by its exact name, dots and backticks included."""
    return F.col("`" + name.replace("`", "``") + "`")


def by_name(fields):
    return sorted(fields, key=lambda f: f.name)


def hashed(frame, fields):
    """Column i in name order as v<i> with its two hashes h<i> and g<i>, and r1, r2: the hashes of the whole row. No other columns."""
    fields = by_name(fields)
    columns = [quoted(f.name).alias(f"v{i}") for i, f in enumerate(fields)]
    hashes = []
    for i, f in enumerate(fields):
        hashes += [values.exact(F.col(f"v{i}"), f.tree, seed, f.padded).alias(f"{h}{i}") for h, seed in zip("hg", SEEDS)]
    rows = [F.xxhash64(F.lit(seed), *[F.col(f"{h}{i}") for i in range(len(fields))]) for h, seed in zip("hg", SEEDS)]
    return frame.select(*columns).select("*", *hashes).select("*", rows[0].alias("r1"), rows[1].alias("r2"))


class Fingerprint:
    """What identifies a dataset's content. `columns` maps a name to (sum, sum, nulls, NaNs); `rows_sum` is the pair of row sums."""

    def __init__(self, fields, rows, rows_sum, columns):
        self.fields = fields
        self.rows = rows
        self.rows_sum = rows_sum
        self.columns = columns

    def key(self):
        """Equal keys: equal schema (by name) and, but for a collision, equal rows."""
        return (tuple((f.name, f.text) for f in by_name(self.fields)), self.rows, self.rows_sum)

    def text(self):
        """The key as 32 hex digits, for records; it depends on neither run, place nor layout."""
        return hashlib.sha256(repr(self.key()).encode("utf-8")).hexdigest()[:32]


def fingerprint(frame, fields):
    """Reads the frame once."""
    fields = by_name(fields)
    sums = [F.count(F.lit(1)).alias("rows"), F.sum("r1").alias("r1"), F.sum("r2").alias("r2")]
    for i, f in enumerate(fields):
        c = F.col(f"v{i}")
        nan = F.isnan(c) if f.tree in values.FLOATS else F.lit(False)
        sums += [F.sum(f"h{i}").alias(f"h{i}"), F.sum(f"g{i}").alias(f"g{i}")]
        sums += [F.sum(c.isNull().cast("long")).alias(f"n{i}"), F.sum(nan.cast("long")).alias(f"q{i}")]
    row = hashed(frame, fields).agg(*sums).head()
    value = {name: row[name] or 0 for name in row.asDict()}
    columns = {f.name: tuple(value[f"{k}{i}"] for k in "hgnq") for i, f in enumerate(fields)}
    return Fingerprint(fields, value["rows"], (value["r1"], value["r2"]), columns)
