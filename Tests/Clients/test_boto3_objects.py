"""boto3 with its default settings: objects, ranges, metadata, buckets and the error codes that clients ask for.

Over https the default upload is the unsigned-trailer framing inside `Transfer-Encoding: chunked`; over http it is a
plain body with its digest in the header. Both must mean the same.
"""

import datetime
import io

import pytest

from conftest import new_bucket_name
from support.data import MiB, md5_text, noise
from support.errors import refused

SCHEMES = ["http", "https"]

SIZES = [0, 1, 4096, 65_535, 65_536, 65_537, 1 * MiB + 3, 9 * MiB + 1]


@pytest.mark.parametrize("size", SIZES)
def test_what_is_put_is_what_is_got(s3, shared_bucket, size):
    content, key = noise(size, size), f"size/{size}"
    put = s3.put_object(Bucket=shared_bucket, Key=key, Body=content)
    assert put["ETag"] == f'"{md5_text(content)}"'
    got = s3.get_object(Bucket=shared_bucket, Key=key)
    assert got["Body"].read() == content
    assert (got["ContentLength"], got["ETag"]) == (size, put["ETag"])
    assert got["AcceptRanges"] == "bytes"
    assert got["ContentType"] == "binary/octet-stream"
    age = datetime.datetime.now(datetime.timezone.utc) - got["LastModified"]
    assert abs(age.total_seconds()) < 300
    head = s3.head_object(Bucket=shared_bucket, Key=key)
    assert (head["ContentLength"], head["ETag"], head["LastModified"]) == (size, put["ETag"], got["LastModified"])


def test_a_file_object_streams_through_the_transfer_manager(s3, bucket):
    content = noise(20 * MiB + 17, 20)
    s3.upload_fileobj(io.BytesIO(content), bucket, "large")
    back = io.BytesIO()
    s3.download_fileobj(bucket, "large", back)
    assert back.getvalue() == content
    assert s3.head_object(Bucket=bucket, Key="large")["ETag"].endswith('-3"')


def test_overwriting_replaces_content_and_metadata(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"old content", Metadata={"old": "yes"}, ContentType="text/plain")
    s3.put_object(Bucket=bucket, Key="k", Body=b"new")
    got = s3.get_object(Bucket=bucket, Key="k")
    assert (got["Body"].read(), got["Metadata"], got["ContentType"]) == (b"new", {}, "binary/octet-stream")


def test_headers_and_metadata_are_kept(s3, bucket):
    expires = datetime.datetime(2030, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ContentType="text/x-test; charset=utf-8", CacheControl="no-store",
                  ContentDisposition='attachment; filename="a b.txt"', ContentLanguage="de", ContentEncoding="gzip",
                  Expires=expires, Metadata={"one": "1", "two-words": "a  b", "empty": ""})
    for answer in (s3.get_object(Bucket=bucket, Key="k"), s3.head_object(Bucket=bucket, Key="k")):
        assert answer["ContentType"] == "text/x-test; charset=utf-8"
        assert answer["CacheControl"] == "no-store"
        assert answer["ContentDisposition"] == 'attachment; filename="a b.txt"'
        assert answer["ContentLanguage"] == "de"
        assert answer["ContentEncoding"] == "gzip", "aws-chunked must not be kept, gzip must"
        assert answer["Metadata"] == {"one": "1", "two-words": "a  b", "empty": ""}
        assert answer["ExpiresString"] == "Wed, 02 Jan 2030 03:04:05 GMT"


def test_an_upload_leaves_no_aws_chunked_behind(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert "ContentEncoding" not in s3.head_object(Bucket=bucket, Key="k")


def test_metadata_over_two_kilobytes_is_refused(s3, bucket):
    with refused("MetadataTooLarge", 400):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x", Metadata={"a": "x" * 2048})
    with refused("404", 404):
        s3.head_object(Bucket=bucket, Key="k")


def test_response_headers_are_overridden_on_request(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ContentType="text/plain")
    got = s3.get_object(Bucket=bucket, Key="k", ResponseContentType="application/json", ResponseCacheControl="private",
                        ResponseContentDisposition="inline", ResponseContentLanguage="fr")
    assert (got["ContentType"], got["CacheControl"], got["ContentDisposition"], got["ContentLanguage"]) == (
        "application/json", "private", "inline", "fr")


CONTENT = noise(1000, 99)


@pytest.fixture(scope="module")
def thousand(s3, shared_bucket):
    s3.put_object(Bucket=shared_bucket, Key="thousand", Body=CONTENT)
    s3.put_object(Bucket=shared_bucket, Key="empty", Body=b"")
    return {"Bucket": shared_bucket, "Key": "thousand"}


@pytest.mark.parametrize("asked, begin, end", [
    ("bytes=0-0", 0, 0), ("bytes=0-9", 0, 9), ("bytes=990-", 990, 999), ("bytes=-1", 999, 999), ("bytes=-10", 990, 999),
    ("bytes=999-999", 999, 999), ("bytes=500-5000", 500, 999), ("bytes=-5000", 0, 999),
    ("bytes=0-999", 0, 999), ("bytes=0-", 0, 999), ("bytes=0-18446744073709551615", 0, 999),
])
def test_a_range_is_206_even_when_it_is_the_whole_object(s3, thousand, asked, begin, end):
    got = s3.get_object(**thousand, Range=asked)
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert got["ContentRange"] == f"bytes {begin}-{end}/1000"
    assert got["Body"].read() == CONTENT[begin:end + 1]
    assert got["ContentLength"] == end + 1 - begin


@pytest.mark.parametrize("asked", ["bytes=1000-", "bytes=1000-1001", "bytes=-0"])
def test_a_range_past_the_end_is_416(s3, thousand, asked):
    with refused("InvalidRange", 416) as seen:
        s3.get_object(**thousand, Range=asked)
    assert seen.response["ResponseMetadata"]["HTTPHeaders"]["content-range"] == "bytes */1000"


@pytest.mark.parametrize("asked", ["bytes=0-", "bytes=0-0", "bytes=-1"])
def test_a_range_on_an_empty_object_is_416(s3, thousand, asked):
    with refused("InvalidRange", 416) as seen:
        s3.get_object(Bucket=thousand["Bucket"], Key="empty", Range=asked)
    assert seen.response["ResponseMetadata"]["HTTPHeaders"]["content-range"] == "bytes */0"


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=", "bytes=a-b", "octets=0-5", "bytes=0-1,5-6"])
def test_a_range_that_cannot_be_read_is_ignored(s3, thousand, asked):
    got = s3.get_object(**thousand, Range=asked)
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert got["Body"].read() == CONTENT


def test_head_answers_a_range_without_a_body(s3, thousand):
    head = s3.head_object(**thousand, Range="bytes=10-19")
    assert (head["ResponseMetadata"]["HTTPStatusCode"], head["ContentLength"]) == (206, 10)
    assert head["ResponseMetadata"]["HTTPHeaders"]["content-range"] == "bytes 10-19/1000"


def test_a_partial_range_carries_no_checksum(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=CONTENT, ChecksumAlgorithm="CRC32")
    whole = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert whole["Body"].read() == CONTENT and "ChecksumCRC32" in whole
    part = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED", Range="bytes=1-10")
    assert part["Body"].read() == CONTENT[1:11]
    assert not [name for name in part["ResponseMetadata"]["HTTPHeaders"] if name.startswith("x-amz-checksum")]


def test_part_number_1_of_a_plain_object_is_the_whole(s3, thousand):
    got = s3.get_object(**thousand, PartNumber=1)
    assert got["Body"].read() == CONTENT and "PartsCount" not in got
    with pytest.raises(s3.exceptions.ClientError) as caught:
        s3.get_object(**thousand, PartNumber=2)
    # The table of S3's errors says 416 InvalidPartNumber; the public conformance suite wants 400 InvalidPart.
    answer = caught.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) in (
        ("InvalidPartNumber", 416), ("InvalidPart", 400))


def test_deleting_is_idempotent(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    for _ in range(2):
        assert s3.delete_object(Bucket=bucket, Key="k")["ResponseMetadata"]["HTTPStatusCode"] == 204
    with refused("NoSuchKey", 404):
        s3.get_object(Bucket=bucket, Key="k")


def test_bulk_delete_takes_a_thousand_keys(s3, bucket):
    names = [f"k{number}" for number in range(1000)]
    for name in names[:20]:
        s3.put_object(Bucket=bucket, Key=name, Body=b"x")
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": name} for name in names]})
    assert sorted(entry["Key"] for entry in answer["Deleted"]) == sorted(names) and "Errors" not in answer
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_quiet_bulk_delete_says_nothing(s3, bucket):
    s3.put_object(Bucket=bucket, Key="<&>\"'", Body=b"x")
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "<&>\"'"}], "Quiet": True})
    assert "Deleted" not in answer and "Errors" not in answer
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_errors_of_missing_things(s3, bucket):
    absent = new_bucket_name("absent")
    with refused("NoSuchKey", 404) as seen:
        s3.get_object(Bucket=bucket, Key="absent")
    assert seen.response["Error"]["Key"] == "absent"
    with refused("404", 404):
        s3.head_object(Bucket=bucket, Key="absent")
    for call in (lambda: s3.get_object(Bucket=absent, Key="k"), lambda: s3.put_object(Bucket=absent, Key="k", Body=b""),
                 lambda: s3.delete_object(Bucket=absent, Key="k"), lambda: s3.list_objects_v2(Bucket=absent),
                 lambda: s3.create_multipart_upload(Bucket=absent, Key="k"), lambda: s3.delete_bucket(Bucket=absent)):
        with refused("NoSuchBucket", 404) as seen:
            call()
        assert seen.response["Error"]["BucketName"] == absent
    with refused("404", 404):
        s3.head_bucket(Bucket=absent)


def test_an_error_names_its_request(s3, bucket):
    with refused("NoSuchKey", 404) as seen:
        s3.get_object(Bucket=bucket, Key="absent")
    headers = seen.response["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amz-request-id"] and seen.response["Error"]["Message"]
    assert seen.response["ResponseMetadata"]["RequestId"] == headers["x-amz-request-id"]
    assert headers["content-type"] == "application/xml"


def test_request_ids_differ(s3, bucket):
    seen = {s3.head_bucket(Bucket=bucket)["ResponseMetadata"]["RequestId"] for _ in range(20)}
    assert len(seen) == 20


def test_probes_before_use_find_the_exact_answers(s3, bucket):
    assert s3.head_bucket(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    grants = s3.get_bucket_acl(Bucket=bucket)
    assert [grant["Permission"] for grant in grants["Grants"]] == ["FULL_CONTROL"]
    assert grants["Owner"]["ID"] == grants["Grants"][0]["Grantee"]["ID"]
    with refused("NoSuchBucketPolicy", 404):
        s3.get_bucket_policy(Bucket=bucket)
    with refused("NoSuchCORSConfiguration", 404):
        s3.get_bucket_cors(Bucket=bucket)


def test_what_is_not_served_says_so(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"a,b\n")
    with refused("NotImplemented", 501):
        s3.get_object_torrent(Bucket=bucket, Key="k")
    with refused("NotImplemented", 501):
        s3.select_object_content(
            Bucket=bucket, Key="k", Expression="select * from s3object", ExpressionType="SQL",
            InputSerialization={"CSV": {}}, OutputSerialization={"CSV": {}})
    with refused("NotImplemented", 501):
        s3.get_bucket_analytics_configuration(Bucket=bucket, Id="x")


def test_buckets_are_listed_and_removed_when_empty(s3):
    names = [new_bucket_name(f"list{letter}") for letter in "cab"]
    for name in names:
        s3.create_bucket(Bucket=name)
    answer = s3.list_buckets()
    listed = [entry["Name"] for entry in answer["Buckets"]]
    assert [name for name in listed if name in names] == sorted(names)
    assert answer["Owner"]["ID"]
    s3.put_object(Bucket=names[0], Key="k", Body=b"x")
    with refused("BucketNotEmpty", 409):
        s3.delete_bucket(Bucket=names[0])
    s3.delete_object(Bucket=names[0], Key="k")
    for name in names:
        s3.delete_bucket(Bucket=name)
    assert not set(names) & {entry["Name"] for entry in s3.list_buckets()["Buckets"]}


def test_a_bucket_of_ones_own_may_be_made_again_in_us_east_1(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    s3.create_bucket(Bucket=bucket)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1


@pytest.mark.parametrize("attribute", ["ETag", "Checksum", "ObjectSize", "StorageClass"])
def test_object_attributes_come_as_asked(s3, thousand, attribute):
    answer = s3.get_object_attributes(**thousand, ObjectAttributes=[attribute])
    wanted = {"ETag": md5_text(CONTENT), "ObjectSize": 1000, "StorageClass": "STANDARD"}
    if attribute == "Checksum":
        assert answer["Checksum"]["ChecksumType"] == "FULL_OBJECT"
    else:
        assert answer[attribute] == wanted[attribute]
    others = {"ETag", "Checksum", "ObjectSize", "StorageClass", "ObjectParts"} - {attribute}
    assert not others & set(answer)


def test_attributes_of_an_absent_object(s3, bucket):
    with refused("NoSuchKey", 404):
        s3.get_object_attributes(Bucket=bucket, Key="absent", ObjectAttributes=["ETag"])
