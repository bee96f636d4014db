"""The same work by every client gives the same lineage, and no client knows that there is any.

The work: list four objects, read one whole and a hundred bytes of another, look at a third without reading it, write a
small object and one in parts, and copy the fourth. Each client has an access key of its own and announces nothing, so
its requests are one implicit run.
"""

import json
import subprocess
import sys
from pathlib import Path

import boto3
import pyarrow.fs
import pytest
import s3fs
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

from conftest import new_bucket_name
from support.data import MiB, noise
from support.lineage_http import Answer, ask, runs_of_key

INPUTS = {"in/first": noise(200_000, 1), "in/second": noise(300_000, 2), "in/examined": noise(1000, 3),
          "in/copied": noise(150_000, 4)}
SMALL, LARGE = noise(10_000, 5), noise(11 * MiB, 6)
PROGRAM_SECONDS_MAX = 120


class Place:
    """A bucket with the inputs, an access key of its own, and the outputs as files."""

    def __init__(self, server, s3, folder):
        self.bucket = new_bucket_name("matrix")
        s3.create_bucket(Bucket=self.bucket)
        for key, content in INPUTS.items():
            s3.put_object(Bucket=self.bucket, Key=key, Body=content)
        account = json.loads(server.command("key", "list", server.data, "--json").stdout)[0]["account"]
        made = json.loads(server.command("key", "create", server.data, "--account", account, "--json").stdout)
        self.access_key, self.secret_key = made["id"], made["secret"]
        self.server, self.folder = server, folder
        (folder / "small").write_bytes(SMALL)
        (folder / "large").write_bytes(LARGE)
        self.environment = server.environment() | {
            "AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key}

    def run(self, *words):
        done = subprocess.run([str(word) for word in words], env=self.environment, cwd=self.folder, text=True,
                              capture_output=True, timeout=PROGRAM_SECONDS_MAX, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"


def by_aws_cli(place):
    aws, bucket = Path(sys.executable).parent / "aws", place.bucket
    place.run(aws, "s3", "ls", f"s3://{bucket}/in/")
    place.run(aws, "s3api", "get-object", "--bucket", bucket, "--key", "in/first", "first")
    place.run(aws, "s3api", "get-object", "--bucket", bucket, "--key", "in/second", "--range", "bytes=100-199", "part")
    place.run(aws, "s3api", "head-object", "--bucket", bucket, "--key", "in/examined")
    place.run(aws, "s3", "cp", "small", f"s3://{bucket}/out/small")
    place.run(aws, "s3", "cp", "large", f"s3://{bucket}/out/large")
    place.run(aws, "s3", "cp", f"s3://{bucket}/in/copied", f"s3://{bucket}/out/copy")


def by_boto3(place):
    client = boto3.client(
        "s3", endpoint_url=place.server.endpoint, aws_access_key_id=place.access_key, region_name="us-east-1",
        aws_secret_access_key=place.secret_key, config=Config(s3={"addressing_style": "path"}))
    bucket = place.bucket
    assert client.list_objects_v2(Bucket=bucket, Prefix="in/")["KeyCount"] == 4
    assert client.get_object(Bucket=bucket, Key="in/first")["Body"].read() == INPUTS["in/first"]
    piece = client.get_object(Bucket=bucket, Key="in/second", Range="bytes=100-199")["Body"].read()
    assert piece == INPUTS["in/second"][100:200]
    client.head_object(Bucket=bucket, Key="in/examined")
    client.put_object(Bucket=bucket, Key="out/small", Body=SMALL)
    client.upload_file(str(place.folder / "large"), bucket, "out/large",
                       Config=TransferConfig(multipart_chunksize=5 * MiB))
    client.copy_object(Bucket=bucket, Key="out/copy", CopySource={"Bucket": bucket, "Key": "in/copied"})
    client.close()


def by_s3fs(place):
    files = s3fs.S3FileSystem(key=place.access_key, secret=place.secret_key, endpoint_url=place.server.endpoint,
                              use_listings_cache=False, skip_instance_cache=True)
    bucket = place.bucket
    assert len(files.ls(f"{bucket}/in")) == 4
    assert files.cat(f"{bucket}/in/first") == INPUTS["in/first"]
    assert files.cat_file(f"{bucket}/in/second", start=100, end=200) == INPUTS["in/second"][100:200]
    assert files.info(f"{bucket}/in/examined")["size"] == 1000
    files.pipe_file(f"{bucket}/out/small", SMALL)
    with files.open(f"{bucket}/out/large", "wb", block_size=5 * MiB) as file:
        file.write(LARGE)
    files.copy(f"{bucket}/in/copied", f"{bucket}/out/copy")


def by_pyarrow(place):
    files = pyarrow.fs.S3FileSystem(
        access_key=place.access_key, secret_key=place.secret_key, region="us-east-1", scheme="http",
        endpoint_override=f"{place.server.host}:{place.server.port}")
    bucket = place.bucket
    assert len(files.get_file_info(pyarrow.fs.FileSelector(f"{bucket}/in"))) == 4
    with files.open_input_stream(f"{bucket}/in/first") as stream:
        assert stream.read() == INPUTS["in/first"]
    with files.open_input_file(f"{bucket}/in/second") as file:
        assert file.read_at(100, 100) == INPUTS["in/second"][100:200]
    assert files.get_file_info(f"{bucket}/in/examined").size == 1000
    for name, content in (("small", SMALL), ("large", LARGE)):
        with files.open_output_stream(f"{bucket}/out/{name}") as stream:
            stream.write(content)
    files.copy_file(f"{bucket}/in/copied", f"{bucket}/out/copy")


def by_s3a(place):
    place.run(sys.executable, Path(__file__).parent / "support" / "s3a_work.py", place.bucket, place.folder)


CLIENTS = {"aws-cli": by_aws_cli, "boto3": by_boto3, "s3fs": by_s3fs, "pyarrow": by_pyarrow, "S3A": by_s3a}


@pytest.fixture(params=CLIENTS)
def worked(request, server, s3, folder):
    """(name of the client, its place, the one run that its key has)."""
    if server.external:
        pytest.skip("no other server knows lineage")
    place = Place(server, s3, folder)
    CLIENTS[request.param](place)
    runs = runs_of_key(server, place.access_key)
    assert len(runs) == 1, runs
    return request.param, place, runs[0]


def test_every_client_leaves_the_same_graph(server, s3, worked):
    client, place, run = worked
    assert run["isImplicit"] and "job" not in run
    answer = Answer(ask(server, f"runs/{run['run']}", limit="1000"))
    used, generated = answer.keys("used", "to"), answer.keys("generated", "from")
    assert set(used) == {"in/first", "in/second"}
    assert set(answer.keys("copied", "to")) == {"in/copied"}
    assert set(generated) == {"out/small", "out/large", "out/copy"}
    assert "in/examined" in answer.keys("examined", "to")
    assert answer.prefixes() & {"in/", "in"}
    assert {edge["evidence"] for edge in (*used.values(), *generated.values())} == {"observed"}

    assert used["in/first"]["ranges"] == [[0, len(INPUTS["in/first"])]]
    if client == "S3A":  # reads ahead
        assert used["in/second"]["ranges"][0][0] == 100 and used["in/second"]["ranges"][0][1] >= 200
    else:
        assert used["in/second"]["ranges"] == [[100, 200]]

    copied = Answer(ask(server, "upstream", bucket=place.bucket, key="out/copy", depth="1"))
    assert {(copied.nodes[edge["from"]]["key"], copied.nodes[edge["to"]]["key"])
            for edge in copied.edges if edge["kind"] == "copiedFrom"} == {("out/copy", "in/copied")}

    for key, content in (("out/small", SMALL), ("out/large", LARGE), ("out/copy", INPUTS["in/copied"])):
        assert s3.get_object(Bucket=place.bucket, Key=key)["Body"].read() == content
