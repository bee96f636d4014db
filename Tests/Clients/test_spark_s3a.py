"""Spark over Hadoop's S3A, the client of most data lakes: Parquet by partitions, with both ways to commit.

The rename committer copies and deletes; the magic committer leaves multipart uploads open over several processes and
completes them when the job commits. Which one really ran is read from the `_SUCCESS` object that it left.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pyspark
import pytest
from pyspark.sql import SparkSession, functions

from conftest import new_bucket_name

ROWS = 60_000
COMPILE_SECONDS_MAX = 120
JARS = Path(os.environ.get("CAIRN_HADOOP_JARS", Path(sys.prefix) / "hadoop-jars"))
NEEDED = ("hadoop-aws-3.3.1.jar", "aws-java-sdk-bundle-1.11.901.jar")


@pytest.fixture(scope="module")
def classes(tmp_path_factory):
    """The commit protocol of java/, compiled against the jars of pyspark."""
    target = tmp_path_factory.mktemp("classes")
    jars = Path(pyspark.__file__).parent / "jars"
    subprocess.run(["javac", "-nowarn", "-cp", f"{jars}/*", "-d", str(target),
                    str(Path(__file__).parent / "java" / "MagicCommitProtocol.java")],
                   check=True, timeout=COMPILE_SECONDS_MAX)
    return target


@pytest.fixture(scope="module")
def spark(server, classes, tmp_path_factory):
    work = tmp_path_factory.mktemp("spark")
    for jar in NEEDED:
        assert (JARS / jar).exists(), f"{jar} is not in {JARS}: `make test` puts it there"
    class_path = os.pathsep.join([*(str(JARS / jar) for jar in NEEDED), str(classes)])
    os.environ.update(SPARK_LOCAL_IP="127.0.0.1", PYSPARK_PYTHON=sys.executable, PYSPARK_DRIVER_PYTHON=sys.executable,
                      SPARK_LOCAL_DIRS=str(work))
    settings = {
        "spark.driver.extraClassPath": class_path, "spark.executor.extraClassPath": class_path,
        "spark.driver.memory": "1g", "spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "4",
        "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1", "spark.local.dir": str(work),
        "spark.sql.warehouse.dir": str(work / "warehouse"), "spark.driver.extraJavaOptions": f"-Djava.io.tmpdir={work}",
        "spark.hadoop.fs.s3a.endpoint": server.endpoint, "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
        "spark.hadoop.fs.s3a.access.key": server.access_key, "spark.hadoop.fs.s3a.secret.key": server.secret_key,
        "spark.hadoop.fs.s3a.aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
        "spark.hadoop.fs.s3a.buffer.dir": str(work), "spark.hadoop.fs.s3a.multipart.size": "5M",
        # A failure must be seen, not retried away.
        "spark.hadoop.fs.s3a.attempts.maximum": "1", "spark.hadoop.fs.s3a.retry.limit": "1",
        "spark.hadoop.fs.s3a.connection.timeout": "60000",
    }
    builder = SparkSession.builder.master("local[2]").appName("cairn-clients")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture
def place(s3, spark):
    name = new_bucket_name("spark")
    s3.create_bucket(Bucket=name)
    yield name
    assert not s3.list_multipart_uploads(Bucket=name).get("Uploads"), "a job left uploads open"


@pytest.fixture(params=["rename", "magic"])
def committer(request, spark):
    """The committer of the test's Parquet jobs; the settings are taken back afterwards."""
    hadoop = spark.sparkContext._jsc.hadoopConfiguration()
    if request.param == "magic":
        hadoop.set("mapreduce.outputcommitter.factory.scheme.s3a",
                   "org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory")
        hadoop.set("fs.s3a.committer.name", "magic")
        hadoop.set("fs.s3a.committer.magic.enabled", "true")
        spark.conf.set("spark.sql.sources.commitProtocolClass", "cairn.tests.MagicCommitProtocol")
    yield request.param
    for name in ("mapreduce.outputcommitter.factory.scheme.s3a", "fs.s3a.committer.name"):
        hadoop.unset(name)
    spark.conf.unset("spark.sql.sources.commitProtocolClass")


def frame(spark, first=0, rows=ROWS):
    numbers = spark.range(first, first + rows, numPartitions=3)
    return numbers.select(
        functions.col("id").alias("number"), (functions.col("id") % 4).alias("kind"),
        functions.concat(functions.lit("row "), functions.col("id").cast("string")).alias("text"))


def keys(s3, bucket, prefix=""):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


def assert_committed_by(s3, bucket, prefix, committer):
    """`_SUCCESS` says who committed; a rename leaves it empty, magic lists what it completed."""
    report = s3.get_object(Bucket=bucket, Key=f"{prefix}/_SUCCESS")["Body"].read()
    listed = keys(s3, bucket, f"{prefix}/")
    assert not [key for key in listed if "_temporary" in key or "__magic" in key], listed
    data = [f"/{key}" for key in listed if not key.endswith(("_SUCCESS", "/"))]
    assert data
    if committer == "rename":
        assert report == b""
        return
    success = json.loads(report)
    assert success["committer"] == "magic"
    completed = success["filenames"]
    assert completed and set(completed) <= set(data)
    for name in completed:
        etag = s3.head_object(Bucket=bucket, Key=name.lstrip("/"))["ETag"]
        assert "-" in etag, f"{name} did not come from a multipart upload"


def test_partitioned_parquet_overwritten_appended_and_filtered(spark, s3, place, committer):
    address = f"s3a://{place}/table"
    frame(spark).write.mode("overwrite").partitionBy("kind").parquet(address)
    assert_committed_by(s3, place, "table", committer)
    assert len([key for key in keys(s3, place, "table/kind=2/") if key.endswith(".parquet")]) == 3
    back = spark.read.parquet(address)
    assert back.count() == ROWS
    assert back.where("kind = 3").agg(functions.sum("number")).first()[0] == sum(range(3, ROWS, 4))
    frame(spark, first=ROWS).write.mode("append").partitionBy("kind").parquet(address)
    assert_committed_by(s3, place, "table", committer)
    both = spark.read.parquet(address)
    assert (both.count(), both.select("number").distinct().count()) == (2 * ROWS, 2 * ROWS)
    frame(spark, rows=1000).write.mode("overwrite").partitionBy("kind").parquet(address)
    assert_committed_by(s3, place, "table", committer)
    assert spark.read.parquet(address).count() == 1000
    with pytest.raises(Exception, match="already exists"):
        frame(spark).write.mode("error").parquet(address)


def test_a_large_file_goes_in_many_parts(spark, s3, place, committer):
    address, rows = f"s3a://{place}/large", 150_000
    wide = spark.range(0, rows, numPartitions=1).select(
        "id", functions.sha2(functions.col("id").cast("string"), 512).alias("a"),
        functions.sha2((functions.col("id") + 7).cast("string"), 512).alias("b"))
    wide.write.option("compression", "none").parquet(address)
    assert_committed_by(s3, place, "large", committer)
    etags = [entry["ETag"] for entry in s3.list_objects_v2(Bucket=place, Prefix="large/part-")["Contents"]]
    assert len(etags) == 1
    if committer == "magic":  # a rename's copy has the entity tag of a single upload
        assert int(etags[0].strip('"').split("-")[1]) > 4
    assert spark.read.parquet(address).where("b = sha2('1007', 512)").first()["id"] == 1000


def test_a_failed_job_leaves_nothing_visible(spark, s3, place, committer):
    address = f"s3a://{place}/failed"
    broken = frame(spark).withColumn("text", functions.expr("if(number = 50000, raise_error('on purpose'), text)"))
    with pytest.raises(Exception, match="on purpose"):
        broken.write.partitionBy("kind").parquet(address)
    assert not [key for key in keys(s3, place) if key.endswith((".parquet", "_SUCCESS"))]


def test_text_by_the_magic_committer_without_spark_sql(spark, s3, place):
    """Hadoop's own output format asks for the committer's work path, with no class of ours in between."""
    settings = {"mapreduce.outputcommitter.factory.scheme.s3a": "org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory",
                "fs.s3a.committer.name": "magic", "fs.s3a.committer.magic.enabled": "true"}
    pairs = spark.sparkContext.parallelize([(str(number), f"line {number}") for number in range(5000)], 3)
    pairs.saveAsNewAPIHadoopFile(
        f"s3a://{place}/text", "org.apache.hadoop.mapreduce.lib.output.TextOutputFormat",
        "org.apache.hadoop.io.Text", "org.apache.hadoop.io.Text", conf=settings)
    assert_committed_by(s3, place, "text", "magic")
    lines = spark.sparkContext.textFile(f"s3a://{place}/text").collect()
    assert sorted(lines) == sorted(f"{number}\tline {number}" for number in range(5000))


def test_single_partitions_are_overwritten(spark, s3, place):
    address = f"s3a://{place}/dynamic"
    frame(spark).write.partitionBy("kind").parquet(address)
    changed = frame(spark, rows=40).where("kind = 1")
    changed.write.mode("overwrite").option("partitionOverwriteMode", "dynamic").partitionBy("kind").parquet(address)
    counts = {row["kind"]: row["count"] for row in spark.read.parquet(address).groupBy("kind").count().collect()}
    assert counts == {0: ROWS // 4, 1: 10, 2: ROWS // 4, 3: ROWS // 4}


def test_other_formats(spark, place):
    data = frame(spark, rows=1000)
    for name in ("csv", "json", "orc"):
        data.write.format(name).save(f"s3a://{place}/{name}")
        back = spark.read.schema(data.schema).format(name).load(f"s3a://{place}/{name}")
        assert sorted(back.collect()) == sorted(data.collect())


def test_directories_are_renamed_and_deleted(spark, s3, place):
    jvm, conf = spark.sparkContext._jvm, spark.sparkContext._jsc.hadoopConfiguration()
    path = lambda name: jvm.org.apache.hadoop.fs.Path(f"s3a://{place}/{name}")
    files = path("").getFileSystem(conf)
    frame(spark, rows=4000).write.partitionBy("kind").parquet(f"s3a://{place}/old/table")
    before = keys(s3, place, "old/table/")
    assert files.mkdirs(path("new"))
    assert files.rename(path("old/table"), path("new/table"))
    assert not files.exists(path("old/table"))
    assert keys(s3, place, "new/table/") == [key.replace("old/", "new/", 1) for key in before]
    assert spark.read.parquet(f"s3a://{place}/new/table").count() == 4000
    assert files.getContentSummary(path("new/table")).getFileCount() == len(before)
    assert files.delete(path("new"), True)
    assert not files.exists(path("new/table")) and not keys(s3, place, "new/")
    assert not files.delete(path("absent"), True)
    stream = files.create(path("empty/file"))
    stream.close()
    assert files.getFileStatus(path("empty/file")).getLen() == 0
    assert files.getFileStatus(path("empty")).isDirectory()


def test_a_file_is_read_at_any_place(spark, s3, place):
    content = os.urandom(3_000_000)
    s3.put_object(Bucket=place, Key="file", Body=content)
    jvm, conf = spark.sparkContext._jvm, spark.sparkContext._jsc.hadoopConfiguration()
    path = jvm.org.apache.hadoop.fs.Path(f"s3a://{place}/file")
    stream = path.getFileSystem(conf).open(path)
    for position in (0, 2_999_990, 1_000_000, 5):
        stream.seek(position)
        assert stream.read() == content[position]
    stream.close()
