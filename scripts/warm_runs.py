"""Runs several versions of a PySpark script in turns in one warmed JVM, and prints what each run took.

usage: warm_runs.py PLAN.json     {"master", "driverMemory", "jars", "rounds", "args", "output",
                                   "versions": [{"name", "script", "conf"}]}
prints one JSON line: {"NAME": [seconds, …], …}; a run that failed is null.

Laws: each run has a SparkContext of its own; the first run of the first version warms the JVM and is not counted; orders are drawn anew for
each round from a fixed seed, so that no version always comes first.
"""
import contextlib
import gc
import json
import os
import random
import runpy
import shutil
import sys
import time
import traceback

plan = json.load(open(sys.argv[1]))
jars = ["--jars", plan["jars"]] if plan.get("jars") else []
os.environ["PYSPARK_SUBMIT_ARGS"] = " ".join(
    ["--master", plan["master"], "--driver-memory", plan["driverMemory"], *jars, "--conf spark.ui.enabled=false", "pyspark-shell"]
)
from pyspark import SparkContext  # noqa: E402

SparkContext._ensure_initialized()
system = SparkContext._jvm.java.lang.System
random.seed(7)


def once(version):
    """Seconds of one run, from the first line of the script to its last, or None."""
    conf = version["conf"]
    for key, value in conf.items():
        system.setProperty(key, value)
    sys.argv = [version["script"], *plan["args"], "--output", plan["output"]]
    folder = os.path.dirname(version["script"])
    sys.path.insert(0, folder)
    started = time.monotonic()
    try:
        with contextlib.redirect_stdout(sys.stderr):
            runpy.run_path(version["script"], run_name="__main__")
        return round(time.monotonic() - started, 2)
    except SystemExit as end:
        return round(time.monotonic() - started, 2) if end.code in (None, 0) else None
    except BaseException:
        traceback.print_exc()
        return None
    finally:
        sys.path.remove(folder)
        if SparkContext._active_spark_context is not None:
            SparkContext._active_spark_context.stop()
        for key in conf:
            system.clearProperty(key)
        shutil.rmtree(plan["output"], ignore_errors=True)
        gc.collect()
        system.gc()


once(plan["versions"][0])
times = {version["name"]: [] for version in plan["versions"]}
for _ in range(plan["rounds"]):
    for version in random.sample(plan["versions"], len(plan["versions"])):
        times[version["name"]].append(once(version))
print(json.dumps(times), flush=True)
