"""The SDK of MinIO for Python: its own signatures, its own XML reader, and what it thinks every server has."""

import io
import json
import urllib.request

import pytest
from minio import Minio
from minio.commonconfig import ENABLED, REPLACE, ComposeSource, CopySource, Filter, Tags
from minio.deleteobjects import DeleteObject
from minio.error import S3Error
from minio.lifecycleconfig import Expiration, LifecycleConfig, Rule
from minio.versioningconfig import VersioningConfig

from conftest import new_bucket_name
from support.data import MiB, noise


@pytest.fixture
def minio(server):
    return Minio(f"{server.host}:{server.port}", server.access_key, server.secret_key, secure=False)


def keys(minio, bucket, **options):
    return [found.object_name for found in minio.list_objects(bucket, recursive=True, **options)]


def test_objects_of_known_and_unknown_length_go_there_and_back(minio, bucket):
    for name, content in (("small", b"hello"), ("large", noise(12 * MiB, 1))):
        for length in (len(content), -1):
            minio.put_object(bucket, name, io.BytesIO(content), length, part_size=5 * MiB, content_type="text/x",
                             metadata={"colour": "blue green"})
            assert minio.get_object(bucket, name).read() == content
            found = minio.stat_object(bucket, name)
            assert (found.size, found.content_type) == (len(content), "text/x")
            assert found.metadata["x-amz-meta-colour"] == "blue green"
    assert minio.get_object(bucket, "small", offset=1, length=3).read() == b"ell"
    assert keys(minio, bucket) == keys(minio, bucket, use_api_v1=True) == ["large", "small"]


def test_copies_and_compositions(minio, bucket):
    minio.put_object(bucket, "a", io.BytesIO(noise(5 * MiB, 1)), 5 * MiB)
    minio.put_object(bucket, "b", io.BytesIO(b"tail"), 4)
    minio.copy_object(bucket, "c d+é", CopySource(bucket, "b"), metadata={"k": "v"}, metadata_directive=REPLACE)
    minio.compose_object(bucket, "all", [ComposeSource(bucket, "a"), ComposeSource(bucket, "c d+é")])
    assert minio.get_object(bucket, "all").read() == noise(5 * MiB, 1) + b"tail"
    assert minio.stat_object(bucket, "c d+é").metadata["x-amz-meta-k"] == "v"


def test_settings_of_a_bucket_are_read_back_as_they_were_set(minio, bucket):
    tags = Tags.new_bucket_tags()
    tags["colour"] = "blue green"
    minio.set_bucket_tags(bucket, tags)
    assert minio.get_bucket_tags(bucket) == tags
    minio.set_bucket_lifecycle(bucket, LifecycleConfig(
        [Rule(ENABLED, rule_filter=Filter(prefix="x/"), rule_id="r", expiration=Expiration(days=3))]))
    assert minio.get_bucket_lifecycle(bucket).rules[0].expiration.days == 3
    minio.delete_bucket_lifecycle(bucket)
    assert minio.get_bucket_lifecycle(bucket) is None
    minio.set_bucket_policy(bucket, json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/open/*"}]}))
    minio.put_object(bucket, "open/k", io.BytesIO(b"1"), 1)
    assert urllib.request.urlopen(f"http://{minio._base_url.host}/{bucket}/open/k").read() == b"1"
    minio.set_bucket_versioning(bucket, VersioningConfig(ENABLED))
    minio.remove_object(bucket, "open/k")
    everything = list(minio.list_objects(bucket, recursive=True, include_version=True))
    assert sorted((found.is_delete_marker, found.is_latest) for found in everything) \
        == [(False, "false"), (True, "true")]
    assert not list(minio.remove_objects(
        bucket, [DeleteObject(found.object_name, found.version_id) for found in everything]))
    minio.remove_bucket(bucket)


def test_a_bucket_is_made_and_used_in_any_region(server):
    minio = Minio(f"{server.host}:{server.port}", server.access_key, server.secret_key, secure=False,
                  region="eu-central-1")
    bucket = new_bucket_name("far")
    minio.make_bucket(bucket, location="eu-central-1")
    minio.put_object(bucket, "k", io.BytesIO(b"1"), 1)
    # Without a region it asks the bucket, and signs for what it is told.
    asking = Minio(f"{server.host}:{server.port}", server.access_key, server.secret_key, secure=False)
    assert asking.get_object(bucket, "k").read() == b"1"


def test_what_only_minio_has_is_refused_by_name(minio, bucket):
    with pytest.raises(S3Error) as refused, minio.listen_bucket_notification(bucket) as events:
        next(iter(events))
    assert refused.value.code == "NotImplemented"
    assert "ListenBucketNotification" in refused.value.message
