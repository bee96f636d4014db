"""Content that has to go: erased for a reason, gone from the disk, told in the journal, with a list of what came of it.
"""

import datetime
import json

import boto3
import pytest
from conftest import make_client, new_bucket_name
from support.lineage import Lineage, keys

SECRET = b"".join(b"%08x" % ((number * 2654435761) & 0xFFFFFFFF) for number in range(8000))
MARK = SECRET[20_000:20_064]


@pytest.fixture(scope="module")
def lineage(server):
    return Lineage(server)


def is_on_disk(server, mark):
    return any(mark in path.read_bytes() for path in (server.data / "segments").iterdir())


def journal(server):
    """The entries of the journal, as tlog-tiles clients would get them."""
    import sqlite3
    database = sqlite3.connect(f"file:{server.data}/meta.sqlite?mode=ro", uri=True)
    try:
        return [json.loads(row[0]) for row in database.execute("SELECT entry FROM journal ORDER BY position")]
    finally:
        database.close()


def refused(lineage, word, *words):
    done = lineage.cairn("lineage", "erase", *words, "--reason", "why", expect=1)
    assert word in done.stderr, done.stderr


def test_a_version_is_erased_and_everything_that_came_of_it_is_listed(lineage, server, s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for number in range(4):
        s3.put_object(Bucket=bucket, Key=f"kept{number}", Body=(b"%d" % number) + SECRET[::-1][number:] * 3)
    version = s3.put_object(Bucket=bucket, Key="people", Body=SECRET)["VersionId"]
    newer = s3.put_object(Bucket=bucket, Key="people", Body=b"without names")["VersionId"]
    lineage.python("clean", f"""
s3.get_object(Bucket="{bucket}", Key="people", VersionId="{version}")["Body"].read()
s3.put_object(Bucket="{bucket}", Key="clean", Body=b"c")
""")
    lineage.python("train", f"""
s3.get_object(Bucket="{bucket}", Key="clean")["Body"].read()
s3.put_object(Bucket="{bucket}", Key="model", Body=b"m")
""")
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "people", "VersionId": version})
    name = f"s3://{bucket}/people?versionId={version}"

    size = len(journal(server))
    dry = lineage.ask("erase", name, "--reason", "request 1", "--dry-run")
    assert (dry["erased"], dry["dryRun"], dry["tombstone"]) == (False, True, None)
    assert len(journal(server)) == size
    assert s3.get_object(Bucket=bucket, Key="people", VersionId=version)["Body"].read() == SECRET

    done = lineage.ask("erase", name, "--reason", "request 1")
    assert done["erased"] and not done["isPartial"]
    assert done["object"]["versionId"] == version and done["object"]["removal"] == "erased"
    assert [item["key"] for item in done["sameContent"]] == ["copy"]
    assert keys(done["worklist"]) == ["clean", "copy", "model"]
    assert {edge["evidence"] for edge in done["worklist"]["edges"]} >= {"observed"}
    [entry] = [entry for entry in journal(server) if entry["kind"] == "version.erased"]
    assert entry["reason"] == "request 1" and entry["version"] == done["object"]["index"]
    assert entry["accessKey"] == server.access_key and not {"sha256", "etag", "size"} & set(entry)

    with pytest.raises(s3.exceptions.ClientError):
        s3.get_object(Bucket=bucket, Key="people", VersionId=version)
    assert s3.head_object(Bucket=bucket, Key="people")["VersionId"] == newer
    refused(lineage, "NoSuchVersion", name)

    # The copy shares the bytes; with it they go.
    server.command("gc", server.data)
    assert is_on_disk(server, MARK)
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == SECRET
    told = lineage.cairn("lineage", "erase", f"s3://{bucket}/copy", "--reason", "request 1").stdout
    assert told.startswith("erased  s3://") and "same content" not in told
    server.command("gc", server.data)
    assert not is_on_disk(server, MARK)
    for number in range(4):
        body = s3.get_object(Bucket=bucket, Key=f"kept{number}")["Body"].read()
        assert body == (b"%d" % number) + SECRET[::-1][number:] * 3


def test_locks_and_snapshots_keep_it(lineage, server, s3):
    bucket = new_bucket_name("kept")
    s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
    s3.put_object(Bucket=bucket, Key="retained", Body=b"r", ObjectLockMode="GOVERNANCE",
                  ObjectLockRetainUntilDate=later)
    refused(lineage, "governance", f"s3://{bucket}/retained")
    refused(lineage, "governance", f"s3://{bucket}/retained", "--dry-run")
    s3.put_object(Bucket=bucket, Key="shown", Body=b"shown")
    server.command("snapshot", "create", server.data, bucket, "monday")
    refused(lineage, f"{bucket}.monday", f"s3://{bucket}/shown")
    refused(lineage, "snapshot", f"s3://{bucket}.monday/shown")
    assert s3.get_object(Bucket=f"{bucket}.monday", Key="shown")["Body"].read() == b"shown"
    server.command("snapshot", "delete", server.data, f"{bucket}.monday")
    assert lineage.ask("erase", f"s3://{bucket}/shown", "--reason", "r")["erased"]


def test_it_needs_both_permissions_and_a_deny_wins(lineage, server, s3, bucket):
    iam = boto3.client("iam", endpoint_url=server.endpoint, aws_access_key_id=server.access_key,
                       aws_secret_access_key=server.secret_key, region_name="us-east-1")
    name = new_bucket_name("eraser")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    user = Lineage(server, AWS_ACCESS_KEY_ID=key["AccessKeyId"], AWS_SECRET_ACCESS_KEY=key["SecretAccessKey"])
    s3.put_object(Bucket=bucket, Key="k", Body=b"k")
    everything = f"arn:aws:s3:::{bucket}/*"

    def may(*actions):
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": everything}]}))

    def forbid(action):
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": everything}]}))

    refused(user, "AccessDenied", f"s3://{bucket}/k")
    may("s3:*")
    refused(user, "AccessDenied", f"s3://{bucket}/k")
    may("cairn:*")
    refused(user, "AccessDenied", f"s3://{bucket}/k")
    may("s3:DeleteObjectVersion", "cairn:Erase")
    forbid("s3:DeleteObjectVersion")
    refused(user, "AccessDenied", f"s3://{bucket}/k")
    s3.delete_bucket_policy(Bucket=bucket)
    assert s3.head_object(Bucket=bucket, Key="k")["ContentLength"] == 1
    assert user.ask("erase", f"s3://{bucket}/k", "--reason", "r")["erased"]


def test_others_learn_nothing_and_a_reason_is_due(lineage, server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="mine", Body=b"m")
    other = json.loads(server.command("key", "create", server.data, "--name", "eraser", "--json").stdout)
    stranger = Lineage(server, AWS_ACCESS_KEY_ID=other["id"], AWS_SECRET_ACCESS_KEY=other["secret"])
    for key in ["mine", "never"]:
        refused(stranger, "AccessDenied", f"s3://{bucket}/{key}")
    assert "--reason" in lineage.cairn("lineage", "erase", f"s3://{bucket}/mine", expect=64).stderr
    lineage.cairn("lineage", "erase", f"s3://{bucket}/mine", "--reason", "x" * 1025, expect=64)
    assert make_client(server).head_object(Bucket=bucket, Key="mine")["ContentLength"] == 1


def test_the_audit_takes_the_tombstone_for_the_destruction(server):
    server.stop()
    try:
        server.command("audit", "verify", server.data)
    finally:
        server.start()
