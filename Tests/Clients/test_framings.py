"""The five upload framings byte by byte, and `Expect: 100-continue`, with every border where a test wants it.

Real clients are in the other modules; here stands what they do rarely: odd chunk borders, a tampered chunk, a
trailer that lies, an upload cut at any place. What is refused must leave nothing behind.
"""

import socket
import time

import pytest

from support.checksums import checksum
from support.data import MiB, noise
from support.raw import Connection, exchange, head_bytes, signed_exchange
from support.signing import EMPTY_DIGEST, STREAMING, STREAMING_TRAILER, STREAMING_UNSIGNED_TRAILER, UNSIGNED, Signer

SCHEMES = ["http", "https"]

CONTENT = noise(300_007, 6)


@pytest.fixture
def signer(server):
    return Signer(server)


def split(data, size):
    return [data[start:start + size] for start in range(0, len(data), size)]


def in_http_chunks(data, size):
    """HTTP chunks whose borders do not fall on those of the aws-chunks inside."""
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in split(data, size)) + b"0\r\n\r\n"


def unsigned_chunks(data, size, trailer):
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in split(data, size)) + b"0\r\n" + trailer + b"\r\n"


def signed_chunks(signer, data, size, trailer=None, wrong=None):
    chunks, out = signer.chunks(), []
    for index, piece in enumerate(split(data, size)):
        chunk = chunks.chunk(piece)
        # `wrong`: the last byte of that chunk's data is another than the signed one.
        out.append(chunk[:-3] + bytes([chunk[-3] ^ 1]) + chunk[-2:] if wrong == index else chunk)
    return b"".join(out) + chunks.end(trailer)


def put_streaming(server, signer, path, data, size, mode=STREAMING, trailer=None, encoding=None, **tampering):
    headers = {"x-amz-decoded-content-length": tampering.pop("decoded", len(data))}
    if encoding:
        headers["content-encoding"] = encoding
    if trailer:
        headers["x-amz-trailer"] = trailer.partition(":")[0]
    # The length of the framed body does not depend on the signatures in it.
    signer.sign("PUT", path, (), headers, content_sha256=mode)
    length = len(signed_chunks(signer, data, size, trailer))
    target, signed = signer.sign("PUT", path, (), headers | {"content-length": length}, content_sha256=mode)
    body = signed_chunks(signer, data, size, trailer, **tampering)
    return exchange(server, "PUT", target, signed, body)


def stored(s3, bucket, key="k"):
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def nothing_stored(s3, bucket):
    return s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


@pytest.mark.parametrize("data", [b"", b"x", CONTENT], ids=["empty", "one byte", "300 kB"])
@pytest.mark.parametrize("mode", ["digest", UNSIGNED])
def test_plain_bodies(server, signer, s3, bucket, mode, data):
    signing = {} if mode == "digest" else {"content_sha256": UNSIGNED}
    reply = signed_exchange(server, signer, "PUT", f"/{bucket}/k", body=data, **signing)
    assert reply.status == 200, reply
    assert stored(s3, bucket) == data


@pytest.mark.parametrize("mode", ["digest", UNSIGNED])
def test_plain_bodies_in_http_chunks(server, signer, s3, bucket, mode):
    signing = {"payload": CONTENT} if mode == "digest" else {"content_sha256": UNSIGNED}
    target, signed = signer.sign("PUT", f"/{bucket}/k", (), {"transfer-encoding": "chunked"}, **signing)
    reply = exchange(server, "PUT", target, signed, in_http_chunks(CONTENT, 1000))
    # S3 itself wants a length (411); a store that takes the bytes must take exactly these.
    assert reply.status in (200, 411), reply
    assert stored(s3, bucket) == CONTENT if reply.status == 200 else nothing_stored(s3, bucket)


@pytest.mark.parametrize("size", [8192, 65_536, 100_003, 1 * MiB])
@pytest.mark.parametrize("encoding", [None, "aws-chunked", "aws-chunked,gzip"])
def test_signed_chunks(server, signer, s3, bucket, size, encoding):
    reply = put_streaming(server, signer, f"/{bucket}/k", CONTENT, size, encoding=encoding)
    assert reply.status == 200, reply
    assert stored(s3, bucket) == CONTENT
    head = s3.head_object(Bucket=bucket, Key="k")
    assert head.get("ContentEncoding") == ("gzip" if encoding and "gzip" in encoding else None)


def test_signed_chunks_of_an_empty_body(server, signer, s3, bucket):
    assert put_streaming(server, signer, f"/{bucket}/k", b"", 8192).status == 200
    assert stored(s3, bucket) == b""


def test_signed_chunks_with_a_signed_trailer(server, signer, s3, bucket):
    trailer = "x-amz-checksum-crc32c:" + checksum("CRC32C", CONTENT)
    reply = put_streaming(server, signer, f"/{bucket}/k", CONTENT, 65_536, STREAMING_TRAILER, trailer)
    assert reply.status == 200, reply
    assert stored(s3, bucket) == CONTENT
    assert s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")["ChecksumCRC32C"] == checksum("CRC32C", CONTENT)


@pytest.mark.parametrize("framing", ["http chunks", "content length"])
@pytest.mark.parametrize("data", [b"", CONTENT], ids=["empty", "300 kB"])
@pytest.mark.parametrize("size, outer", [(65_536, 1000), (1000, 65_536), (8192, 8192), (7, 4096)])
def test_unsigned_chunks_with_a_trailer(server, signer, s3, bucket, data, framing, size, outer):
    data = data[:20_000] if size < 100 else data
    framed = unsigned_chunks(data, size, b"x-amz-checksum-crc32:" + checksum("CRC32", data).encode() + b"\r\n")
    headers = {"x-amz-decoded-content-length": len(data), "x-amz-trailer": "x-amz-checksum-crc32",
               "content-encoding": "aws-chunked"}
    headers |= {"transfer-encoding": "chunked"} if framing == "http chunks" else {"content-length": len(framed)}
    target, signed = signer.sign("PUT", f"/{bucket}/k", (), headers, content_sha256=STREAMING_UNSIGNED_TRAILER)
    body = in_http_chunks(framed, outer) if framing == "http chunks" else framed
    reply = exchange(server, "PUT", target, signed, body)
    assert reply.status == 200, reply
    assert stored(s3, bucket) == data


def test_a_body_that_comes_byte_by_byte(server, signer, s3, bucket):
    data = b"slowly, but it comes"
    framed = unsigned_chunks(data, 6, b"x-amz-checksum-crc32:" + checksum("CRC32", data).encode() + b"\r\n")
    headers = {"x-amz-decoded-content-length": len(data), "x-amz-trailer": "x-amz-checksum-crc32",
               "transfer-encoding": "chunked"}
    target, signed = signer.sign("PUT", f"/{bucket}/k", (), headers, content_sha256=STREAMING_UNSIGNED_TRAILER)
    whole = head_bytes("PUT", target, signed) + in_http_chunks(framed, 5)
    with Connection(server) as connection:
        for index in range(0, len(whole)):
            connection.send(whole[index:index + 1])
        assert connection.read("PUT").status == 200
    assert stored(s3, bucket) == data


@pytest.mark.parametrize("wrong", [0, 2, 4])
@pytest.mark.parametrize("mode", [STREAMING, STREAMING_TRAILER])
def test_a_tampered_chunk_is_refused(server, signer, s3, bucket, mode, wrong):
    trailer = "x-amz-checksum-crc32c:" + checksum("CRC32C", CONTENT) if mode == STREAMING_TRAILER else None
    reply = put_streaming(server, signer, f"/{bucket}/k", CONTENT, 65_536, mode, trailer, wrong=wrong)
    assert (reply.status, reply.code) == (403, "SignatureDoesNotMatch"), reply
    assert nothing_stored(s3, bucket)


def test_a_trailer_that_was_not_signed_is_refused(server, signer, s3, bucket):
    trailer = "x-amz-checksum-crc32c:" + checksum("CRC32C", CONTENT)
    headers = {"x-amz-decoded-content-length": len(CONTENT), "x-amz-trailer": "x-amz-checksum-crc32c"}
    signer.sign("PUT", f"/{bucket}/k", (), headers, content_sha256=STREAMING_TRAILER)
    length = len(signed_chunks(signer, CONTENT, 65_536, trailer))
    target, signed = signer.sign("PUT", f"/{bucket}/k", (), headers | {"content-length": length},
                                 content_sha256=STREAMING_TRAILER)
    body = signed_chunks(signer, CONTENT, 65_536, trailer)
    at = body.index(b"x-amz-trailer-signature:") + len("x-amz-trailer-signature:")
    body = body[:at] + (b"0" if body[at:at + 1] != b"0" else b"1") + body[at + 1:]
    reply = exchange(server, "PUT", target, signed, body)
    assert (reply.status, reply.code) == (403, "SignatureDoesNotMatch"), reply
    assert nothing_stored(s3, bucket)


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
def test_a_trailer_that_lies_is_refused(server, signer, s3, bucket, algorithm):
    name = f"x-amz-checksum-{algorithm.lower()}"
    framed = unsigned_chunks(CONTENT, 65_536, f"{name}:{checksum(algorithm, b'other')}\r\n".encode())
    headers = {"x-amz-decoded-content-length": len(CONTENT), "x-amz-trailer": name, "content-length": len(framed)}
    target, signed = signer.sign("PUT", f"/{bucket}/k", (), headers, content_sha256=STREAMING_UNSIGNED_TRAILER)
    reply = exchange(server, "PUT", target, signed, framed)
    assert (reply.status, reply.code) == (400, "BadDigest"), reply
    assert nothing_stored(s3, bucket)


@pytest.mark.parametrize("trailer", [b"", b"x-amz-checksum-sha1:AAAA\r\n", b"no colon here\r\n"],
                         ids=["missing", "another than announced", "no header line"])
def test_a_trailer_other_than_the_announced_one_is_refused(server, signer, s3, bucket, trailer):
    framed = unsigned_chunks(b"data", 4, trailer)
    headers = {"x-amz-decoded-content-length": 4, "x-amz-trailer": "x-amz-checksum-crc32", "content-length": len(framed)}
    target, signed = signer.sign("PUT", f"/{bucket}/k", (), headers, content_sha256=STREAMING_UNSIGNED_TRAILER)
    reply = exchange(server, "PUT", target, signed, framed)
    assert reply.status == 400 and reply.code, reply
    assert nothing_stored(s3, bucket)


@pytest.mark.parametrize("decoded", [len(CONTENT) - 1, len(CONTENT) + 1, 0])
def test_a_wrong_decoded_length_is_refused(server, signer, s3, bucket, decoded):
    reply = put_streaming(server, signer, f"/{bucket}/k", CONTENT, 65_536, decoded=decoded)
    assert reply.status == 400 and reply.code, reply
    assert nothing_stored(s3, bucket)


def test_a_missing_decoded_length_is_refused(server, signer, s3, bucket):
    target, signed = signer.sign("PUT", f"/{bucket}/k", (), {"content-length": 86}, content_sha256=STREAMING)
    reply = exchange(server, "PUT", target, signed, signer.chunks().end())
    assert reply.status in (400, 411) and reply.code, reply
    assert nothing_stored(s3, bucket)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
@pytest.mark.parametrize("mode", ["digest", UNSIGNED, STREAMING, STREAMING_UNSIGNED_TRAILER])
def test_an_upload_that_is_cut_leaves_nothing(server, signer, s3, bucket, mode, share):
    path = f"/{bucket}/k"
    if mode == STREAMING:
        headers = {"x-amz-decoded-content-length": len(CONTENT)}
        signer.sign("PUT", path, (), headers, content_sha256=mode)
        length = len(signed_chunks(signer, CONTENT, 65_536))
        target, signed = signer.sign("PUT", path, (), headers | {"content-length": length}, content_sha256=mode)
        body = signed_chunks(signer, CONTENT, 65_536)
    elif mode == STREAMING_UNSIGNED_TRAILER:
        trailer = b"x-amz-checksum-crc32:" + checksum("CRC32", CONTENT).encode() + b"\r\n"
        body = in_http_chunks(unsigned_chunks(CONTENT, 65_536, trailer), 4096)
        headers = {"x-amz-decoded-content-length": len(CONTENT), "x-amz-trailer": "x-amz-checksum-crc32",
                   "transfer-encoding": "chunked"}
        target, signed = signer.sign("PUT", path, (), headers, content_sha256=mode)
    else:
        body = CONTENT
        signing = {"payload": CONTENT} if mode == "digest" else {"content_sha256": mode}
        target, signed = signer.sign("PUT", path, (), {"content-length": len(CONTENT)}, **signing)
    with Connection(server) as connection:
        connection.send(head_bytes("PUT", target, signed) + body[:int(len(body) * share)])
        if server.scheme == "http":
            connection.half_close()
            reply = connection.read_or_none("PUT")
            assert reply is None or reply.status == 400, reply
    time.sleep(0.05)
    assert nothing_stored(s3, bucket)


def test_a_whole_body_whose_digest_is_another(server, signer, s3, bucket):
    reply = signed_exchange(server, signer, "PUT", f"/{bucket}/k", body=b"sent", content_sha256=EMPTY_DIGEST)
    assert (reply.status, reply.code) == (400, "XAmzContentSHA256Mismatch"), reply
    assert nothing_stored(s3, bucket)


@pytest.mark.parametrize("value", ["", "nonsense", "STREAMING-SOMETHING-ELSE", EMPTY_DIGEST[:-1]])
def test_an_unknown_payload_mode_is_refused(server, signer, s3, bucket, value):
    reply = signed_exchange(server, signer, "PUT", f"/{bucket}/k", body=b"sent", content_sha256=value or " ")
    assert reply.status in (400, 403) and reply.code, reply
    assert nothing_stored(s3, bucket)


class TestExpect:
    def head(self, signer, bucket, data, **signing):
        headers = {"content-length": len(data), "expect": "100-continue"}
        return signer.sign("PUT", f"/{bucket}/k", (), headers, data, **signing)

    @pytest.mark.parametrize("data", [b"", b"x", CONTENT], ids=["empty", "one byte", "300 kB"])
    def test_100_comes_before_the_body_and_before_200(self, server, signer, s3, bucket, data):
        target, signed = self.head(signer, bucket, data)
        with Connection(server, seconds=10) as connection:
            connection.send(head_bytes("PUT", target, signed))
            if data:
                status, _ = connection.read_head()
                assert status == 100
                connection.send(data)
                reply = connection.read("PUT")
                assert (reply.status, reply.interim) == (200, [])
            else:
                reply = connection.read("PUT")
                assert (reply.status, reply.interim) == (200, [100]), "aws-cli waits a minute for a 100 that never comes"
        assert stored(s3, bucket) == data

    def test_a_client_that_does_not_wait_is_served_too(self, server, signer, s3, bucket):
        target, signed = self.head(signer, bucket, CONTENT)
        reply = exchange(server, "PUT", target, signed, CONTENT)
        assert reply.status == 200 and set(reply.interim) <= {100}
        assert stored(s3, bucket) == CONTENT

    def test_the_connection_serves_the_next_request(self, server, signer, s3, bucket):
        with Connection(server) as connection:
            for number in range(3):
                data = b"number %d" % number
                target, signed = self.head(signer, bucket, data)
                connection.send(head_bytes("PUT", target, signed))
                assert connection.read_head()[0] == 100
                connection.send(data)
                assert connection.read("PUT").status == 200
        assert stored(s3, bucket) == b"number 2"

    @pytest.mark.parametrize("why", ["signature", "bucket", "condition"])
    def test_a_refusal_comes_instead_and_closes(self, server, signer, s3, bucket, why):
        data, headers = CONTENT, {"content-length": len(CONTENT), "expect": "100-continue"}
        path = f"/{bucket}/k"
        if why == "bucket":
            path = "/no-such-bucket-here/k"
        if why == "condition":
            s3.put_object(Bucket=bucket, Key="k", Body=b"old")
            headers["if-none-match"] = "*"
        target, signed = signer.sign("PUT", path, (), headers, data)
        if why == "signature":
            signed["authorization"] = signed["authorization"][:-1] + ("0" if signed["authorization"][-1] != "0" else "1")
        with Connection(server, seconds=10) as connection:
            connection.send(head_bytes("PUT", target, signed))
            try:
                status, answer = connection.read_head()
                if why == "condition" and status == 100:
                    # The condition belongs to the commit: a server may also judge it only there.
                    connection.send(data)
                    status, answer = connection.read_head()
                    assert status == 412
                    return
                assert status == {"signature": 403, "bucket": 404, "condition": 412}[why]
                assert answer.get("connection", "").lower() == "close"
            except socket.timeout:
                pytest.fail("no answer: the client would wait for ever")
        if why != "condition":
            assert nothing_stored(s3, bucket)
