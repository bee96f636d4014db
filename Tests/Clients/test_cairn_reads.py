"""What Cairn adds to reading: the past, snapshots as buckets for clients that know nothing of them, and batches."""

import json
import os
import re
import subprocess
import time
from datetime import datetime, timezone
from pathlib import Path

import boto3
import pytest
import requests
import s3fs
from botocore.exceptions import ClientError

from conftest import make_client, new_bucket_name
from support.data import MiB, noise
from support.errors import refused

SCHEMES = ["http", "https"]
PAGE = Path(__file__).parents[2] / "docs" / "BATCH.md"


def documented(*names):
    """The code of docs/BATCH.md, so that what is tested is what people copy."""
    space = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S):
        exec(block, space)
    return [space[name] for name in names]


def trusting(server):
    session = requests.Session()
    # A bundle that the environment names would take the place of the server's certificate.
    session.trust_env = False
    session.verify = str(server.certificate) if server.certificate else True
    return session


@pytest.fixture
def versioned(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket


@pytest.fixture
def as_of(server):
    """A client that asks for the past, as a person would make one: the header is added before signing."""
    clients = []

    def make(point):
        client = make_client(server)
        client.meta.events.register("before-sign.s3", lambda request, **_: request.headers.add_header(
            "x-cairn-as-of", str(point)))
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


def contents(client, bucket):
    listed = client.list_objects_v2(Bucket=bucket).get("Contents", [])
    return {item["Key"]: client.get_object(Bucket=bucket, Key=item["Key"])["Body"].read() for item in listed}


def test_the_past_is_read_by_time(s3, versioned, as_of):
    s3.put_object(Bucket=versioned, Key="a", Body=b"one", Tagging="t=1")
    s3.put_object(Bucket=versioned, Key="dir/b", Body=b"two")
    time.sleep(0.05)
    point = datetime.now(timezone.utc)
    time.sleep(0.05)
    s3.put_object(Bucket=versioned, Key="a", Body=b"other", Tagging="t=2")
    s3.delete_object(Bucket=versioned, Key="dir/b")
    s3.put_object(Bucket=versioned, Key="c", Body=b"new")
    for text in [point.isoformat(timespec="milliseconds"), f"{point.timestamp():.3f}", f"@{point.timestamp():.3f}"]:
        past = as_of(text)
        assert contents(past, versioned) == {"a": b"one", "dir/b": b"two"}
        assert past.get_object_tagging(Bucket=versioned, Key="a")["TagSet"] == [{"Key": "t", "Value": "1"}]
        rolled = past.list_objects_v2(Bucket=versioned, Delimiter="/")
        assert [item["Prefix"] for item in rolled["CommonPrefixes"]] == ["dir/"]
    assert contents(s3, versioned) == {"a": b"other", "c": b"new"}


def test_what_was_destroyed_is_told_so(s3, versioned, as_of):
    put = s3.put_object(Bucket=versioned, Key="a", Body=b"one")
    time.sleep(0.05)
    past = as_of(datetime.now(timezone.utc).isoformat(timespec="milliseconds"))
    time.sleep(0.05)
    s3.delete_object(Bucket=versioned, Key="a", VersionId=put["VersionId"])
    with refused("VersionDestroyed", 410):
        past.get_object(Bucket=versioned, Key="a")
    assert past.list_objects_v2(Bucket=versioned)["Contents"][0]["ETag"] == put["ETag"]


def test_a_past_that_is_not_kept_and_writes_are_refused(s3, bucket, as_of):
    s3.put_object(Bucket=bucket, Key="a", Body=b"one")
    past = as_of(1)
    with refused("InvalidArgument", 400):
        past.get_object(Bucket=bucket, Key="a")
    with refused("InvalidRequest", 400):
        past.put_object(Bucket=bucket, Key="a", Body=b"two")
    assert contents(s3, bucket) == {"a": b"one"}


@pytest.mark.parametrize("signature, status", [("s3v4", 403), ("s3", 400)])
def test_a_presigned_url_is_not_turned_to_the_past(server, versioned, signature, status):
    client = make_client(server, signature)
    client.put_object(Bucket=versioned, Key="a", Body=b"one")
    url = client.generate_presigned_url("get_object", Params={"Bucket": versioned, "Key": "a"})
    verify = str(server.certificate) if server.certificate else True
    assert requests.get(url, verify=verify).content == b"one"
    assert requests.get(url + "&x-cairn-as-of=1", verify=verify).status_code == status
    assert requests.get(url, headers={"x-cairn-as-of": "1"}, verify=verify).status_code == status
    client.close()


# Snapshots


@pytest.fixture
def snapshot(server, s3, bucket):
    if server.external:
        pytest.skip("snapshots are made by our own command")
    files = {"a": b"one", "dir/b": noise(3 * MiB, 7), "empty": b"", "ü ñ": b"name"}
    for key, content in files.items():
        s3.put_object(Bucket=bucket, Key=key, Body=content)
    made = json.loads(server.command("snapshot", "create", server.data, bucket, "before", "--json").stdout)
    s3.put_object(Bucket=bucket, Key="a", Body=b"overwritten")
    for key in ["dir/b", "empty", "ü ñ"]:
        s3.delete_object(Bucket=bucket, Key=key)
    server.command("gc", server.data)
    yield made["name"], files
    if any(made["name"] in line for line in server.command("snapshot", "list", server.data).stdout.splitlines()):
        server.command("snapshot", "delete", server.data, made["name"])


def test_boto3_reads_a_snapshot_as_any_bucket(s3, snapshot, bucket):
    name, files = snapshot
    assert name == f"{bucket}.before"
    assert name in [item["Name"] for item in s3.list_buckets()["Buckets"]]
    s3.head_bucket(Bucket=name)
    assert contents(s3, name) == files
    assert [item["Key"] for item in s3.list_objects(Bucket=name)["Contents"]] == sorted(files, key=str.encode)
    versions = s3.list_object_versions(Bucket=name)
    assert len(versions["Versions"]) == len(files) and "DeleteMarkers" not in versions
    part = s3.get_object(Bucket=name, Key="dir/b", Range="bytes=1000-2000000")
    assert part["Body"].read() == files["dir/b"][1000:2000001]
    s3.copy_object(Bucket=bucket, Key="back", CopySource={"Bucket": name, "Key": "dir/b"})
    assert s3.get_object(Bucket=bucket, Key="back")["Body"].read() == files["dir/b"]
    keys = [page["Contents"][0]["Key"] for page in s3.get_paginator("list_objects_v2").paginate(
        Bucket=name, PaginationConfig={"PageSize": 1})]
    assert keys == sorted(files, key=str.encode)


@pytest.mark.parametrize("change", [
    lambda s3, name: s3.put_object(Bucket=name, Key="a", Body=b"x"),
    lambda s3, name: s3.delete_object(Bucket=name, Key="a"),
    lambda s3, name: s3.delete_objects(Bucket=name, Delete={"Objects": [{"Key": "a"}]}),
    lambda s3, name: s3.create_multipart_upload(Bucket=name, Key="a"),
    lambda s3, name: s3.put_object_tagging(Bucket=name, Key="a", Tagging={"TagSet": []}),
    lambda s3, name: s3.copy_object(Bucket=name, Key="b", CopySource=f"{name}/a"),
    lambda s3, name: s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"}),
    lambda s3, name: s3.delete_bucket(Bucket=name),
])
def test_a_snapshot_refuses_every_change(s3, snapshot, change):
    name, files = snapshot
    with refused("AccessDenied", 403) as seen:
        change(s3, name)
    assert "snapshot" in seen.response["Error"]["Message"]
    assert contents(s3, name) == files


def test_a_bucket_with_a_snapshot_stays(s3, snapshot, bucket):
    s3.delete_object(Bucket=bucket, Key="a")
    with refused("BucketNotEmpty", 409) as seen:
        s3.delete_bucket(Bucket=bucket)
    assert "before" in seen.response["Error"]["Message"]


def test_the_aws_cli_copies_a_snapshot_out(server, snapshot, folder):
    name, files = snapshot
    run = subprocess.run(["aws", "s3", "sync", f"s3://{name}/", str(folder)], env=server.environment(PATH=os.environ["PATH"]),
                         capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    assert {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()} == files


def test_s3fs_walks_a_snapshot(server, snapshot):
    name, files = snapshot
    s3fs.S3FileSystem.clear_instance_cache()
    system = s3fs.S3FileSystem(
        key=server.access_key, secret=server.secret_key, endpoint_url=server.endpoint,
        client_kwargs={"verify": str(server.certificate)} if server.certificate else {})
    assert sorted(system.find(name)) == sorted(f"{name}/{key}" for key in files)
    with system.open(f"{name}/dir/b") as file:
        file.seek(12345)
        assert file.read(100) == files["dir/b"][12345:12445]
    with pytest.raises(PermissionError):
        with system.open(f"{name}/new", "wb") as file:
            file.write(b"x")


def test_a_clone_is_written_and_outlives_its_snapshot(server, s3, snapshot, bucket):
    name, files = snapshot
    clone = new_bucket_name("clone")
    report = json.loads(server.command("snapshot", "clone", server.data, name, clone, "--json").stdout)
    assert report == {"objects": len(files), "copied": len(files)}
    server.command("snapshot", "delete", server.data, name)
    server.command("gc", server.data)
    assert contents(s3, clone) == files
    s3.put_object(Bucket=clone, Key="a", Body=b"changed")
    s3.delete_object(Bucket=clone, Key="dir/b")
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"overwritten"
    with refused("NoSuchBucket", 404):
        s3.list_objects_v2(Bucket=name)


def test_mistakes_of_the_command_are_told(server, s3, snapshot, bucket):
    name, _ = snapshot
    for words in [("create", server.data, bucket, "before"), ("create", server.data, bucket, "Upper.Case"),
                  ("create", server.data, "no-such-bucket", "x"), ("delete", server.data, "no.such"),
                  ("clone", server.data, "no.such", "clone-of-nothing"), ("clone", server.data, name, "No_Bucket")]:
        done = server.command("snapshot", *words, expect=None)
        assert done.returncode not in (0, 70) and done.stderr, words


# Batches


@pytest.fixture
def batch(server, s3, bucket):
    read_batch, = documented("read_batch")
    credentials = boto3.Session(server.access_key, server.secret_key).get_credentials()
    session = trusting(server)
    return lambda items, name=bucket: list(read_batch(server.endpoint, name, items, credentials, session=session))


def test_the_documented_loader_reads_in_order(s3, bucket, batch):
    files = {f"k/{number:03}": noise(number * 777, number) for number in range(120)} | {
        "big": noise(5 * MiB, 3), "ü" * 150: b"long name", "dir/": b"", "../up": b"dots"}
    for key, content in files.items():
        s3.put_object(Bucket=bucket, Key=key, Body=content)
    order = sorted(files, key=lambda key: noise(4, len(key) + sum(key.encode())))
    assert batch(order) == [(number, 200, files[key]) for number, key in enumerate(order)]
    asked = ["big", "missing", {"key": "big", "range": "bytes=10-19"}, {"key": "big", "range": "bytes=99999999-"}, "k/001"]
    assert batch(asked) == [
        (0, 200, files["big"]), (1, 404, "NoSuchKey"), (2, 206, files["big"][10:20]), (3, 416, "InvalidRange"),
        (4, 200, files["k/001"])]


def test_sealed_objects_come_open(s3, bucket, batch):
    s3.put_object(Bucket=bucket, Key="small", Body=b"sealed", ServerSideEncryption="AES256")
    s3.put_object(Bucket=bucket, Key="large", Body=noise(3 * MiB, 1), ServerSideEncryption="AES256")
    assert batch(["small", "large", "small"]) == [(0, 200, b"sealed"), (1, 200, noise(3 * MiB, 1)), (2, 200, b"sealed")]


def test_a_dataset_reads_a_snapshot_while_the_bucket_changes(server, s3, snapshot):
    dataset, = documented("ObjectDataset")
    name, files = snapshot
    credentials = boto3.Session(server.access_key, server.secret_key).get_credentials()
    keys = sorted(files)
    data = dataset(server.endpoint, name, keys, credentials, decode=bytes, session=trusting(server))
    assert data.__getitems__([2, 0, 3]) == [files[keys[2]], files[keys[0]], files[keys[3]]]
    data.keys = ["gone"]
    with pytest.raises(KeyError):
        data.__getitems__([0])


def test_unsigned_and_malformed_batches_are_refused(server, s3, bucket):
    url = f"{server.endpoint}/{bucket}?cairn-batch"
    verify = str(server.certificate) if server.certificate else True
    assert requests.post(url, json={"items": [{"key": "a"}]}, verify=verify).status_code == 403
    with pytest.raises(ClientError):
        s3.head_object(Bucket=bucket, Key="a")
