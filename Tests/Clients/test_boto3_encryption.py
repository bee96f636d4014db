"""SSE-S3, SSE-KMS and SSE-C with boto3 over https: all ways of writing and reading, copies between them, uploads in
parts, rotation, kill -9, a lost master key, and that nothing of the content is on the disk."""

import hashlib
import os
import secrets
from types import SimpleNamespace

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError
from conftest import make_client
from support.server import Server

SCHEMES = ["https"]
CUSTOMER = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": os.urandom(32)}
SOURCE = {"CopySource" + name: value for name, value in CUSTOMER.items()}
OTHER = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": os.urandom(32)}
# How to write, how to read, how to be the source of a copy, what answers tell.
MODES = {
    "plain": ({}, {}, {}, None),
    "sse-s3": ({"ServerSideEncryption": "AES256"}, {}, {}, "AES256"),
    "sse-kms": ({"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "reports"}, {}, {}, "aws:kms"),
    "sse-c": (CUSTOMER, CUSTOMER, SOURCE, None),
}
LARGE = secrets.token_bytes(12 << 20)
PARTS = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20, max_concurrency=4)


@pytest.fixture(scope="module")
def server(scheme, tmp_path_factory):
    folder = tmp_path_factory.mktemp("encrypted")
    master = folder / "master.key"
    master.write_text(os.urandom(32).hex() + "\n")
    store = Server(folder / "store", scheme)
    store.master = master
    store.command("kms", "create", "reports", "--master-key-file", master)
    store.start("--master-key-file", str(master))
    try:
        yield store
        store.stop()
        # Without any key at hand.
        store.verify()
    finally:
        store.kill()
        store.remove()


def refused(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response
    return error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Code"]


def tells(answer, mode):
    assert answer.get("ServerSideEncryption") == MODES[mode][3]
    if mode == "sse-kms":
        assert answer["SSEKMSKeyId"] == "reports"
    if mode == "sse-c":
        assert answer["SSECustomerAlgorithm"] == "AES256"
        assert answer["SSECustomerKeyMD5"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [0, 1, 1000, 3 << 20])
def test_objects_come_back_whole_and_in_ranges(s3, bucket, mode, size):
    write, read, _, _ = MODES[mode]
    body = LARGE[:size]
    tells(s3.put_object(Bucket=bucket, Key="k", Body=body, **write), mode)
    got = s3.get_object(Bucket=bucket, Key="k", **read)
    tells(got, mode)
    assert got["Body"].read() == body
    assert (got["ETag"].strip('"') == hashlib.md5(body).hexdigest()) == (mode in ("plain", "sse-s3"))
    head = s3.head_object(Bucket=bucket, Key="k", **read)
    tells(head, mode)
    assert head["ContentLength"] == size
    for first, last in [(0, 0), (size // 3, size // 2), (size - 1, size - 1)]:
        if 0 <= first <= last < size:
            part = s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={first}-{last}", **read)
            assert part["Body"].read() == body[first:last + 1]


@pytest.mark.parametrize("mode", MODES)
def test_uploads_in_parts_by_the_transfer_manager(s3, bucket, mode, tmp_path):
    write, read, _, _ = MODES[mode]
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(LARGE)
    s3.upload_file(str(source), bucket, "large", ExtraArgs=dict(write), Config=PARTS)
    head = s3.head_object(Bucket=bucket, Key="large", **read)
    tells(head, mode)
    assert head["ETag"].strip('"').endswith("-3")
    s3.download_file(bucket, "large", str(target), ExtraArgs=dict(read), Config=PARTS)
    assert target.read_bytes() == LARGE
    across = s3.get_object(Bucket=bucket, Key="large", Range=f"bytes={(5 << 20) - 7}-{(5 << 20) + 6}", **read)
    assert across["Body"].read() == LARGE[(5 << 20) - 7:(5 << 20) + 7]


@pytest.mark.parametrize("to", MODES)
@pytest.mark.parametrize("source", MODES)
def test_copies_between_all_ways(s3, bucket, source, to):
    body = LARGE[:700_000]
    s3.put_object(Bucket=bucket, Key="from", Body=body, **MODES[source][0])
    copied = s3.copy_object(
        Bucket=bucket, Key="to", CopySource={"Bucket": bucket, "Key": "from"}, **MODES[to][0], **MODES[source][2])
    tells(copied, to)
    got = s3.get_object(Bucket=bucket, Key="to", **MODES[to][1])
    tells(got, to)
    assert got["Body"].read() == body


def test_the_wrong_key_and_none(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello", **CUSTOMER)
    assert refused(s3.get_object, Bucket=bucket, Key="k") == (400, "InvalidRequest")
    assert refused(s3.get_object, Bucket=bucket, Key="k", **OTHER) == (403, "AccessDenied")
    assert refused(s3.head_object, Bucket=bucket, Key="k")[0] == 400
    assert refused(s3.head_object, Bucket=bucket, Key="k", **OTHER)[0] == 403
    assert refused(s3.put_object, Bucket=bucket, Key="x", Body=b"", ServerSideEncryption="aws:kms",
                   SSEKMSKeyId="nobody") == (400, "KMS.NotFoundException")


def test_a_bucket_prescribes(s3, bucket):
    assert refused(s3.get_bucket_encryption, Bucket=bucket)[1] == "ServerSideEncryptionConfigurationNotFoundError"
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [{
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "reports"},
        "BucketKeyEnabled": True}]})
    rule = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == "reports"
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"hello")
    tells(put, "sse-kms")
    assert put["BucketKeyEnabled"] is True
    s3.delete_bucket_encryption(Bucket=bucket)
    assert "ServerSideEncryption" not in s3.put_object(Bucket=bucket, Key="k", Body=b"hello")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"hello"


def on_disk(folder, marker):
    return [path for path in folder.rglob("*") if path.is_file() and marker in path.read_bytes()]


def test_nothing_of_the_content_is_on_the_disk(s3, server, bucket):
    marker = b"MARKER-" + secrets.token_hex(16).encode()
    for mode, (write, _, _, _) in MODES.items():
        if mode != "plain":
            s3.put_object(Bucket=bucket, Key=mode, Body=b"x" * 500 + marker, **write)
            s3.put_object(Bucket=bucket, Key=mode + "-large", Body=LARGE[:2 << 20] + marker, **write)
    assert on_disk(server.data, marker) == []
    assert on_disk(server.data, CUSTOMER["SSECustomerKey"]) == []
    s3.put_object(Bucket=bucket, Key="plain", Body=b"x" * 500 + marker)
    assert on_disk(server.data, marker) != []


def test_rotation_beside_the_running_server(s3, server, bucket):
    write = MODES["sse-kms"][0]
    s3.put_object(Bucket=bucket, Key="old", Body=b"old", **write)
    server.command("kms", "rotate", "reports", "--master-key-file", server.master)
    assert "version 2" in server.command("kms", "list", "--master-key-file", server.master).stdout
    s3.put_object(Bucket=bucket, Key="new", Body=b"new", **write)
    assert s3.get_object(Bucket=bucket, Key="old")["Body"].read() == b"old"
    assert s3.get_object(Bucket=bucket, Key="new")["Body"].read() == b"new"
    s3.copy_object(Bucket=bucket, Key="old", CopySource={"Bucket": bucket, "Key": "old"}, **write)
    assert s3.get_object(Bucket=bucket, Key="old")["Body"].read() == b"old"


def test_kill_and_a_lost_master_key(scheme, tmp_path):
    master = tmp_path / "master.key"
    master.write_text(os.urandom(32).hex())
    store = Server(tmp_path / "store", scheme)
    options = ["--master-key-file", str(master)]
    try:
        store.start(*options)
        client = make_client(store)
        client.create_bucket(Bucket="box")
        client.put_object(Bucket="box", Key="plain", Body=b"plain")
        client.put_object(Bucket="box", Key="sealed", Body=LARGE[:3 << 20], ServerSideEncryption="AES256")
        client.put_object(Bucket="box", Key="mine", Body=b"mine", **CUSTOMER)
        store.kill()
        store.start(*options)
        client = make_client(store)
        assert client.get_object(Bucket="box", Key="sealed")["Body"].read() == LARGE[:3 << 20]
        store.stop()
        # Another key: what is sealed is refused in words, everything else goes on.
        first = master.read_text()
        master.write_text(os.urandom(32).hex())
        store.start(*options)
        client = make_client(store)
        assert refused(client.get_object, Bucket="box", Key="sealed") == (400, "KMS.KMSInvalidStateException")
        assert client.get_object(Bucket="box", Key="plain")["Body"].read() == b"plain"
        assert client.get_object(Bucket="box", Key="mine", **CUSTOMER)["Body"].read() == b"mine"
        store.stop()
        # None at all.
        store.start("--master-key-file", "off")
        client = make_client(store)
        assert refused(client.get_object, Bucket="box", Key="sealed")[0] == 501
        assert client.get_object(Bucket="box", Key="plain")["Body"].read() == b"plain"
        store.stop()
        # The first again, with a newer one behind it.
        master.write_text(first + "\n" + os.urandom(32).hex() + "\n")
        store.start(*options)
        client = make_client(store)
        assert client.get_object(Bucket="box", Key="sealed")["Body"].read() == LARGE[:3 << 20]
        client.put_object(Bucket="box", Key="sealed", Body=b"new", ServerSideEncryption="AES256")
        store.stop()
        store.verify()
    finally:
        store.kill()


def test_keys_do_not_travel_in_the_clear(tmp_path):
    store = Server(tmp_path / "store")
    try:
        store.start()
        # boto3 itself refuses nothing here, so the server must.
        client = make_client(store)
        client.create_bucket(Bucket="box")
        assert refused(client.put_object, Bucket="box", Key="k", Body=b"x", **CUSTOMER) == (400, "InvalidRequest")
        store.stop()
    finally:
        store.kill()


def test_a_first_start_makes_the_master_key(tmp_path, monkeypatch):
    """SSE-S3 and SSE-KMS without a key's name work out of the box; the key lies with the operator's settings."""
    monkeypatch.setattr("support.server.CONFIGURATION_HOME", SimpleNamespace(name=str(tmp_path / "settings")))
    store = Server(tmp_path / "store", "https")
    store.start()
    try:
        s3 = make_client(store)
        s3.create_bucket(Bucket="secrets")
        s3.put_object(Bucket="secrets", Key="a", Body=b"one", ServerSideEncryption="AES256")
        s3.put_object(Bucket="secrets", Key="b", Body=b"two", ServerSideEncryption="aws:kms")
        master = tmp_path / "settings/cairn/master.key"
        assert master.stat().st_mode & 0o777 == 0o600
        store.stop()
        before = master.read_text()
        store.start()
        assert make_client(store).get_object(Bucket="secrets", Key="a")["Body"].read() == b"one"
        assert make_client(store).get_object(Bucket="secrets", Key="b")["SSEKMSKeyId"] == "aws/s3"
        assert master.read_text() == before
        store.stop()
        store.start("--master-key-file", "off")
        assert refused(
            make_client(store).put_object, Bucket="secrets", Key="c", Body=b"", ServerSideEncryption="AES256"
        ) == (501, "NotImplemented")
        store.stop()
    finally:
        store.kill()
        store.remove()
