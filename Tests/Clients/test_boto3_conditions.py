"""Conditions are judged inside the commit: table formats commit by `If-None-Match: *`, and exactly one may win."""

import datetime
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from botocore.exceptions import ClientError

from conftest import make_client
from support.data import MiB, noise
from support.errors import refused

RACERS = 16
ROUNDS = 12
PAST = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
WRONG = '"' + "0" * 32 + '"'


@pytest.fixture
def stored(s3, bucket):
    return {"Bucket": bucket, "Key": "k"}, s3.put_object(Bucket=bucket, Key="k", Body=b"old")["ETag"]


def content(s3, place):
    return s3.get_object(**place)["Body"].read()


def test_put_if_absent(s3, bucket):
    place = {"Bucket": bucket, "Key": "k"}
    s3.put_object(**place, Body=b"first", IfNoneMatch="*")
    with refused("PreconditionFailed", 412):
        s3.put_object(**place, Body=b"second", IfNoneMatch="*")
    assert content(s3, place) == b"first"
    s3.delete_object(**place)
    s3.put_object(**place, Body=b"third", IfNoneMatch="*")
    assert content(s3, place) == b"third"


def test_put_if_unchanged(s3, stored):
    place, etag = stored
    with refused("PreconditionFailed", 412):
        s3.put_object(**place, Body=b"new", IfMatch=WRONG)
    assert content(s3, place) == b"old"
    newer = s3.put_object(**place, Body=b"new", IfMatch=etag)["ETag"]
    with refused("PreconditionFailed", 412):
        s3.put_object(**place, Body=b"newer", IfMatch=etag)
    s3.put_object(**place, Body=b"newer", IfMatch=newer.strip('"'))
    assert content(s3, place) == b"newer"


def test_put_if_match_on_nothing_is_no_such_key(s3, bucket):
    with refused("NoSuchKey", 404):
        s3.put_object(Bucket=bucket, Key="absent", Body=b"x", IfMatch=WRONG)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def multipart(s3, place, piece=b"part"):
    upload = s3.create_multipart_upload(**place)["UploadId"]
    etag = s3.upload_part(**place, UploadId=upload, PartNumber=1, Body=piece)["ETag"]
    return place | {"UploadId": upload, "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": etag}]}}


def test_complete_obeys_conditions_too(s3, stored):
    place, etag = stored
    named = multipart(s3, place)
    with refused("PreconditionFailed", 412):
        s3.complete_multipart_upload(**named, IfNoneMatch="*")
    with refused("PreconditionFailed", 412):
        s3.complete_multipart_upload(**named, IfMatch=WRONG)
    assert content(s3, place) == b"old"
    s3.complete_multipart_upload(**named, IfMatch=etag)
    assert content(s3, place) == b"part"


@pytest.mark.parametrize("asked, status", [
    ({"IfMatch": True}, 200), ({"IfMatch": False}, 412), ({"IfNoneMatch": True}, 304), ({"IfNoneMatch": False}, 200),
    ({"IfMatch": "*"}, 200), ({"IfNoneMatch": "*"}, 304),
    ({"IfModifiedSince": PAST}, 200), ({"IfModifiedSince": "now"}, 304), ({"IfUnmodifiedSince": "now"}, 200),
    ({"IfUnmodifiedSince": PAST}, 412),
    # The entity tag decides over the date: RFC 9110 13.2.2.
    ({"IfMatch": True, "IfUnmodifiedSince": PAST}, 200), ({"IfNoneMatch": True, "IfModifiedSince": PAST}, 304),
    ({"IfNoneMatch": False, "IfModifiedSince": "now"}, 200),
], ids=str)
@pytest.mark.parametrize("operation", ["get_object", "head_object"])
def test_conditional_reads(s3, stored, operation, asked, status):
    place, etag = stored
    modified = s3.head_object(**place)["LastModified"]
    words = {True: etag, False: WRONG, "now": modified}
    arguments = {name: words.get(value, value) if isinstance(value, (bool, str)) else value for name, value in asked.items()}
    try:
        answer = getattr(s3, operation)(**place, **arguments)
    except ClientError as error:
        answer = error.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status, answer
    if status == 304:
        assert answer["ResponseMetadata"]["HTTPHeaders"]["etag"] == etag
    if status == 412:
        assert answer["Error"]["Code"] == ("412" if operation == "head_object" else "PreconditionFailed")


@pytest.mark.parametrize("asked, passes", [
    ({"CopySourceIfMatch": True}, True), ({"CopySourceIfMatch": False}, False),
    ({"CopySourceIfNoneMatch": True}, False), ({"CopySourceIfNoneMatch": False}, True),
    ({"CopySourceIfModifiedSince": PAST}, True), ({"CopySourceIfUnmodifiedSince": PAST}, False),
    ({"CopySourceIfMatch": True, "CopySourceIfUnmodifiedSince": PAST}, True),
], ids=str)
def test_conditional_copies(s3, stored, asked, passes):
    place, etag = stored
    words = {True: etag, False: WRONG}
    arguments = {name: words[value] if isinstance(value, bool) else value for name, value in asked.items()}
    target = place | {"Key": "copy"}
    if passes:
        s3.copy_object(**target, CopySource=place, **arguments)
        assert content(s3, target) == b"old"
    else:
        with refused("PreconditionFailed", 412):
            s3.copy_object(**target, CopySource=place, **arguments)
        with refused("404", 404):
            s3.head_object(**target)


def test_a_copy_may_be_conditional_on_its_target(s3, stored):
    place, etag = stored
    s3.put_object(Bucket=place["Bucket"], Key="source", Body=b"source")
    source = place | {"Key": "source"}
    with refused("PreconditionFailed", 412):
        s3.copy_object(**place, CopySource=source, IfNoneMatch="*")
    with refused("PreconditionFailed", 412):
        s3.copy_object(**place, CopySource=source, IfMatch=WRONG)
    assert content(s3, place) == b"old"
    s3.copy_object(**place, CopySource=source, IfMatch=etag)
    assert content(s3, place) == b"source"


def test_delete_if_match(s3, stored):
    place, etag = stored
    with refused("PreconditionFailed", 412):
        s3.delete_object(**place, IfMatch=WRONG)
    assert content(s3, place) == b"old"
    s3.delete_object(**place, IfMatch=etag)
    with refused("404", 404):
        s3.head_object(**place)


def test_bulk_delete_judges_each_key(s3, stored):
    place, etag = stored
    s3.put_object(Bucket=place["Bucket"], Key="other", Body=b"other")
    answer = s3.delete_objects(Bucket=place["Bucket"], Delete={"Objects": [
        {"Key": "k", "ETag": etag}, {"Key": "other", "ETag": WRONG}]})
    assert [entry["Key"] for entry in answer["Deleted"]] == ["k"]
    assert [(entry["Key"], entry["Code"]) for entry in answer["Errors"]] == [("other", "PreconditionFailed")]
    assert content(s3, place | {"Key": "other"}) == b"other"


def race(count, act):
    """`act(number)` on all threads at the same moment; returns the results in order."""
    barrier = Barrier(count)

    def go(number):
        barrier.wait()
        return act(number)
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(go, range(count)))


def outcome(call):
    """'won', or 'lost' for the two answers that a loser may get."""
    try:
        call()
        return "won"
    except ClientError as error:
        code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
        assert (code, status) in (("PreconditionFailed", 412), ("ConditionalRequestConflict", 409)), error.response
        return "lost"


@pytest.mark.parametrize("size", [100, 2 * MiB], ids=["small", "large"])
def test_of_16_racing_creators_exactly_one_wins(server, s3, bucket, size):
    clients = [make_client(server) for _ in range(RACERS)]
    for round_number in range(ROUNDS):
        key = f"round/{round_number}"
        bodies = [noise(size, round_number * RACERS + number) for number in range(RACERS)]
        results = race(RACERS, lambda number: outcome(lambda: clients[number].put_object(
            Bucket=bucket, Key=key, Body=bodies[number], IfNoneMatch="*")))
        assert results.count("won") == 1 and results.count("lost") == RACERS - 1, results
        assert content(s3, {"Bucket": bucket, "Key": key}) == bodies[results.index("won")]


def test_of_16_racing_completions_exactly_one_wins(server, s3, bucket):
    clients = [make_client(server) for _ in range(RACERS)]
    for round_number in range(ROUNDS // 2):
        place = {"Bucket": bucket, "Key": f"round/{round_number}"}
        uploads = [multipart(s3, place, b"from %d" % number) for number in range(RACERS)]
        results = race(RACERS, lambda number: outcome(
            lambda: clients[number].complete_multipart_upload(**uploads[number], IfNoneMatch="*")))
        assert results.count("won") == 1, results
        assert content(s3, place) == b"from %d" % results.index("won")


def test_compare_and_swap_loses_no_increment(server, s3, bucket):
    place, increments, workers = {"Bucket": bucket, "Key": "counter"}, 6, 8
    s3.put_object(**place, Body=b"0")
    clients = [make_client(server) for _ in range(workers)]

    def work(number):
        client, done, tries = clients[number], 0, 0
        while done < increments:
            tries += 1
            assert tries < 2000, "no progress"
            got = client.get_object(**place)
            value = int(got["Body"].read())
            if outcome(lambda: client.put_object(**place, Body=b"%d" % (value + 1), IfMatch=got["ETag"])) == "won":
                done += 1
        return done
    assert sum(race(workers, work)) == workers * increments
    assert int(content(s3, place)) == workers * increments
