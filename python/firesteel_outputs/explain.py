"""What a difference is: a key by which rows of both sides can be paired, the columns that changed, how many rows, and a few examples.

Laws: pairs are a way to show, never to judge; a key must be unique among the differing rows of both sides; the driver receives counts and
at most `limit` rows of each side.
"""
from pyspark.sql import functions as F

from . import values
from .difference import ID, MORE, absolute, all_within, parts_of, relative, worst
from .fingerprint import by_name, hashed

# A column with so many different values per row, in so many rows, is taken for a key of the dataset; the estimate has an error of 5 %.
KEY_LIKE, LOOKED_AT = 0.9, 10_000
# Keys tried at most, all in one job.
CANDIDATES = 12
# A key that is none of the whole dataset must leave at least so many of the other columns of a pair equal.
ALIKE = 0.5
# Beyond so many differing rows both sides are not joined: columns are told from the fingerprints alone.
DETAIL_ROWS = 20_000_000
# Characters read of a value, and characters shown.
READ_TEXT, SHOW_TEXT = 4000, 80


class Explanation:
    """`key`: names of the columns that pair rows, or none; `columns`: name → (rows, reason); examples as lists of {name: text}."""

    def __init__(self, key=(), columns=None, examples=((), ()), paired=0):
        self.key = list(key)
        self.columns = columns or {}
        self.examples = [list(side) for side in examples]
        # So many examples of both sides are the same row, in the same order.
        self.paired = paired


def explain(frames, fields, order, equal, unmatched, tolerance, limit):
    """Looks at the rows that A and B (`frames`) do not share.

    `order`: the names in the dataset's own order; `equal`: names of columns whose values, as a whole, are the same on both sides;
    `limit`: examples of each side.
    """
    fields = by_name(fields)

    def some(side, more, but=()):
        found = side.where(more).orderBy(*ID).limit(limit + len(but)).select(*ID).collect()
        return [tuple(r) for r in found if tuple(r) not in but][: limit - len(but)]

    def unpaired():
        ids = [some(unmatched.ids, more) if there else [] for more, there in zip(MORE, unmatched.different)]
        return Explanation(examples=_examples(frames, fields, order, ids, (), 0))

    if unmatched.distinct > DETAIL_ROWS:
        return unpaired()
    if not all(unmatched.only):
        return unpaired()
    sides = [unmatched.keep(unmatched.details(frame, fields, more).distinct()) for frame, more in zip(frames, MORE)]
    for chosen, certain in _keys(sides, fields, equal, _distinctness(frames[0], fields), min(unmatched.different)):
        pairs = unmatched.keep(_paired(sides, fields, chosen))
        count, columns = _changed(pairs, fields, tolerance)
        others = len(fields) - len(chosen)
        alike = 1 - sum(rows for rows, _ in columns.values()) / (count * others) if others else 1
        if certain or alike >= ALIKE:
            break
    else:
        return unpaired()
    rows = pairs.orderBy("key").limit(limit).collect()
    ids = [[(r[f"{s}_r1"], r[f"{s}_r2"]) for r in rows] for s in "ab"]
    for known, more, there in zip(ids, MORE, unmatched.different):
        if len(known) < min(limit, there):
            known += some(unmatched.ids, more, known)
    key = [fields[i].name for i in chosen]
    return Explanation(key, columns, _examples(frames, fields, [*key, *sorted(columns), *order], ids, sorted(columns), len(rows)), len(rows))


def _distinctness(frame, fields):
    """Different values per row of each column, about, in the first rows that Spark comes upon."""
    counts = [F.approx_count_distinct(f"h{i}", 0.05) for i in range(len(fields))]
    rows, *found = hashed(frame.limit(LOOKED_AT), fields).agg(F.count(F.lit(1)), *counts).head()
    return [n / max(rows, 1) for n in found]


def _keys(sides, fields, equal, distinctness, rows):
    """Column numbers of keys that pair rows, the best first, each with whether it is one of the whole dataset; `rows`: pairs at most."""
    exact = [i for i, f in enumerate(fields) if not values.is_approximate(f.tree)]
    plain = {"integer": 0, "long": 0, "string": 1}
    key_like = sorted(
        (i for i in exact if distinctness[i] >= KEY_LIKE),
        key=lambda i: (fields[i].name not in equal, plain.get(fields[i].tree, 2) if isinstance(fields[i].tree, str) else 3, i),
    )
    same = [i for i in exact if fields[i].name in equal]
    names = [i for i in exact if fields[i].tree in ("string", "date", "timestamp", "timestamp_ntz", "boolean")]
    single = sorted(exact, key=lambda i: -distinctness[i])
    sets = [[i] for i in key_like] + [same, [i for i in same if i in names], names] + [[i] for i in single]
    candidates = []
    for s in sets:
        if s and s not in candidates and len(candidates) < CANDIDATES:
            candidates.append(s)
    if not candidates:
        return []
    key = F.posexplode(F.array(*[F.xxhash64(*[F.col(f"h{i}") for i in s]) for s in candidates])).alias("candidate", "key")
    a, b = (side.select(key, F.lit(mine).alias("a"), F.lit(1 - mine).alias("b")) for side, mine in zip(sides, (1, 0)))
    met = a.unionByName(b).groupBy("candidate", "key").agg(F.sum("a").alias("a"), F.sum("b").alias("b"))
    both = ((F.col("a") == 1) & (F.col("b") == 1)).cast("long")
    found = met.groupBy("candidate").agg(F.max("a").alias("a"), F.max("b").alias("b"), F.sum(both).alias("paired")).collect()
    usable = {r["candidate"]: r["paired"] for r in found if r["a"] == 1 and r["b"] == 1 and r["paired"] > 0}
    ranked = sorted(usable, key=lambda c: (usable[c] < rows / 2, c))
    return [(candidates[c], candidates[c] == same or (len(candidates[c]) == 1 and candidates[c][0] in key_like)) for c in ranked]


def _paired(sides, fields, chosen):
    key = F.xxhash64(*[F.col(f"h{i}") for i in chosen]).alias("key")
    a, b = (side.select(key, *[F.col(c).alias(f"{s}_{c}") for c in side.columns]) for side, s in zip(sides, "ab"))
    return a.join(b, "key")


def _changed(pairs, fields, tolerance):
    """(pairs, {name: (rows, reason)}) of the columns whose values differ within pairs."""
    parts = parts_of(fields)
    sums = []
    for i in range(len(fields)):
        mine = [p for p in parts if p.column == i]
        if mine:
            same = F.col(f"a_s{i}") == F.col(f"b_s{i}")
            for p in mine:
                same = same & F.coalesce(all_within(p, tolerance), F.lit(False))
                numbers = F.when(F.col(f"a_s{i}") == F.col(f"b_s{i}"), worst(p, relative)), worst(p, absolute)
                sums += [F.max(numbers[0]).alias(f"rel_{p.name}"), F.max(numbers[1]).alias(f"abs_{p.name}")]
        else:
            same = F.col(f"a_h{i}") == F.col(f"b_h{i}")
        nulls = [F.col(f"{x}_n{i}") & ~F.col(f"{y}_n{i}") for x, y in ("ab", "ba")]
        for name, condition in zip(("changed", "null_a", "null_b"), (~same, *nulls)):
            sums.append(F.sum(condition.cast("long")).alias(f"{name}{i}"))
    found = pairs.agg(F.count(F.lit(1)).alias("pairs"), *sums).head()
    columns = {}
    for i, f in enumerate(fields):
        rows = found[f"changed{i}"]
        if rows:
            columns[f.name] = (rows, _reason(found, i, rows, [p for p in parts if p.column == i], tolerance))
    return found["pairs"], columns


def _reason(found, i, rows, parts, tolerance):
    said = [f"{found[f'null_{s}{i}']:,} null in {s.upper()} only" for s in "ab" if found[f"null_{s}{i}"]]
    for p in parts:
        far = found[f"rel_{p.name}"]
        if far is not None and far > tolerance.relative[p.kind]:
            small = found[f"abs_{p.name}"]
            said.append(f"{p.kind} differs by up to {far:.2g} of its value ({small:.3g}), more than the tolerance of {tolerance.relative[p.kind]:g}")
    return "; ".join(said) or "values differ"


def _examples(frames, fields, order, ids, changed, paired):
    """Rows of both sides by their hashes, as {name: text or None}, in the order of `ids`; changed values cut so that the change shows."""
    names = list(dict.fromkeys(order))
    number = {f.name: i for i, f in enumerate(fields)}
    texts = [values.as_text(F.col(f"v{number[n]}"), fields[number[n]].tree, READ_TEXT).alias(f"t{number[n]}") for n in names]
    sides = [
        hashed(frame, fields).where(F.col("r1").isin([i[0] for i in wanted])).select(F.lit(side).alias("side"), *ID, *texts).dropDuplicates([*ID])
        for side, (frame, wanted) in enumerate(zip(frames, ids))
        if wanted
    ]
    both = sides[0].unionByName(sides[1]) if len(sides) == 2 else sides[0]
    found = {(r["side"], r["r1"], r["r2"]): r for r in both.collect()}
    rows = [[{n: found[(side, *i)][f"t{number[n]}"] for n in names} for i in wanted if (side, *i) in found] for side, wanted in enumerate(ids)]
    for at, (a, b) in enumerate(zip(*rows)):
        if at < paired:
            for n in changed:
                a[n], b[n] = _cut_where_they_differ(a[n], b[n])
    return [[{n: _cut(t) for n, t in row.items()} for row in side] for side in rows]


def _cut(text, start=0):
    if text is None or (start == 0 and len(text) <= SHOW_TEXT):
        return text
    end = start + SHOW_TEXT
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")


def _cut_where_they_differ(a, b):
    if a is None or b is None or max(len(a), len(b)) <= SHOW_TEXT:
        return a, b
    at = next((n for n, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    start = max(0, at - SHOW_TEXT // 4)
    # The signs of a cut are part of the result, which _cut() would cut again if it were longer.
    room = SHOW_TEXT - 2
    return tuple(("…" if start else "") + t[start : start + room] + ("…" if start + room < len(t) else "") for t in (a, b))
