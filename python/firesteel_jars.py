"""Fetches jars from Maven repositories by Spark's own Ivy.

usage: firesteel_jars.py IVY_FOLDER GROUP:ARTIFACT:VERSION...

Law: each jar comes alone, without what its description asks for: Spark has most of that already, in the versions it needs.
"""
import os
import sys

from pyspark.sql import SparkSession

folder, coordinates = sys.argv[1], sys.argv[2:]
temporary = os.path.join(folder, "tmp")
os.makedirs(temporary, exist_ok=True)
session = (
    SparkSession.builder.master("local[1]")
    .config("spark.jars.ivy", folder)
    .config("spark.ui.enabled", "false")
    .config("spark.local.dir", temporary)
    .config("spark.sql.warehouse.dir", "file:" + os.path.join(temporary, "warehouse"))
    .config("spark.driver.extraJavaOptions", '"-Djava.io.tmpdir=%s" -XX:-UsePerfData' % temporary)
    .getOrCreate()
)
try:
    for number, coordinate in enumerate(coordinates, 1):
        session.sql("ADD JAR ivy://%s?transitive=false" % coordinate)
        print("firesteel-jar: %d" % number, flush=True)
finally:
    session.stop()
