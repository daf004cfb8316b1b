"""A job that does a little of everything; lines are named in submit.test.ts by their marks."""
import atexit
import os
import pickle
import sys
import threading
import json

from pyspark.sql import SparkSession, functions as F

from helper_of_story import average_of


class Here:
    pass


spark = SparkSession.builder.appName("the user's own name").getOrCreate()
sc = spark.sparkContext
out = sys.argv[1]
frame = spark.range(100).withColumn("key", F.col("id") % 3)
frame.count()  # mark count
frame.groupBy("key").count().collect()  # mark collect
frame.write.parquet(out + "/parquet")  # mark parquet
frame.write.format("json").save(out + "/json")  # mark save
frame.writeTo  # nothing is started
spark.read.json(out + "/json").groupBy("key").pivot("key").count().show()  # mark pivot
spark.sql("create or replace temp view seen as select 1 as one")  # mark sql
frame.createOrReplaceTempView("frame")  # mark view
frame.groupBy("key").count().rdd.map(lambda row: row[0]).take(2)  # mark rdd
sc.parallelize([(1, 2), (1, 3)], 2).reduceByKey(lambda a, b: a + b).count()  # mark pairs
average_of(frame)
thread = threading.Thread(target=lambda: frame.repartition(2).count())  # mark thread
thread.start()
thread.join()
sc.setLocalProperty("callSite.short", "chosen by the user")
frame.count()
sc.setLocalProperty("callSite.short", None)
try:
    spark.sql("select nothing from nowhere")
    raise SystemExit("the error of pyspark did not arrive")
except Exception as error:
    name = type(error).__name__
sum_of = F.udf(lambda x: int(pickle.loads(pickle.dumps(x))) + 1, "int")
frame.select(sum_of("id")).agg({"*": "count"}).collect()
sys.stdout.buffer.write(bytes(range(256)) + b"\n")
for _ in range(200):
    sys.stdout.write("x" * 20000 + "\n")
seen = {
    "argv": sys.argv,
    "file": __file__,
    "name": __name__,
    "path0": sys.path[0],
    "cwd": os.getcwd(),
    "pickled": pickle.loads(pickle.dumps(Here())).__class__.__name__,
    "error": name,
    "doc": __doc__,
    "signature": frame.show.__name__ + str(frame.count.__doc__)[:0],
    "hashseed": os.environ.get("PYTHONHASHSEED"),
    "secret": sc.getConf().get("spark.hadoop.fs.s3a.secret.key"),
    "file_conf": sc.getConf().get("spark.from.file"),
    "both_conf": sc.getConf().get("spark.from.both"),
}
with open(out + "/seen.json", "w") as file:
    json.dump(seen, file)
# A thread that outlives the main one still has its session; so has a function for the end.
late = threading.Timer(1, lambda: open(out + "/late", "w").write(str(frame.count())))
late.start()
atexit.register(lambda: open(out + "/last", "w").write(str(frame.count())))
