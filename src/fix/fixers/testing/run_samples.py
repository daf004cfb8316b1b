"""Runs programs before and after their rewrites on real Spark and says where what they wrote differs: run_samples.py CASES.json FOLDER OUT.json

A case is a name and two programs. Each runs in a folder of its own that holds the same small inputs; a program's outputs are all other folders there.
"""
import contextlib
import io
import json
import os
import shutil
import sys

from pyspark.sql import SparkSession

TEXTS = [None, "", "a", " web ", "Straße", "2026-02-11", "abcdef"]


def rows():
    for i in range(60):
        yield (i % 5 if i % 11 else None, i % 3, i % 4, i % 13 - 3, float(i % 7), TEXTS[i % 7], i % 9 if i % 4 else None, i,
               i % 2, "ab"[i % 2], i % 17 / 2 if i % 5 else None, i % 6, i % 10, i % 8)


SCHEMA = "k int, l int, m int, x int, y double, s string, v int, ts int, w int, day string, amount double, a int, b int, c int"


def written(spark, folder):
    found = {}
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if name in ("in", "wide") or not os.path.isdir(path):
            continue
        files = [one for one in os.listdir(path) if one.startswith("part-")]
        df = spark.read.parquet(path) if any(one.endswith(".parquet") for one in files) else spark.read.text(path)
        found[name] = {"columns": [f"{field.name} {field.dataType.simpleString()}" for field in df.schema.fields],
                       "rows": sorted(repr(tuple(row)) for row in df.collect())}
    return found


def main(cases_file, folder, out_file):
    with open(cases_file, encoding="utf-8") as f:
        cases = json.load(f)
    spark = SparkSession.builder.getOrCreate()
    spark.udf.register("slow", lambda x: None if x is None else x * 2, "int")
    source = os.path.join(folder, "source")
    spark.createDataFrame(list(rows()), SCHEMA).coalesce(3).write.parquet(source)
    results = []
    for i, case in enumerate(cases):
        seen = []
        for side in ("before", "after"):
            home = os.path.join(folder, f"{i}-{side}")
            os.makedirs(home)
            for name in ("in", "wide"):
                shutil.copytree(source, os.path.join(home, name))
            text = case[side]
            for name in ("in", "wide"):
                text = text.replace(f'"{name}"', repr(os.path.join(home, name)))
            for name in ("out", "one", "two", "three"):
                text = text.replace(f'("{name}")', f"({os.path.join(home, name)!r})")
            text = text.replace(".parquet(day)", f".parquet({home!r} + '/' + day)")
            error = None
            printed = io.StringIO()
            try:
                with contextlib.redirect_stdout(printed):
                    exec(compile(text, case["name"], "exec"), {"__name__": "__main__"})
            except Exception as failure:
                error = f"{type(failure).__name__}: {str(failure)[:500]}"
            seen.append({"error": error, "printed": printed.getvalue(), "written": written(spark, home)})
        before, after = seen
        results.append({"name": case["name"], "outputs": len(before["written"]), "rows": sum(len(one["rows"]) for one in before["written"].values()),
                        "error": before["error"] or after["error"], "equal": before == after,
                        "difference": None if before == after else [before, after]})
    with open(out_file, "w", encoding="utf-8") as f:
        json.dump({"spark": spark.version, "results": results}, f, ensure_ascii=True)
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:4])
