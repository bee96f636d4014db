"""Buckets as websites, as boto3 sets them up and as a browser's library sees them."""

import json
import time
import urllib.request

import pytest
import requests
from botocore.exceptions import ClientError
from conftest import make_client, new_bucket_name
from support.lineage import Lineage, edges
from support.server import Server


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("website"))
    server.start("--website-domain", "s3-website.localhost", "--website-domain", "s3-website-us-east-1.example.org")
    yield server
    server.stop()
    server.verify()
    server.remove()


@pytest.fixture(scope="module")
def client(store):
    return make_client(store)


@pytest.fixture
def site(store, client):
    bucket = new_bucket_name("site")
    client.create_bucket(Bucket=bucket)
    client.delete_public_access_block(Bucket=bucket)
    client.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"},
        {"Effect": "Allow", "Principal": "*", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}"}]}))
    for key, body in {"index.html": b"<h1>home</h1>", "docs/index.html": b"<h1>docs</h1>", "404.html": b"sorry",
                      "film": bytes(range(256)) * 4096}.items():
        client.put_object(Bucket=bucket, Key=key, Body=body, ContentType="text/html")
    client.put_bucket_website(Bucket=bucket, WebsiteConfiguration={
        "IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "404.html"},
        "RoutingRules": [{"Condition": {"KeyPrefixEquals": "old/"}, "Redirect": {"ReplaceKeyPrefixWith": "docs/"}}]})
    return bucket


def visit(store, bucket, path, method="GET", domain="s3-website.localhost", **headers):
    return requests.request(
        method, f"{store.endpoint}{path}", headers={"Host": f"{bucket}.{domain}:{store.port}", **headers},
        allow_redirects=False, timeout=10)


def test_pages(store, site):
    home = visit(store, site, "/")
    assert (home.status_code, home.text, home.headers["Content-Type"]) == (200, "<h1>home</h1>", "text/html")
    assert visit(store, site, "/docs/").text == "<h1>docs</h1>"
    folder = visit(store, site, "/docs")
    assert (folder.status_code, folder.headers["Location"]) == (302, "/docs/")
    missing = visit(store, site, "/none")
    assert (missing.status_code, missing.text) == (404, "sorry")
    assert missing.headers["x-amz-error-code"] == "NoSuchKey"
    head = visit(store, site, "/none", "HEAD")
    assert (head.status_code, head.content) == (404, b"")
    part = visit(store, site, "/film", Range="bytes=255-256")
    assert (part.status_code, part.content) == (206, b"\xff\x00")
    assert visit(store, site, "/film", **{"If-None-Match": part.headers["ETag"]}).status_code == 304
    for method in ["PUT", "POST", "DELETE"]:
        assert visit(store, site, "/film", method).status_code == 405


def test_other_style_of_host(store, site):
    assert visit(store, site, "/", domain="s3-website-us-east-1.example.org").text == "<h1>home</h1>"
    # The same bucket under the domain of S3 is S3.
    listing = visit(store, site, "/", domain="localhost")
    assert listing.status_code == 200 and "<ListBucketResult" in listing.text


def test_redirects(store, client, site):
    moved = visit(store, site, "/old/index.html?a=b")
    assert moved.status_code == 301
    assert moved.headers["Location"] == f"http://{site}.s3-website.localhost:{store.port}/docs/index.html?a=b"
    client.put_object(Bucket=site, Key="gone", WebsiteRedirectLocation="https://example.com/")
    gone = visit(store, site, "/gone")
    assert (gone.status_code, gone.headers["Location"]) == (301, "https://example.com/")
    assert client.head_object(Bucket=site, Key="gone")["WebsiteRedirectLocation"] == "https://example.com/"
    client.put_bucket_website(Bucket=site, WebsiteConfiguration={
        "RedirectAllRequestsTo": {"HostName": "example.com", "Protocol": "https"}})
    all_of_it = visit(store, site, "/a/b")
    assert (all_of_it.status_code, all_of_it.headers["Location"]) == (301, "https://example.com/a/b")


def test_configuration_as_boto3_sees_it(client, site):
    told = client.get_bucket_website(Bucket=site)
    assert told["IndexDocument"] == {"Suffix": "index.html"} and told["ErrorDocument"] == {"Key": "404.html"}
    assert told["RoutingRules"] == [
        {"Condition": {"KeyPrefixEquals": "old/"}, "Redirect": {"ReplaceKeyPrefixWith": "docs/"}}]
    client.delete_bucket_website(Bucket=site)
    with pytest.raises(ClientError, match="NoSuchWebsiteConfiguration"):
        client.get_bucket_website(Bucket=site)


def test_a_website_is_read_like_any_object(store, client, site):
    """Without a public policy nothing is shown, and a page is escaped."""
    client.delete_bucket_policy(Bucket=site)
    closed = visit(store, site, "/")
    assert closed.status_code == 403 and "<h1>403 Forbidden</h1>" in closed.text
    odd = visit(store, site, "/%3Cscript%3E")
    assert "<script>" not in odd.text


def test_a_visit_is_an_anonymous_read(store, site):
    """Counted as GetObject, and in the lineage of the page like any read."""
    def count():
        text = urllib.request.urlopen(f"http://{store.host}:{store.admin_port}/metrics", timeout=10).read().decode()
        return sum(float(line.split()[-1]) for line in text.splitlines()
                   if line.startswith('cairn_requests_total{operation="GetObject",status="2xx"'))

    before = count()
    assert visit(store, site, "/film", Range="bytes=10-19").status_code == 206
    assert visit(store, site, "/docs/").status_code == 200
    assert count() == before + 2
    lineage = Lineage(store)
    until = time.monotonic() + 30
    while time.monotonic() < until:
        answer = lineage.ask("downstream", f"s3://{site}/film")
        if used := edges(answer, "used", "observed"):
            break
        time.sleep(0.5)
    assert used and used[0]["ranges"] == [[10, 20]] and used[0]["bytes"] == 10
