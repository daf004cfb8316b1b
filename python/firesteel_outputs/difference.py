"""Which rows two datasets do not share, duplicates counted, and which of those are the same within the tolerance for floats.

Laws: rows meet by the hashes of the row, so 16 bytes a row are shuffled, and more only for rows that differ; equal is never said of numbers
that are not within the tolerance; where rows without a key cannot be told apart within it, they count as different, never as equal.

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
# Which side has more of a row.
MORE = ("a > b", "b > a")
# Weights are unrolled in two steps of at most this, so that no row holds a long array.
STEP = 1000
# So few differing rows go to every task instead of through a shuffle.
SMALL = 100_000


class Tolerance:
    """Relative, per type, and absolute: |a − b| ≤ relative · max(|a|, |b|) + absolute."""

    def __init__(self, double=1e-9, float=1e-6, absolute=0.0):
        self.relative = {"double": double, "float": float}
        self.absolute = absolute

    def within(self, a, b, kind):
        return F.abs(a - b) <= F.lit(self.relative[kind]) * F.greatest(F.abs(a), F.abs(b)) + F.lit(self.absolute)


class Part:
    """The numbers of one floating type in one column: p<n> of a frame; a double when the column is a plain number, else an array<double>."""

    def __init__(self, index, column, field, kind):
        self.name = f"p{index}"
        self.column = column
        self.field = field
        self.kind = kind
        self.plain = field.tree == kind

    def numbers(self):
        column = F.col(f"v{self.column}")
        return (values.finite(column) if self.plain else values.leaves(column, self.field.tree, self.kind)).alias(self.name)


def parts_of(fields):
    """One Part per column and floating type in it; `column` is the column's number in name order."""
    found = []
    for i, f in enumerate(by_name(fields)):
        for kind in FLOATS:
            if values.holds(f.tree, kind):
                found.append(Part(len(found), i, f, kind))
    return found


def keyed(frame, fields):
    """hashed() with k1, k2 (everything but finite floats), s<i> (shape of a column with floats) and the parts beside it."""
    frame = hashed(frame, fields)
    parts = parts_of(fields)
    if not parts:
        return frame
    approximate = {p.column: p.field for p in parts}
    shapes = [values.shape(F.col(f"v{i}"), f.tree, seed).alias(f"{s}{i}") for i, f in approximate.items() for s, seed in zip("st", SEEDS)]
    frame = frame.select("*", *shapes, *[p.numbers() for p in parts])
    inputs = [[F.col(f"{s if i in approximate else h}{i}") for i in range(len(fields))] for h, s in zip("hg", "st")]
    return frame.select("*", *[F.xxhash64(F.lit(seed), *c).alias(k) for k, seed, c in zip(KEY, SEEDS, inputs)])


class Unmatched:
    """Rows of `ids` with r1, r2, a, b: how often each is in A and in B, where that differs. `within`: what the tolerance made equal."""

    def __init__(self, ids):
        self._cached = []
        self._details = {}
        self.within = []
        self.use(ids)

    def use(self, ids):
        """Takes these for the unmatched rows, and counts them."""
        self.ids = self.keep(ids)
        more = [F.greatest(F.col(x) - F.col(y), F.lit(0)) for x, y in ("ab", "ba")]
        both = (F.col("a") > 0) & (F.col("b") > 0)
        kinds = [F.sum((m > 0).cast("long")) for m in more]
        sums = [*[F.sum(m) for m in more], *[F.sum(F.when(both, m)) for m in more], *kinds]
        found = [v or 0 for v in self.ids.agg(*sums).head()]
        # Of A and of B. Duplicates counted; `repeated`: of these, rows that the other side has too, but fewer times; `different`: not counted.
        self.only, self.repeated, self.different = found[:2], found[2:4], found[4:]
        self.distinct = sum(self.different)

    def clear(self):
        """Nothing is unmatched."""
        self.only, self.repeated, self.different, self.distinct = [0, 0], [0, 0], [0, 0], 0

    def details(self, frame, fields, more):
        """keyed() of the frame's rows that are on this side more often, each once, with their weight; without the values themselves."""
        rows = self.ids.where(more).select(*ID, F.abs(F.col("a") - F.col("b")).alias("weight"))
        if more in self._details:
            return self._details[more].join(F.broadcast(rows), [*ID])
        few = self.distinct <= SMALL
        found = keyed(frame, fields)
        nulls = [F.col(f"v{i}").isNull().alias(f"n{i}") for i in range(len(fields))]
        found = found.select(*[c for c in found.columns if c[0] not in "vg"], *nulls)
        # The weight goes into distinct() with the rest: one row, one weight.
        found = found.join(F.broadcast(rows) if few else rows, [*ID])
        if not few:
            return found
        self._details[more] = self.keep(found.drop("weight").distinct())
        return self._details[more].join(F.broadcast(rows), [*ID])

    def keep(self, frame):
        """Caches the frame until release()."""
        self._cached.append(frame.persist())
        return self._cached[-1]

    def release(self):
        for frame in self._cached:
            frame.unpersist()


def unmatched(frames, fields, tolerance):
    """What the frames of A and B, of the same fields, do not share."""
    one, none = F.lit(1).cast("long"), F.lit(0).cast("long")
    counts = ((one, none), (none, one))
    a, b = (hashed(frame, fields).select(*ID, x.alias("a"), y.alias("b")) for frame, (x, y) in zip(frames, counts))
    counted = a.unionByName(b).groupBy(*ID).agg(F.sum("a").alias("a"), F.sum("b").alias("b"))
    found = Unmatched(counted.where(F.col("a") != F.col("b")))
    parts = parts_of(fields)
    if parts and all(found.only):
        _apply(found, frames, fields, parts, tolerance)
    return found


def _apply(found, frames, fields, parts, tolerance):
    """Takes the rows that match within the tolerance out of `found`."""
    names = [p.name for p in parts]

    def rows(frame, more):
        return found.details(frame, fields, more).select(*ID, *KEY, *names, "weight", F.lit(more is MORE[0]).alias("left")).distinct()

    group = Window.partitionBy(*KEY)
    beside = group.orderBy(F.col("left").desc())
    d = rows(frames[0], MORE[0]).unionByName(rows(frames[1], MORE[1]))
    d = d.select(
        "*",
        F.sum(F.col("left").cast("int")).over(group).alias("of_a"),
        F.sum((~F.col("left")).cast("int")).over(group).alias("of_b"),
        *[F.lead(c).over(beside).alias(f"b_{c}") for c in (*ID, "weight", *names)],
    )
    # A pair is told once, by the row of A; one whose weights differ goes with the groups of several.
    single = F.col("left") & (F.col("of_a") == 1) & (F.col("of_b") == 1) & (F.col("weight") == F.col("b_weight"))
    is_facing = (F.col("of_a") > 0) & (F.col("of_b") > 0)
    d = found.keep(d.select("*", (F.max(single.cast("int")).over(group) == 1).alias("single"), is_facing.alias("facing")))
    is_single, is_several = F.col("single") & F.col("left"), F.col("facing") & ~F.col("single")
    ones, more = d.agg(*[F.sum(c.cast("long")) for c in (is_single, is_several)]).head()
    kinds = []
    if ones:
        both = [F.col(c).alias(f"a_{c}") for c in (*ID, *names)] + [F.col(f"b_{c}") for c in (*ID, *names)]
        kinds.append(d.where(is_single).select(*both, "weight"))
    if more:
        kinds.append(_pairs(d.where(is_several).select(*ID, *KEY, "weight", "left", *names), parts, tolerance))
    if kinds:
        _take(found, _judged(kinds[0] if len(kinds) == 1 else kinds[0].unionByName(kinds[1]), parts, tolerance), parts)


def _take(found, pairs, parts):
    """Takes the good pairs out of what is unmatched."""
    good = found.keep(pairs).where("good")
    largest = [F.max(f"worst_{p.name}").alias(p.name) for p in parts]
    counts = [F.sum(F.when(F.col(f"worst_{p.name}") > 0, F.col("weight"))).alias(f"n_{p.name}") for p in parts]
    best = good.agg(F.sum("weight").alias("rows"), *largest, *counts).head()
    if not best["rows"]:
        return
    found.within = [(p.field.name, p.kind, best[f"n_{p.name}"], best[p.name]) for p in parts if best[f"n_{p.name}"]]
    if best["rows"] == found.only[0] == found.only[1]:
        found.clear()
        return
    matched = [good.select(*[F.col(f"{s}_{i}").alias(i) for i in ID], "weight") for s in "ab"]
    less = matched[0].unionByName(matched[1]).groupBy(*ID).agg(F.sum("weight").alias("less"))
    rest = found.ids.join(less, [*ID], "left").withColumn("less", F.coalesce("less", F.lit(0)))
    a, b = (F.when(F.col(x) > F.col(y), F.col(x) - F.col("less")).otherwise(F.col(x)).alias(x) for x, y in ("ab", "ba"))
    found.use(rest.select(*ID, a, b).where(F.col("a") != F.col("b")))


def _cells(d, parts, tolerance):
    """r1, r2 and the cell of each row: a hash of the runs in which its numbers lie."""

    def tagged(p):
        limit = F.lit(tolerance.relative[p.kind]).alias("limit")
        numbers = F.array(p.name) if p.plain else F.col(p.name)
        return F.transform(numbers, lambda v: F.struct(v.alias("v"), limit))

    numbers = d.select(*ID, *KEY, F.posexplode(F.concat(*[tagged(p) for p in parts])).alias("position", "number"))
    order = Window.partitionBy(*KEY, "position").orderBy("number.v")
    v, before = F.col("number.v"), F.lag("number.v").over(order)
    # Twice the tolerance: wide enough that no two numbers within it are parted by one that lies between them.
    reach = 2 * (F.col("number.limit") * F.greatest(F.abs(v), F.abs(before)) + F.lit(tolerance.absolute))
    starts = numbers.withColumn("starts", F.coalesce(((v - before) > reach).cast("int"), F.lit(0)))
    runs = starts.withColumn("run", F.sum("starts").over(order.rowsBetween(Window.unboundedPreceding, Window.currentRow)))
    cell = F.xxhash64(F.array_sort(F.collect_list(F.struct("position", "run"))))
    return runs.groupBy(*ID).agg(cell.alias("cell"))


def _pairs(d, parts, tolerance):
    """One line per row of a cell: the n-th of A beside the n-th of B, either of which may be missing."""
    d = d.join(_cells(d, parts, tolerance), [*ID], "left")
    step = F.explode(F.sequence(F.lit(0).cast("long"), F.floor((F.col("weight") - 1) / STEP).cast("long")))
    d = d.withColumn("step", step)
    rest = F.least(F.lit(STEP).cast("long"), F.col("weight") - F.col("step") * STEP)
    d = d.withColumn("copy", F.explode(F.sequence(F.lit(1).cast("long"), rest)))
    place = Window.partitionBy(*KEY, "cell", "left").orderBy(*[p.name for p in parts], *ID, "step", "copy")
    ordered = d.withColumn("n", F.row_number().over(place))
    names = [*ID, *[p.name for p in parts]]

    def side(condition, prefix):
        return ordered.where(condition).select(*KEY, "cell", "n", *[F.col(n).alias(f"{prefix}_{n}") for n in names])

    met = side(F.col("left"), "a").join(side(~F.col("left"), "b"), [*KEY, "cell", "n"])
    return met.select(*[f"{s}_{n}" for s in "ab" for n in names], F.lit(1).cast("long").alias("weight"))


def _judged(pairs, parts, tolerance):
    """The hashes and weight of each pair, whether it is `good` (all numbers within the tolerance), and the largest difference per part."""
    good = F.lit(True)
    for p in parts:
        good = good & F.coalesce(all_within(p, tolerance), F.lit(False))
    far = [F.coalesce(worst(p, relative), F.lit(0.0)).alias(f"worst_{p.name}") for p in parts]
    return pairs.select(*[f"{s}_{i}" for s in "ab" for i in ID], "weight", good.alias("good"), *far)


def all_within(part, tolerance):
    """Whether all numbers of a_p<n> and b_p<n> are within the tolerance, pair by pair."""

    def within(x, y):
        return tolerance.within(x, y, part.kind)

    return within(*_both(part)) if part.plain else F.forall(F.zip_with(*_both(part), within), lambda good: good)


def worst(part, measure):
    """The largest difference between a_p<n> and b_p<n>; null when there are no numbers."""
    return measure(*_both(part)) if part.plain else F.array_max(F.zip_with(*_both(part), measure))


def relative(x, y):
    return F.when(x == y, F.lit(0.0)).otherwise(absolute(x, y) / F.greatest(F.abs(x), F.abs(y)))


def absolute(x, y):
    return F.abs(x - y)


def _both(part):
    return F.col(f"a_{part.name}"), F.col(f"b_{part.name}")
