"""Checksums are verified when bytes arrive, kept, and given back: whole objects and both kinds of multipart."""

import pytest

from support.checksums import ALGORITHMS, COMPOSITE, FULL_OBJECT, asked, checksum, composite, multipart_etag
from support.data import MiB, noise
from support.errors import refused

SCHEMES = ["http", "https"]

PIECES = [noise(5 * MiB, 1), noise(5 * MiB, 2), b"the last part"]
WHOLE = b"".join(PIECES)


def all_checksums(answer):
    return {name for name in answer if name.startswith("Checksum") and name != "ChecksumType"}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("size", [0, 1, 100_000])
def test_put_verifies_keeps_and_returns(s3, shared_bucket, algorithm, size):
    content, field = noise(size, size), f"Checksum{algorithm}"
    place = {"Bucket": shared_bucket, "Key": f"{algorithm}/{size}"}
    put = s3.put_object(**place, Body=content, **asked(algorithm, content))
    assert put[field] == checksum(algorithm, content)
    assert put["ChecksumType"] == "FULL_OBJECT"
    head = s3.head_object(**place, ChecksumMode="ENABLED")
    assert (head[field], head["ChecksumType"], all_checksums(head)) == (put[field], "FULL_OBJECT", {field})
    got = s3.get_object(**place, ChecksumMode="ENABLED")
    assert got["Body"].read() == content and got[field] == put[field]
    listed = s3.list_objects_v2(Bucket=shared_bucket, Prefix=place["Key"])["Contents"][0]
    assert listed["ChecksumAlgorithm"] == [algorithm] and listed["ChecksumType"] == "FULL_OBJECT"
    attributes = s3.get_object_attributes(**place, ObjectAttributes=["Checksum"])["Checksum"]
    assert attributes == {field: put[field], "ChecksumType": "FULL_OBJECT"}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_wrong_checksum_stores_nothing(s3, bucket, algorithm):
    with refused("BadDigest", 400):
        s3.put_object(Bucket=bucket, Key="k", Body=b"sent", **{f"Checksum{algorithm}": checksum(algorithm, b"meant")})
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("value", ["AAAA", "not base64!", ""], ids=["short", "no base64", "empty"])
def test_a_checksum_that_cannot_be_one_is_refused(s3, bucket, algorithm, value):
    with refused("InvalidRequest", 400):
        s3.put_object(Bucket=bucket, Key="k", Body=b"sent", **{f"Checksum{algorithm}": value})
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_the_old_value_survives_a_refused_overwrite(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"old")
    with refused("BadDigest", 400):
        s3.put_object(Bucket=bucket, Key="k", Body=b"new", ChecksumSHA256=checksum("SHA256", b"other"))
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"old"


def test_head_without_checksum_mode_shows_none(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ChecksumAlgorithm="SHA1")
    assert all_checksums(s3.head_object(Bucket=bucket, Key="k")) == set()


def upload(s3, place, algorithm, kind, pieces=PIECES):
    made = s3.create_multipart_upload(**place, ChecksumAlgorithm=algorithm, ChecksumType=kind)
    assert (made["ChecksumAlgorithm"], made["ChecksumType"]) == (algorithm, kind)
    named, field, parts = place | {"UploadId": made["UploadId"]}, f"Checksum{algorithm}", []
    for number, piece in enumerate(pieces, 1):
        answer = s3.upload_part(**named, PartNumber=number, Body=piece, **asked(algorithm, piece))
        assert answer[field] == checksum(algorithm, piece)
        parts.append({"PartNumber": number, "ETag": answer["ETag"], field: answer[field]})
    return named, parts


@pytest.mark.parametrize("algorithm, kind", [(algorithm, "COMPOSITE") for algorithm in COMPOSITE]
                         + [(algorithm, "FULL_OBJECT") for algorithm in FULL_OBJECT])
def test_multipart_has_both_kinds(s3, shared_bucket, algorithm, kind):
    place, field = {"Bucket": shared_bucket, "Key": f"multipart/{algorithm}/{kind}"}, f"Checksum{algorithm}"
    named, parts = upload(s3, place, algorithm, kind)
    listed = s3.list_parts(**named)
    assert (listed["ChecksumAlgorithm"], listed["ChecksumType"]) == (algorithm, kind)
    assert [part[field] for part in listed["Parts"]] == [checksum(algorithm, piece) for piece in PIECES]
    whole = composite(algorithm, PIECES) if kind == "COMPOSITE" else checksum(algorithm, WHOLE)
    given = {} if kind == "COMPOSITE" else {field: whole, "ChecksumType": kind}
    done = s3.complete_multipart_upload(**named, MultipartUpload={"Parts": parts}, **given)
    assert (done["ETag"], done[field], done["ChecksumType"]) == (multipart_etag(PIECES), whole, kind)
    head = s3.head_object(**place, ChecksumMode="ENABLED")
    assert (head[field], head["ChecksumType"], head["ContentLength"]) == (whole, kind, len(WHOLE))
    got = s3.get_object(**place, ChecksumMode="ENABLED")
    assert got["Body"].read() == WHOLE and got[field] == whole


@pytest.mark.parametrize("algorithm", FULL_OBJECT)
def test_a_wrong_full_object_checksum_leaves_the_upload_open(s3, bucket, algorithm):
    place, field = {"Bucket": bucket, "Key": "k"}, f"Checksum{algorithm}"
    named, parts = upload(s3, place, algorithm, "FULL_OBJECT")
    with refused("BadDigest", 400):
        s3.complete_multipart_upload(**named, MultipartUpload={"Parts": parts}, ChecksumType="FULL_OBJECT",
                                     **{field: checksum(algorithm, b"other")})
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    s3.complete_multipart_upload(**named, MultipartUpload={"Parts": parts})
    assert s3.get_object(**place)["Body"].read() == WHOLE


def test_a_wrong_part_checksum_in_the_list_is_refused(s3, bucket):
    place = {"Bucket": bucket, "Key": "k"}
    named, parts = upload(s3, place, "SHA256", "COMPOSITE")
    parts[1]["ChecksumSHA256"] = checksum("SHA256", b"other")
    with refused("InvalidPart", 400):
        s3.complete_multipart_upload(**named, MultipartUpload={"Parts": parts})
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_part_with_a_wrong_checksum_is_not_kept(s3, bucket):
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="k", ChecksumAlgorithm="CRC32C")["UploadId"]
    named = {"Bucket": bucket, "Key": "k", "UploadId": upload_id}
    with refused("BadDigest", 400):
        s3.upload_part(**named, PartNumber=1, Body=b"sent", ChecksumCRC32C=checksum("CRC32C", b"meant"))
    assert "Parts" not in s3.list_parts(**named)


@pytest.mark.parametrize("algorithm, kind", [("CRC64NVME", "COMPOSITE"), ("SHA1", "FULL_OBJECT"), ("SHA256", "FULL_OBJECT"),
                                             ("MD5", "FULL_OBJECT"), ("XXHASH3", "FULL_OBJECT")])
def test_kinds_that_an_algorithm_does_not_have(s3, bucket, algorithm, kind):
    with refused("InvalidRequest", 400):
        s3.create_multipart_upload(Bucket=bucket, Key="k", ChecksumAlgorithm=algorithm, ChecksumType=kind)


def test_the_transfer_manager_s_default_is_verified_end_to_end(s3, bucket, folder):
    source, back = folder / "source", folder / "back"
    source.write_bytes(noise(17 * MiB, 5))
    s3.upload_file(str(source), bucket, "k")
    head = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert len(all_checksums(head)) == 1, "boto3 sends a checksum by default, and the object must have kept it"
    s3.download_file(bucket, "k", str(back))
    assert back.read_bytes() == source.read_bytes()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_copy_can_be_given_another_checksum(s3, bucket, algorithm):
    s3.put_object(Bucket=bucket, Key="source", Body=WHOLE[:100_000], ChecksumAlgorithm="CRC32")
    answer = s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/source", ChecksumAlgorithm=algorithm)
    field, value = f"Checksum{algorithm}", checksum(algorithm, WHOLE[:100_000])
    assert answer["CopyObjectResult"][field] == value
    head = s3.head_object(Bucket=bucket, Key="copy", ChecksumMode="ENABLED")
    assert (head[field], all_checksums(head)) == (value, {field})


def test_a_copy_keeps_the_checksum_of_its_source(s3, bucket):
    put = s3.put_object(Bucket=bucket, Key="source", Body=b"content", ChecksumAlgorithm="SHA256")
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/source")
    assert s3.head_object(Bucket=bucket, Key="copy", ChecksumMode="ENABLED")["ChecksumSHA256"] == put["ChecksumSHA256"]


def test_attributes_of_a_multipart_object_name_its_parts(s3, bucket):
    place = {"Bucket": bucket, "Key": "k"}
    named, parts = upload(s3, place, "SHA256", "COMPOSITE")
    s3.complete_multipart_upload(**named, MultipartUpload={"Parts": parts})
    answer = s3.get_object_attributes(**place, ObjectAttributes=["ETag", "Checksum", "ObjectParts", "ObjectSize"])
    assert answer["ETag"] == multipart_etag(PIECES).strip('"') and answer["ObjectSize"] == len(WHOLE)
    # The checksum attribute has no "-N": the number stands in ObjectParts.
    assert answer["Checksum"]["ChecksumSHA256"].split("-")[0] == composite("SHA256", PIECES).split("-")[0]
    assert answer["ObjectParts"]["TotalPartsCount"] == 3
    assert [(part["PartNumber"], part["Size"], part["ChecksumSHA256"]) for part in answer["ObjectParts"]["Parts"]] == [
        (number, len(piece), checksum("SHA256", piece)) for number, piece in enumerate(PIECES, 1)]
    page = s3.get_object_attributes(**place, ObjectAttributes=["ObjectParts"], MaxParts=1, PartNumberMarker=1)
    parts_page = page["ObjectParts"]
    assert [part["PartNumber"] for part in parts_page["Parts"]] == [2] and parts_page["IsTruncated"]
    assert (parts_page["MaxParts"], parts_page["PartNumberMarker"], parts_page["NextPartNumberMarker"]) == (1, 1, 2)
