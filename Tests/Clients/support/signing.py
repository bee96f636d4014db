"""Signature version 4 by hand: for requests that no client library would send, and for load without its weight.

The canonical request follows "Signature Calculations for the Authorization Header" of the S3 API reference; paths
are quoted once and never normalised. `ChunkSigner` makes the aws-chunked framings whose borders a test chooses.
"""

import datetime
import hashlib
import hmac
from urllib.parse import quote

UNSIGNED = "UNSIGNED-PAYLOAD"
STREAMING = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
STREAMING_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
STREAMING_UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
EMPTY_DIGEST = hashlib.sha256(b"").hexdigest()


def _mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def quoted_path(path):
    """`/bucket/key` as it stands in the request line; `path` is text or raw bytes."""
    return quote(path, safe="/-_.~")


class Signer:
    def __init__(self, server, region="us-east-1"):
        self.host = f"{server.host}:{server.port}"
        self.access_key, self.secret_key, self.region = server.access_key, server.secret_key, region
        self._day = self._key = None

    def key(self, day):
        if self._day != day:
            key = _mac(b"AWS4" + self.secret_key.encode(), day)
            for part in (self.region, "s3", "aws4_request"):
                key = _mac(key, part)
            self._day, self._key = day, key
        return self._key

    def sign(self, method, path, query=(), headers=(), payload=b"", content_sha256=None, when=None):
        """Returns (request target, header dictionary); `payload` is only hashed, and only without `content_sha256`."""
        moment = when or datetime.datetime.now(datetime.timezone.utc)
        stamp, day = moment.strftime("%Y%m%dT%H%M%SZ"), moment.strftime("%Y%m%d")
        digest = content_sha256 or hashlib.sha256(payload).hexdigest()
        fields = {name.lower(): str(value).strip() for name, value in dict(headers).items()}
        fields.update({"host": self.host, "x-amz-date": stamp, "x-amz-content-sha256": digest})
        # What a proxy or the connection may change is sent, but not signed.
        unsigned = {name: fields.pop(name) for name in ("expect", "connection", "transfer-encoding") if name in fields}
        pairs = sorted((quote(str(k), safe="-_.~"), quote(str(v), safe="-_.~")) for k, v in dict(query).items())
        query_text = "&".join(f"{name}={value}" for name, value in pairs)
        names = ";".join(sorted(fields))
        target = quoted_path(path)
        canonical = "\n".join([method, target, query_text, "".join(f"{n}:{fields[n]}\n" for n in sorted(fields)), names,
                               digest])
        scope = f"{day}/{self.region}/s3/aws4_request"
        to_sign = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        signature = hmac.new(self.key(day), to_sign.encode(), hashlib.sha256).hexdigest()
        fields["authorization"] = (f"AWS4-HMAC-SHA256 Credential={self.access_key}/{scope}, SignedHeaders={names}, "
                                   f"Signature={signature}")
        self.last = (stamp, scope, signature)
        return target + (f"?{query_text}" if query_text else ""), fields | unsigned

    def chunks(self):
        """A chunk signer that continues from the request signed last."""
        stamp, scope, seed = self.last
        return ChunkSigner(self.key(scope[:8]), stamp, scope, seed)


class ChunkSigner:
    """See: "Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks"."""

    def __init__(self, key, stamp, scope, seed):
        self.signing_key, self.stamp, self.scope, self.previous = key, stamp, scope, seed

    def chunk(self, data):
        to_sign = "\n".join(["AWS4-HMAC-SHA256-PAYLOAD", self.stamp, self.scope, self.previous, EMPTY_DIGEST,
                             hashlib.sha256(data).hexdigest()])
        self.previous = hmac.new(self.signing_key, to_sign.encode(), hashlib.sha256).hexdigest()
        return f"{len(data):x};chunk-signature={self.previous}\r\n".encode() + data + b"\r\n"

    def end(self, trailer=None):
        """The last chunk; with `trailer` ("name:value") also the signed trailer, without its CRLF before the end."""
        last = self.chunk(b"")
        if trailer is None:
            return last
        text = trailer + "\n"
        to_sign = "\n".join(["AWS4-HMAC-SHA256-TRAILER", self.stamp, self.scope, self.previous,
                             hashlib.sha256(text.encode()).hexdigest()])
        signature = hmac.new(self.signing_key, to_sign.encode(), hashlib.sha256).hexdigest()
        return last[:-2] + f"{trailer}\r\nx-amz-trailer-signature:{signature}\r\n\r\n".encode()
