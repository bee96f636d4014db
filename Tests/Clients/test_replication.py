"""Replication between two real servers: what is copied, what it says of itself, and that copies do not go in circles."""

import hashlib
import json
import time

import pytest
from conftest import make_client, new_bucket_name
from support.data import MiB, noise
from support.errors import refused
from support.server import Server

WAIT_SECONDS_MAX = 40


class Pair:
    """Two servers, each the other's replication target `there`."""

    def __init__(self, folder):
        self.servers = [Server(folder / "left"), Server(folder / "right")]
        for server in self.servers:
            server.start()
        self.options = []
        for server, other in zip(self.servers, reversed(self.servers)):
            key = server.folder / "there.key"
            key.write_text(f"{other.access_key} {other.secret_key}\n")
            self.options.append(["--replication-target", f"there={other.endpoint}", "--replication-key-file",
                                 f"there={key}"])
        for server, options in zip(self.servers, self.options):
            server.stop()
            server.start(*options)
        self.left, self.right = (make_client(server) for server in self.servers)

    def bucket(self, *clients):
        name = new_bucket_name("pair")
        for client in clients or (self.left, self.right):
            client.create_bucket(Bucket=name)
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return name

    def close(self):
        for server in self.servers:
            if server.process is not None:
                server.stop()
            server.verify()
            server.remove()


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    made = Pair(tmp_path_factory.mktemp("pair"))
    yield made
    made.close()


def rule(bucket, **more):
    return {"ID": "all", "Priority": 1, "Status": "Enabled", "Filter": {}, "DeleteMarkerReplication":
            {"Status": "Enabled"}, "Destination": {"Bucket": f"arn:aws:s3:::{bucket}"}, **more}


def replicate(client, bucket, *rules):
    client.put_bucket_replication(Bucket=bucket, ReplicationConfiguration={
        "Role": "arn:aws:iam::000000000000:role/any", "Rules": list(rules or [rule(bucket)])})


def status(client, bucket, key, **more):
    return client.head_object(Bucket=bucket, Key=key, **more).get("ReplicationStatus")


def wait_for(condition, seconds=WAIT_SECONDS_MAX):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come to pass")


def test_objects_arrive_with_everything_they_say(pair):
    bucket = pair.bucket()
    replicate(pair.left, bucket)
    pair.left.put_object(Bucket=bucket, Key="a b/ü", Body=b"content", ContentType="text/x", CacheControl="no-store",
                         Metadata={"one": "1"}, Tagging="k=v%20w", StorageClass="STANDARD_IA")
    wait_for(lambda: status(pair.left, bucket, "a b/ü") == "COMPLETED")
    copy = pair.right.get_object(Bucket=bucket, Key="a b/ü")
    assert copy["Body"].read() == b"content" and copy["ReplicationStatus"] == "REPLICA"
    assert (copy["ContentType"], copy["CacheControl"], copy["Metadata"], copy["StorageClass"]) == \
        ("text/x", "no-store", {"one": "1"}, "STANDARD_IA")
    assert pair.right.get_object_tagging(Bucket=bucket, Key="a b/ü")["TagSet"] == [{"Key": "k", "Value": "v w"}]
    pair.left.put_object_tagging(Bucket=bucket, Key="a b/ü", Tagging={"TagSet": [{"Key": "new", "Value": "1"}]})
    wait_for(lambda: pair.right.get_object_tagging(Bucket=bucket, Key="a b/ü")["TagSet"] ==
             [{"Key": "new", "Value": "1"}])


ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
SIGNED_USERS = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"


def grants(client, bucket, key):
    """(who, what) of an object's list; the owner is called so, whoever it is."""
    told = client.get_object_acl(Bucket=bucket, Key=key)
    owner = told["Owner"]["ID"]
    return sorted(("owner" if grant["Grantee"].get("ID") == owner else grant["Grantee"].get("URI"),
                   grant["Permission"]) for grant in told["Grants"])


def with_lists(client, bucket):
    client.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    client.delete_public_access_block(Bucket=bucket)


def test_lists_go_with_copies_and_their_changes_follow(pair):
    bucket = pair.bucket()
    for client in [pair.left, pair.right]:
        with_lists(client, bucket)
    replicate(pair.left, bucket)
    owner = pair.left.list_buckets()["Owner"]["ID"]
    assert owner != pair.right.list_buckets()["Owner"]["ID"]
    pair.left.put_object(Bucket=bucket, Key="public", Body=b"1", ACL="public-read")
    pair.left.put_object(Bucket=bucket, Key="private", Body=b"2")
    # No canned list says this.
    pair.left.put_object(Bucket=bucket, Key="odd", Body=b"3", GrantFullControl=f'id="{owner}"',
                         GrantRead=f'uri="{SIGNED_USERS}"', GrantReadACP=f'uri="{ALL_USERS}"')
    upload = pair.left.create_multipart_upload(Bucket=bucket, Key="parts", ACL="authenticated-read")["UploadId"]
    part = pair.left.upload_part(Bucket=bucket, Key="parts", UploadId=upload, PartNumber=1, Body=b"4")
    pair.left.complete_multipart_upload(Bucket=bucket, Key="parts", UploadId=upload, MultipartUpload={
        "Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    for key in ["public", "private", "odd", "parts"]:
        wait_for(lambda: status(pair.left, bucket, key) == "COMPLETED")
        assert grants(pair.right, bucket, key) == grants(pair.left, bucket, key)
    assert (ALL_USERS, "READ") in grants(pair.right, bucket, "public")
    assert (ALL_USERS, "READ_ACP") in grants(pair.right, bucket, "odd")
    # Changes after the copy, to and from the owner's alone.
    pair.left.put_object_acl(Bucket=bucket, Key="public", ACL="private")
    pair.left.put_object_acl(Bucket=bucket, Key="private", ACL="public-read")
    pair.left.put_object_acl(Bucket=bucket, Key="parts", AccessControlPolicy={
        "Owner": {"ID": owner}, "Grants": [{"Grantee": {"Type": "Group", "URI": SIGNED_USERS}, "Permission": "READ_ACP"}]})
    for key in ["public", "private", "parts"]:
        wait_for(lambda: grants(pair.right, bucket, key) == grants(pair.left, bucket, key))
    assert grants(pair.right, bucket, "public") == [("owner", "FULL_CONTROL")]
    # One version of each: a list makes none.
    assert len(pair.right.list_object_versions(Bucket=bucket)["Versions"]) == 4


def test_where_lists_are_off_copies_belong_to_the_owner(pair):
    bucket = pair.bucket()
    with_lists(pair.left, bucket)
    replicate(pair.left, bucket)
    for number in range(3):
        pair.left.put_object(Bucket=bucket, Key=f"k{number}", Body=b"1", ACL="public-read")
        wait_for(lambda: status(pair.left, bucket, f"k{number}") == "COMPLETED")
        assert grants(pair.right, bucket, f"k{number}") == [("owner", "FULL_CONTROL")]
    pair.left.put_object_acl(Bucket=bucket, Key="k0", ACL="authenticated-read")
    # What comes behind it is not held up.
    pair.left.put_object_tagging(Bucket=bucket, Key="k0", Tagging={"TagSet": [{"Key": "after", "Value": ""}]})
    wait_for(lambda: pair.right.get_object_tagging(Bucket=bucket, Key="k0")["TagSet"])


def test_a_grantee_who_is_not_there_fails_openly(pair):
    bucket = pair.bucket()
    for client in [pair.left, pair.right]:
        with_lists(client, bucket)
    replicate(pair.left, bucket)
    made = pair.servers[0].command("key", "create", pair.servers[0].data, "--name", "guest", "--json")
    guest = json.loads(made.stdout)["account"]
    owner = pair.left.list_buckets()["Owner"]["ID"]
    pair.left.put_object(Bucket=bucket, Key="k", Body=b"1", GrantFullControl=f'id="{owner}"',
                         GrantRead=f'id="{guest}"')
    wait_for(lambda: status(pair.left, bucket, "k") == "FAILED")
    copies = pair.right.list_object_versions(Bucket=bucket)["Versions"]
    assert [copy["Key"] for copy in copies] == ["k"]
    assert grants(pair.right, bucket, "k") == [("owner", "FULL_CONTROL")]


def test_what_is_said_of_a_version_without_a_copy_is_not_said_of_an_older_one(pair):
    bucket = pair.bucket()
    for client in [pair.left, pair.right]:
        with_lists(client, bucket)
    replicate(pair.left, bucket)
    pair.left.put_object(Bucket=bucket, Key="k", Body=b"secret")
    wait_for(lambda: status(pair.left, bucket, "k") == "COMPLETED")
    # A closed archive is not copied.
    pair.left.put_object(Bucket=bucket, Key="k", Body=b"for all", StorageClass="GLACIER")
    wait_for(lambda: status(pair.left, bucket, "k") == "FAILED")
    pair.left.put_object_acl(Bucket=bucket, Key="k", ACL="public-read")
    pair.left.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": [{"Key": "new", "Value": "1"}]})
    pair.left.put_object(Bucket=bucket, Key="k", Body=b"after")
    wait_for(lambda: pair.right.get_object(Bucket=bucket, Key="k")["Body"].read() == b"after")
    older = pair.right.list_object_versions(Bucket=bucket)["Versions"][1]["VersionId"]
    told = pair.right.get_object_acl(Bucket=bucket, Key="k", VersionId=older)
    assert [grant["Permission"] for grant in told["Grants"]] == ["FULL_CONTROL"]
    assert pair.right.get_object_tagging(Bucket=bucket, Key="k", VersionId=older)["TagSet"] == []


def test_large_objects_keep_their_parts_and_etags(pair):
    bucket = pair.bucket()
    replicate(pair.left, bucket)
    pieces = [noise(6 * MiB, 1), noise(5 * MiB, 2), noise(100, 3)]
    upload = pair.left.create_multipart_upload(Bucket=bucket, Key="parts", Metadata={"m": "1"})["UploadId"]
    parts = [{"PartNumber": number, "ETag": pair.left.upload_part(
        Bucket=bucket, Key="parts", UploadId=upload, PartNumber=number, Body=piece)["ETag"]}
        for number, piece in zip([1, 5, 9], pieces)]
    done = pair.left.complete_multipart_upload(Bucket=bucket, Key="parts", UploadId=upload,
                                               MultipartUpload={"Parts": parts})
    pair.left.put_object(Bucket=bucket, Key="large", Body=noise(70 * MiB, 4))
    wait_for(lambda: status(pair.left, bucket, "parts") == "COMPLETED")
    copy = pair.right.get_object(Bucket=bucket, Key="parts")
    assert copy["ETag"] == done["ETag"] and copy["Metadata"] == {"m": "1"}
    assert hashlib.sha256(copy["Body"].read()).digest() == hashlib.sha256(b"".join(pieces)).digest()
    wait_for(lambda: status(pair.left, bucket, "large") == "COMPLETED")
    copy = pair.right.get_object(Bucket=bucket, Key="large")
    assert hashlib.sha256(copy["Body"].read()).digest() == hashlib.sha256(noise(70 * MiB, 4)).digest()


def test_copies_do_not_go_in_circles(pair):
    bucket = pair.bucket()
    for client in [pair.left, pair.right]:
        replicate(client, bucket)
    pair.left.put_object(Bucket=bucket, Key="left", Body=b"1")
    pair.right.put_object(Bucket=bucket, Key="right", Body=b"2")
    pair.left.delete_object(Bucket=bucket, Key="left")
    wait_for(lambda: status(pair.right, bucket, "right") == "COMPLETED")
    wait_for(lambda: pair.right.list_object_versions(Bucket=bucket).get("DeleteMarkers"))
    time.sleep(1)
    for client in [pair.left, pair.right]:
        told = client.list_object_versions(Bucket=bucket)
        assert sorted(item["Key"] for item in told["Versions"]) == ["left", "right"]
        assert [item["Key"] for item in told["DeleteMarkers"]] == ["left"]
    assert status(pair.left, bucket, "right") == "REPLICA"


def test_rules_choose_and_versions_keep_their_order(pair):
    bucket = pair.bucket()
    replicate(pair.left, bucket,
              rule(bucket, Filter={"Prefix": "in/"}, DeleteMarkerReplication={"Status": "Disabled"}))
    pair.left.put_object(Bucket=bucket, Key="out", Body=b"")
    for number in range(20):
        pair.left.put_object(Bucket=bucket, Key="in/k", Body=b"x" * number)
    pair.left.delete_object(Bucket=bucket, Key="in/k")
    versions = pair.left.list_object_versions(Bucket=bucket, Prefix="in/")["Versions"]
    wait_for(lambda: all(status(pair.left, bucket, "in/k", VersionId=version["VersionId"]) == "COMPLETED"
                         for version in versions))
    copies = pair.right.list_object_versions(Bucket=bucket)
    assert [version["Size"] for version in copies["Versions"]] == list(range(19, -1, -1))
    assert "DeleteMarkers" not in copies
    assert status(pair.left, bucket, "out") is None


def test_what_waits_is_pending_until_the_target_is_back(pair):
    bucket = pair.bucket()
    replicate(pair.left, bucket)
    pair.servers[1].stop()
    try:
        pair.left.put_object(Bucket=bucket, Key="k", Body=b"1")
        time.sleep(0.5)
        assert status(pair.left, bucket, "k") == "PENDING"
        pair.servers[0].kill()
        pair.servers[0].start(*pair.options[0])
        assert status(pair.left, bucket, "k") == "PENDING"
    finally:
        pair.servers[1].start(*pair.options[1])
    wait_for(lambda: status(pair.left, bucket, "k") == "COMPLETED")
    assert pair.right.get_object(Bucket=bucket, Key="k")["Body"].read() == b"1"


def test_configurations(pair):
    bucket = pair.bucket()
    with refused("ReplicationConfigurationNotFoundError", 404):
        pair.left.get_bucket_replication(Bucket=bucket)
    replicate(pair.left, bucket)
    told = pair.left.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"]
    assert told["Role"] == "arn:aws:iam::000000000000:role/any"
    assert told["Rules"][0]["Destination"] == {"Bucket": f"arn:aws:s3:::{bucket}"}
    with refused("InvalidBucketState", 409):
        pair.left.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    with refused("InvalidArgument", 400):
        replicate(pair.left, bucket, rule(bucket, Destination={"Bucket": f"arn:aws:s3:::{bucket}", "Account": "else"}))
    with refused("NotImplemented", 501):
        replicate(pair.left, bucket, rule(bucket, Destination={
            "Bucket": f"arn:aws:s3:::{bucket}", "ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": 15}},
            "Metrics": {"Status": "Enabled", "EventThreshold": {"Minutes": 15}}}))
    pair.left.delete_bucket_replication(Bucket=bucket)
    pair.left.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    with refused("InvalidRequest", 400):
        replicate(pair.left, bucket)
