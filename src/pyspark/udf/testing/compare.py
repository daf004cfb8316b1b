"""Holds translated UDFs against the originals on real Spark: compare.py CASES.json UDFS.py OUT.json

A case is a function's name, the Spark types of its arguments, the translated expression and the kinds of its preconditions.
Each row's value comes from the function called here, from the same function as a Python UDF in Spark, and from the expression.
Rows on which Python raises are left out: a `no-raise` precondition excludes them, and without one they are reported.
"""
import datetime
import importlib.util
import json
import math
import random
import sys

from pyspark.sql import SparkSession, functions as F

TEXTS = ["", "a", "b", "ß", "web", "app", "x", "yy", " a ", "\tAbc\u3000", "W1", "Wx ", "naïve", "ÀÉ", "日本語テキスト", "😀smile", "None",
         "\x1cq\x85", "aaa", "banana a", "\n", "x\n", "line\n\n", "0", "1", "2026-01-05", "a\u0000b", "z" * 50, "m", "mm", "é", "e\u0301", "\U00010400"]
TINY = [0, 1, 2, 3, 4, 5, 7, -1, -7, -8, 14, 20, 21, 100, 101, 127, -128]
SMALL = TINY + [32767, -32768, 1000]
INTS = SMALL + [2147483647, -2147483648, 999999999]
LONGS = INTS + [2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63), 10**15 + 3]
FLOATS = [0.0, -0.0, 1.0, 2.0, 3.5, 4.0, 5.0, 19.999999, 20.0, 100.0, 100.00001, -1.5, 0.1, 1e308, -1e308, 5e-324, float("nan"),
          float("inf"), float("-inf"), 1 / 3, 2.675, 1e16, 123456789.123]
DATES = [datetime.date(2026, 1, 5), datetime.date(1, 1, 1), datetime.date(9999, 12, 31), datetime.date(2000, 2, 29), datetime.date(1969, 12, 31)]
VALUES = {"string": TEXTS, "tinyint": TINY, "smallint": SMALL, "int": INTS, "bigint": LONGS, "double": FLOATS,
          "float": [v for v in FLOATS if not math.isfinite(v) or abs(v) < 3e38], "boolean": [True, False], "date": DATES}
BATCH = 40
MOST_ROWS = 200
NEAR = 1000


def same(a, b):
    if a is None or b is None:
        return a is b
    if type(a) is not type(b):
        return False
    if isinstance(a, float):
        return (math.isnan(a) and math.isnan(b)) or (a == b and math.copysign(1, a) == math.copysign(1, b))
    return a == b


def guarded(function):
    def call(*args):
        try:
            return function(*args)
        except Exception:
            return None
    return call


def main(cases_file, udfs_file, out_file):
    # A return type written as text is parsed by the session when the decorator runs.
    spark = SparkSession.builder.getOrCreate()
    spec = importlib.util.spec_from_file_location("generated_udfs", udfs_file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with open(cases_file, encoding="utf-8") as f:
        cases = json.load(f)
    dice = random.Random(1)
    out = {"compared": 0, "raised": 0, "outOfRange": 0, "differences": [], "unforeseen": [], "failed": []}
    groups = {}
    for case in cases:
        groups.setdefault(tuple(case["types"]), []).append(case)

    def run(df, batch, names):
        env = dict(vars(module), F=F, **{n: F.col(n) for n in names})
        columns = []
        for i, case in enumerate(batch):
            columns.append(eval(case["expression"], dict(env)).alias(f"c{i}"))
            original = getattr(module, case["name"])
            columns.append(F.udf(guarded(original.func), original.returnType)(*names).alias(f"u{i}"))
        return df.select(*names, *columns).collect()

    def batches_of(all_cases, frame):
        return [(all_cases[i:i + BATCH], frame) for i in range(0, len(all_cases), BATCH)]

    for types, all_cases in groups.items():
        names = ["x", "y"][:len(types)]
        axes = [[None] + VALUES[t] for t in types]
        rows = [(a,) for a in axes[0]] if len(types) == 1 else [(a, b) for a in axes[0] for b in axes[1]]
        rows = rows if len(rows) <= MOST_ROWS else dice.sample(rows, MOST_ROWS)
        schema = ", ".join(f"{n} {t}" for n, t in zip(names, types))
        every = spark.createDataFrame(rows, schema).coalesce(1)
        # A `range` precondition leaves out the numbers with which 64 bits run over.
        near = [row for row in rows if all(type(v) is not int or abs(v) <= NEAR for v in row)]
        tame = spark.createDataFrame(near, schema).coalesce(1)
        calm = [c for c in all_cases if "range" not in c["preconditions"]]
        wide = [c for c in all_cases if "range" in c["preconditions"]]
        batches = batches_of(calm, every) + batches_of(wide, tame)
        while batches:
            batch, df = batches.pop(0)
            try:
                answer = run(df, batch, names)
            except Exception as error:
                if len(batch) > 1:
                    half = len(batch) // 2
                    batches[:0] = [(batch[:half], df), (batch[half:], df)]
                elif "range" in batch[0]["preconditions"] and ("OVERFLOW" in str(error) or "CAST" in str(error)):
                    out["outOfRange"] += 1
                else:
                    out["failed"].append({"case": batch[0], "error": str(error).split("\n")[0][:300]})
                continue
            for i, case in enumerate(batch):
                function = getattr(module, case["name"]).func
                for row in answer:
                    args = tuple(row[n] for n in names)
                    try:
                        want = function(*args)
                    except Exception as error:
                        out["raised"] += 1
                        if "no-raise" not in case["preconditions"] and len(out["unforeseen"]) < 50:
                            out["unforeseen"].append({"case": case, "row": repr(args), "error": repr(error)})
                        continue
                    if type(want) is int and not -2**63 <= want < 2**63 and "range" in case["preconditions"]:
                        continue
                    out["compared"] += 1
                    got, spark_said = row[f"c{i}"], row[f"u{i}"]
                    if (not same(got, want) or not same(spark_said, want)) and len(out["differences"]) < 50:
                        out["differences"].append({"case": case, "row": repr(args), "python": repr(want), "udf": repr(spark_said), "expression": repr(got)})
    out["spark"] = spark.version
    with open(out_file, "w", encoding="utf-8") as f:
        json.dump(out, f, ensure_ascii=True, indent=1)
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:4])
