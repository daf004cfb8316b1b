"""Compares what runs of a job wrote: the first run of the request with each other one, in one Spark session.

Laws: a dataset is read once per run for its fingerprint, and again only where it differs; nothing is written but the result file;
standard pyspark only (3.5 and 4.x). What goes in and out is described in src/prove/outputs/request.ts and result.ts.

    spark-submit firesteel_compare.py --request REQUEST.json --result RESULT.json
"""
import argparse
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
# Nothing is written beside our own files.
sys.dont_write_bytecode = True

from firesteel_outputs import compare, discover, session  # noqa: E402
from firesteel_outputs.difference import Tolerance  # noqa: E402

REQUEST, RESULT = "firesteel/compare-request@1", "firesteel/compare-result@1"
# Datasets are read, and outputs compared, side by side: small ones are mostly planning and listing, during which cores would idle.
AT_ONCE = 4


class Run:
    """A run of the request: its label and what it wrote."""

    def __init__(self, request, fs):
        self.label = request["label"]
        self.notes, self.datasets, self.has_place = [], [], False
        if request.get("root"):
            self.has_place = True
            listing = discover.discover(fs, request["root"])
            self.datasets, self.notes = list(listing.datasets), list(listing.notes)
        for output in request.get("outputs", []):
            self.datasets = [d for d in self.datasets if d.name != output["name"]]
            self.datasets.append(_declared(output, fs))


def _declared(output, fs):
    name = output["name"]
    if "path" in output:
        found = discover.discover(fs, output["path"]).datasets
        at = next((d for d in found if d.name == "."), None)
        format = output.get("format") or (at.format if at else None)
        partitions = at.partitions if at else ()
        return discover.Dataset(name, output["path"], format, partitions=partitions, options=output.get("options"))
    if "table" in output:
        return discover.Dataset(name, output["table"], "table", source={"table": output["table"]})
    jdbc = output["jdbc"]
    place = jdbc["url"].split("?", 1)[0] + " " + jdbc["dbtable"]
    return discover.Dataset(name, place, "jdbc", source={"jdbc": jdbc})


class Prints:
    """Each dataset loaded once, ahead of its use and several at a time."""

    def __init__(self, spark, pool):
        self._spark, self._pool, self._known = spark, pool, {}

    def ask(self, dataset, with_header=True):
        if dataset is None:
            return None
        key = (dataset.name, dataset.location, tuple(dataset.files or ()), with_header)
        if key not in self._known:
            self._known[key] = self._pool.submit(compare.load, self._spark, dataset, with_header)
        return self._known[key]

    def get(self, dataset, with_header=True):
        found = self.ask(dataset, with_header)
        return found.result() if found else None


def compare_runs(spark, prints, pool, reference, other, tolerance, examples, known):
    """What `other` wrote against the reference; `known` holds comparisons with content that was met before."""

    def one(name, a, b):
        x, y = prints.get(a), prints.get(b)
        if _headers_differ(x, y):
            x, y = prints.get(a, False), prints.get(b, False)
        key = _content(name, x, y)
        if key in known:
            return {**known[key], "b": y.side()}
        found = compare.compare(spark, name, x, y, tolerance, examples)
        if key:
            known[key] = found
        return found

    pairs = discover.align(reference.datasets, other.datasets)
    outputs = list(pool.map(lambda pair: one(*pair), pairs))
    return {"label": other.label, "notes": other.notes, "outputs": outputs}


def _headers_differ(x, y):
    return bool(x and y and x.frame and y.frame and x.frame.header != y.frame.header)


def _content(name, x, y):
    """What decides a comparison: a run that wrote the same as an earlier one differs from the reference in the same way."""
    if not (x and y and x.print and y.print):
        return None
    order = tuple(f.name for f in y.print.fields)
    return name, x.dataset.location, y.print.key(), order, tuple(y.frame.notes), tuple(y.dataset.partitions)


def main(argv):
    started = time.monotonic()
    p = argparse.ArgumentParser()
    p.add_argument("--request", required=True)
    p.add_argument("--result", required=True)
    a = p.parse_args(argv)
    with open(a.request, encoding="utf-8") as f:
        request = json.load(f)
    if request.get("schema") != REQUEST:
        print(f"{a.request} is no {REQUEST}", file=sys.stderr)
        return 2
    spark = session.start()
    try:
        result = run(spark, request)
        result["seconds"] = round(time.monotonic() - started, 1)
    finally:
        spark.stop()
    with open(a.result + ".new", "w", encoding="utf-8") as f:
        json.dump(result, f, ensure_ascii=True, allow_nan=False)
    os.replace(a.result + ".new", a.result)
    return 0


def run(spark, request):
    """The result of a request in a session that is there."""
    fs = discover.FileSystem(spark)
    limits = request["tolerance"]
    tolerance = Tolerance(limits["double"], limits["float"], limits["absolute"])
    reference, *others = [Run(r, fs) for r in [request["reference"], *request["others"]]]
    # Two pools, for a comparison waits for fingerprints.
    with ThreadPoolExecutor(AT_ONCE) as reading, ThreadPoolExecutor(AT_ONCE) as comparing:
        prints = Prints(spark, reading)
        for one in (reference, *others):
            for dataset in one.datasets:
                prints.ask(dataset)
        known = {}
        comparisons = [compare_runs(spark, prints, comparing, reference, o, tolerance, request["examples"], known) for o in others]
    return {
        "schema": RESULT,
        "sparkVersion": spark.version,
        "reference": {"label": reference.label, "notes": reference.notes, "outputs": [d.name for d in reference.datasets]},
        "comparisons": comparisons,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
