"""Clean: Spark reads some days of raw calls, drops what cannot be right, and writes Parquet.

    clean.py TARGET SOURCE…

Addresses are those of S3A. Credentials come from the environment, as Spark on a cluster has them.
"""

import os
import sys
import tempfile
from pathlib import Path

from pyspark.sql import SparkSession, functions

JARS = Path(os.environ.get("CAIRN_HADOOP_JARS", Path(sys.prefix) / "hadoop-jars"))
SCHEMA = "customer LONG, day STRING, minutes DOUBLE, calls LONG, complaints LONG, left LONG"

target, sources = sys.argv[1], sys.argv[2:]
work = tempfile.mkdtemp(prefix="clean-")
jars = os.pathsep.join(str(jar) for jar in JARS.glob("*.jar"))
os.environ.update(SPARK_LOCAL_IP="127.0.0.1", PYSPARK_PYTHON=sys.executable, PYSPARK_DRIVER_PYTHON=sys.executable)
spark = (
    SparkSession.builder.master("local[2]").appName("clean")
    .config("spark.driver.extraClassPath", jars)
    .config("spark.driver.memory", "1g")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.shuffle.partitions", "2")
    .config("spark.local.dir", work)
    .config("spark.sql.warehouse.dir", f"{work}/warehouse")
    .config("spark.hadoop.fs.s3a.buffer.dir", work)
    .config("spark.hadoop.fs.s3a.endpoint", os.environ["AWS_ENDPOINT_URL"])
    .config("spark.hadoop.fs.s3a.path.style.access", "true")
    .config("spark.hadoop.fs.s3a.connection.ssl.enabled", "false")
    .config("spark.hadoop.fs.s3a.aws.credentials.provider", "com.amazonaws.auth.EnvironmentVariableCredentialsProvider")
    .getOrCreate())
spark.sparkContext.setLogLevel("ERROR")

calls = spark.read.schema(SCHEMA).option("header", True).option("mode", "DROPMALFORMED").csv(sources)
clean = (calls.dropna().where("minutes >= 0 and calls > 0 and complaints >= 0")
         .dropDuplicates(["customer", "day"]).withColumn("left", functions.col("left").cast("int")))
clean.write.mode("overwrite").parquet(target)
print(f"cleaned {len(sources)} days: {spark.read.parquet(target).count()} rows")
spark.stop()
