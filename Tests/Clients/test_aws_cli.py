"""aws-cli as PyPI has it, with nothing set but endpoint and keys: the walk of a person at a terminal.

Each step has its own limit in seconds: a step that stalls (a lost `100 Continue`, a connection never answered) is a
failure of that step and says its name.
"""

import json
import os
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from conftest import new_bucket_name
from support.data import MiB, file_digest, md5_text, noise, tree_digests, write_noise

SCHEMES = ["http", "https"]

QUICK_SECONDS = 30
LARGE_SECONDS = 90
TREE_SECONDS = 300
LARGE_BYTES = 200 * MiB
TREE_FILES = 5000


@pytest.fixture
def aws(server):
    def run(*words, seconds=QUICK_SECONDS, status=0):
        environment = server.environment(AWS_MAX_ATTEMPTS="1", AWS_PAGER="")
        command = [sys.executable, "-m", "awscli", *map(str, words)]
        try:
            done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=seconds,
                                  stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            pytest.fail(f"stalled: aws {' '.join(map(str, words))} was not done after {seconds} s")
        assert done.returncode == status, \
            f"aws {' '.join(map(str, words))}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        return done.stdout
    return run


@pytest.fixture
def api(aws):
    """`aws s3api …`, its answer as a value."""
    def run(*words, **limits):
        text = aws("s3api", *words, **limits)
        return json.loads(text) if text.strip() else {}
    return run


@pytest.fixture
def place(aws):
    """A bucket of the test's own, made and removed by the client under test."""
    name = new_bucket_name("cli")
    assert aws("s3", "mb", f"s3://{name}").strip() == f"make_bucket: {name}"
    yield name
    aws("s3", "rb", f"s3://{name}", "--force")
    assert name not in aws("s3", "ls")


@pytest.fixture(scope="module")
def large_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("large") / "large.bin"
    return path, write_noise(path, LARGE_BYTES, seed=1)


def test_make_list_and_remove_a_bucket(aws):
    name = new_bucket_name("made")
    aws("s3", "mb", f"s3://{name}")
    assert name in aws("s3", "ls")
    assert aws("s3", "ls", f"s3://{name}") == ""
    assert aws("s3", "rb", f"s3://{name}").strip() == f"remove_bucket: {name}"
    assert name not in aws("s3", "ls")
    aws("s3", "ls", f"s3://{name}", status=255)


def test_a_bucket_with_content_is_removed_only_by_force(aws, place, folder):
    (folder / "one").write_bytes(b"1")
    aws("s3", "cp", folder / "one", f"s3://{place}/one")
    aws("s3", "rb", f"s3://{place}", status=1)
    assert "one" in aws("s3", "ls", f"s3://{place}")


def test_200_mb_go_up_down_and_across_and_stay_the_same(aws, api, place, large_file, folder):
    path, digest = large_file
    aws("s3", "cp", path, f"s3://{place}/large", seconds=LARGE_SECONDS)
    assert api("head-object", "--bucket", place, "--key", "large")["ContentLength"] == LARGE_BYTES
    aws("s3", "cp", f"s3://{place}/large", folder / "back", seconds=LARGE_SECONDS)
    assert file_digest(folder / "back") == digest
    (folder / "back").unlink()
    aws("s3", "cp", f"s3://{place}/large", f"s3://{place}/deep/copy", seconds=LARGE_SECONDS)
    aws("s3", "cp", f"s3://{place}/deep/copy", folder / "copy", seconds=LARGE_SECONDS)
    assert file_digest(folder / "copy") == digest


def test_small_and_empty_files_and_standard_streams(aws, place, folder, server):
    for name, content in (("empty", b""), ("small", b"x"), ("ä ö+%&=?", noise(70_000, 3))):
        (folder / name).write_bytes(content)
        aws("s3", "cp", folder / name, f"s3://{place}/in/{name}")
        aws("s3", "cp", f"s3://{place}/in/{name}", folder / "back")
        assert (folder / "back").read_bytes() == content
    environment = server.environment(AWS_MAX_ATTEMPTS="1")
    subprocess.run([sys.executable, "-m", "awscli", "s3", "cp", "-", f"s3://{place}/stream"], input=b"from a pipe",
                   env=environment, check=True, capture_output=True, timeout=QUICK_SECONDS)
    back = subprocess.run([sys.executable, "-m", "awscli", "s3", "cp", f"s3://{place}/stream", "-"], env=environment,
                          check=True, capture_output=True, timeout=QUICK_SECONDS, stdin=subprocess.DEVNULL)
    assert back.stdout == b"from a pipe"


def test_5000_small_files_are_synchronised_both_ways(aws, place, folder, scheme):
    source, target = folder / "source", folder / "target"
    count = TREE_FILES if scheme == "http" else TREE_FILES // 10
    # Listings show whole seconds: a file younger than that would look newer than its upload.
    an_hour_ago = time.time() - 3600
    for number in range(count):
        name = source / f"d{number % 20:02d}" / f"e{number % 7}" / (f"file {number}.txt" if number % 9 else f"ü{number}")
        name.parent.mkdir(parents=True, exist_ok=True)
        name.write_bytes(b"%d\n" % number + noise(number % 3000, number))
        os.utime(name, (an_hour_ago, an_hour_ago))
    before = tree_digests(source)
    assert len(before) == count
    aws("s3", "sync", "--only-show-errors", source, f"s3://{place}/tree", seconds=TREE_SECONDS)
    summary = aws("s3", "ls", "--recursive", "--human-readable", "--summarize", f"s3://{place}/tree/")
    assert f"Total Objects: {count}" in summary
    assert aws("s3", "sync", source, f"s3://{place}/tree", seconds=TREE_SECONDS) == "", "a second sync found work"
    aws("s3", "sync", "--only-show-errors", f"s3://{place}/tree", target, seconds=TREE_SECONDS)
    assert tree_digests(target) == before
    changed = next(path for path in source.rglob("file *.txt"))
    changed.write_bytes(changed.read_bytes() + b"more")
    gone = next(path for path in source.rglob("ü*"))
    gone.unlink()
    lines = aws("s3", "sync", "--delete", "--no-progress", source, f"s3://{place}/tree", seconds=TREE_SECONDS).splitlines()
    assert sorted(line.split(":")[0] for line in lines) == ["delete", "upload"], lines
    aws("s3", "rm", "--recursive", "--only-show-errors", f"s3://{place}/tree", seconds=TREE_SECONDS)
    assert aws("s3", "ls", "--recursive", f"s3://{place}") == ""


def test_move_within_up_and_down(aws, place, folder):
    content = noise(9 * MiB, 5)
    (folder / "up").write_bytes(content)
    aws("s3", "mv", folder / "up", f"s3://{place}/a/moved")
    assert not (folder / "up").exists()
    aws("s3", "mv", f"s3://{place}/a/moved", f"s3://{place}/b/moved again")
    assert aws("s3", "ls", f"s3://{place}/a/", status=1) == ""
    aws("s3", "mv", f"s3://{place}/b/moved again", folder / "down")
    assert (folder / "down").read_bytes() == content
    assert aws("s3", "ls", "--recursive", f"s3://{place}") == ""


def test_listing_shows_prefixes_sizes_and_order(aws, place, folder):
    for name, count in (("b.txt", 10), ("a/one", 20), ("a/two", 2048), ("c/", 0)):
        (folder / "file").write_bytes(b"x" * count)
        aws("s3api", "put-object", "--bucket", place, "--key", name, "--body", folder / "file")
    top = [line.split(maxsplit=3) for line in aws("s3", "ls", f"s3://{place}").splitlines()]
    assert [words[-1] for words in top] == ["a/", "c/", "b.txt"]
    below = [line.split(maxsplit=3)[2:] for line in aws("s3", "ls", f"s3://{place}/a/").splitlines()]
    assert below == [["20", "one"], ["2048", "two"]]
    assert "2.0 KiB a/two" in aws("s3", "ls", "--recursive", "--human-readable", f"s3://{place}")


def test_presigned_address_is_fetched_without_credentials(aws, place, folder, server):
    (folder / "file").write_bytes(b"for anyone with the address")
    aws("s3", "cp", folder / "file", f"s3://{place}/shared file")
    address = aws("s3", "presign", f"s3://{place}/shared file", "--expires-in", "60").strip()
    context = ssl.create_default_context(cafile=server.certificate) if server.certificate else None
    with urllib.request.urlopen(address, timeout=QUICK_SECONDS, context=context) as answer:
        assert answer.read() == b"for anyone with the address"
    last = address[-1]
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(address[:-1] + ("1" if last != "1" else "2"), timeout=QUICK_SECONDS, context=context)
    assert refused.value.code == 403


def test_metadata_and_content_type_are_kept(aws, api, place, folder):
    (folder / "page.html").write_bytes(b"<p>")
    aws("s3", "cp", folder / "page.html", f"s3://{place}/page.html", "--metadata", "colour=blue,Size=5",
        "--cache-control", "max-age=60", "--content-language", "de")
    head = api("head-object", "--bucket", place, "--key", "page.html")
    assert (head["ContentType"], head["CacheControl"], head["ContentLanguage"]) == ("text/html", "max-age=60", "de")
    assert {name.lower(): value for name, value in head["Metadata"].items()} == {"colour": "blue", "size": "5"}


def test_s3api_objects_ranges_and_checksums(api, place, folder):
    content = noise(100_000, 7)
    (folder / "file").write_bytes(content)
    put = api("put-object", "--bucket", place, "--key", "k", "--body", folder / "file", "--checksum-algorithm", "SHA256")
    assert put["ETag"] == f'"{md5_text(content)}"'
    head = api("head-object", "--bucket", place, "--key", "k", "--checksum-mode", "ENABLED")
    assert head["ChecksumSHA256"] == put["ChecksumSHA256"] and head["ContentLength"] == len(content)
    assert "ChecksumSHA256" not in api("head-object", "--bucket", place, "--key", "k")
    part = api("get-object", "--bucket", place, "--key", "k", "--range", "bytes=10-19", folder / "part")
    assert part["ContentRange"] == "bytes 10-19/100000" and (folder / "part").read_bytes() == content[10:20]
    attributes = api("get-object-attributes", "--bucket", place, "--key", "k", "--object-attributes", "ETag", "Checksum",
                     "ObjectSize", "StorageClass")
    assert attributes["ObjectSize"] == len(content) and attributes["StorageClass"] == "STANDARD"
    assert attributes["ETag"] == md5_text(content)
    assert attributes["Checksum"]["ChecksumSHA256"] == put["ChecksumSHA256"]
    copy = api("copy-object", "--bucket", place, "--key", "copied", "--copy-source", f"{place}/k")
    assert copy["CopyObjectResult"]["ETag"] == put["ETag"]
    api("get-object", "--bucket", place, "--key", "copied", folder / "copied")
    assert (folder / "copied").read_bytes() == content


def test_s3api_pages_and_bulk_delete(api, place, folder):
    (folder / "file").write_bytes(b"x")
    names = [f"page/{number:02d}" for number in range(12)]
    for name in names:
        api("put-object", "--bucket", place, "--key", name, "--body", folder / "file")
    paged = api("list-objects-v2", "--bucket", place, "--page-size", "5")
    assert [entry["Key"] for entry in paged["Contents"]] == names
    first = api("list-objects-v2", "--bucket", place, "--max-items", "5")
    second = api("list-objects-v2", "--bucket", place, "--starting-token", first["NextToken"])
    assert [entry["Key"] for entry in first["Contents"] + second["Contents"]] == names
    wanted = {"Objects": [{"Key": name} for name in names[:10]] + [{"Key": "never was"}]}
    gone = api("delete-objects", "--bucket", place, "--delete", json.dumps(wanted))
    assert sorted(entry["Key"] for entry in gone["Deleted"]) == sorted(names[:10] + ["never was"])
    assert [entry["Key"] for entry in api("list-objects-v2", "--bucket", place)["Contents"]] == names[10:]


def test_s3api_multipart_by_hand(api, place, folder):
    pieces = [noise(5 * MiB, 11), noise(5 * MiB, 12), b"the end"]
    upload = api("create-multipart-upload", "--bucket", place, "--key", "m")["UploadId"]
    named = ["--bucket", place, "--key", "m", "--upload-id", upload]
    parts = []
    for number, piece in zip((1, 5, 7), pieces):
        (folder / "piece").write_bytes(piece)
        answer = api("upload-part", *named, "--part-number", str(number), "--body", folder / "piece")
        parts.append({"PartNumber": number, "ETag": answer["ETag"]})
    listed = api("list-parts", *named)["Parts"]
    assert [(part["PartNumber"], part["Size"]) for part in listed] == [(1, 5 * MiB), (5, 5 * MiB), (7, 7)]
    assert [entry["UploadId"] for entry in api("list-multipart-uploads", "--bucket", place)["Uploads"]] == [upload]
    api("complete-multipart-upload", *named, "--multipart-upload", json.dumps({"Parts": parts}))
    api("get-object", "--bucket", place, "--key", "m", folder / "whole")
    assert (folder / "whole").read_bytes() == b"".join(pieces)
    assert os.path.getsize(folder / "whole") == api("head-object", "--bucket", place, "--key", "m")["ContentLength"]
    dropped = api("create-multipart-upload", "--bucket", place, "--key", "dropped")["UploadId"]
    api("abort-multipart-upload", "--bucket", place, "--key", "dropped", "--upload-id", dropped)
    assert not api("list-multipart-uploads", "--bucket", place).get("Uploads")
