"""Data for the tests: cheap to make in bulk, different every time it should be, and compared by digest."""

import base64
import hashlib
import random
from pathlib import Path

MiB = 1 << 20


def noise(count, seed=0):
    """Bytes that do not compress and do not repeat; the same for the same seed."""
    return random.Random(seed).randbytes(count)


def write_noise(path, count, seed=0):
    """A file of noise, written in pieces; returns its SHA-256."""
    source, digest = random.Random(seed), hashlib.sha256()
    with open(path, "wb") as file:
        while count:
            piece = source.randbytes(min(count, 8 * MiB))
            file.write(piece)
            digest.update(piece)
            count -= len(piece)
    return digest.hexdigest()


def file_digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def tree_digests(folder):
    """Relative path → SHA-256 for each file below a folder."""
    folder = Path(folder)
    return {str(path.relative_to(folder)): file_digest(path) for path in folder.rglob("*") if path.is_file()}


def md5_text(data):
    return hashlib.md5(data).hexdigest()


def md5_base64(data):
    return base64.b64encode(hashlib.md5(data).digest()).decode()
