"""Access logs that a server writes into a bucket, as a client reads them."""

import re
import time

import pytest
from conftest import make_client, new_bucket_name
from support.server import Server

LINE = re.compile(
    r'^(\S+) (\S+) \[([^\]]+)\] (\S+) (\S+) (\S+) (\S+) (\S+) "([^"]*)" (\d+) (\S+) (\S+) (\S+) (\S+) (\S+) '
    r'"([^"]*)" "([^"]*)" (\S+) (\S+) (\S+) (\S+) (\S+) (\S+) (\S+) (\S+) (\S+)$')


@pytest.fixture
def logged(tmp_path):
    store = Server(tmp_path / "store")
    store.start("--bucket-log-interval", "1s")
    yield store
    if store.process is not None:
        store.stop()
    store.verify()
    store.remove()


def lines(client, bucket, prefix):
    found = []
    for item in client.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", []):
        body = client.get_object(Bucket=bucket, Key=item["Key"])["Body"].read().decode()
        found += body.splitlines()
    return found


def test_requests_become_lines_in_the_target(logged):
    client = make_client(logged)
    source, target = new_bucket_name("source"), new_bucket_name("target")
    for bucket in [source, target]:
        client.create_bucket(Bucket=bucket)
    client.put_bucket_logging(Bucket=source, BucketLoggingStatus={
        "LoggingEnabled": {"TargetBucket": target, "TargetPrefix": "log/"}})
    assert client.get_bucket_logging(Bucket=source)["LoggingEnabled"]["TargetBucket"] == target
    for number in range(10):
        client.put_object(Bucket=source, Key=f"a key {number}", Body=b"x")
    until = time.monotonic() + 20
    while time.monotonic() < until:
        told = lines(client, target, "log/")
        if sum("REST.PUT.OBJECT" in line for line in told) == 10:
            break
        time.sleep(0.2)
    assert all(LINE.match(line) for line in told), told
    puts = [LINE.match(line) for line in told if " REST.PUT.OBJECT " in line]
    assert {match.group(8) for match in puts} == {f"a%20key%20{number}" for number in range(10)}
    assert all(match.group(2) == source and match.group(10) == "200" for match in puts)


def test_what_waits_is_written_when_the_server_ends(tmp_path):
    store = Server(tmp_path / "store")
    store.start("--bucket-log-interval", "1h")
    client = make_client(store)
    bucket = new_bucket_name("own")
    client.create_bucket(Bucket=bucket)
    client.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={"LoggingEnabled": {
        "TargetBucket": bucket, "TargetPrefix": "",
        "TargetObjectKeyFormat": {"PartitionedPrefix": {"PartitionDateSource": "DeliveryTime"}}}})
    client.head_bucket(Bucket=bucket)
    store.stop()
    store.start()
    told = client.list_objects_v2(Bucket=bucket)["Contents"]
    assert len(told) == 1 and f"/us-east-1/{bucket}/" in told[0]["Key"]
    assert any(" REST.HEAD.BUCKET " in line for line in lines(client, bucket, ""))
    store.stop()
    store.verify()
    store.remove()
