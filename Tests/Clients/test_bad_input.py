"""What a store must survive and answer in words: each case has its exact S3 error, and leaves nothing stored.

The last tests look at the process itself: refused and broken requests must give back descriptors and memory.
"""

import datetime
import socket
import threading
import time

import pytest

from support.data import MiB, md5_base64, noise
from support.errors import refused
from support.raw import Connection, exchange, head_bytes, signed_exchange
from support.signing import UNSIGNED, Signer

CLOSE_SECONDS_MAX = 15
STORM_REQUESTS = 400


@pytest.fixture
def signer(server):
    return Signer(server)


@pytest.fixture
def send(server, signer):
    """A signed request on a fresh connection."""
    def run(method, path, query=(), headers=(), body=b"", **signing):
        return signed_exchange(server, signer, method, path, query, headers, body, **signing)
    return run


def is_empty(s3, bucket):
    return s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


@pytest.mark.parametrize("value, code", [
    (md5_base64(b"other"), "BadDigest"), ("nonsense", "InvalidDigest"), ("", "InvalidDigest"), ("AAAA", "InvalidDigest"),
    (md5_base64(b"content")[:-4], "InvalidDigest"),
], ids=["other content", "no base64", "empty", "too short", "cut"])
def test_content_md5_is_judged(send, s3, bucket, value, code):
    reply = send("PUT", f"/{bucket}/k", headers={"content-md5": value}, body=b"content")
    assert (reply.status, reply.code) == (400, code), reply
    assert is_empty(s3, bucket)
    assert send("PUT", f"/{bucket}/k", headers={"content-md5": md5_base64(b"content")}, body=b"content").status == 200


def test_a_length_is_required(server, signer, s3, bucket):
    target, signed = signer.sign("PUT", f"/{bucket}/k", content_sha256=UNSIGNED)
    reply = exchange(server, "PUT", target, signed)
    assert (reply.status, reply.code) == (411, "MissingContentLength"), reply
    assert is_empty(s3, bucket)


def test_more_than_five_gigabytes_in_one_put_is_refused_before_the_body(server, signer, s3, bucket):
    target, signed = signer.sign("PUT", f"/{bucket}/k", (), {"content-length": 5 * 1024 ** 3 + 1}, content_sha256=UNSIGNED)
    reply = exchange(server, "PUT", target, signed)
    assert (reply.status, reply.code) == (400, "EntityTooLarge"), reply
    assert is_empty(s3, bucket)


@pytest.mark.parametrize("case, status", [("no such bucket", 404), ("wrong secret", 403), ("too large", 400)])
def test_an_answer_before_the_body_reaches_a_client_that_reads_only_after_sending(server, signer, bucket, case, status):
    """Closing with unread bytes would reset the connection, and the client would see that instead of the answer."""
    body = noise(4 * MiB, 7)
    length = 5 * 1024 ** 3 + 1 if case == "too large" else len(body)
    name = "no-such-bucket" if case == "no such bucket" else bucket
    if case == "wrong secret":
        signer.secret_key = "x" * 40
    target, signed = signer.sign("PUT", f"/{name}/k", (), {"content-length": length}, content_sha256=UNSIGNED)
    with Connection(server) as connection:
        connection.send(head_bytes("PUT", target, signed))
        time.sleep(0.2)
        for start in range(0, len(body), 65536):
            connection.send(body[start:start + 65536])
        reply = connection.read("PUT")
        assert reply.status == status and reply.closes, reply
        assert connection.closed()


def test_metadata_in_utf8_comes_back_byte_for_byte(send, bucket):
    value = "Grüße, 日本, \N{GRINNING FACE}"
    assert send("PUT", f"/{bucket}/k", headers={"x-amz-meta-note": value}, body=b"x").status == 200
    reply = send("GET", f"/{bucket}/k")
    assert reply.headers["x-amz-meta-note"].encode("latin-1") == value.encode()


@pytest.mark.parametrize("header", [b'Content-Disposition: attachment; filename="\xe9"', b"Cache-Control: \xff"])
def test_values_that_could_not_come_back_are_refused(server, signer, s3, bucket, header):
    target, signed = signer.sign("PUT", f"/{bucket}/k", (), {"content-length": 1}, b"x")
    with Connection(server) as connection:
        connection.send(head_bytes("PUT", target, signed)[:-2] + header + b"\r\n\r\nx")
        reply = connection.read("PUT")
    assert (reply.status, reply.code) == (400, "InvalidArgument"), reply
    assert is_empty(s3, bucket)


HOST = b"Host: 127.0.0.1\r\n"


@pytest.mark.parametrize("head", [
    b"GET / HTTP/1.1\r\n" + HOST + b"No colon here\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + HOST + b"Name : space before the colon\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + HOST + b"A: b\r\n folded: line\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + HOST + b"A: nul \x00 inside\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET  /two-spaces HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET /\r\n" + HOST + b"\r\n",
    b"GET / HTTP/9.9\r\n" + HOST + b"\r\n",
    b"G\x01T / HTTP/1.1\r\n" + HOST + b"\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello on a plain port\r\n\r\n",
    b"PUT /b/k HTTP/1.1\r\n" + HOST + b"Content-Length: +5\r\n\r\nhello",
    b"PUT /b/k HTTP/1.1\r\n" + HOST + b"Content-Length: 0x5\r\n\r\nhello",
    b"PUT /b/k HTTP/1.1\r\n" + HOST + b"Content-Length: -5\r\n\r\nhello",
    b"PUT /b/k HTTP/1.1\r\n" + HOST + b"Content-Length: 5 5\r\n\r\nhello",
    b"PUT /b/k HTTP/1.1\r\n" + HOST + b"Content-Length: 18446744073709551617\r\n\r\nhello",
    b"PUT /b/k HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    b"PUT /b/k HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"PUT /b/k HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    b"PUT /b/k HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
], ids=["no colon", "space before colon", "folded", "NUL", "two hosts", "no host", "two spaces", "HTTP/0.9", "HTTP/9.9",
        "bad method", "TLS hello", "length +5", "length 0x5", "length -5", "length 5 5", "length overflow", "two lengths",
        "length and chunked", "chunked not last", "xchunked"])
def test_a_malformed_head_is_refused_and_the_connection_closed(server, head):
    with Connection(server, seconds=CLOSE_SECONDS_MAX) as connection:
        connection.send(head)
        reply = connection.read_or_none()
        assert reply is not None, "closed without a word"
        assert reply.status in (400, 501, 505), reply
        assert connection.closed(), "bytes after a bad head must not be taken for a request"


@pytest.mark.parametrize("target", ["/%zz", "/bucket/%c3%28", "/bucket/%", "/bucket/k?a=%ff", "b/k", "*"])
def test_a_target_that_is_no_key_is_refused_and_the_connection_closed(server, target):
    with Connection(server, seconds=CLOSE_SECONDS_MAX) as connection:
        connection.send(b"GET " + target.encode() + b" HTTP/1.1\r\n" + HOST + b"\r\n")
        reply = connection.read_or_none()
        assert reply is not None and reply.status == 400, reply
        assert connection.closed(), "what the address is not, nobody can tell; what follows it neither"


@pytest.mark.parametrize("body", [
    b"5\r\nhello\r\nx\r\n\r\n", b"5;ext\r\nhello0\r\n\r\n", b"-5\r\nhello\r\n0\r\n\r\n", b"0x5\r\nhello\r\n0\r\n\r\n",
    b"ffffffffffffffffff\r\nhello", b"5\nhello\n0\n\n", b"\r\n",
], ids=["size is no number", "no line end after data", "negative", "0x", "overflow", "bare line feeds", "empty size"])
def test_broken_http_chunks_store_nothing(server, signer, s3, bucket, body):
    headers = {"transfer-encoding": "chunked", "x-amz-decoded-content-length": 5}
    target, signed = signer.sign("PUT", f"/{bucket}/k", (), headers, content_sha256=UNSIGNED)
    with Connection(server, seconds=CLOSE_SECONDS_MAX) as connection:
        connection.send(head_bytes("PUT", target, signed) + body)
        if server.scheme == "http":
            connection.half_close()
        reply = connection.read_or_none("PUT")
        assert reply is None or reply.status in (400, 411, 501), reply
    assert is_empty(s3, bucket)


def test_too_large_heads_are_refused(server):
    for head in (b"GET / HTTP/1.1\r\n" + HOST + b"A: " + b"x" * 70_000 + b"\r\n\r\n",
                 b"GET / HTTP/1.1\r\n" + HOST + b"".join(b"A%d: x\r\n" % n for n in range(101)) + b"\r\n",
                 b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n"):
        with Connection(server, seconds=CLOSE_SECONDS_MAX) as connection:
            try:
                connection.send(head)
            except ConnectionError:
                continue
            reply = connection.read_or_none()
            assert reply is None or reply.status in (400, 414, 431), reply


def test_pipelined_requests_are_answered_in_order(server, signer, s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"first")
    s3.put_object(Bucket=bucket, Key="b", Body=b"second")
    requests = b"".join(head_bytes("GET", *signer.sign("GET", f"/{bucket}/{key}")) for key in ("a", "b", "absent", "a"))
    with Connection(server) as connection:
        connection.send(requests)
        assert [connection.read().body for _ in range(2)] == [b"first", b"second"]
        assert connection.read().status == 404
        assert connection.read().body == b"first"


@pytest.mark.parametrize("seconds", [-3600, 3600])
def test_a_clock_an_hour_off_is_told(send, bucket, seconds):
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    reply = send("GET", f"/{bucket}", when=when)
    assert (reply.status, reply.code) == (403, "RequestTimeTooSkewed"), reply


def test_a_wrong_secret_is_told(server, bucket):
    stranger = Signer(server)
    stranger.secret_key = "x" * 40
    reply = signed_exchange(server, stranger, "GET", f"/{bucket}")
    assert (reply.status, reply.code) == (403, "SignatureDoesNotMatch"), reply
    assert server.secret_key.encode() not in reply.body


@pytest.mark.parametrize("value", ["", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=x", "Bearer abc", "AWS x:y",
                                   "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=" + "0" * 64])
def test_a_broken_authorization_header_is_refused(server, signer, bucket, value):
    target, signed = signer.sign("GET", f"/{bucket}")
    reply = exchange(server, "GET", target, signed | {"authorization": value})
    assert reply.status in (400, 403) and reply.code, reply


@pytest.mark.parametrize("headers, status, code", [
    ({"authorization": "AWS HAHAHA"}, 400, "InvalidArgument"),
    ({"authorization": "AWS x:HAHAHA"}, 403, "AccessDenied"),
    ({"authorization": "AWS x:HAHAHA", "date": ""}, 403, "AccessDenied"),
    ({"authorization": "AWS x:HAHAHA", "x-amz-date": "Bad Date"}, 403, "AccessDenied"),
    ({"authorization": "AWS x:HAHAHA", "x-amz-date": "Tue, 07 Jul 2010 21:53:04 GMT"}, 403, "InvalidAccessKeyId"),
    ({"authorization": ""}, 403, "AccessDenied"),
], ids=["no colon", "no date", "empty date", "bad date", "unknown key", "empty"])
def test_version_2_signatures_that_are_none(server, bucket, headers, status, code):
    reply = exchange(server, "PUT", f"/{bucket}/k", {"host": "x", "content-length": 0} | headers)
    assert (reply.status, reply.code) == (status, code), reply


def test_an_unsigned_header_cannot_steer(server, signer, s3, bucket):
    """A header that was added on the way has no effect: the request is refused, or the header is not read."""
    s3.put_object(Bucket=bucket, Key="secret", Body=b"secret")
    target, signed = signer.sign("PUT", f"/{bucket}/k", (), {"content-length": 0})
    reply = exchange(server, "PUT", target, signed | {"x-amz-copy-source": f"/{bucket}/secret"})
    assert reply.status == 403, reply
    with refused("404", 404):
        s3.head_object(Bucket=bucket, Key="k")


def test_unknown_query_parameters_are_signed_and_ignored(send, s3, bucket):
    assert send("PUT", f"/{bucket}/k", {"x-id": "PutObject", "unknown": ""}, body=b"x").status == 200
    assert send("GET", f"/{bucket}/k", {"x-id": "GetObject"}).body == b"x"


@pytest.mark.parametrize("headers, code", [
    ({"x-amz-storage-class": "BOGUS"}, "InvalidStorageClass"),
    ({"x-amz-acl": "bogus"}, "InvalidArgument"),
    ({"x-amz-server-side-encryption": "bogus"}, "InvalidArgument"),
    ({"x-amz-sdk-checksum-algorithm": "MD99"}, "InvalidRequest"),
    ({"x-amz-object-lock-mode": "BOGUS", "x-amz-object-lock-retain-until-date": "soon"}, None),
    ({"x-amz-tagging": "=&=&%zz"}, None),
], ids=["storage class", "acl", "encryption", "checksum algorithm", "lock", "tagging"])
def test_values_that_would_change_the_result_are_not_ignored(send, s3, bucket, headers, code):
    reply = send("PUT", f"/{bucket}/k", headers=headers, body=b"x")
    assert (reply.status in (400, 501)) and (code is None or reply.code in (code, "NotImplemented")), reply
    assert is_empty(s3, bucket)


@pytest.mark.parametrize("name", ["ab", "a" * 64, "Upper", "under_score", "-start", "end-", "a..b", "192.168.1.1", "a b",
                                  "xn--x", "a-s3alias"])
def test_bucket_names_that_cannot_be(send, s3, name):
    reply = send("PUT", f"/{name}")
    assert (reply.status, reply.code) == (400, "InvalidBucketName"), reply


@pytest.mark.parametrize("body", [
    b"", b"not xml", b"<Delete>", b"<Delete></Delete>", b"<Other></Other>", b"<Delete><Object></Object></Delete>",
    b"<Delete><Object><Key>a</Object></Key></Delete>", b"\xff\xfe<Delete/>",
    b'<!DOCTYPE a [<!ENTITY b "c">]><Delete><Object><Key>&b;</Key></Object></Delete>',
    b"<Delete><Object><Key>&unknown;</Key></Object></Delete>",
    b"<a>" * 5000,
    b"<Delete>" + b"<Object><Key>k</Key></Object>" * 1001 + b"</Delete>",
], ids=["empty", "text", "open", "no object", "other root", "no key", "crossed tags", "no UTF-8", "DOCTYPE", "entity",
        "deep", "1,001 keys"])
def test_malformed_delete_lists(send, s3, bucket, body):
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    reply = send("POST", f"/{bucket}", {"delete": ""}, {"content-md5": md5_base64(body)}, body)
    assert (reply.status, reply.code) in ((400, "MalformedXML"), (400, "MissingRequestBodyError")), reply
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1


def test_a_delete_list_needs_its_digest(send, s3, bucket):
    body = b"<Delete><Object><Key>a</Key></Object></Delete>"
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    reply = send("POST", f"/{bucket}", {"delete": ""}, body=body)
    assert (reply.status, reply.code) == (400, "InvalidRequest"), reply
    reply = send("POST", f"/{bucket}", {"delete": ""}, {"content-md5": md5_base64(b"other")}, body)
    assert (reply.status, reply.code) == (400, "BadDigest"), reply
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1


@pytest.mark.parametrize("body", [
    b"", b"nonsense", b"<CompleteMultipartUpload></CompleteMultipartUpload>",
    b"<CompleteMultipartUpload><Part><PartNumber>x</PartNumber><ETag>y</ETag></Part></CompleteMultipartUpload>",
    b"<CompleteMultipartUpload><Part><ETag>y</ETag></Part></CompleteMultipartUpload>",
    b"<CompleteMultipartUpload><Part><PartNumber>99999999999999999999</PartNumber><ETag>y</ETag></Part>"
    b"</CompleteMultipartUpload>",
], ids=["nothing", "text", "empty", "number is none", "no number", "overflow"])
def test_malformed_completions(send, s3, bucket, body):
    named = {"Bucket": bucket, "Key": "k", "UploadId": s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]}
    etag = s3.upload_part(**named, PartNumber=1, Body=b"x")["ETag"]
    reply = send("POST", f"/{bucket}/k", {"uploadId": named["UploadId"]}, body=body)
    assert (reply.status, reply.code) in ((400, "MalformedXML"), (400, "InvalidPart")), reply
    s3.complete_multipart_upload(**named, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})


@pytest.mark.parametrize("number", ["0", "10001", "-1", "x", "", "99999999999999999999"])
def test_part_numbers_that_cannot_be(send, s3, bucket, number):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    reply = send("PUT", f"/{bucket}/k", {"uploadId": upload, "partNumber": number}, body=b"x")
    assert (reply.status, reply.code) == (400, "InvalidArgument"), reply


@pytest.mark.parametrize("method, path", [("PATCH", "/{}/k"), ("POST", "/{}/k"), ("POST", "/"), ("DELETE", "/"), ("PUT", "/")])
def test_methods_that_nothing_serves(send, bucket, method, path):
    reply = send(method, path.format(bucket))
    assert (reply.status, reply.code) in ((405, "MethodNotAllowed"), (501, "NotImplemented")), reply


def test_a_create_bucket_document_that_cannot_be_read(send):
    reply = send("PUT", "/bad-document-bucket", body=b"<Create")
    assert (reply.status, reply.code) == (400, "MalformedXML"), reply


def test_an_error_is_an_answer_on_a_connection_that_goes_on(server, signer, s3, bucket):
    """A refused upload whose body was read, or a closed connection: never a connection out of step."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"old")
    with Connection(server) as connection:
        body = noise(200_000, 3)
        target, signed = signer.sign("PUT", f"/{bucket}/k", (), {"content-length": len(body), "if-none-match": "*"}, body)
        connection.send(head_bytes("PUT", target, signed) + body)
        reply = connection.read("PUT")
        assert reply.status == 412, reply
        if reply.closes:
            return
        connection.send(head_bytes("GET", *signer.sign("GET", f"/{bucket}/k")))
        assert connection.read().body == b"old"


def test_slow_heads_are_given_up(server):
    with Connection(server, seconds=30) as connection:
        connection.send(b"GET / HTTP/1.1\r\nHost: x\r\n")
        begun = time.monotonic()
        reply = connection.read_or_none()
        assert reply is None or reply.status in (400, 408), reply
        assert time.monotonic() - begun < 20, "a head has ten seconds"


def broken_requests(server, signer, bucket, count):
    """Half heads, half bodies, closed at once: what a bad network and a bad client leave behind."""
    body = noise(100_000, 1)
    for number in range(count):
        with Connection(server) as connection:
            target, signed = signer.sign("PUT", f"/{bucket}/broken", (), {"content-length": len(body)}, body)
            head = head_bytes("PUT", target, signed)
            kind = number % 5
            connection.send([head[:50], head, head + body[:50_000], b"\x00" * 100, head[:-2] + b"bad\r\n\r\n"][kind])
            if kind == 2:
                connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def test_broken_requests_leak_neither_descriptors_nor_memory(server, signer, s3, bucket):
    if server.external:
        pytest.skip("looks into the process of the store, and this server is not ours")

    def storm():
        threads = [threading.Thread(target=broken_requests, args=(server, Signer(server), bucket, STORM_REQUESTS // 8))
                   for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
            assert not thread.is_alive()

    # As many at once as later: the pools of connections to the database are as full as they get.
    storm()
    time.sleep(1)
    descriptors, memory = server.descriptors(), server.resident_bytes()
    for _ in range(2):
        storm()
    deadline = time.monotonic() + CLOSE_SECONDS_MAX
    while server.descriptors() > descriptors + 2 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert server.descriptors() <= descriptors + 2
    assert server.resident_bytes() <= memory + 24 * MiB
    assert is_empty(s3, bucket)


def test_a_large_object_passes_in_little_memory(server, s3, bucket):
    if server.external:
        pytest.skip("looks into the process of the store, and this server is not ours")
    s3.put_object(Bucket=bucket, Key="warm", Body=noise(1 * MiB, 1))
    before = server.resident_bytes()
    peak = [before]
    done = threading.Event()

    def watch():
        while not done.wait(0.02):
            peak[0] = max(peak[0], server.resident_bytes())
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        content = noise(192 * MiB, 2)
        s3.put_object(Bucket=bucket, Key="large", Body=content)
        assert s3.get_object(Bucket=bucket, Key="large")["Body"].read() == content
    finally:
        done.set()
        watcher.join()
    assert peak[0] - before < 48 * MiB, f"{(peak[0] - before) / MiB:.0f} MiB more while 192 MiB passed"


def test_it_still_serves_after_all_that(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"still here")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"still here"
