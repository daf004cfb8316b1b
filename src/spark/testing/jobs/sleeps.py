"""Makes a session, works a little, and sleeps. STUBBORN: deaf to polite requests."""
import os
import signal
import time

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.range(10).rdd.map(lambda x: os.getpid()).count()
if os.environ.get("STUBBORN"):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("sleeping", flush=True)
try:
    time.sleep(600)
finally:
    print("cleaned up", flush=True)
