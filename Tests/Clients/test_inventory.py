"""Inventories as boto3 sets them up, and as a program reads the reports: days last two seconds here."""

import csv
import gzip
import hashlib
import io
import json
import time
import urllib.parse
import urllib.request

import pytest
from botocore.exceptions import ClientError
from conftest import make_client, new_bucket_name
from support.server import Server


@pytest.fixture
def store(tmp_path):
    server = Server(tmp_path / "store")
    server.start("--lifecycle-day-seconds", "2")
    yield server
    if server.process is not None:
        server.stop()
    server.verify()
    server.remove()


def allow(client, source, target):
    client.put_bucket_policy(Bucket=target, Policy=json.dumps({"Version": "2012-10-17", "Statement": [{
        "Sid": "InventoryPolicy", "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "s3:PutObject", "Resource": [f"arn:aws:s3:::{target}/*"],
        "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{source}"},
                      "StringEquals": {"aws:SourceAccount": "000000000001",
                                       "s3:x-amz-acl": "bucket-owner-full-control"}}}]}))


def configuration(target, **more):
    return {"Id": "all", "IsEnabled": True, "IncludedObjectVersions": "All", "Schedule": {"Frequency": "Daily"},
            "OptionalFields": ["Size", "ETag", "IsMultipartUploaded", "StorageClass"],
            "Destination": {"S3BucketDestination": {"Bucket": f"arn:aws:s3:::{target}", "Format": "CSV", "Prefix": "p"}},
            **more}


def manifests(client, target):
    found = client.list_objects_v2(Bucket=target).get("Contents", [])
    return sorted(item["Key"] for item in found if item["Key"].endswith("manifest.checksum"))


def wait_for(what, seconds=30):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := what():
            return found
        time.sleep(0.2)
    raise AssertionError("it did not come")


def report(client, target, checksum_key):
    body = lambda key: client.get_object(Bucket=target, Key=key)["Body"].read()
    text = body(checksum_key.replace(".checksum", ".json"))
    assert hashlib.md5(text).hexdigest() == body(checksum_key).decode()
    manifest = json.loads(text)
    names = manifest["fileSchema"].split(", ")
    rows = []
    for file in manifest["files"]:
        packed = body(file["key"])
        assert len(packed) == file["size"] and hashlib.md5(packed).hexdigest() == file["MD5checksum"]
        for values in csv.reader(io.StringIO(gzip.decompress(packed).decode())):
            row = dict(zip(names, values, strict=True))
            rows.append(row | {"Key": urllib.parse.unquote(row["Key"])})
    return manifest, rows


def test_a_report_lists_what_the_bucket_lists(store):
    client = make_client(store)
    source, target = new_bucket_name("source"), new_bucket_name("target")
    for bucket in [source, target]:
        client.create_bucket(Bucket=bucket)
    client.put_bucket_versioning(Bucket=source, VersioningConfiguration={"Status": "Enabled"})
    keys = ["a b+c", "ä/\"quoted\",comma", "line\nbreak", "x"]
    for key in keys:
        for body in [b"one", b"three"]:
            client.put_object(Bucket=source, Key=key, Body=body)
    client.delete_object(Bucket=source, Key="x")
    parts = client.create_multipart_upload(Bucket=source, Key="parts")
    part = client.upload_part(Bucket=source, Key="parts", UploadId=parts["UploadId"], PartNumber=1, Body=b"p")
    client.complete_multipart_upload(Bucket=source, Key="parts", UploadId=parts["UploadId"], MultipartUpload={
        "Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    allow(client, source, target)
    client.put_bucket_inventory_configuration(
        Bucket=source, Id="all", InventoryConfiguration=configuration(target))
    told = client.get_bucket_inventory_configuration(Bucket=source, Id="all")["InventoryConfiguration"]
    assert told == configuration(target) | {"OptionalFields": ["Size", "ETag", "StorageClass", "IsMultipartUploaded"]}
    assert client.list_bucket_inventory_configurations(Bucket=source)["InventoryConfigurationList"] == [told]

    first = wait_for(lambda: manifests(client, target))[0]
    manifest, rows = report(client, target, first)
    assert (manifest["sourceBucket"], manifest["destinationBucket"]) == (source, f"arn:aws:s3:::{target}")
    assert first.startswith(f"p/{source}/all/")
    listing = client.list_object_versions(Bucket=source)
    expected = {(item["Key"], item["VersionId"]): (str(item["Size"]), item["ETag"].strip('"'))
                for item in listing["Versions"]}
    assert {(row["Key"], row["VersionId"]): (row["Size"], row["ETag"])
            for row in rows if row["IsDeleteMarker"] == "false"} == expected
    assert [row["Key"] for row in rows if row["IsDeleteMarker"] == "true"] == ["x"]
    assert [row["Key"] for row in rows if row["IsMultipartUploaded"] == "true"] == ["parts"]

    # Reports go on, also over a kill in between; none of them is there in part.
    store.kill()
    store.start("--lifecycle-day-seconds", "2")
    client.put_object(Bucket=source, Key="later", Body=b"later")

    def newest_has_it():
        _, rows = report(client, target, manifests(client, target)[-1])
        return any(row["Key"] == "later" for row in rows)

    wait_for(newest_has_it, seconds=90)
    client.delete_bucket_inventory_configuration(Bucket=source, Id="all")
    with pytest.raises(ClientError, match="NoSuchConfiguration"):
        client.get_bucket_inventory_configuration(Bucket=source, Id="all")


def test_a_destination_has_to_agree(store):
    client = make_client(store)
    source, target = new_bucket_name("source"), new_bucket_name("target")
    for bucket in [source, target]:
        client.create_bucket(Bucket=bucket)
    client.put_object(Bucket=source, Key="k", Body=b"v")
    client.put_bucket_inventory_configuration(
        Bucket=source, Id="all", InventoryConfiguration=configuration(target, IncludedObjectVersions="Current"))
    wait_for(lambda: f"the policy of {target} does not let s3.amazonaws.com" in store.log.read_text())
    metrics = urllib.request.urlopen(f"http://{store.host}:{store.admin_port}/metrics", timeout=10).read().decode()
    assert "cairn_inventory_delivered_total 0" in metrics and "cairn_inventory_failures_total 0" not in metrics
    assert not manifests(client, target)
    allow(client, source, target)
    manifest, rows = report(client, target, wait_for(lambda: manifests(client, target))[0])
    assert [(row["Bucket"], row["Key"]) for row in rows] == [(source, "k")] and "VersionId" not in manifest["fileSchema"]
    assert [bucket["Name"] for bucket in client.list_buckets()["Buckets"]] == sorted([source, target])
    for format in ["ORC", "Parquet"]:
        other = configuration(target)
        other["Destination"]["S3BucketDestination"]["Format"] = format
        with pytest.raises(ClientError, match="NotImplemented"):
            client.put_bucket_inventory_configuration(Bucket=source, Id="all", InventoryConfiguration=other)
