"""The SHA-256 of what boto3 uploads in parts: in lineage, manifests, statements, and held to by `reproduce`."""

import hashlib
import json
import time

import pytest
from boto3.s3.transfer import TransferConfig
from support.lineage import Lineage

MiB = 1 << 20


@pytest.fixture(scope="module")
def lineage(server):
    return Lineage(server)


def upload(s3, bucket, key, content, **more):
    """As boto3 does it by itself with large files."""
    upload = s3.create_multipart_upload(Bucket=bucket, Key=key, **more)
    parts = []
    for number, start in enumerate(range(0, len(content), 5 * MiB), 1):
        part = s3.upload_part(Bucket=bucket, Key=key, UploadId=upload["UploadId"], PartNumber=number,
                              Body=content[start:start + 5 * MiB])
        parts.append({"PartNumber": number, "ETag": part["ETag"]})
    return s3.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload["UploadId"],
                                        MultipartUpload={"Parts": parts})


def test_manifest_reproduce_and_statement_of_a_pipeline_in_parts(lineage, s3, bucket, folder):
    raw = bytes(range(256)) * (7 * MiB // 256)
    source = folder / "raw.bin"
    source.write_bytes(raw)
    s3.upload_file(str(source), bucket, "raw", Config=TransferConfig(multipart_threshold=5 * MiB,
                                                                     multipart_chunksize=5 * MiB))
    before = s3.head_object(Bucket=bucket, Key="raw", ChecksumMode="ENABLED")
    assert "-2" in before["ETag"]
    lineage.python("fit", f"""
import io
from boto3.s3.transfer import TransferConfig
body = s3.get_object(Bucket="{bucket}", Key="raw")["Body"].read()
s3.upload_fileobj(io.BytesIO(body[::-1]), "{bucket}", "model",
                  Config=TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20))
""")
    manifest = lineage.ask("manifest", f"s3://{bucket}/model")
    model = hashlib.sha256(raw[::-1]).hexdigest()
    assert manifest["subject"]["sha256"] == model and "sha256State" not in manifest["subject"]
    [entry] = manifest["inputs"]
    assert entry["sha256"] == hashlib.sha256(raw).hexdigest()
    assert not manifest["isPartial"], manifest["gaps"]

    statement = json.loads(lineage.cairn("lineage", "export", f"s3://{bucket}/model", "--format", "in-toto").stdout)
    assert statement["subject"][0]["digest"]["sha256"] == model
    dependencies = statement["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert [d["digest"]["sha256"] for d in dependencies] == [entry["sha256"]]

    file = folder / "m.json"
    file.write_text(json.dumps(manifest))
    out = lineage.cairn("lineage", "reproduce", file, folder / "out", "--subject").stdout
    assert out.count("verified") == 2
    manifest["inputs"][0]["sha256"] = "00" * 32
    file.write_text(json.dumps(manifest))
    assert "DIFFERS" in lineage.cairn("lineage", "reproduce", file, folder / "again", expect=1).stdout

    found = lineage.cairn("lineage", "by-digest", model, "--json")
    assert [v["key"] for v in json.loads(found.stdout)["versions"]] == ["model"]
    after = s3.head_object(Bucket=bucket, Key="raw", ChecksumMode="ENABLED")
    same = ["ETag", "LastModified", "ContentLength", "VersionId", "ChecksumType", "ChecksumCRC32", "ChecksumCRC64NVME",
            "ChecksumSHA256"]
    assert {name: before.get(name) for name in same} == {name: after.get(name) for name in same}


def test_the_background_pass_finds_what_was_uploaded_in_parts_and_its_copy(lineage, s3, bucket):
    content = b"p" * (5 * MiB) + b"q"
    upload(s3, bucket, "parts", content)
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/parts")
    wanted = hashlib.sha256(content).hexdigest()
    for key in ["parts", "copy"]:
        for _ in range(200):
            node = lineage.ask("upstream", f"s3://{bucket}/{key}")["nodes"][0]
            if node["sha256"]:
                break
            assert node["sha256State"] in ("pending", "unknown")
            time.sleep(0.05)
        assert node["sha256"] == wanted and "sha256State" not in node


def test_a_question_without_bytes_says_what_is_pending(lineage, s3, bucket):
    # So many that the pass, which takes them in order, is not through when the last is asked about.
    content = b"z" * (20 * MiB)
    for number in range(8):
        upload(s3, bucket, f"parts{number}", content)
    manifest = lineage.ask("manifest", f"s3://{bucket}/parts7", "--digest-bytes", "0")
    if manifest["subject"]["sha256"] is None:
        assert manifest["subject"]["sha256State"] == "pending"
        assert manifest["isPartial"] and "SHA-256" in manifest["gaps"][-1]
    manifest = lineage.ask("manifest", f"s3://{bucket}/parts7")
    assert manifest["subject"]["sha256"] == hashlib.sha256(content).hexdigest()


def test_the_list_of_what_is_missing_is_answered(lineage):
    answer = lineage.ask("digests", "--state", "unreadable")
    assert answer["versions"] == [] and answer["counts"]["unreadable"] == 0


def test_an_erasure_finds_the_same_content_in_parts(lineage, s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    content = b"secret" * MiB
    s3.put_object(Bucket=bucket, Key="whole", Body=content)
    upload(s3, bucket, "parts", content)
    answer = lineage.ask("erase", f"s3://{bucket}/parts", "--reason", "r", "--dry-run")
    assert [v["key"] for v in answer["sameContent"]] == ["whole"]
