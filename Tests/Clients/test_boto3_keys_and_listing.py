"""Keys are opaque bytes, ordered by bytes; listings show them all, once, in that order, however they are cut."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import make_client, new_bucket_name
from support.errors import refused
from support.raw import signed_exchange
from support.server import Server
from support.signing import Signer

ORDERED_KEYS = [
    "\x01", "\t", " ", "  ", " leading", "!", "%", "%2F", "%20", "&<>'\"", "+", "-", "..", ".hidden", "/", "//", "0", "A",
    "\\", "\\\\", "_", "a", "a ", "a b", "a!", "a+b", "a-b", "a/", "a/../b", "a/./b", "a//b", "a/b", "a0", "aa", "b?c#d",
    "b=c;d", "trailing/", "~", "\x7f", "é", "e\u0301", "日本", "\ufffd", "😀", "x" * 1024, "dir/" + "y" * 1020,
    "a\nb", "a\rb",
]


@pytest.mark.parametrize("key", ORDERED_KEYS, ids=lambda key: ascii(key)[:24])
def test_an_odd_key_is_an_ordinary_key(s3, bucket, key):
    content = key.encode() + b" content"
    s3.put_object(Bucket=bucket, Key=key, Body=content)
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == content
    assert s3.head_object(Bucket=bucket, Key=key)["ContentLength"] == len(content)
    listed = s3.list_objects_v2(Bucket=bucket)
    assert [entry["Key"] for entry in listed["Contents"]] == [key]
    s3.copy_object(Bucket=bucket, Key="copied", CopySource={"Bucket": bucket, "Key": key})
    assert s3.get_object(Bucket=bucket, Key="copied")["Body"].read() == content
    s3.delete_object(Bucket=bucket, Key=key)
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["copied"]


def filled(s3, hint, keys):
    name = new_bucket_name(hint)
    s3.create_bucket(Bucket=name)
    for key in keys:
        s3.put_object(Bucket=name, Key=key, Body=b"x")
    return name


@pytest.fixture(scope="module")
def full(s3):
    return filled(s3, "full", ORDERED_KEYS), sorted(ORDERED_KEYS, key=str.encode)


def collect(s3, operation, **arguments):
    keys, prefixes, pages = [], [], 0
    for page in s3.get_paginator(operation).paginate(**arguments):
        keys += [entry["Key"] for entry in page.get("Contents", [])]
        prefixes += [entry["Prefix"] for entry in page.get("CommonPrefixes", [])]
        pages += 1
    return keys, prefixes, pages


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_order_is_by_bytes_whatever_the_page_size(s3, full, operation, size):
    name, keys = full
    seen, prefixes, pages = collect(s3, operation, Bucket=name, PaginationConfig={"PageSize": size})
    assert (seen, prefixes) == (keys, [])
    assert pages == max(1, -(-len(keys) // size))


def fold(keys, prefix, delimiter, start=""):
    """What a listing must show, written the slow way."""
    shown, folded = [], []
    for key in sorted(keys, key=str.encode):
        if not key.startswith(prefix) or key.encode() <= start.encode():
            continue
        rest = key[len(prefix):]
        if delimiter and delimiter in rest:
            common = prefix + rest.split(delimiter)[0] + delimiter
            if common not in folded and common.encode() > start.encode():
                folded.append(common)
        else:
            shown.append(key)
    return shown, folded


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
@pytest.mark.parametrize("prefix, delimiter", [
    ("", "/"), ("a", "/"), ("a/", "/"), ("a/", ""), ("/", "/"), ("//", "/"), ("dir/", "/"), ("absent", "/"), ("a", "b"),
    ("", "a"), ("a", ""), ("\\", "\\"), ("", "//"), ("a ", "/"), ("é", ""),
])
@pytest.mark.parametrize("size", [1, 1000])
def test_prefix_and_delimiter_fold(s3, full, operation, prefix, delimiter, size):
    name, keys = full
    arguments = {"Delimiter": delimiter} if delimiter else {}
    seen, prefixes, _ = collect(s3, operation, Bucket=name, Prefix=prefix, PaginationConfig={"PageSize": size},
                                **arguments)
    assert (seen, prefixes) == fold(keys, prefix, delimiter)


@pytest.mark.parametrize("start", ["", "a", "a ", "a/", "a/b", "zzz", "\U0010ffff"])
def test_start_after_excludes_the_key_itself(s3, full, start):
    name, keys = full
    seen, _, _ = collect(s3, "list_objects_v2", Bucket=name, StartAfter=start, PaginationConfig={"PageSize": 5})
    assert seen == [key for key in keys if key.encode() > start.encode()]


@pytest.fixture(scope="module")
def tree(s3):
    return filled(s3, "tree", ("t/a/1", "t/a/2", "t/b", "t/c/1", "t/d"))


def test_keys_and_prefixes_count_together(s3, tree):
    first = s3.list_objects_v2(Bucket=tree, Prefix="t/", Delimiter="/", MaxKeys=2)
    assert [entry["Prefix"] for entry in first["CommonPrefixes"]] == ["t/a/"]
    assert [entry["Key"] for entry in first["Contents"]] == ["t/b"]
    assert first["IsTruncated"] and first["KeyCount"] == 2 and first["MaxKeys"] == 2
    second = s3.list_objects_v2(Bucket=tree, Prefix="t/", Delimiter="/", ContinuationToken=first["NextContinuationToken"])
    assert [entry["Prefix"] for entry in second["CommonPrefixes"]] == ["t/c/"]
    assert [entry["Key"] for entry in second["Contents"]] == ["t/d"]
    assert not second["IsTruncated"] and second["ContinuationToken"] == first["NextContinuationToken"]


def test_v1_names_the_next_marker_only_with_a_delimiter(s3, tree):
    folded = s3.list_objects(Bucket=tree, Prefix="t/", Delimiter="/", MaxKeys=1)
    assert folded["IsTruncated"] and folded["NextMarker"] == "t/a/"
    after = s3.list_objects(Bucket=tree, Prefix="t/", Delimiter="/", MaxKeys=1, Marker="t/a/")
    assert [entry["Key"] for entry in after["Contents"]] == ["t/b"] and after["Marker"] == "t/a/"
    plain = s3.list_objects(Bucket=tree, Prefix="t/", MaxKeys=1)
    assert plain["IsTruncated"] and "NextMarker" not in plain


@pytest.mark.parametrize("count", [0, 1, 2])
def test_small_max_keys_probe(s3, tree, count):
    for answer in (s3.list_objects_v2(Bucket=tree, Prefix="t/", MaxKeys=count),
                   s3.list_objects(Bucket=tree, Prefix="t/", MaxKeys=count)):
        assert len(answer.get("Contents", [])) == count and answer["MaxKeys"] == count
        assert answer["IsTruncated"] == (count > 0)


def test_an_empty_delimiter_is_no_delimiter(server, tree):
    reply = signed_exchange(server, Signer(server), "GET", f"/{tree}", {"list-type": "2", "prefix": "t/", "delimiter": ""})
    assert reply.status == 200 and reply.body.count(b"<Key>") == 5 and b"CommonPrefixes" not in reply.body


def test_max_keys_over_a_thousand_gives_a_thousand(s3, bucket):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: s3.put_object(Bucket=bucket, Key=f"k{number:04d}", Body=b""), range(1001)))
    answer = s3.list_objects_v2(Bucket=bucket, MaxKeys=5000)
    assert len(answer["Contents"]) == 1000 and answer["IsTruncated"]
    rest = s3.list_objects_v2(Bucket=bucket, ContinuationToken=answer["NextContinuationToken"])
    assert [entry["Key"] for entry in rest["Contents"]] == ["k1000"]


def test_url_encoding_covers_all_that_is_a_key(server, full):
    name, _ = full
    query = {"list-type": "2", "prefix": "a ", "delimiter": "b", "start-after": "A+", "encoding-type": "url"}
    text = signed_exchange(server, Signer(server), "GET", f"/{name}", query).body.decode()
    assert "<EncodingType>url</EncodingType>" in text
    assert "<Prefix>a+</Prefix>" in text or "<Prefix>a%20</Prefix>" in text
    assert "<StartAfter>A%2B</StartAfter>" in text
    assert "<CommonPrefixes><Prefix>a+b</Prefix></CommonPrefixes>" in text.replace("a%20b", "a+b")
    text = signed_exchange(server, Signer(server), "GET", f"/{name}",
                           {"marker": "é", "max-keys": "1", "delimiter": "é", "encoding-type": "url"}).body.decode()
    assert "<Marker>%C3%A9</Marker>" in text and "<Delimiter>%C3%A9</Delimiter>" in text


def test_without_url_encoding_markup_in_keys_is_escaped(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="a<b>&c", Body=b"x")
    reply = signed_exchange(server, Signer(server), "GET", f"/{bucket}", {"list-type": "2"})
    assert b"<Key>a&lt;b&gt;&amp;c</Key>" in reply.body


@pytest.mark.parametrize("query", [
    {"max-keys": "-1"}, {"max-keys": "x"}, {"max-keys": "99999999999999999999"}, {"encoding-type": "base64"},
    {"list-type": "2", "continuation-token": "not one of ours"},
], ids=str)
def test_bad_listing_arguments_are_refused(server, shared_bucket, query):
    reply = signed_exchange(server, Signer(server), "GET", f"/{shared_bucket}", query)
    assert (reply.status, reply.code) == (400, "InvalidArgument"), reply


def test_a_listing_entry_is_complete(s3, bucket):
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"12345")
    entry = s3.list_objects_v2(Bucket=bucket, FetchOwner=True)["Contents"][0]
    assert (entry["Size"], entry["ETag"], entry["StorageClass"]) == (5, put["ETag"], "STANDARD")
    assert entry["Owner"]["ID"] and entry["LastModified"] == s3.head_object(Bucket=bucket, Key="k")["LastModified"]
    assert "Owner" not in s3.list_objects_v2(Bucket=bucket)["Contents"][0]
    assert s3.list_objects(Bucket=bucket)["Contents"][0]["Owner"]["ID"]


def test_a_directory_marker_is_an_ordinary_key(s3, bucket):
    s3.put_object(Bucket=bucket, Key="dir/", Body=b"")
    s3.put_object(Bucket=bucket, Key="full/", Body=b"content of a key that ends in a slash")
    s3.put_object(Bucket=bucket, Key="only/x", Body=b"x")
    for absent in ("dir", "only", "only/"):
        with refused("404", 404):
            s3.head_object(Bucket=bucket, Key=absent)
    assert s3.head_object(Bucket=bucket, Key="dir/")["ContentLength"] == 0
    assert s3.get_object(Bucket=bucket, Key="full/")["Body"].read().startswith(b"content")
    inside = s3.list_objects_v2(Bucket=bucket, Prefix="dir/", Delimiter="/")
    assert [entry["Key"] for entry in inside["Contents"]] == ["dir/"] and "CommonPrefixes" not in inside
    s3.delete_object(Bucket=bucket, Key="only/x")
    top = s3.list_objects_v2(Bucket=bucket, Delimiter="/")
    assert [entry["Prefix"] for entry in top["CommonPrefixes"]] == ["dir/", "full/"]


def test_a_file_and_a_directory_may_share_a_name(s3, bucket):
    for key in ("a", "a/", "a/b"):
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    s3.delete_object(Bucket=bucket, Key="a/")
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"a"
    assert s3.get_object(Bucket=bucket, Key="a/b")["Body"].read() == b"a/b"


def test_1024_bytes_are_a_key_and_1025_are_not(s3, bucket):
    longest = "é" * 512
    s3.put_object(Bucket=bucket, Key=longest, Body=b"x")
    for call in (lambda key: s3.put_object(Bucket=bucket, Key=key, Body=b"x"),
                 lambda key: s3.create_multipart_upload(Bucket=bucket, Key=key),
                 lambda key: s3.copy_object(Bucket=bucket, Key=key, CopySource={"Bucket": bucket, "Key": longest})):
        with refused("KeyTooLongError", 400):
            call(longest + "x")
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [longest]


def test_virtual_host_style_reaches_the_bucket(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="by/host", Body=b"content")
    signer = Signer(server)
    signer.host = f"{bucket}.localhost:{server.port}"
    reply = signed_exchange(server, signer, "GET", "/by/host")
    assert (reply.status, reply.body) == (200, b"content"), reply
    reply = signed_exchange(server, signer, "GET", "/", {"list-type": "2"})
    assert reply.status == 200 and b"<Key>by/host</Key>" in reply.body


@pytest.mark.parametrize("region", ["eu-west-1", "auto", ""])
def test_clients_of_all_regions_are_served_by_a_store_without_one(server, bucket, region):
    reply = signed_exchange(server, Signer(server, region=region), "GET", f"/{bucket}")
    assert reply.status == 200, reply


def test_clients_of_other_regions_are_told_by_a_store_that_has_one(folder):
    """They get the S3 error that names ours, never a plain 403."""
    store = Server(folder / "chosen")
    store.start("--region", "us-east-1")
    try:
        reply = signed_exchange(store, Signer(store, region="eu-west-1"), "GET", "/")
        assert (reply.status, reply.code) == (400, "AuthorizationHeaderMalformed"), reply
        assert b"<Region>us-east-1</Region>" in reply.body
        assert signed_exchange(store, Signer(store), "GET", "/").status == 200
        store.stop()
    finally:
        store.kill()


def test_two_clients_see_each_others_writes_at_once(server, s3, bucket):
    other = make_client(server)
    for number in range(50):
        s3.put_object(Bucket=bucket, Key="k", Body=b"%d" % number)
        assert other.get_object(Bucket=bucket, Key="k")["Body"].read() == b"%d" % number
        assert other.list_objects_v2(Bucket=bucket)["Contents"][0]["Size"] == len(b"%d" % number)
