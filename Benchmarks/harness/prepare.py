"""Before anything is timed: does the server work at all, and the data that the workloads read.

A server that answers fast and wrong must not look good: what the check finds stands beside its figures.
"""

import hashlib
import http.client
import os

from harness.load import MiB


def check(target):
    """A small functional check; returns a list of complaints."""
    complaints, content = [], os.urandom(150_001)

    def step(what, passes):
        try:
            if passes() is False:
                complaints.append(what)
        except Exception as error:  # whatever a peer does, the run goes on and says so
            complaints.append(f"{what}: {str(error)[:160]}")

    if target.static:
        connection = http.client.HTTPConnection(target.host, target.port)
        connection.request("PUT", "/bench/check", content)
        connection.getresponse().read()
        connection.request("GET", "/bench/check")
        step("GET differs from what was PUT", lambda: connection.getresponse().read() == content)
        return complaints
    s3, whole = target.client(), os.urandom(10 * MiB + 12_345)
    read = lambda key, **more: s3.get_object(Bucket="bench", Key=key, **more)["Body"].read()
    key = "check/a b+c"
    s3.put_object(Bucket="bench", Key=key, Body=content, Metadata={"colour": "blue"})
    step("GET differs from what was PUT", lambda: read(key) == content)
    step("user metadata lost", lambda: s3.head_object(Bucket="bench", Key=key)["Metadata"].get("colour") == "blue")
    step("the entity tag is not the MD5",
         lambda: s3.head_object(Bucket="bench", Key=key)["ETag"].strip('"') == hashlib.md5(content).hexdigest())
    step("a range differs", lambda: read(key, Range="bytes=100-1099") == content[100:1100])

    def multipart():
        upload = s3.create_multipart_upload(Bucket="bench", Key="check/m")["UploadId"]
        parts = []
        for number in range(3):
            piece = whole[number * 5 * MiB:(number + 1) * 5 * MiB]
            tag = s3.upload_part(Bucket="bench", Key="check/m", UploadId=upload, PartNumber=number + 1, Body=piece)["ETag"]
            parts.append({"PartNumber": number + 1, "ETag": tag})
        s3.complete_multipart_upload(Bucket="bench", Key="check/m", UploadId=upload, MultipartUpload={"Parts": parts})
        return read("check/m") == whole
    step("a multipart object differs", multipart)

    def copy():
        s3.copy_object(Bucket="bench", Key="check/copy", CopySource={"Bucket": "bench", "Key": "check/m"})
        return read("check/copy") == whole
    step("a copy differs", copy)

    def status(address):
        connection = http.client.HTTPConnection(target.host, target.port, timeout=30)
        connection.request("GET", address)
        return connection.getresponse().status
    signed = target.presign("GET", "/bench/check/copy")
    step("a wrong signature is not refused", lambda: status(signed[:-1] + ("0" if signed[-1] != "0" else "1")) == 403)
    step("no signature is not refused", lambda: status("/bench/check/copy") == 403)
    return complaints


def fill(target, load, sizes):
    """Makes the buckets, checks the server, writes the data; complaints are left in `target.notes`."""
    if not target.static:
        s3 = target.client()
        for bucket in ("bench", "benchflat", "benchtree"):
            s3.create_bucket(Bucket=bucket)
    target.notes = check(target)

    def write(bucket, keys, size, connections):
        answer = load.run(target, "PUT", target.presign_many("PUT", bucket, keys), connections, 600, once=True, body=size,
                          timeout=120)
        if answer["bad"]:
            target.notes.append(f"{answer['bad']} of {answer['issued']} PUTs into {bucket} failed: "
                                f"{answer['status']} {answer['first_error'][:120]}")
    write("bench", sizes.small_keys(), sizes.small_bytes, 32)
    write("bench", sizes.large_keys(), sizes.large_bytes, 1)
    write("bench", ["range"], sizes.ranged_bytes, 1)
    if not target.static:
        each = sizes.listed_keys // sizes.prefixes
        write("benchflat", [f"k{number:06d}" for number in range(sizes.listed_keys)], 16, 32)
        write("benchtree", [f"p{number // each:03d}/k{number % each:03d}" for number in range(sizes.listed_keys)], 16, 32)
