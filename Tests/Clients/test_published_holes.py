"""Holes that other stores of this kind have had, each by its name, tried against this one.

Invariant: a refused request leaves the store as it was. Which hole a test stands for is said by its own name; holes
that belong to a subject with tests of its own (tampered chunks, form conditions, conditional deletes) are there.
"""

import socket
import threading
import time
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError

from conftest import make_client
from support.checksums import checksum
from support.data import MiB, noise
from support.errors import refused
from support.raw import Connection, exchange, signed_exchange
from support.signing import STREAMING, STREAMING_TRAILER, STREAMING_UNSIGNED_TRAILER, UNSIGNED, Signer

SECRET = b"what the victim keeps to itself"


@pytest.fixture
def signer(server):
    return Signer(server)


@pytest.fixture
def victim(s3, bucket):
    """A bucket with one object that no request of these tests may read, change or delete."""
    name = f"{bucket}-victim"
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="secret", Body=SECRET)
    yield name
    assert s3.get_object(Bucket=name, Key="secret")["Body"].read() == SECRET
    assert keys(s3, name) == ["secret"]


def keys(s3, bucket):
    return [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def fetch(address, method="GET", data=None, headers=()):
    try:
        request = urllib.request.Request(address, data=data, method=method, headers=dict(headers))
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


# ---- what was not signed is not read

@pytest.mark.parametrize("signature", ["s3v4", "s3"], ids=["version 4", "version 2"])
@pytest.mark.parametrize("header", ["x-amz-copy-source", "x-amz-tagging", "x-amz-meta-note", "x-amz-object-lock-mode",
                                    "x-amz-storage-class", "x-amz-website-redirect-location"])
def test_an_unsigned_header_on_a_presigned_address_is_not_obeyed(server, s3, bucket, victim, signature, header):
    value = {"x-amz-copy-source": f"/{victim}/secret", "x-amz-tagging": "a=b", "x-amz-meta-note": "x",
             "x-amz-object-lock-mode": "COMPLIANCE", "x-amz-storage-class": "GLACIER",
             "x-amz-website-redirect-location": "/elsewhere"}[header]
    address = make_client(server, signature).generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "k"})
    status, _ = fetch(address, "PUT", b"", {header: value, "Content-Type": ""})
    assert status == 403
    assert keys(s3, bucket) == []


def test_an_unsigned_query_parameter_on_a_presigned_address_is_not_obeyed(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    address = make_client(server, "s3v4").generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    for more in ("acl", "uploads", "versionId=null", "response-content-type=text%2Fhtml", "tagging"):
        status, body = fetch(f"{address}&{more}")
        assert (status, b"SignatureDoesNotMatch" in body) == (403, True), more


def test_a_second_value_of_a_signed_parameter_is_refused(server, s3, bucket, victim):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    address = make_client(server, "s3v4").generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"},
                                                                 ExpiresIn=60)
    for more in ("X-Amz-Expires=604800", "X-Amz-SignedHeaders=", "X-Amz-Credential=x"):
        status, _ = fetch(f"{address}&{more}")
        assert status in (400, 403), more


def test_a_host_that_was_signed_for_another_bucket_is_refused(server, s3, bucket, victim, signer):
    """The path is signed for one bucket and the Host names another, in the hope that each is read for itself."""
    s3.put_object(Bucket=bucket, Key="secret", Body=b"mine")
    target, signed = signer.sign("GET", f"/{bucket}/secret")
    for host in (f"{victim}.localhost:{server.port}", f"{victim}.{server.host}:{server.port}"):
        reply = exchange(server, "GET", target, signed | {"host": host})
        assert reply.status in (400, 403, 404) and SECRET not in reply.body, reply


# ---- a payload mode is no way around the signature

@pytest.mark.parametrize("mode", [UNSIGNED, STREAMING, STREAMING_TRAILER, STREAMING_UNSIGNED_TRAILER])
@pytest.mark.parametrize("forged", ["wrong secret", "no signature", "no authorization", "anonymous with a key"])
def test_no_payload_mode_skips_the_signature(server, s3, bucket, mode, forged):
    forger = Signer(server)
    forger.secret_key = "x" * 40
    data = b"forged"
    framed = b"6\r\nforged\r\n0\r\nx-amz-checksum-crc32:" + checksum("CRC32", data).encode() + b"\r\n\r\n"
    if mode in (STREAMING, STREAMING_TRAILER):
        framed = b"6;chunk-signature=" + b"0" * 64 + b"\r\nforged\r\n0;chunk-signature=" + b"0" * 64 + b"\r\n\r\n"
    body = data if mode == UNSIGNED else framed
    headers = {"content-length": len(body)}
    if mode != UNSIGNED:
        headers |= {"x-amz-decoded-content-length": len(data), "content-encoding": "aws-chunked"}
    if mode in (STREAMING_TRAILER, STREAMING_UNSIGNED_TRAILER):
        headers["x-amz-trailer"] = "x-amz-checksum-crc32"
    target, signed = forger.sign("PUT", f"/{bucket}/k", (), headers, content_sha256=mode)
    authorization = signed.pop("authorization")
    if forged == "wrong secret":
        signed["authorization"] = authorization
    elif forged == "no signature":
        signed["authorization"] = authorization.partition(", Signature=")[0] + ", Signature="
    elif forged == "anonymous with a key":
        signed["authorization"] = authorization.partition(", SignedHeaders=")[0]
    reply = exchange(server, "PUT", target, signed, body)
    assert reply.status in (400, 403) and reply.code, reply
    assert keys(s3, bucket) == []


def test_a_header_and_a_query_cannot_both_sign(server, s3, bucket, signer):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    address = make_client(server, "s3v4").generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    query = address.partition("?")[2]
    _, signed = signer.sign("GET", f"/{bucket}/k")
    reply = exchange(server, "GET", f"/{bucket}/k?{query}", signed)
    assert reply.status in (400, 403), reply


# ---- a key is a key, and never a path

DOTS = ["../{victim}/secret", "x/../../{victim}/secret", "..", "../../../../etc/passwd", "./../{victim}/secret"]


@pytest.mark.parametrize("key", DOTS)
def test_dots_in_a_key_lead_nowhere(server, s3, bucket, victim, signer, key):
    key = key.format(victim=victim)
    reply = signed_exchange(server, signer, "GET", f"/{bucket}/{key}")
    assert reply.status == 404 and SECRET not in reply.body and b"root:" not in reply.body, reply
    put = signed_exchange(server, signer, "PUT", f"/{bucket}/{key}", body=b"mine")
    assert put.status == 200, put
    assert keys(s3, bucket) == [key]
    assert signed_exchange(server, signer, "GET", f"/{bucket}/{key}").body == b"mine"
    assert signed_exchange(server, signer, "DELETE", f"/{bucket}/{key}").status == 204
    assert keys(s3, bucket) == []


@pytest.mark.parametrize("source", [
    "{bucket}/../{victim}/secret", "../{victim}/secret", "{bucket}/%2E%2E/{victim}/secret",
    "{bucket}/..%2F{victim}%2Fsecret", "../../../etc/passwd"])
def test_dots_in_a_copy_source_lead_nowhere(server, s3, bucket, victim, signer, source):
    headers = {"x-amz-copy-source": "/" + source.format(bucket=bucket, victim=victim)}
    reply = signed_exchange(server, signer, "PUT", f"/{bucket}/k", headers=headers)
    assert reply.status in (400, 404) and reply.code, reply
    assert keys(s3, bucket) == []


def test_dots_in_a_delete_list_lead_nowhere(s3, bucket, victim):
    listed = [{"Key": key.format(victim=victim)} for key in DOTS]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": listed})
    assert len(answer["Deleted"]) == len(DOTS)  # of keys that are not there, as S3 says it; `victim` looks at the rest


@pytest.mark.parametrize("name", ["..", ".", "%2e%2e", "..%2f..", "a%00b"])
def test_a_bucket_name_of_dots_is_none(server, signer, name):
    for method in ("GET", "PUT", "DELETE"):
        target, signed = signer.sign(method, "/x")
        reply = exchange(server, method, f"/{name}", signed | {"content-length": 0})
        assert reply.status in (400, 403, 404), reply


# ---- secrets are not told

PATHS = """/ /metrics /health /healthz /live /ready /debug /debug/pprof/ /debug/vars /config /env /.env /admin /admin/keys
    /keys /status /minio/admin/v3/info /minio/bootstrap/v1/verify /minio/health/cluster /cluster/status /dir/status
    /v1/keys /v0/key /api/v1/keys /iam /stats""".split()


def test_no_address_tells_a_secret_without_login(server, s3):
    """MinIO told its root password at /minio/bootstrap/v1/verify; others left an administration port open."""
    for port in {server.port, server.admin_port}:
        for path in PATHS:
            for method in ("GET", "POST"):
                status, body = fetch(f"http://{server.host}:{port}{path}", method, b"" if method == "POST" else None)
                assert server.secret_key.encode() not in body, (port, path)


def test_no_secret_is_logged_beyond_the_first_start(server, s3, bucket):
    if server.external:
        pytest.skip("reads the log of a process that is not ours")
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    with refused("NoSuchKey", 404):
        s3.get_object(Bucket=bucket, Key="absent")
    assert server.log.read_text().count(server.secret_key) == 1


# ---- no client holds a connection, or makes others wait

def test_a_connection_closes_when_its_client_asks_or_speaks_http_1_0(server):
    for head in (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"GET / HTTP/1.0\r\nHost: x\r\n\r\n"):
        with Connection(server, seconds=5) as connection:
            connection.send(head)
            assert connection.read().status in (403, 505)
            assert connection.closed()


def test_a_client_that_only_opens_connections_starves_nobody(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    idle = [socket.create_connection((server.host, server.port), timeout=5) for _ in range(400)]
    try:
        slow = 0.0
        for _ in range(20):
            begun = time.monotonic()
            assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
            slow = max(slow, time.monotonic() - begun)
        assert slow < 2
    finally:
        for each in idle:
            each.close()
    if not server.external:
        end = time.monotonic() + 10
        while server.descriptors() > 200 and time.monotonic() < end:
            time.sleep(0.1)
        assert server.descriptors() <= 200


# ---- an abort aborts, and nothing else

def test_an_abort_that_races_a_completion_never_destroys_the_object(server, s3, bucket):
    """Both may not succeed: either the object is there and whole, or the upload is gone and the old object stays."""
    other, content, won = make_client(server), noise(1 * MiB, 3), {"complete": 0, "abort": 0}
    for turn in range(30):
        key = f"raced/{turn}"
        s3.put_object(Bucket=bucket, Key=key, Body=b"old")
        place = {"Bucket": bucket, "Key": key}
        upload = place | {"UploadId": s3.create_multipart_upload(**place)["UploadId"]}
        tag = s3.upload_part(**upload, PartNumber=1, Body=content)["ETag"]
        outcome, together = {}, threading.Barrier(2)

        def attempt(name, call):
            together.wait()
            if name == ("abort" if turn % 2 else "complete"):
                time.sleep(turn * 0.0002)
            try:
                call()
                outcome[name] = True
            except ClientError as error:
                assert error.response["Error"]["Code"] == "NoSuchUpload", error
                outcome[name] = False
        threads = [
            threading.Thread(target=attempt, args=("complete", lambda: s3.complete_multipart_upload(
                **upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": tag}]}))),
            threading.Thread(target=attempt, args=("abort", lambda: other.abort_multipart_upload(**upload)))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(outcome) == 2
        found = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        assert found == (content if outcome["complete"] else b"old")
        assert outcome["complete"] or outcome["abort"]
        won["complete" if outcome["complete"] else "abort"] += 1
    other.close()
    assert won["complete"] and won["abort"], f"one side always won: {won}"


def test_an_upload_is_reached_only_by_its_own_key_and_bucket(s3, bucket, victim):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    tag = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"x")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": tag}]}
    for where, key in ((victim, "secret"), (victim, "k"), (bucket, "other")):
        place = {"Bucket": where, "Key": key}
        with refused("NoSuchUpload", 404):
            s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload=parts)
        with refused("NoSuchUpload", 404):
            s3.abort_multipart_upload(**place, UploadId=upload)
        with refused("NoSuchUpload", 404):
            s3.upload_part(**place, UploadId=upload, PartNumber=1, Body=b"y")
    s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload=parts)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
