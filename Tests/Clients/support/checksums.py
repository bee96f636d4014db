"""The checksums of S3, computed here and not by the server, in the form of their headers."""

import base64
import hashlib

from awscrt import checksums as crt


def _crc(function, width):
    return lambda data: function(data).to_bytes(width, "big")


def _xxhash(maker):
    def raw(data):
        running = getattr(crt.XXHash, maker)()
        running.update(data)
        return running.finalize()

    return raw


RAW = {
    "CRC32": _crc(crt.crc32, 4),
    "CRC32C": _crc(crt.crc32c, 4),
    "CRC64NVME": _crc(crt.crc64nvme, 8),
    "SHA1": lambda data: hashlib.sha1(data).digest(),
    "SHA256": lambda data: hashlib.sha256(data).digest(),
    "SHA512": lambda data: hashlib.sha512(data).digest(),
    "MD5": lambda data: hashlib.md5(data).digest(),
    "XXHASH64": _xxhash("new_xxhash64"),
    "XXHASH3": _xxhash("new_xxhash3_64"),
    "XXHASH128": _xxhash("new_xxhash3_128"),
}
ALGORITHMS = list(RAW)
# botocore computes these only elsewhere; a caller who wants them brings the value.
BROUGHT = ["MD5"]
COMPOSITE = [name for name in RAW if name != "CRC64NVME"]
FULL_OBJECT = ["CRC32", "CRC32C", "CRC64NVME"]


def checksum(algorithm, data):
    """Base64 of the checksum, as in `x-amz-checksum-*`."""
    return base64.b64encode(RAW[algorithm](data)).decode()


def composite(algorithm, pieces):
    """The checksum of the parts' checksums, with their number behind it."""
    joined = b"".join(RAW[algorithm](piece) for piece in pieces)
    return f"{checksum(algorithm, joined)}-{len(pieces)}"


def multipart_etag(pieces):
    joined = b"".join(hashlib.md5(piece).digest() for piece in pieces)
    return f'"{hashlib.md5(joined).hexdigest()}-{len(pieces)}"'


def asked(algorithm, data):
    """Arguments that ask boto3 for this checksum of `data`."""
    if algorithm in BROUGHT:
        return {f"Checksum{algorithm}": checksum(algorithm, data)}
    return {"ChecksumAlgorithm": algorithm}
