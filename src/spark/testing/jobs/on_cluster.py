import sys

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.range(0, 1000, 1, 4).selectExpr("id % 5 as key").groupBy("key").count().write.parquet(sys.argv[1])  # line 6
spark.stop()
