"""The work of the lineage matrix by Hadoop's S3A, in a process of its own: one JVM has one class path.

    s3a_work.py BUCKET WORK_FOLDER

Hadoop has no copy inside a store but its rename, which is a copy and a delete.
"""

import os
import sys
from pathlib import Path

from pyspark.sql import SparkSession

JARS = Path(os.environ.get("CAIRN_HADOOP_JARS", Path(sys.prefix) / "hadoop-jars"))

bucket, work = sys.argv[1:]
os.environ.update(SPARK_LOCAL_IP="127.0.0.1", SPARK_LOCAL_DIRS=work)
settings = {
    "spark.driver.extraClassPath": os.pathsep.join(str(jar) for jar in JARS.glob("*.jar")),
    "spark.driver.memory": "512m", "spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1", "spark.hadoop.fs.s3a.endpoint": os.environ["AWS_ENDPOINT_URL"],
    "spark.hadoop.fs.s3a.path.style.access": "true", "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
    "spark.hadoop.fs.s3a.aws.credentials.provider": "com.amazonaws.auth.EnvironmentVariableCredentialsProvider",
    "spark.hadoop.fs.s3a.buffer.dir": work, "spark.hadoop.fs.s3a.multipart.size": "5M",
    "spark.hadoop.fs.s3a.experimental.input.fadvise": "random", "spark.hadoop.fs.s3a.attempts.maximum": "1",
}
builder = SparkSession.builder.master("local[1]")
for name, value in settings.items():
    builder = builder.config(name, value)
spark = builder.getOrCreate()
jvm, conf = spark.sparkContext._jvm, spark.sparkContext._jsc.hadoopConfiguration()
path = lambda key: jvm.org.apache.hadoop.fs.Path(f"s3a://{bucket}/{key}")
files = path("").getFileSystem(conf)


def read(key, position, count):
    buffer = spark.sparkContext._gateway.new_array(jvm.byte, count)
    stream = files.open(path(key))
    stream.readFully(position, buffer)
    stream.close()


def write(key, local):
    stream = files.create(path(key))
    source = jvm.java.io.FileInputStream(local)
    jvm.org.apache.hadoop.io.IOUtils.copyBytes(source, stream, 65536, True)


assert len(files.listStatus(path("in"))) == 4
read("in/first", 0, files.getFileStatus(path("in/first")).getLen())
read("in/second", 100, 100)
files.getFileStatus(path("in/examined"))
write("out/small", f"{work}/small")
write("out/large", f"{work}/large")
assert files.rename(path("in/copied"), path("out/copy"))
spark.stop()
