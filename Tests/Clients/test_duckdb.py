"""DuckDB with httpfs: ranges of Parquet files, patterns, partitioned writes, a database that is attached."""

from pathlib import Path

import duckdb
import duckdb_extension_httpfs
import pytest


@pytest.fixture(params=["us-east-1", "eu-central-1"])
def database(request, server):
    # The extension lies in the wheel: nothing is downloaded.
    extension = next(Path(duckdb_extension_httpfs.__file__).parent.rglob("httpfs.duckdb_extension"))
    with duckdb.connect() as connection:
        connection.execute(f"LOAD '{extension}'")
        connection.execute(
            f"CREATE SECRET (TYPE s3, KEY_ID '{server.access_key}', SECRET '{server.secret_key}', "
            f"ENDPOINT '{server.host}:{server.port}', URL_STYLE 'path', USE_SSL false, REGION '{request.param}')")
        yield connection


def numbers(count):
    return f"(SELECT range AS number, range % 7 AS kind, 'text ' || range AS text FROM range({count}))"


def test_parquet_is_written_in_parts_and_read_by_ranges(database, bucket):
    database.execute(f"COPY {numbers(2_000_000)} TO 's3://{bucket}/d/one.parquet'")
    database.execute(f"COPY {numbers(1000)} TO 's3://{bucket}/d/two.parquet'")
    found = database.execute(f"SELECT count(*), max(text) FROM 's3://{bucket}/d/*.parquet' WHERE number > 1999990")
    assert found.fetchone() == (9, "text 1999999")


def test_partitions_and_names_that_need_care(database, bucket):
    database.execute(f"COPY {numbers(7000)} TO 's3://{bucket}/h' (FORMAT parquet, PARTITION_BY (kind))")
    found = database.execute(
        f"SELECT count(*) FROM read_parquet('s3://{bucket}/h/**/*.parquet', hive_partitioning = 1) WHERE kind = 3")
    assert found.fetchone() == (1000,)
    assert len(database.execute(f"SELECT * FROM glob('s3://{bucket}/h/kind=[1-2]/*')").fetchall()) == 2
    database.execute(f"COPY {numbers(10)} TO 's3://{bucket}/x y+z/ü=1.csv.gz'")
    assert database.execute(f"SELECT count(*) FROM 's3://{bucket}/x y+z/*.csv.gz'").fetchone() == (10,)


def test_a_database_is_attached_where_it_lies(database, bucket, s3, folder):
    with duckdb.connect(folder / "numbers.db") as local:
        local.execute(f"CREATE TABLE numbers AS {numbers(100_000)}")
    s3.upload_file(str(folder / "numbers.db"), bucket, "numbers.db")
    database.execute(f"ATTACH 's3://{bucket}/numbers.db' AS far (READ_ONLY)")
    assert database.execute("SELECT sum(number) FROM far.numbers").fetchone() == (4_999_950_000,)
    with pytest.raises(duckdb.Error, match="404"):
        database.execute(f"SELECT * FROM 's3://{bucket}/none.parquet'")
