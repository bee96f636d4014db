"""Writes signed-requests.json: random requests signed by botocore, against which the verifier is tested.

    python3 signed_requests.py > signed-requests.json

The seed and the clock are fixed, so the same botocore writes the same file. Only the signatures are botocore's;
nothing is sent anywhere.
"""
import datetime
import json
import random
import sys
import time
from urllib.parse import quote, urlsplit

import botocore
import botocore.auth as auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

SEED = 20260501
NOW = 1_767_312_000  # 2026-01-02T00:00:00Z
ACCESS = "CAIRNFIXTUREKEY00001"
SECRET = "fixture/secret+key/0123456789abcdefghijkl"
TOKEN_ACCESS = "CAIRNFIXTUREKEY00002"
TOKEN = "session/token+with=signs=="

def stop_the_clock():
    moment = datetime.datetime.fromtimestamp(NOW, datetime.timezone.utc)
    if hasattr(auth, "get_current_datetime"):
        auth.get_current_datetime = lambda remove_tzinfo=True: moment.replace(tzinfo=None) if remove_tzinfo else moment
    else:
        class Clock(datetime.datetime):
            @classmethod
            def utcnow(cls):
                return moment.replace(tzinfo=None)
        auth.datetime.datetime = Clock
    auth.time.time = lambda: NOW
    auth.formatdate = lambda usegmt=True: moment.strftime("%a, %d %b %Y %H:%M:%S GMT")


ALPHABET = list("abcXYZ019-_.~/ !\"#$%&'()*+,:;<=>?@[]^`{|}\\\u00e4\u00df\u65e5\u672c\U0001f600\t\x01")
BUCKETS = ["bucket", "my.bucket-1", "examplebucket"]
SUBRESOURCES = ["acl", "uploads", "versioning", "tagging", "delete", "policy", "lifecycle"]


def text(low, high):
    return "".join(random.choice(ALPHABET) for _ in range(random.randint(low, high)))


def query_pairs():
    pairs = []
    if random.random() < 0.4:
        pairs += [("list-type", "2"), ("prefix", text(0, 12)), ("delimiter", "/")]
    if random.random() < 0.3:
        pairs.append((random.choice(SUBRESOURCES), None if random.random() < 0.5 else ""))
    if random.random() < 0.3:
        pairs += [("partNumber", str(random.randint(1, 10000))), ("uploadId", text(10, 20))]
    if random.random() < 0.3:
        pairs.append(("response-content-disposition", 'attachment; filename="' + text(1, 8) + '"'))
    if random.random() < 0.2:
        pairs.append(("x-id", "PutObject"))
    if random.random() < 0.1:
        pairs += [("same", "b"), ("same", "a"), ("same-", "c")]
    random.shuffle(pairs)
    return pairs


def encode_query(pairs):
    return "&".join(
        quote(k, safe="-_.~") + ("" if v is None else "=" + quote(v, safe="-_.~")) for k, v in pairs)


def random_headers():
    headers = {}
    if random.random() < 0.5:
        headers["Content-Type"] = random.choice(["text/plain", "application/xml; charset=utf-8", "binary/octet-stream"])
    if random.random() < 0.3:
        headers["Range"] = "bytes=0-9"
    if random.random() < 0.4:
        headers["x-amz-meta-" + random.choice(["a", "mtime", "Some-Name"])] = random.choice(
            ["plain", "two  spaces   inside", " padded ", "1,2, 3", "a=b;c=d"])
    if random.random() < 0.3:
        headers["x-amz-acl"] = "private"
    if random.random() < 0.2:
        headers["Content-MD5"] = "1B2M2Y8AsgTpgAmY7PhCfg=="
    if random.random() < 0.2:
        headers["x-amz-copy-source"] = "/bucket/" + quote(text(1, 10), safe="/")
    return headers


SIGNERS = {
    "headerV4": lambda c: auth.S3SigV4Auth(c, "s3", "us-east-1"),
    "queryV4": lambda c: auth.S3SigV4QueryAuth(c, "s3", "us-east-1", expires=3600),
    "headerV2": lambda c: auth.HmacV1Auth(c),
    "queryV2": lambda c: auth.HmacV1QueryAuth(c, expires=3600),
}


def make(kind, plain=Credentials(ACCESS, SECRET), temporary=Credentials(TOKEN_ACCESS, SECRET, TOKEN)):
    """One request, and what must be read from it. Whom it is from: mostly `plain`."""
    bucket = random.choice(BUCKETS)
    virtual = random.random() < 0.4
    key = text(0, 24) if random.random() < 0.85 else ""
    # Some signers leave more characters as they are; both ways of writing a path must be understood.
    safe = "/-_.~" if random.random() < 0.8 or kind.endswith("V2") else "/-_.~!$&'()*,:;=@+"
    path = "/" + quote(key, safe=safe)
    host = "s3.example.test"
    auth_path = None
    if virtual:
        host = bucket + "." + host
        auth_path = "/" + bucket + path
    else:
        path = "/" + bucket + path
    query = encode_query(query_pairs())
    method = random.choice(["GET", "PUT", "HEAD", "DELETE", "POST"])
    headers = random_headers()
    credentials = temporary if random.random() < 0.2 else plain
    data = b"some body" if kind.startswith("header") and method in ("PUT", "POST") else b""
    request = AWSRequest(
        method=method, url="http://" + host + path + ("?" + query if query else ""), data=data, headers=headers,
        auth_path=auth_path)
    request.context["payload_signing_enabled"] = random.random() < 0.7
    SIGNERS[kind](credentials).add_auth(request)
    target = urlsplit(request.url)
    # urlsplit drops nothing here: no fragment is ever encoded as '#'.
    wire = [["host", host]]
    for name, value in request.headers.items():
        if kind == "queryV2" and name.lower() not in ("host", "range"):
            continue  # it moved into the URL
        wire.append([name.lower(), value.strip()])
    return {
        "kind": kind, "method": method, "target": target.path + ("?" + target.query if target.query else ""),
        "headers": wire, "bucket": bucket, "key": key,
        "accessKey": credentials.access_key,
    }


def main():
    stop_the_clock()
    random.seed(SEED)
    cases = [make(kind) for kind in SIGNERS for _ in range(80)]
    document = {
        "botocore": botocore.__version__, "seed": SEED, "now": NOW, "accessKey": ACCESS, "secret": SECRET,
        "tokenAccessKey": TOKEN_ACCESS, "token": TOKEN,
    }
    lines = [json.dumps(document)[:-1] + ', "cases": [']
    lines += [json.dumps(case) + ("," if case is not cases[-1] else "") for case in cases]
    sys.stdout.write("\n".join(lines) + "\n]}\n")


if __name__ == "__main__":
    main()
