"""Copies by every spelling of their source, and multipart uploads as pyarrow, Hadoop and rename tools use them."""

import pytest

from conftest import new_bucket_name
from support.checksums import multipart_etag
from support.data import MiB, noise
from support.errors import refused
from support.raw import signed_exchange
from support.signing import Signer

SCHEMES = ["http", "https"]

CONTENT = noise(6 * MiB + 5, 4)


@pytest.fixture(scope="module")
def source(s3, shared_bucket):
    place = {"Bucket": shared_bucket, "Key": "dir/source +%ü.bin"}
    s3.put_object(**place, Body=CONTENT, ContentType="text/x-source", Metadata={"from": "source"}, CacheControl="no-cache")
    return place


def content(s3, place):
    return s3.get_object(**place)["Body"].read()


@pytest.mark.parametrize("spelling", [
    "{bucket}/dir/source%20%2B%25%C3%BC.bin", "/{bucket}/dir/source%20%2B%25%C3%BC.bin",
    "{bucket}%2Fdir%2Fsource%20%2B%25%C3%BC.bin", "/{bucket}/dir/source%20%2B%25%C3%BC.bin?versionId=null",
])
def test_every_spelling_of_a_copy_source(server, s3, source, spelling, shared_bucket):
    written = spelling.format(bucket=source["Bucket"])
    target = f"copy/{spelling.count('%')}{spelling[0]}{spelling[-1]}"
    reply = signed_exchange(server, Signer(server), "PUT", f"/{shared_bucket}/{target}",
                            headers={"x-amz-copy-source": written})
    assert reply.status == 200 and b"<ETag>" in reply.body, reply
    assert content(s3, {"Bucket": shared_bucket, "Key": target}) == CONTENT


def test_a_copy_takes_the_metadata_along_or_replaces_it(s3, source, bucket):
    s3.copy_object(Bucket=bucket, Key="kept", CopySource=source, ContentType="ignored/type", Metadata={"ignored": "1"})
    kept = s3.head_object(Bucket=bucket, Key="kept")
    assert (kept["ContentType"], kept["Metadata"], kept["CacheControl"]) == ("text/x-source", {"from": "source"}, "no-cache")
    s3.copy_object(Bucket=bucket, Key="new", CopySource=source, ContentType="text/new", Metadata={"new": "1"},
                   MetadataDirective="REPLACE")
    new = s3.head_object(Bucket=bucket, Key="new")
    assert (new["ContentType"], new["Metadata"]) == ("text/new", {"new": "1"}) and "CacheControl" not in new


def test_a_copy_onto_itself_only_with_a_change(s3, bucket):
    place = {"Bucket": bucket, "Key": "k"}
    s3.put_object(**place, Body=b"content", Metadata={"a": "1"})
    with refused("InvalidRequest", 400):
        s3.copy_object(**place, CopySource=place)
    s3.copy_object(**place, CopySource=place, MetadataDirective="REPLACE", Metadata={"b": "2"})
    assert content(s3, place) == b"content" and s3.head_object(**place)["Metadata"] == {"b": "2"}


def test_a_copy_is_independent_of_its_source(s3, bucket):
    first, second = {"Bucket": bucket, "Key": "first"}, {"Bucket": bucket, "Key": "second"}
    s3.put_object(**first, Body=CONTENT)
    s3.copy_object(**second, CopySource=first)
    s3.delete_object(**first)
    assert content(s3, second) == CONTENT
    s3.put_object(**first, Body=b"new")
    assert content(s3, second) == CONTENT and content(s3, first) == b"new"


def test_a_copy_of_nothing(s3, bucket):
    with refused("NoSuchKey", 404):
        s3.copy_object(Bucket=bucket, Key="k", CopySource=f"{bucket}/absent")
    with refused("NoSuchBucket", 404):
        s3.copy_object(Bucket=bucket, Key="k", CopySource=f"{new_bucket_name('absent')}/k")
    with refused("InvalidArgument", 400):
        s3.copy_object(Bucket=bucket, Key="k", CopySource="no-slash")
    with refused("InvalidArgument", 400):
        s3.copy_object(Bucket=bucket, Key="k", CopySource=f"{bucket}/k", MetadataDirective="MOVE")
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def start(s3, place, **arguments):
    return place | {"UploadId": s3.create_multipart_upload(**place, **arguments)["UploadId"]}


def complete(s3, named, parts):
    listed = [{"PartNumber": number, "ETag": etag} for number, etag in parts]
    return s3.complete_multipart_upload(**named, MultipartUpload={"Parts": listed})


def test_part_numbers_have_gaps_and_come_in_any_order(s3, bucket):
    place, pieces = {"Bucket": bucket, "Key": "k"}, {10_000: b"last", 3: noise(5 * MiB, 1), 7: noise(5 * MiB, 2)}
    named = start(s3, place, ContentType="text/m", Metadata={"m": "1"})
    etags = {n: s3.upload_part(**named, PartNumber=n, Body=piece)["ETag"] for n, piece in pieces.items()}
    with refused("404", 404):
        s3.head_object(**place)
    done = complete(s3, named, sorted(etags.items()))
    assert done["ETag"] == multipart_etag([pieces[n] for n in sorted(pieces)])
    head = s3.head_object(**place)
    assert (head["ContentType"], head["Metadata"]) == ("text/m", {"m": "1"})
    assert content(s3, place) == b"".join(pieces[n] for n in sorted(pieces))


def test_a_part_is_read_by_its_number(s3, bucket):
    place, pieces = {"Bucket": bucket, "Key": "k"}, [noise(5 * MiB, 1), noise(5 * MiB, 2), b"last"]
    named = start(s3, place)
    complete(s3, named, [(number, s3.upload_part(**named, PartNumber=number, Body=piece)["ETag"])
                         for number, piece in enumerate(pieces, 1)])
    for number, piece in enumerate(pieces, 1):
        got = s3.get_object(**place, PartNumber=number)
        assert got["Body"].read() == piece and got["PartsCount"] == 3
        head = s3.head_object(**place, PartNumber=number)
        assert (head["ContentLength"], head["PartsCount"]) == (len(piece), 3)


@pytest.mark.parametrize("piece", [b"", b"x", noise(70_000, 1)], ids=["empty", "one byte", "small"])
def test_one_small_or_empty_part_is_enough(s3, bucket, piece):
    place = {"Bucket": bucket, "Key": "k"}
    named = start(s3, place)
    complete(s3, named, [(1, s3.upload_part(**named, PartNumber=1, Body=piece)["ETag"])])
    got = s3.get_object(**place)
    assert got["Body"].read() == piece and got["ETag"] == multipart_etag([piece])


def test_a_part_uploaded_twice_counts_once(s3, bucket):
    place = {"Bucket": bucket, "Key": "k"}
    named = start(s3, place)
    old = s3.upload_part(**named, PartNumber=1, Body=b"old")["ETag"]
    new = s3.upload_part(**named, PartNumber=1, Body=b"new")["ETag"]
    with refused("InvalidPart", 400):
        complete(s3, named, [(1, old)])
    complete(s3, named, [(1, new)])
    assert content(s3, place) == b"new"


def test_parts_that_are_not_listed_are_left_out(s3, bucket):
    place = {"Bucket": bucket, "Key": "k"}
    named = start(s3, place)
    etags = [s3.upload_part(**named, PartNumber=n, Body=b"part %d" % n)["ETag"] for n in (1, 2)]
    complete(s3, named, [(2, etags[1])])
    assert content(s3, place) == b"part 2"


def test_completions_that_cannot_be(s3, bucket):
    place = {"Bucket": bucket, "Key": "k"}
    named = start(s3, place)
    etags = [s3.upload_part(**named, PartNumber=n, Body=b"part %d" % n)["ETag"] for n in (1, 2)]
    with refused("InvalidPartOrder", 400):
        complete(s3, named, [(2, etags[1]), (1, etags[0])])
    with refused("InvalidPart", 400):
        complete(s3, named, [(3, etags[1])])
    with refused("EntityTooSmall", 400):
        complete(s3, named, [(1, etags[0]), (2, etags[1])])
    with refused("MalformedXML", 400):
        s3.complete_multipart_upload(**named, MultipartUpload={"Parts": []})
    with refused("NoSuchUpload", 404):
        complete(s3, place | {"UploadId": "absent"}, [(1, etags[0])])
    with refused("NoSuchUpload", 404):
        complete(s3, named | {"Key": "other key"}, [(1, etags[0])])
    with refused("404", 404):
        s3.head_object(**place)
    complete(s3, named, [(1, etags[0])])
    assert content(s3, place) == b"part 1"


@pytest.mark.parametrize("number", [0, 10_001])
def test_part_numbers_outside_their_range(s3, bucket, number):
    named = start(s3, {"Bucket": bucket, "Key": "k"})
    with refused("InvalidArgument", 400):
        s3.upload_part(**named, PartNumber=number, Body=b"x")


def test_an_aborted_upload_is_gone_and_the_object_is_not(s3, bucket):
    place = {"Bucket": bucket, "Key": "k"}
    s3.put_object(**place, Body=b"before")
    named = start(s3, place)
    s3.upload_part(**named, PartNumber=1, Body=b"part")
    s3.abort_multipart_upload(**named)
    for call in (lambda: s3.upload_part(**named, PartNumber=2, Body=b"x"), lambda: s3.list_parts(**named),
                 lambda: s3.abort_multipart_upload(**named)):
        with refused("NoSuchUpload", 404):
            call()
    assert content(s3, place) == b"before"


def test_aborting_after_completion_leaves_the_object_alone(s3, bucket):
    place = {"Bucket": bucket, "Key": "k"}
    named = start(s3, place)
    complete(s3, named, [(1, s3.upload_part(**named, PartNumber=1, Body=b"part")["ETag"])])
    with refused("NoSuchUpload", 404):
        s3.abort_multipart_upload(**named)
    assert content(s3, place) == b"part"


def test_completing_twice_gives_the_same_answer_or_no_such_upload(s3, bucket):
    """A client whose connection broke asks again: it must never see another object than its own."""
    place = {"Bucket": bucket, "Key": "k"}
    named = start(s3, place)
    etag = s3.upload_part(**named, PartNumber=1, Body=b"part")["ETag"]
    first = complete(s3, named, [(1, etag)])
    try:
        assert complete(s3, named, [(1, etag)])["ETag"] == first["ETag"]
    except s3.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "NoSuchUpload"
    assert content(s3, place) == b"part"


def test_open_uploads_are_listed_by_prefix_and_in_pages(s3, bucket):
    ids = {key: start(s3, {"Bucket": bucket, "Key": key})["UploadId"] for key in ("a/1", "a/2", "b/1", "c")}
    answer = s3.list_multipart_uploads(Bucket=bucket, Prefix="a/")
    assert [(entry["Key"], entry["UploadId"]) for entry in answer["Uploads"]] == [(k, ids[k]) for k in ("a/1", "a/2")]
    folded = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/")
    assert [entry["Prefix"] for entry in folded["CommonPrefixes"]] == ["a/", "b/"]
    assert [entry["Key"] for entry in folded["Uploads"]] == ["c"]
    seen = [entry["Key"] for page in s3.get_paginator("list_multipart_uploads").paginate(
        Bucket=bucket, PaginationConfig={"PageSize": 1}) for entry in page.get("Uploads", [])]
    assert seen == ["a/1", "a/2", "b/1", "c"]


def test_parts_are_listed_in_pages(s3, bucket):
    named = start(s3, {"Bucket": bucket, "Key": "k"})
    for number in (1, 2, 4, 9):
        s3.upload_part(**named, PartNumber=number, Body=b"x" * number)
    pages = list(s3.get_paginator("list_parts").paginate(**named, PaginationConfig={"PageSize": 3}))
    assert [[(part["PartNumber"], part["Size"]) for part in page["Parts"]] for page in pages] == [
        [(1, 1), (2, 2), (4, 4)], [(9, 9)]]


def test_parts_are_copied_whole_and_by_range(s3, source, bucket):
    place = {"Bucket": bucket, "Key": "k"}
    named = start(s3, place)
    first = s3.upload_part_copy(**named, PartNumber=1, CopySource=source)["CopyPartResult"]["ETag"]
    second = s3.upload_part_copy(**named, PartNumber=2, CopySource=source, CopySourceRange="bytes=10-19")
    complete(s3, named, [(1, first), (2, second["CopyPartResult"]["ETag"])])
    assert content(s3, place) == CONTENT + CONTENT[10:20]


@pytest.mark.parametrize("asked", ["bytes=0-", "bytes=-5", "bytes=5-2", "0-5", "bytes=0-99999999"])
def test_copy_ranges_must_be_exact(s3, source, bucket, asked):
    named = start(s3, {"Bucket": bucket, "Key": "k"})
    with pytest.raises(s3.exceptions.ClientError) as caught:
        s3.upload_part_copy(**named, PartNumber=1, CopySource=source, CopySourceRange=asked)
    answer = caught.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) in (
        ("InvalidArgument", 400), ("InvalidRequest", 400), ("InvalidRange", 416)), answer
    assert "Parts" not in s3.list_parts(**named)
