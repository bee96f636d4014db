"""tensorstore's own S3 client: a Zarr array by chunks, and its OCDBT database, whose root several processes swap."""

import numpy
import pytest
import tensorstore

from support import writers
from support.writers import run_together

WRITERS, TURNS = 3, 8


@pytest.fixture
def kvstore(server, bucket, monkeypatch):
    """The spec of a folder; tensorstore takes keys only from the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", server.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", server.secret_key)
    return lambda path: {"driver": "s3", "bucket": bucket, "path": path, "endpoint": server.endpoint,
                         "aws_region": "us-east-1", "aws_credentials": {"type": "environment"},
                         "context": {"s3_request_retries": {"max_retries": 1}}}


@pytest.mark.parametrize("driver", ["zarr", "zarr3"])
def test_an_array_is_written_and_read_in_pieces(kvstore, driver):
    spec = {"driver": driver, "kvstore": kvstore("array/")}
    layout = tensorstore.ChunkLayout(chunk_shape=[100, 80])
    array = tensorstore.open(spec, create=True, dtype=tensorstore.float32, shape=[500, 400],
                             chunk_layout=layout).result()
    content = numpy.arange(500 * 400, dtype=numpy.float32).reshape(500, 400)
    array.write(content).result()
    array[250:260, 70:90] = -1
    content[250:260, 70:90] = -1
    again = tensorstore.open(spec, open=True).result()
    numpy.testing.assert_array_equal(again[245:305, 60:100].read().result(), content[245:305, 60:100])
    numpy.testing.assert_array_equal(again.read().result(), content)
    with pytest.raises(ValueError, match="ALREADY_EXISTS|already exists"):
        tensorstore.open(spec, create=True, dtype=tensorstore.float32, shape=[5, 4]).result()


def test_no_commit_of_several_processes_to_one_database_is_lost(kvstore, folder):
    database = {"driver": "ocdbt", "base": kvstore("database/")}
    run_together(writers.write_to_ocdbt, WRITERS, folder, database, TURNS)
    opened = tensorstore.KvStore.open(database).result()
    expected = {f"{number}/{turn}": f"{number * 1000 + turn}" for number in range(WRITERS) for turn in range(TURNS)}
    assert {key.decode(): opened.read(key).result().value.decode() for key in opened.list().result()} == expected
