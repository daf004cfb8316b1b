"""Which rows two datasets do not share, duplicates counted, and which of those are the same within the tolerance for floats.

Laws: rows meet by the hashes of the row, so only hashes, and numbers of float columns, are shuffled; equal is never said of numbers that
are not within the tolerance; where rows without a key cannot be told apart within it, they count as different, never as equal.

How rows with floats are matched. Hashes find the rows that are not exactly equal. Of these, rows belong together only when everything but
finite floats agrees (`k`: exact columns, nulls, NaNs, lengths). One row of each side under one k is a pair. Several are split into cells:
in each float position the values of both sides are sorted, and a gap wider than twice the tolerance ends a run; rows in the same runs in
all positions are a cell. A gap cannot part two rows that match, so a cell holds whole matches, mostly one. Inside a cell both sides are
sorted by their floats and taken pairwise. (Rounding to digits instead would part neighbours at the edges of its buckets.)
"""
from pyspark.sql import Window
from pyspark.sql import functions as F

from . import values
from .fingerprint import by_name, hashed
from .values import FLOATS, SEEDS

ID = ("r1", "r2")
KEY = ("k1", "k2")
# Weights are unrolled in two steps of at most this, so that no row holds a long array.
STEP = 1000


class Tolerance:
    """Relative, per type, and absolute: |a − b| ≤ relative · max(|a|, |b|) + absolute."""

    def __init__(self, double=1e-9, float=1e-6, absolute=0.0):
        self.relative = {"double": double, "float": float}
        self.absolute = absolute

    def within(self, a, b, kind):
        return F.abs(a - b) <= self.relative[kind] * F.greatest(F.abs(a), F.abs(b)) + self.absolute


class Part:
    """The numbers of one floating type in one column: p<n> of a frame, an array<double>."""

    def __init__(self, index, column, field, kind):
        self.name = f"p{index}"
        self.column = column
        self.field = field
        self.kind = kind


def parts_of(fields):
    """One Part per column and floating type in it; `column` is the column's number in name order."""
    found = []
    for i, f in enumerate(by_name(fields)):
        found += [Part(len(found) + n, i, f, kind) for n, kind in enumerate(k for k in FLOATS if values.holds(f.tree, k))]
    return found


def keyed(frame, fields):
    """hashed() with k1, k2 (everything but finite floats), s<i> (shape of a column with floats) and the parts beside it."""
    frame = hashed(frame, fields)
    parts = parts_of(fields)
    if not parts:
        return frame
    approximate = {p.column: p.field for p in parts}
    shapes = [values.shape(F.col(f"v{i}"), f.tree, SEEDS[0]).alias(f"s{i}") for i, f in approximate.items()]
    numbers = [values.leaves(F.col(f"v{p.column}"), p.field.tree, p.kind).alias(p.name) for p in parts]
    frame = frame.select("*", *shapes, *numbers)
    inputs = [[F.col(f"s{i}" if i in approximate else f"{h}{i}") for i in range(len(fields))] for h in "hg"]
    return frame.select("*", *[F.xxhash64(F.lit(seed), *c).alias(k) for k, seed, c in zip(KEY, SEEDS, inputs)])


class Unmatched:
    """Rows with r1, r2, a, b: how often each is in A and in B, where that differs. `within`: what the tolerance made equal."""

    def __init__(self, frame, within):
        self.frame = frame
        self.within = within
        self._cached = [frame]

    def totals(self):
        """(rows only in A, only in B, of those repeated more often in A, in B; distinct rows) with duplicates counted."""
        more_a, more_b = F.greatest(F.col("a") - F.col("b"), F.lit(0)), F.greatest(F.col("b") - F.col("a"), F.lit(0))
        both = (F.col("a") > 0) & (F.col("b") > 0)
        sums = [F.sum(more_a), F.sum(more_b), F.sum(F.when(both, more_a)), F.sum(F.when(both, more_b)), F.count(F.lit(1))]
        return tuple(v or 0 for v in self.frame.agg(*sums).head())

    def keep(self, *frames):
        self._cached += frames

    def release(self):
        for frame in self._cached:
            frame.unpersist()


def unmatched(a, b, fields, tolerance):
    """What frames A and B of the same fields do not share."""
    parts = parts_of(fields)
    columns = [*ID, *(KEY if parts else ()), *[p.name for p in parts]]
    one, none = F.lit(1).cast("long"), F.lit(0).cast("long")
    mine = keyed(a, fields).select(*columns, one.alias("a"), none.alias("b"))
    theirs = keyed(b, fields).select(*columns, none.alias("a"), one.alias("b"))
    counted = mine.unionByName(theirs).groupBy(*columns).agg(F.sum("a").alias("a"), F.sum("b").alias("b"))
    differing = counted.where(F.col("a") != F.col("b")).persist()
    if not parts or differing.head() is None:
        return Unmatched(differing, [])
    return _by_tolerance(differing, parts, tolerance)


def _by_tolerance(differing, parts, tolerance):
    group = Window.partitionBy(*KEY)
    extra = F.col("a") - F.col("b")
    d = (
        differing.withColumn("left", extra > 0)
        .withColumn("weight", F.abs(extra))
        .withColumn("of_a", F.sum(F.col("left").cast("int")).over(group))
        .withColumn("of_b", F.sum((~F.col("left")).cast("int")).over(group))
    ).persist()
    alone = d.where((F.col("of_a") == 0) | (F.col("of_b") == 0))
    facing = d.where((F.col("of_a") > 0) & (F.col("of_b") > 0))
    single = facing.where((F.col("of_a") == 1) & (F.col("of_b") == 1)).withColumn("cell", F.lit(0).cast("long"))
    several = facing.where((F.col("of_a") > 1) | (F.col("of_b") > 1))
    several = several.join(_cells(several, parts, tolerance), [*ID], "left").withColumn("cell", F.coalesce("cell", F.lit(0)))
    pairs = _pairs(single.unionByName(several), parts, tolerance).persist()

    good = pairs.where("good")
    largest = [F.max(f"worst_{p.name}").alias(p.name) for p in parts]
    counts = [F.sum((F.col(f"worst_{p.name}") > 0).cast("long")).alias(f"n_{p.name}") for p in parts]
    found = good.agg(*largest, *counts).head()
    within = [(p.field.name, p.kind, found[f"n_{p.name}"], found[p.name]) for p in parts if found[f"n_{p.name}"]]

    bad = pairs.where(~F.col("good"))
    lost = [
        alone.select(*ID, F.when(F.col("left"), F.col("weight")).otherwise(0).alias("more_a"), _or0(~F.col("left"), "weight").alias("more_b")),
        bad.where("a_r1 is not null").select(F.col("a_r1").alias("r1"), F.col("a_r2").alias("r2"), _long(1, "more_a"), _long(0, "more_b")),
        bad.where("b_r1 is not null").select(F.col("b_r1").alias("r1"), F.col("b_r2").alias("r2"), _long(0, "more_a"), _long(1, "more_b")),
    ]
    left = lost[0].unionByName(lost[1]).unionByName(lost[2]).groupBy(*ID).agg(F.sum("more_a").alias("more_a"), F.sum("more_b").alias("more_b"))
    shared = F.least(F.col("a"), F.col("b"))
    rows = left.join(differing, [*ID]).select(*ID, (shared + F.col("more_a")).alias("a"), (shared + F.col("more_b")).alias("b")).persist()
    result = Unmatched(rows, within)
    result.keep(differing, d, pairs)
    return result


def _long(number, name):
    return F.lit(number).cast("long").alias(name)


def _or0(condition, name):
    return F.when(condition, F.col(name)).otherwise(0)


def _cells(d, parts, tolerance):
    """r1, r2 and the cell of each row: a hash of the runs in which its numbers lie."""
    tagged = [
        F.transform(F.col(p.name), lambda v, limit=tolerance.relative[p.kind]: F.struct(v.alias("v"), F.lit(limit).alias("limit"))) for p in parts
    ]
    numbers = d.select(*ID, *KEY, F.posexplode(F.concat(*tagged)).alias("position", "number"))
    order = Window.partitionBy(*KEY, "position").orderBy("number.v")
    v, before = F.col("number.v"), F.lag("number.v").over(order)
    # Twice the tolerance: wide enough that no two numbers within it are parted by one that lies between them.
    reach = 2 * (F.col("number.limit") * F.greatest(F.abs(v), F.abs(before)) + F.lit(tolerance.absolute))
    starts = numbers.withColumn("starts", F.coalesce(((v - before) > reach).cast("int"), F.lit(0)))
    runs = starts.withColumn("run", F.sum("starts").over(order.rowsBetween(Window.unboundedPreceding, Window.currentRow)))
    cell = F.xxhash64(F.array_sort(F.collect_list(F.struct("position", "run"))))
    return runs.groupBy(*ID).agg(cell.alias("cell"))


def _pairs(d, parts, tolerance):
    """One line per row of a cell: the n-th of A beside the n-th of B; `good` when both are there and all numbers are within the tolerance."""
    whole = F.explode(F.sequence(F.lit(0).cast("long"), F.floor((F.col("weight") - 1) / STEP).cast("long")))
    unrolled = d.withColumn("step", whole)
    rest = F.least(F.lit(STEP).cast("long"), F.col("weight") - F.col("step") * STEP)
    unrolled = unrolled.withColumn("copy", F.explode(F.sequence(F.lit(1).cast("long"), rest)))
    place = Window.partitionBy(*KEY, "cell", "left").orderBy(*[p.name for p in parts], *ID, "step", "copy")
    ordered = unrolled.withColumn("n", F.row_number().over(place))
    names = [*ID, *[p.name for p in parts]]

    def side(condition, prefix):
        return ordered.where(condition).select(*KEY, "cell", "n", *[F.col(n).alias(f"{prefix}_{n}") for n in names])

    met = side(F.col("left"), "a").join(side(~F.col("left"), "b"), [*KEY, "cell", "n"], "full")
    good = F.col("a_r1").isNotNull() & F.col("b_r1").isNotNull()
    for p in parts:
        good = good & all_within(p, tolerance)
    far = [F.coalesce(worst(p, relative), F.lit(0.0)).alias(f"worst_{p.name}") for p in parts]
    sides = [f"{s}_{i}" for s in "ab" for i in ID]
    return met.select(*sides, F.coalesce(good, F.lit(False)).alias("good"), *far)


def all_within(part, tolerance):
    """Whether all numbers of a_p<n> and b_p<n> are within the tolerance, pair by pair."""
    return F.forall(F.zip_with(*_both(part), lambda x, y: tolerance.within(x, y, part.kind)), lambda good: good)


def worst(part, measure):
    """The largest difference between a_p<n> and b_p<n>; null when there are no numbers."""
    return F.array_max(F.zip_with(*_both(part), measure))


def relative(x, y):
    return F.when(x == y, F.lit(0.0)).otherwise(absolute(x, y) / F.greatest(F.abs(x), F.abs(y)))


def absolute(x, y):
    return F.abs(x - y)


def _both(part):
    return F.col(f"a_{part.name}"), F.col(f"b_{part.name}")
