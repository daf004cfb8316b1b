"""The Spark session of a comparison: the caller's own (master, jars, catalogs), with the settings that make reading exact.

Law: only settings that change what is read or how it is compared are set here; where and with what it runs is the caller's choice.
"""
from pyspark import SparkContext
from pyspark.sql import SparkSession

SETTINGS = {
    # Sums of hashes wrap around, and casts of text that is no number give null.
    "spark.sql.ansi.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    # Columns that differ in case only are two columns.
    "spark.sql.caseSensitive": "true",
    # A file that cannot be read is an error, never a gap.
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
    # Columns that only some files have are seen.
    "spark.sql.parquet.mergeSchema": "true",
    "spark.sql.orc.mergeSchema": "true",
    # Old dates and nanoseconds are read as they lie there, the same on both sides.
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInRead": "CORRECTED",
    "spark.sql.avro.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.legacy.parquet.nanosAsLong": "true",
    # Thousands of small files are packed into few tasks.
    "spark.sql.files.openCostInBytes": "262144",
}

# Hashes of so many rows are sorted in memory by any executor.
ROWS_PER_PARTITION = 1_000_000

# What Delta and Iceberg want in the session; set when their jars are there and nothing else is.
EXTENSIONS = (
    ("io.delta.sql.DeltaSparkSessionExtension", "spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog"),
    ("org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions", None, None),
)


def _loadable(jvm, name):
    try:
        jvm.java.lang.Thread.currentThread().getContextClassLoader().loadClass(name)
        return True
    except Exception:  # py4j wraps ClassNotFoundException; any failure means "not there"
        return False


def start(app_name="firesteel compare"):
    """The session; extensions for Delta and Iceberg are added when their classes can be loaded."""
    SparkContext._ensure_initialized()
    jvm = SparkContext._jvm
    builder = SparkSession.builder.appName(app_name).config("spark.ui.showConsoleProgress", "false")
    given = jvm.org.apache.spark.SparkConf(True)
    if not given.contains("spark.sql.extensions"):
        there = [e for e in EXTENSIONS if _loadable(jvm, e[0])]
        if there:
            builder = builder.config("spark.sql.extensions", ",".join(e[0] for e in there))
        for _, catalog, implementation in there:
            if catalog and not given.contains(f"spark.sql.catalog.{catalog}"):
                builder = builder.config(f"spark.sql.catalog.{catalog}", implementation)
    spark = builder.getOrCreate()
    for key, value in SETTINGS.items():
        spark.conf.set(key, value)
    if is_local(spark):
        # Few partitions need no merging, and each step that adaptive execution takes costs a job.
        spark.conf.set("spark.sql.adaptive.enabled", "false")
        # Delta reads its own log with a shuffle of 50 partitions unless told otherwise.
        spark.conf.set("spark.databricks.delta.snapshotPartitions", "2")
        spark.conf.set("spark.sql.sources.parallelPartitionDiscovery.parallelism", str(2 * spark.sparkContext.defaultParallelism))
        expect(spark, 0)
    return spark


def is_local(spark):
    return spark.sparkContext.master.startswith("local")


def expect(spark, rows):
    """Sets the shuffle partitions for so many rows; a cluster has adaptive execution and its own settings."""
    if is_local(spark):
        cores = spark.sparkContext.defaultParallelism
        spark.conf.set("spark.sql.shuffle.partitions", str(max(2 * cores, rows // ROWS_PER_PARTITION)))
