"""Addresses that carry their own permission, of both signature versions, and the upload form of a web page."""

import json
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

from conftest import make_client
from support.data import noise
from support.errors import refused

SCHEMES = ["http", "https"]

VERSIONS = {"default": None, "version 2": "s3", "version 4": "s3v4"}


@pytest.fixture(params=VERSIONS)
def presigner(request, server):
    return make_client(server, signature=VERSIONS[request.param])


def test_a_client_of_version_2_does_the_whole_round(server):
    """botocore signs `/bucket/` for what it asks of `/bucket`; its User-Agent is not signed and may be anything."""
    client = make_client(server, signature="s3", user_agent="")
    client.create_bucket(Bucket="version-2")
    client.put_object(Bucket="version-2", Key="a b/ü", Body=b"x", ContentType="text/plain", Metadata={"one": "1  2"})
    assert client.get_object(Bucket="version-2", Key="a b/ü")["Body"].read() == b"x"
    assert client.list_objects_v2(Bucket="version-2")["KeyCount"] == 1
    client.put_bucket_versioning(Bucket="version-2", VersioningConfiguration={"Status": "Enabled"})
    assert client.get_bucket_versioning(Bucket="version-2")["Status"] == "Enabled"
    client.delete_object(Bucket="version-2", Key="a b/ü")
    assert len(client.list_object_versions(Bucket="version-2")["DeleteMarkers"]) == 1
    assert "version-2" in [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]


@pytest.fixture
def fetch(server):
    """(status, headers, body) of a request without any credentials of its own."""
    context = ssl.create_default_context(cafile=server.certificate) if server.certificate else None

    def run(address, method="GET", data=None, headers=()):
        request = urllib.request.Request(address, data=data, method=method, headers=dict(headers))
        try:
            with urllib.request.urlopen(request, timeout=30, context=context) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()
    return run


def code(body):
    return body.partition(b"<Code>")[2].partition(b"</Code>")[0].decode()


def altered(address):
    """The same address with one character of its signature changed."""
    start = address.index("Signature=") + len("Signature=")
    return address[:start] + ("A" if address[start] != "A" else "B") + address[start + 1:]


KEY = "a key +&=?/ü"


def test_get_put_head_and_delete(presigner, fetch, s3, bucket):
    place = {"Bucket": bucket, "Key": KEY}
    put = presigner.generate_presigned_url("put_object", Params=place)
    status, _, body = fetch(put, "PUT", b"through an address", {"Content-Type": ""})
    assert status == 200, body
    get = presigner.generate_presigned_url("get_object", Params=place)
    assert fetch(get)[::2] == (200, b"through an address")
    status, headers, _ = fetch(presigner.generate_presigned_url("head_object", Params=place), "HEAD")
    assert (status, headers["Content-Length"]) == (200, "18")
    assert fetch(get, headers={"Range": "bytes=0-6"})[::2] == (206, b"through")
    assert fetch(presigner.generate_presigned_url("delete_object", Params=place), "DELETE")[0] == 204
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_overridden_response_headers_are_signed(presigner, fetch, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    address = presigner.generate_presigned_url("get_object", Params={
        "Bucket": bucket, "Key": "k", "ResponseContentType": "text/css", "ResponseContentDisposition": 'a; f="b c"'})
    status, headers, _ = fetch(address)
    assert (status, headers["Content-Type"], headers["Content-Disposition"]) == (200, "text/css", 'a; f="b c"')
    status, _, body = fetch(address.replace("text%2Fcss", "text%2Fxml"))
    assert (status, code(body)) == (403, "SignatureDoesNotMatch")


def test_an_altered_address_is_refused(presigner, fetch, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    s3.put_object(Bucket=bucket, Key="secret", Body=b"secret")
    address = presigner.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    assert fetch(address)[0] == 200
    for other, method in ((altered(address), "GET"), (address.replace("/k?", "/secret?"), "GET"), (address, "DELETE")):
        status, _, body = fetch(other, method)
        assert (status, code(body)) == (403, "SignatureDoesNotMatch"), (other, method)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 2


def test_an_address_ends(presigner, fetch, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    address = presigner.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"}, ExpiresIn=1)
    assert fetch(address)[0] == 200
    time.sleep(2.2)
    status, _, body = fetch(address)
    assert (status, code(body)) == (403, "AccessDenied")
    assert b"expired" in body


def test_an_unknown_key_is_refused(server, fetch, bucket):
    class Stranger:
        endpoint, certificate, access_key, secret_key = server.endpoint, server.certificate, "AKIASTRANGER00000000", "x" * 40
    for signature in VERSIONS.values():
        address = make_client(Stranger, signature).generate_presigned_url("list_objects_v2", Params={"Bucket": bucket})
        status, _, body = fetch(address)
        assert (status, code(body)) == (403, "InvalidAccessKeyId")


def test_without_any_signature_access_is_denied(server, fetch, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    for path, method in ((f"/{bucket}/k", "GET"), (f"/{bucket}", "GET"), ("/", "GET"), (f"/{bucket}/new", "PUT"),
                         (f"/{bucket}/k", "DELETE"), (f"/{bucket}?delete", "POST")):
        status, _, body = fetch(server.endpoint + path, method, b"x" if method in ("PUT", "POST") else None)
        assert (status, code(body)) == (403, "AccessDenied"), (path, method)
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["k"]


@pytest.mark.parametrize("seconds", [0, -1, 604_801, "soon"])
def test_version_4_lifetimes_are_a_second_to_a_week(server, fetch, bucket, seconds):
    client = make_client(server, "s3v4")
    address = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"}, ExpiresIn=3600)
    status, _, body = fetch(address.replace("X-Amz-Expires=3600", f"X-Amz-Expires={seconds}"))
    # S3 says 400; the public conformance suite wants 403 for a lifetime that is too long.
    assert status in (400, 403) and code(body) in ("AuthorizationQueryParametersError", "AccessDenied"), body


def form(fields, content, filename="file name.txt", boundary="----cairn-form-boundary"):
    """multipart/form-data as a browser sends it: the file is the last field."""
    lines = []
    for name, value in fields.items():
        lines += [f"--{boundary}", f'Content-Disposition: form-data; name="{name}"', "", str(value)]
    lines += [f"--{boundary}", f'Content-Disposition: form-data; name="file"; filename="{filename}"',
              "Content-Type: text/plain", "", ""]
    body = "\r\n".join(lines).encode() + content + f"\r\n--{boundary}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def send_form(fetch, post, content, changes=(), **options):
    body, headers = form(post["fields"] | dict(changes), content, **options)
    return fetch(post["url"], "POST", body, headers)


def test_a_form_uploads(presigner, fetch, s3, bucket):
    post = presigner.generate_presigned_post(
        bucket, "forms/${filename}", Fields={"x-amz-meta-from": "form", "Content-Type": "text/plain"},
        Conditions=[{"x-amz-meta-from": "form"}, ["starts-with", "$Content-Type", "text/"]])
    content = noise(100_000, 8) + b"\r\n--not the boundary\r\n"
    status, headers, body = send_form(fetch, post, content)
    assert status == 204, body
    got = s3.get_object(Bucket=bucket, Key="forms/file name.txt")
    assert got["Body"].read() == content and got["Metadata"] == {"from": "form"} and got["ContentType"] == "text/plain"
    assert headers["ETag"] == got["ETag"]


def test_a_form_chooses_its_answer(presigner, fetch, bucket):
    for status, extra in ((200, {"success_action_status": "200"}), (201, {"success_action_status": "201"})):
        post = presigner.generate_presigned_post(bucket, "k", Fields=extra, Conditions=[extra])
        answered, _, body = send_form(fetch, post, b"content")
        assert answered == status, body
        if status == 201:
            assert b"<PostResponse" in body and b"<Key>k</Key>" in body and f"<Bucket>{bucket}</Bucket>".encode() in body


@pytest.mark.parametrize("changes, content, expected", [
    ({"x-amz-meta-extra": "not in the policy"}, b"12345", (403, "AccessDenied")),
    ({"acl": "public-read"}, b"12345", (403, "AccessDenied")),
    ({"key": "elsewhere/k"}, b"12345", (403, "AccessDenied")),
    ({}, b"1234", (400, "EntityTooSmall")),
    ({}, b"1" * 101, (400, "EntityTooLarge")),
], ids=["extra field", "other acl", "other key", "too small", "too large"])
def test_a_form_s_conditions_are_enforced(presigner, fetch, s3, bucket, changes, content, expected):
    post = presigner.generate_presigned_post(bucket, "forms/k", Conditions=[
        ["starts-with", "$key", "forms/"], ["content-length-range", 5, 100]])
    status, _, body = send_form(fetch, post, content, changes)
    assert (status, code(body)) == expected, body
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_form_with_another_policy_than_the_signed_one(presigner, fetch, s3, bucket):
    import base64
    post = presigner.generate_presigned_post(bucket, "k")
    policy = json.loads(base64.b64decode(post["fields"]["policy"]))
    policy["conditions"] = [["starts-with", "$key", ""]]
    status, _, body = send_form(fetch, post, b"x", {"policy": base64.b64encode(json.dumps(policy).encode()).decode()})
    assert (status, code(body)) == (403, "SignatureDoesNotMatch"), body
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_an_expired_form(presigner, fetch, s3, bucket):
    post = presigner.generate_presigned_post(bucket, "k", ExpiresIn=-10)
    status, _, body = send_form(fetch, post, b"x")
    assert (status, code(body)) == (403, "AccessDenied"), body
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_client_without_credentials_is_denied(server, bucket):
    from botocore import UNSIGNED
    client = make_client(server, UNSIGNED)
    with refused("AccessDenied", 403):
        client.list_objects_v2(Bucket=bucket)
    with refused("AccessDenied", 403):
        client.put_object(Bucket=bucket, Key="k", Body=b"x")
