"""What boto3 asks beside objects: restores in listings, and configurations that say how it is anyway."""

import pytest
from botocore.exceptions import ClientError

from conftest import new_bucket_name


def test_listings_tell_restores(s3, bucket):
    for key in ["closed", "open"]:
        s3.put_object(Bucket=bucket, Key=key, Body=b"1", StorageClass="GLACIER")
    s3.put_object(Bucket=bucket, Key="plain", Body=b"1")
    s3.restore_object(Bucket=bucket, Key="open", RestoreRequest={"Days": 2})
    listings = [
        lambda **more: s3.list_objects(Bucket=bucket, **more)["Contents"],
        lambda **more: s3.list_objects_v2(Bucket=bucket, **more)["Contents"],
        lambda **more: s3.list_object_versions(Bucket=bucket, **more)["Versions"],
    ]
    told = s3.head_object(Bucket=bucket, Key="open")["Restore"]
    for listing in listings:
        assert all("RestoreStatus" not in item for item in listing())
        items = {item["Key"]: item.get("RestoreStatus") for item in listing(OptionalObjectAttributes=["RestoreStatus"])}
        assert items["closed"] is None and items["plain"] is None
        assert items["open"]["IsRestoreInProgress"] is False
        assert items["open"]["RestoreExpiryDate"].strftime("%a, %d %b %Y %H:%M:%S GMT") in told
    with pytest.raises(ClientError, match="InvalidArgument"):
        s3.list_objects_v2(Bucket=bucket, OptionalObjectAttributes=["Colour"])


def test_a_bucket_is_made_with_tags(s3):
    bucket, tags = new_bucket_name("tagged"), [{"Key": "project", "Value": "a b"}, {"Key": "team", "Value": ""}]
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"Tags": tags})
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == tags


def test_small_configurations(s3, bucket):
    assert s3.get_bucket_abac(Bucket=bucket)["AbacStatus"]["Status"] == "Disabled"
    s3.put_bucket_abac(Bucket=bucket, AbacStatus={"Status": "Disabled"})
    with pytest.raises(ClientError, match="NotImplemented"):
        s3.put_bucket_abac(Bucket=bucket, AbacStatus={"Status": "Enabled"})
    s3.put_bucket_accelerate_configuration(Bucket=bucket, AccelerateConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_accelerate_configuration(Bucket=bucket)["Status"] == "Enabled"
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    s3.put_object(Bucket=bucket, Key="k", Body=b"1", RequestPayer="requester")
    assert "RequestCharged" not in s3.get_object(Bucket=bucket, Key="k", RequestPayer="requester")
    with pytest.raises(ClientError, match="NotImplemented"):
        s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration={"Payer": "Requester"})
