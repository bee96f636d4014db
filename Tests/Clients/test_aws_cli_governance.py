"""aws-cli over what keeps and what removes data: versions, tags, locks, lifecycle, origins. Each walk is one that the
user guide describes, with the answers that a script would match on.
"""

import datetime
import json
import subprocess
import sys
import time

import pytest

from conftest import new_bucket_name
from support.server import BINARY, Server

SECONDS = 30


def client(server):
    """`aws s3api …`: its answer as a value, or with `refused` the error's code."""
    def run(*words, refused=None):
        environment = server.environment(AWS_MAX_ATTEMPTS="1", AWS_PAGER="")
        done = subprocess.run([sys.executable, "-m", "awscli", "s3api", *map(str, words)], env=environment,
                              capture_output=True, text=True, timeout=SECONDS, stdin=subprocess.DEVNULL)
        if refused:
            assert done.returncode != 0 and f"({refused})" in done.stderr, f"{words}: {done.stdout}{done.stderr}"
            return None
        assert done.returncode == 0, f"{words}: {done.stderr[-2000:]}"
        return json.loads(done.stdout) if done.stdout.strip() else {}
    return run


@pytest.fixture
def api(server):
    return client(server)


@pytest.fixture
def body(tmp_path):
    """Files with given text."""
    def make(text):
        path = tmp_path / f"{text}.txt"
        path.write_text(text)
        return path
    return make


def in_days(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_versions_come_and_go(api, body):
    bucket = new_bucket_name("versions")
    api("create-bucket", "--bucket", bucket)
    assert api("get-bucket-versioning", "--bucket", bucket) == {}
    api("put-bucket-versioning", "--bucket", bucket, "--versioning-configuration", "Status=Enabled")
    first = api("put-object", "--bucket", bucket, "--key", "k", "--body", body("one"))["VersionId"]
    second = api("put-object", "--bucket", bucket, "--key", "k", "--body", body("two"))["VersionId"]
    marker = api("delete-object", "--bucket", bucket, "--key", "k")
    assert marker["DeleteMarker"] is True
    api("head-object", "--bucket", bucket, "--key", "k", refused="404")
    listed = api("list-object-versions", "--bucket", bucket)
    assert [version["VersionId"] for version in listed["Versions"]] == [second, first]
    assert listed["DeleteMarkers"][0]["IsLatest"] is True
    api("delete-object", "--bucket", bucket, "--key", "k", "--version-id", marker["VersionId"])
    assert api("head-object", "--bucket", bucket, "--key", "k")["VersionId"] == second
    api("copy-object", "--bucket", bucket, "--key", "k", "--copy-source", f"{bucket}/k?versionId={first}")
    assert api("head-object", "--bucket", bucket, "--key", "k")["ETag"] == listed["Versions"][1]["ETag"]
    api("put-bucket-versioning", "--bucket", bucket, "--versioning-configuration", "Status=Suspended")
    assert api("get-bucket-versioning", "--bucket", bucket)["Status"] == "Suspended"


def test_tags_of_buckets_objects_and_versions(api, body):
    bucket = new_bucket_name("tags")
    api("create-bucket", "--bucket", bucket)
    api("get-bucket-tagging", "--bucket", bucket, refused="NoSuchTagSet")
    api("put-bucket-tagging", "--bucket", bucket, "--tagging", "TagSet=[{Key=team,Value=blue}]")
    assert api("get-bucket-tagging", "--bucket", bucket)["TagSet"] == [{"Key": "team", "Value": "blue"}]
    api("delete-bucket-tagging", "--bucket", bucket)
    api("get-bucket-tagging", "--bucket", bucket, refused="NoSuchTagSet")
    api("put-bucket-versioning", "--bucket", bucket, "--versioning-configuration", "Status=Enabled")
    first = api("put-object", "--bucket", bucket, "--key", "k", "--body", body("one"), "--tagging", "a=1")["VersionId"]
    api("put-object", "--bucket", bucket, "--key", "k", "--body", body("two"))
    assert api("get-object-tagging", "--bucket", bucket, "--key", "k")["TagSet"] == []
    named = ["--bucket", bucket, "--key", "k", "--version-id", first]
    assert api("get-object-tagging", *named)["TagSet"] == [{"Key": "a", "Value": "1"}]
    api("put-object-tagging", *named, "--tagging", "TagSet=[{Key=b,Value=2}]")
    assert api("get-object-tagging", *named)["TagSet"] == [{"Key": "b", "Value": "2"}]
    api("delete-object-tagging", *named)
    assert api("get-object-tagging", *named)["TagSet"] == []


def test_locks_hold(api, body):
    bucket = new_bucket_name("locks")
    api("create-bucket", "--bucket", bucket, "--object-lock-enabled-for-bucket")
    api("put-bucket-versioning", "--bucket", bucket, "--versioning-configuration", "Status=Suspended",
        refused="InvalidBucketState")
    api("put-object-lock-configuration", "--bucket", bucket, "--object-lock-configuration",
        "ObjectLockEnabled=Enabled,Rule={DefaultRetention={Mode=GOVERNANCE,Days=1}}")
    told = api("get-object-lock-configuration", "--bucket", bucket)["ObjectLockConfiguration"]
    assert told["Rule"]["DefaultRetention"] == {"Mode": "GOVERNANCE", "Days": 1}
    version = api("put-object", "--bucket", bucket, "--key", "k", "--body", body("one"))["VersionId"]
    named = ["--bucket", bucket, "--key", "k", "--version-id", version]
    assert api("get-object-retention", *named)["Retention"]["Mode"] == "GOVERNANCE"
    api("delete-object", *named, refused="AccessDenied")
    shorter = f"Mode=GOVERNANCE,RetainUntilDate={in_days(0.5)}"
    api("put-object-retention", *named, "--retention", shorter, refused="AccessDenied")
    api("put-object-retention", *named, "--retention", shorter, "--bypass-governance-retention")
    api("put-object-retention", *named, "--retention", f"Mode=GOVERNANCE,RetainUntilDate={in_days(9)}")
    api("put-object-legal-hold", *named, "--legal-hold", "Status=ON")
    api("delete-object", *named, "--bypass-governance-retention", refused="AccessDenied")
    head = api("head-object", *named)
    assert (head["ObjectLockMode"], head["ObjectLockLegalHoldStatus"]) == ("GOVERNANCE", "ON")
    api("put-object-legal-hold", *named, "--legal-hold", "Status=OFF")
    assert api("get-object-legal-hold", *named)["LegalHold"]["Status"] == "OFF"
    assert api("delete-object", "--bucket", bucket, "--key", "k")["DeleteMarker"] is True
    api("delete-object", *named, "--bypass-governance-retention")
    api("head-object", *named, refused="404")


def test_compliance_is_for_nobody_to_shorten(api, body):
    bucket = new_bucket_name("compliance")
    api("create-bucket", "--bucket", bucket, "--object-lock-enabled-for-bucket")
    version = api("put-object", "--bucket", bucket, "--key", "k", "--body", body("one"), "--object-lock-mode",
                  "COMPLIANCE", "--object-lock-retain-until-date", in_days(2))["VersionId"]
    named = ["--bucket", bucket, "--key", "k", "--version-id", version]
    for retention in (f"Mode=COMPLIANCE,RetainUntilDate={in_days(1)}", f"Mode=GOVERNANCE,RetainUntilDate={in_days(9)}"):
        api("put-object-retention", *named, "--bypass-governance-retention", "--retention", retention,
            refused="AccessDenied")
    api("put-object-retention", *named, "--retention", f"Mode=COMPLIANCE,RetainUntilDate={in_days(3)}")
    api("delete-object", *named, "--bypass-governance-retention", refused="AccessDenied")
    refused = api("delete-objects", "--bucket", bucket, "--bypass-governance-retention", "--delete",
                  f"Objects=[{{Key=k,VersionId={version}}}]")
    assert refused["Errors"][0]["Code"] == "AccessDenied"
    api("delete-bucket", "--bucket", bucket, refused="BucketNotEmpty")


def test_origins(api):
    bucket = new_bucket_name("origins")
    api("create-bucket", "--bucket", bucket)
    api("get-bucket-cors", "--bucket", bucket, refused="NoSuchCORSConfiguration")
    rule = {"AllowedOrigins": ["https://*.example.com"], "AllowedMethods": ["GET", "PUT"], "AllowedHeaders": ["*"],
            "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 60}
    api("put-bucket-cors", "--bucket", bucket, "--cors-configuration", json.dumps({"CORSRules": [rule]}))
    assert api("get-bucket-cors", "--bucket", bucket)["CORSRules"] == [rule]
    api("delete-bucket-cors", "--bucket", bucket)
    api("get-bucket-cors", "--bucket", bucket, refused="NoSuchCORSConfiguration")


RULES = [
    {"ID": "logs", "Status": "Enabled", "Filter": {"And": {
        "Prefix": "logs/", "Tags": [{"Key": "keep", "Value": "no"}], "ObjectSizeGreaterThan": 1}},
     "Expiration": {"Days": 1}},
    {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""},
     "NoncurrentVersionExpiration": {"NoncurrentDays": 1, "NewerNoncurrentVersions": 1},
     "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}},
]


@pytest.fixture
def fast_days(scheme, tmp_path_factory):
    """A server on which a day of lifecycle rules lasts two seconds."""
    store = Server(tmp_path_factory.mktemp("fast"), scheme)
    store.start("--lifecycle-day-seconds", "2")
    try:
        yield store
        store.stop()
        store.verify()
    finally:
        store.kill()
        store.remove()


def eventually(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.25)


def test_lifecycle_removes_what_is_due_and_nothing_else(fast_days, body):
    api = client(fast_days)
    bucket = new_bucket_name("lifecycle")
    api("create-bucket", "--bucket", bucket, "--object-lock-enabled-for-bucket")
    api("get-bucket-lifecycle-configuration", "--bucket", bucket, refused="NoSuchLifecycleConfiguration")
    api("put-object", "--bucket", bucket, "--key", "logs/due", "--body", body("due"), "--tagging", "keep=no")
    api("put-object", "--bucket", bucket, "--key", "logs/kept", "--body", body("kept"), "--tagging", "keep=yes")
    for text in ("v1", "v2", "v3"):
        api("put-object", "--bucket", bucket, "--key", "versions", "--body", body(text))
    locked = api("put-object", "--bucket", bucket, "--key", "locked", "--body", body("v1"), "--object-lock-mode",
                 "GOVERNANCE", "--object-lock-retain-until-date", in_days(1))["VersionId"]
    for text in ("v2", "v3"):
        api("put-object", "--bucket", bucket, "--key", "locked", "--body", body(text))
    api("create-multipart-upload", "--bucket", bucket, "--key", "upload")
    api("put-bucket-lifecycle-configuration", "--bucket", bucket, "--lifecycle-configuration",
        json.dumps({"Rules": RULES}))
    assert api("get-bucket-lifecycle-configuration", "--bucket", bucket)["Rules"] == RULES

    def versions(key):
        listed = api("list-object-versions", "--bucket", bucket, "--prefix", key)
        return [version["VersionId"] for version in listed.get("Versions", [])]
    eventually(lambda: len(versions("versions")) == 2)
    eventually(lambda: "Contents" not in api("list-objects-v2", "--bucket", bucket, "--prefix", "logs/due"))
    eventually(lambda: "Uploads" not in api("list-multipart-uploads", "--bucket", bucket))
    assert len(versions("logs/kept")) == 1
    assert locked in versions("locked")
    api("head-object", "--bucket", bucket, "--key", "locked", "--version-id", locked)
    api("delete-bucket-lifecycle", "--bucket", bucket)
    api("get-bucket-lifecycle-configuration", "--bucket", bucket, refused="NoSuchLifecycleConfiguration")


def test_the_operator_runs_rules_and_looks_at_the_clock(server, api, body):
    bucket = new_bucket_name("operator")
    api("create-bucket", "--bucket", bucket)
    api("put-object", "--bucket", bucket, "--key", "k", "--body", body("one"))
    past = {"Rules": [{"ID": "past", "Status": "Enabled", "Filter": {"Prefix": ""},
                       "Expiration": {"Date": "2020-01-01T00:00:00Z"}}]}
    api("put-bucket-lifecycle-configuration", "--bucket", bucket, "--lifecycle-configuration", json.dumps(past))

    def cairn(*words):
        done = subprocess.run([BINARY, *words, "--json"], capture_output=True, text=True, timeout=SECONDS)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
    data = str(server.data)
    assert cairn("lifecycle", "run", data)["expired"] == 1
    api("head-object", "--bucket", bucket, "--key", "k", refused="404")
    clock = cairn("clock", data)
    assert clock["trusted"] == clock["now"] and abs(clock["now"] / 1000 - time.time()) < 60
    assert "hold" not in cairn("clock", data, "--confirm")


def test_archive_and_restore(tmp_path):
    """A rule moves an object into an archive, where it takes less; it opens by a restore and closes by itself."""
    server = Server(tmp_path / "store")
    server.start("--lifecycle-day-seconds", "1")
    api = client(server)
    try:
        api("create-bucket", "--bucket", "cold")
        text = "a line of a log that looks like all the others\n" * 40_000
        (tmp_path / "log.txt").write_text(text)
        api("put-object", "--bucket", "cold", "--key", "log", "--body", tmp_path / "log.txt")
        rule = {"ID": "archive", "Status": "Enabled", "Filter": {"Prefix": ""},
                "Transitions": [{"Days": 1, "StorageClass": "GLACIER"}]}
        api("put-bucket-lifecycle-configuration", "--bucket", "cold", "--lifecycle-configuration",
            json.dumps({"Rules": [rule]}))
        told = api("get-bucket-lifecycle-configuration", "--bucket", "cold")
        assert told["Rules"][0]["Transitions"] == rule["Transitions"]
        waited = time.monotonic() + SECONDS
        while api("head-object", "--bucket", "cold", "--key", "log").get("StorageClass") != "GLACIER":
            assert time.monotonic() < waited, "no transition"
            time.sleep(0.2)
        api("get-object", "--bucket", "cold", "--key", "log", tmp_path / "out", refused="InvalidObjectState")
        report = json.loads(server.command("lifecycle", "run", server.data, "--json").stdout)
        assert report["transitioned"] == 0
        api("restore-object", "--bucket", "cold", "--key", "log", "--restore-request", "Days=3")
        assert 'ongoing-request="false"' in api("head-object", "--bucket", "cold", "--key", "log")["Restore"]
        api("get-object", "--bucket", "cold", "--key", "log", tmp_path / "out")
        assert (tmp_path / "out").read_text() == text
        waited = time.monotonic() + SECONDS
        while "Restore" in api("head-object", "--bucket", "cold", "--key", "log"):
            assert time.monotonic() < waited, "the restore does not end"
            time.sleep(0.5)
        api("get-object", "--bucket", "cold", "--key", "log", tmp_path / "out", refused="InvalidObjectState")
        server.command("gc", server.data)
        stored = json.loads(server.command("stats", server.data, "--json").stdout)["chunkBytes"]
        assert stored < len(text) / 10, "the archive takes no less than the object"
        server.stop()
        server.verify()
    finally:
        server.kill()
