"""Listings of a bucket with very many versions cost no more, entry by entry, than those of one without any.

Other stores list a versioned bucket many times slower, or slower with each version of a key. CAIRN_LISTED_VERSIONS
sets how many versions there are; `make test-release` takes a million.
"""

import os
import re
import statistics
import time

from conftest import new_bucket_name
from support.load import put_many
from support.small_client import SmallClient

VERSIONS = int(os.environ.get("CAIRN_LISTED_VERSIONS", "20000"))
VERSIONS_PER_KEY = 4
ROUNDS = 5
SLOWER_MAX = 1.5
# What a clock and a busy machine add to a listing of a small bucket.
SECONDS_ALLOWED = 0.02


def pages(client, bucket, query, continued):
    """The bodies of all pages; `continued` finds in one the query that asks for the next."""
    more = {}
    while more is not None:
        body = client.expect(200, "GET", f"/{bucket}", query | more).body
        yield body
        more = continued(body)


def next_objects(body):
    found = re.search(rb"<NextContinuationToken>(.*?)</NextContinuationToken>", body)
    return {"continuation-token": found.group(1).decode()} if found else None


def next_versions(body):
    key = re.search(rb"<NextKeyMarker>(.*?)</NextKeyMarker>", body)
    version = re.search(rb"<NextVersionIdMarker>(.*?)</NextVersionIdMarker>", body)
    return {"key-marker": key.group(1).decode(), "version-id-marker": version.group(1).decode()} if key else None


def listed(client, bucket, what):
    """(entries, seconds) of a whole listing."""
    query, mark, continued = {
        "objects": ({"list-type": "2"}, b"<Contents>", next_objects),
        "versions": ({"versions": ""}, b"<Version>", next_versions)}[what]
    begun, count = time.perf_counter(), 0
    for body in pages(client, bucket, query, continued):
        count += body.count(mark)
    return count, time.perf_counter() - begun


def test_versions_are_listed_as_fast_as_objects(server, s3):
    keys = [f"folder-{number % 100:02}/object-{number:08}" for number in range(VERSIONS // VERSIONS_PER_KEY)]
    plain, versioned = new_bucket_name("plain"), new_bucket_name("versioned")
    for name in (plain, versioned):
        s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=versioned, VersioningConfiguration={"Status": "Enabled"})
    put_many(server, plain, keys)
    for _ in range(VERSIONS_PER_KEY):
        put_many(server, versioned, keys)
    total = len(keys) * VERSIONS_PER_KEY

    client = SmallClient(server)
    ways = {("objects", plain): len(keys), ("objects", versioned): len(keys), ("versions", versioned): total}
    seconds = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for (what, bucket), expected in ways.items():
            count, taken = listed(client, bucket, what)
            assert count == expected
            seconds[what, bucket].append(taken)
    client.close()

    unversioned, current, versions = (statistics.median(seconds[way]) for way in ways)
    report = (f"{len(keys)} keys, {total} versions: unversioned {unversioned:.3f} s, current {current:.3f} s, "
              f"all versions {versions:.3f} s")
    print(report)
    assert versions <= SLOWER_MAX * VERSIONS_PER_KEY * unversioned + SECONDS_ALLOWED, report
    assert current <= SLOWER_MAX * unversioned + SECONDS_ALLOWED, report
