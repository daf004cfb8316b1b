from pyspark.sql import SparkSession
from pyspark.sql.functions import udf

spark = SparkSession.builder.getOrCreate()
spark.range(10).count()


def breaks(x):
    return 1 // (x - x)


def second_step():
    spark.range(10).select(udf(breaks, "int")("id")).collect()  # line 13


second_step()
