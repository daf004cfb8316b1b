"""One output of two runs: schema, rows and fingerprints first; only when these differ, the rows.

Laws: equal needs an equal schema and equal rows (floats within the tolerance); what was taken as equal although it is not the same is said;
what cannot be read by either side is not compared, what only one side lacks or cannot read is a difference.
"""
from pyspark.sql import functions as F

from . import session
from .difference import unmatched
from .explain import explain
from .fingerprint import fingerprint, quoted
from .read import CORRUPT, Unreadable, one_line, read
from .values import fields_of

INTEGERS = ("tinyint", "smallint", "int", "bigint")
NUMBER = ("double", "float", *INTEGERS)


class Loaded:
    """A dataset of one run, read and fingerprinted; `problem` says why not."""

    def __init__(self, dataset, frame=None, print=None, problem=None):
        self.dataset = dataset
        self.frame = frame
        self.print = print
        self.problem = problem

    def side(self):
        found = {"location": self.dataset.location, "format": self.dataset.format}
        if self.print:
            found.update(rows=self.print.rows, columns=len(self.print.fields), fingerprint=self.print.text())
        return found


def load(spark, dataset, with_header=True):
    """Reads the dataset once; an empty place is a frame without columns."""
    if dataset.format is None and dataset.source is None:
        return Loaded(dataset)
    try:
        frame = read(spark, dataset, with_header)
        return Loaded(dataset, frame, fingerprint(frame.frame, frame.fields))
    except Unreadable as error:
        return Loaded(dataset, problem=str(error))
    except Exception as error:  # a file that turned out broken while it was read
        return Loaded(dataset, problem=f"reading it failed: {one_line(error)}")


class Comparison:
    """The result for one output, in the words of the TypeScript side (src/prove/outputs/result.ts)."""

    def __init__(self, name, a, b):
        self.found = {
            "name": name,
            "a": a.side() if a else None,
            "b": b.side() if b else None,
            "equal": False,
            "notCompared": None,
            "withinTolerance": [],
            "schema": [],
            "notes": [],
            "columns": [],
            "onlyInA": None,
            "onlyInB": None,
            "repeatedInA": None,
            "repeatedInB": None,
            "pairedBy": [],
            "paired": 0,
            "examplesA": [],
            "examplesB": [],
        }

    def __getitem__(self, key):
        return self.found[key]

    def say(self, key, *sentences):
        self.found[key] += [s for s in dict.fromkeys(sentences) if s not in self.found[key]]

    def column(self, name, type_a, type_b, rows, reason):
        self.found["columns"].append({"column": name, "typeA": type_a, "typeB": type_b, "rows": rows, "reason": reason})


def compare(spark, name, a, b, tolerance, examples):
    """The comparison of one output of A and B (Loaded, or None where the run has no such output)."""
    result = Comparison(name, a, b)
    if a is None or b is None:
        side = "A" if a is None else "B"
        result.say("schema", f"{side} did not write it")
        return result.found
    if a.problem or b.problem:
        _unreadable(result, a, b)
        return result.found
    if a.print is None or b.print is None:
        _nothing_there(result, a, b)
        return result.found
    result.say("notes", *a.frame.notes, *b.frame.notes)
    if a.print.rows == 0 and b.print.rows == 0:
        result.say("notes", "no rows on either side")
    if a.dataset.partitions != b.dataset.partitions:
        result.say("notes", f"A is partitioned by {_list(a.dataset.partitions)}, B by {_list(b.dataset.partitions)}")
    frames, fields, prints = _aligned(result, a, b)
    _rows(result, frames, fields, prints, a, tolerance, examples)
    result.found["equal"] = not result["schema"] and result["onlyInA"] == 0 and result["onlyInB"] == 0
    return result.found


def _unreadable(result, a, b):
    if a.problem and b.problem:
        result.found["notCompared"] = a.problem
    else:
        side, problem = ("A", a.problem) if a.problem else ("B", b.problem)
        result.say("schema", f"{side}'s output {problem}, while the other side's can be read")


def _nothing_there(result, a, b):
    """A folder without data files is an output without rows; a dataset without rows beside it is the same."""
    counts = [loaded.print.rows if loaded.print else 0 for loaded in (a, b)]
    for loaded, side in ((a, "A"), (b, "B")):
        if loaded.print is None:
            result.say("notes", f"{side} wrote no data files")
    result.found["onlyInA"], result.found["onlyInB"] = counts
    result.found["equal"] = counts == [0, 0]


def _list(names):
    return ", ".join(names) if names else "nothing"


def _aligned(result, a, b):
    """(frames, fields, prints): both sides with the same columns and types; what had to be changed for that is said.

    `prints` is None when a side was changed, for then its fingerprint is another.
    """
    mine = {f.name: f for f in a.print.fields}
    theirs = {f.name: f for f in b.print.fields}
    rename = _by_case(result, mine, theirs)
    for name in mine.keys() - theirs.keys() - rename.keys():
        result.say("schema", f"column {name} ({mine[name].text}) is only in A")
        result.column(name, mine[name].text, None, None, "only in A")
    for name in sorted(theirs.keys() - mine.keys() - set(rename.values())):
        result.say("schema", f"column {name} ({theirs[name].text}) is only in B")
        result.column(name, None, theirs[name].text, None, "only in B")
    common = [f.name for f in a.frame.fields if f.name in theirs or f.name in rename]
    order = [rename.get(n, n) for n in common]
    if order != [f.name for f in b.frame.fields if f.name in order]:
        result.say("notes", "the columns stand in another order; they are compared by name")
    casts, folders = {}, set(a.dataset.partitions) | set(b.dataset.partitions)
    for name in common:
        x, y = mine[name], theirs[rename.get(name, name)]
        if x.text == y.text:
            continue
        if name in folders:
            casts[name] = "string"
            result.say("notes", f"{name} is {x.text} in A and {y.text} in B, as read from folder names; compared as text")
            continue
        casts[name] = common_type(x, y)
        result.say("schema", f"column {name} is {x.text} in A and {y.text} in B; its values are compared as {casts[name]}")
    if not casts and not rename and len(common) == len(mine) == len(theirs):
        return (a.frame.frame, b.frame.frame), a.frame.fields, (a.print, b.print)
    frames = [
        loaded.frame.frame.select(*[_cast(quoted(names.get(n, n)), casts.get(n)).alias(n) for n in common])
        for loaded, names in ((a, {}), (b, rename))
    ]
    return frames, fields_of(frames[0]), None


def _by_case(result, mine, theirs):
    """Columns that differ in upper and lower case only: A's name → B's name."""
    free = {}
    for name in theirs.keys() - mine.keys():
        free.setdefault(name.lower(), []).append(name)
    found = {}
    for name in sorted(mine.keys() - theirs.keys()):
        match = free.get(name.lower(), [])
        if len(match) == 1 and match[0] not in found.values():
            found[name] = match[0]
            result.say("schema", f"column {name} of A is written {match[0]} in B")
    return found


def _cast(column, type):
    return column.cast(type) if type else column


def common_type(x, y):
    """A type in which values of both can be compared without loss, or text."""
    a, b = x.text, y.text
    if a in INTEGERS and b in INTEGERS:
        return "bigint"
    decimals = [_decimal(t) for t in (a, b)]
    if all(decimals):
        scale = max(s for _, s in decimals)
        whole = max(p - s for p, s in decimals)
        if whole + scale <= 38:
            return f"decimal({whole + scale},{scale})"
        return "string"
    if {a, b} == {"float", "double"}:
        return "float"
    if a in NUMBER and b in NUMBER or (any(decimals) and (a in ("double", "float") or b in ("double", "float"))):
        return "double"
    return "string"


def _decimal(text):
    """(precision, scale) of a decimal or integer type."""
    if text in INTEGERS:
        return {"tinyint": (3, 0), "smallint": (5, 0), "int": (10, 0), "bigint": (20, 0)}[text]
    if text.startswith("decimal("):
        return tuple(int(n) for n in text[len("decimal(") : -1].split(","))
    return None


def _rows(result, frames, fields, prints, a, tolerance, examples):
    if not fields:
        result.say("schema", "no column is in both")
        return
    if prints is None:
        prints = [fingerprint(frame, fields) for frame in frames]
    x, y = prints
    if x.rows == y.rows and x.rows_sum == y.rows_sum:
        result.found.update(onlyInA=0, onlyInB=0, repeatedInA=0, repeatedInB=0)
        return
    if a.dataset.format == "csv":
        frames, fields = _numbers_of_text(result, frames, fields, prints)
    session.expect(frames[0].sparkSession, x.rows + y.rows)
    rows = unmatched(frames, fields, tolerance)
    try:
        result.found.update(zip(("onlyInA", "onlyInB", "repeatedInA", "repeatedInB"), [*rows.only, *rows.repeated]))
        for column, kind, count, far in rows.within:
            limit = tolerance.relative[kind]
            rows_differ = "1 row differs" if count == 1 else f"{count:,} rows differ"
            result.say("withinTolerance", f"{column}: {rows_differ} by at most {far:.2g} of the value (tolerance {limit:g} for {kind})")
        if rows.distinct:
            equal = {f.name for f in fields if x.columns[f.name] == y.columns[f.name]}
            order = [f.name for f in fields]
            said = explain(frames, fields, order, equal, rows, tolerance, examples)
            _tell(result, said, fields, prints, equal)
    finally:
        rows.release()


def _numbers_of_text(result, frames, fields, prints):
    """Text columns of CSV that differ and hold nothing but numbers, as numbers, so that the tolerance applies to them."""
    differing = [f.name for f in fields if f.tree == "string" and prints[0].columns[f.name] != prints[1].columns[f.name]]
    if not differing:
        return frames, fields
    numeric = set(differing)
    for frame in frames:
        # Leading zeros are part of a name, not of a number.
        text = {n: F.trim(quoted(n)) for n in differing}
        wrong = {n: (quoted(n).isNotNull() & t.cast("double").isNull()) | t.rlike("^[+-]?0[0-9]") for n, t in text.items()}
        counts = frame.agg(*[F.sum(w.cast("long")).alias(f"w{i}") for i, w in enumerate(wrong.values())]).head()
        numeric -= {n for n, count in zip(wrong, counts) if count}
    if not numeric:
        return frames, fields
    result.say("notes", f"text that is all numbers is compared as numbers: {', '.join(sorted(numeric))}")
    casts = [[_cast(quoted(f.name), "double" if f.name in numeric else None).alias(f.name) for f in fields]] * 2
    frames = [frame.select(*c) for frame, c in zip(frames, casts)]
    return frames, fields_of(frames[0])


def _tell(result, said, fields, prints, equal):
    types = {f.name: f.text for f in fields}
    known = {c["column"] for c in result["columns"]}
    if said.key:
        for name, (rows, reason) in sorted(said.columns.items()):
            result.column(name, types[name], types[name], rows, reason)
        if not said.columns:
            result.say("notes", "rows that meet by the key agree in every column")
    elif result["onlyInA"] and result["onlyInB"]:
        for f in sorted(fields, key=lambda f: f.name):
            if f.name not in equal and f.name not in known:
                result.column(f.name, f.text, f.text, None, _totals_differ(*[p.columns[f.name] for p in prints]))
    if len(equal) == len(fields):
        result.say("notes", "each column holds the same values on both sides, but in other rows")
    extra = {side: result[f"repeatedIn{side}"] for side in "AB"}
    for side, count in extra.items():
        if count:
            result.say("notes", f"{count:,} of the rows only in {side} are more copies of rows that both have")
    for row in [r for side in said.examples for r in side]:
        if row.get(CORRUPT, "") is None:
            del row[CORRUPT]
    result.found.update(pairedBy=said.key, paired=said.paired, examplesA=said.examples[0], examplesB=said.examples[1])


def _totals_differ(x, y):
    parts = [f"{name} {a:,} in A, {b:,} in B" for name, a, b in (("nulls:", x[2], y[2]), ("NaN:", x[3], y[3])) if a != b]
    return "; ".join(["its values as a whole differ", *parts])
