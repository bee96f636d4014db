"""Names that are hidden in the journal: the same answers as of a plain bucket while their salts are there; once erased,
in no file of the folder, with every proof as valid as before."""

import difflib
import http.client
import json
import os
import re
import sqlite3

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from conftest import make_client
from support.lineage import Lineage
from support.server import Server

pytestmark = pytest.mark.skipif("CLIENTS_ENDPOINT" in os.environ, reason="the commands are those of our own binary")

PERSON = "grace-hopper-4711"
ADDRESS = "127.0.9.77"


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path / "store")
    server.start()
    yield server
    if server.process:
        server.stop()


def send(server, method, path, body=b"", address="127.0.0.1"):
    """A signed request from an address of its own."""
    request = AWSRequest(method, server.endpoint + path, data=body, headers={"Host": f"{server.host}:{server.port}"})
    S3SigV4Auth(Credentials(server.access_key, server.secret_key), "s3", "us-east-1").add_auth(request)
    connection = http.client.HTTPConnection(server.host, server.port, source_address=(address, 0), timeout=60)
    try:
        connection.request(method, path, body=body, headers=dict(request.headers.items()))
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def switch(server, bucket, status):
    document = f"<CommitmentsConfiguration><Status>{status}</Status></CommitmentsConfiguration>".encode()
    return send(server, "PUT", f"/{bucket}?cairn-commitments", document)


def entries(server):
    database = sqlite3.connect(f"file:{server.data}/meta.sqlite?mode=ro", uri=True)
    try:
        return [row[0].decode() for row in database.execute("SELECT entry FROM journal ORDER BY position")]
    finally:
        database.close()


def having(server, text):
    """The files of the folder that have a text, in any place."""
    return sorted(path.name for path in server.data.rglob("*")
                  if path.is_file() and not path.is_socket() and text.encode() in path.read_bytes())


def work(server, lineage, s3, bucket):
    """Whatever makes entries of keys, by a program of its own."""
    lineage.python("make", f"""
bucket, person = "{bucket}", "{PERSON}"
s3.put_object(Bucket=bucket, Key=person + "/raw", Body=b"raw" * 1000, Tagging="a=b")
s3.get_object(Bucket=bucket, Key=person + "/raw")["Body"].read()
s3.list_objects_v2(Bucket=bucket, Prefix=person)
s3.copy_object(Bucket=bucket, Key=person + "/copy", CopySource=dict(Bucket=bucket, Key=person + "/raw"))
upload = s3.create_multipart_upload(Bucket=bucket, Key=person + "/parts")["UploadId"]
at = dict(Bucket=bucket, Key=person + "/parts", UploadId=upload)
one = s3.upload_part(PartNumber=1, Body=b"p" * (5 << 20), **at)["ETag"]
two = s3.upload_part_copy(PartNumber=2, CopySource=dict(Bucket=bucket, Key=person + "/raw"), **at)
parts = [dict(PartNumber=1, ETag=one), dict(PartNumber=2, ETag=two["CopyPartResult"]["ETag"])]
s3.complete_multipart_upload(MultipartUpload=dict(Parts=parts), **at)
given_up = s3.create_multipart_upload(Bucket=bucket, Key=person + "/given-up")["UploadId"]
s3.abort_multipart_upload(Bucket=bucket, Key=person + "/given-up", UploadId=given_up)
s3.put_object(Bucket=bucket, Key=person + "/copy", Body=b"newer")
s3.delete_object(Bucket=bucket, Key=person + "/copy")
s3.put_object(Bucket=bucket, Key=person + "/due", Body=b"due")
""")
    lineage.python("train", f"""
s3.get_object(Bucket="{bucket}", Key="{PERSON}/parts")["Body"].read()
s3.put_object(Bucket="{bucket}", Key="model", Body=b"m")
""")
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [
        {"ID": "due", "Status": "Enabled", "Filter": {"Prefix": f"{PERSON}/due"},
         "Expiration": {"Date": "2020-01-01T00:00:00Z"}}]})
    server.command("lifecycle", "run", server.data)


def told(lineage, bucket):
    """What is told of a bucket, without what differs from bucket to bucket."""
    answers = []
    # The manifest comes first: it computes the digest of what was uploaded in parts, if the store did not come to it yet.
    for question in (("manifest", f"s3://{bucket}/model"), ("upstream", f"s3://{bucket}/model"),
                     ("downstream", f"s3://{bucket}/{PERSON}/raw"), ("impact", f"s3://{bucket}/{PERSON}/raw")):
        answers.append(strip(lineage.ask(*question), bucket))
    return answers


OWN = {"bucket", "bucketId", "versionId", "index", "position", "run", "id", "created", "started", "ended", "firstIndex",
       "lastIndex", "removedIndex", "collection", "from", "to", "keyCommitment", "parent", "name", "at", "session",
       "accessKey"}
UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def strip(value, bucket):
    if isinstance(value, dict):
        return {name: strip(item, bucket) for name, item in value.items() if name not in OWN}
    if isinstance(value, list):
        return sorted((strip(item, bucket) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return UUID.sub("RUN", value.replace(bucket, "BUCKET")) if isinstance(value, str) else value


def test_the_answers_are_those_of_a_plain_bucket_until_the_names_are_erased(server, tmp_path):
    s3, lineage = make_client(server), Lineage(server)
    for bucket in ("plain", "hidden"):
        s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    assert b"<Status>Disabled" in send(server, "GET", "/hidden?cairn-commitments")[2]
    status, headers, _ = switch(server, "hidden", "Enabled")
    assert status == 200 and "from before" in headers["x-cairn-note"]
    assert b"<Status>Enabled" in send(server, "GET", "/hidden?cairn-commitments")[2]
    assert server.command("commitments", "list", server.data).stdout.split() == ["hidden"]
    begin = len(entries(server))
    work(server, lineage, s3, "hidden")
    assert send(server, "PUT", f"/hidden/{PERSON}/sent", b"s", address=ADDRESS)[0] == 200
    hidden = entries(server)[begin:]
    assert len(hidden) > 20
    for text in (PERSON, ADDRESS, server.access_key, '"from":"127'):
        assert not [entry for entry in hidden if text in entry], text
    work(server, lineage, s3, "plain")
    assert send(server, "PUT", f"/plain/{PERSON}/sent", b"s")[0] == 200
    for hidden_answer, plain_answer in zip(told(lineage, "hidden"), told(lineage, "plain")):
        lines = [json.dumps(one, indent=1).splitlines() for one in (hidden_answer, plain_answer)]
        assert not "\n".join(difflib.unified_diff(*lines, n=0))
    assert PERSON in json.dumps(told(lineage, "hidden"))
    answer = lineage.ask("upstream", "s3://hidden/model")
    assert not any(node.get("isErased") for node in answer["nodes"])

    # The entry is proven, and what opens it goes along.
    name = f"s3://hidden/{PERSON}/raw"
    proof = server.command("audit", "prove", server.data, name, "--opening", tmp_path / "opening")
    opening = json.loads((tmp_path / "opening").read_text())
    assert opening["value"] == f"{PERSON}/raw" and PERSON not in proof.stdout
    folder = tmp_path / "log"
    server.command("audit", "export", server.data, folder, "--open", name)
    assert json.loads((folder / "openings").read_text()) == opening
    server.command("audit", "verify", folder)
    (folder / "openings").write_text(json.dumps(opening, separators=(",", ":")).replace(PERSON, "another") + "\n")
    assert "does not open" in server.command("audit", "verify", folder, expect=1).stdout
    server.command("audit", "export", server.data, folder)
    assert not (folder / "openings").exists()

    server.stop()
    server.command("audit", "verify", server.data)


def test_what_was_erased_is_in_no_file_and_every_proof_holds(server, tmp_path):
    s3, lineage = make_client(server), Lineage(server)
    s3.create_bucket(Bucket="hidden")
    s3.put_bucket_versioning(Bucket="hidden", VersioningConfiguration={"Status": "Enabled"})
    told_so = server.command("commitments", "on", server.data, "hidden")
    assert "stay as they are" in told_so.stdout + told_so.stderr
    work(server, lineage, s3, "hidden")
    assert send(server, "PUT", f"/hidden/{PERSON}/sent", b"s", address=ADDRESS)[0] == 200
    s3.put_object(Bucket="hidden", Key="other", Body=b"o")
    kept = tmp_path / "kept"
    kept.write_text(server.command("audit", "checkpoint", server.data).stdout)
    assert having(server, PERSON) and having(server, ADDRESS)
    assert not any(name.startswith("lineage.sqlite") for name in having(server, PERSON))

    refused = server.command("commitments", "erase", server.data, "--key", f"{PERSON}/raw", "--bucket", "hidden",
                             "--reason", "r", expect=None)
    assert refused.returncode != 0 and "still has the key" in refused.stderr
    s3.delete_bucket_lifecycle(Bucket="hidden")
    listing = s3.list_object_versions(Bucket="hidden", Prefix=PERSON)
    for item in listing["DeleteMarkers"]:
        s3.delete_object(Bucket="hidden", Key=item["Key"], VersionId=item["VersionId"])
    raw = next(item for item in listing["Versions"] if item["Key"].endswith("/raw"))
    for item in listing["Versions"]:
        lineage.ask("erase", f"s3://hidden/{item['Key']}?versionId={item['VersionId']}", "--reason", "request 1")
    # A name that no version is left to erase with.
    server.command("commitments", "erase", server.data, "--key", f"{PERSON}/given-up", "--bucket", "hidden",
                   "--reason", "request 1")
    server.command("commitments", "erase", server.data, "--prefix", PERSON, "--reason", "request 1")
    dry = json.loads(server.command("commitments", "erase", server.data, "--address", ADDRESS, "--reason", "request 1",
                                    "--dry-run", "--json").stdout)
    assert dry["commitments"] == 1 and "position" not in dry
    done = json.loads(server.command("commitments", "erase", server.data, "--address", ADDRESS, "--reason", "request 1",
                                     "--json").stdout)
    assert done["commitments"] == 1 and done["position"]
    assert "no entry" in server.command("commitments", "erase", server.data, "--address", ADDRESS, "--reason", "r",
                                        expect=1).stdout
    server.command("gc", server.data)
    answer = lineage.ask("upstream", "s3://hidden/model")
    assert [node for node in answer["nodes"] if node.get("isErased") and node["kind"] == "version"]
    assert PERSON not in json.dumps(answer)
    assert "(a commitment: the key was erased)" in lineage.cairn("lineage", "upstream", "s3://hidden/model").stdout
    lineage.cairn("lineage", "upstream", f"s3://hidden/{PERSON}/raw?versionId={raw['VersionId']}", expect=1)
    server.command("audit", "export", server.data, tmp_path / "log")
    server.command("audit", "verify", tmp_path / "log", "--checkpoint", kept)
    assert having(server, PERSON) == [] and having(server, ADDRESS) == []
    server.stop()
    assert having(server, PERSON) == [] and having(server, ADDRESS) == []
    server.command("audit", "verify", server.data, "--checkpoint", kept)

    # The graph that is made anew of the journal tells the same.
    for path in server.data.glob("lineage.sqlite*"):
        path.unlink()
    server.start()
    again = lineage.ask("upstream", "s3://hidden/model")
    assert again["nodes"] == answer["nodes"] and again["edges"] == answer["edges"]
    assert s3.get_object(Bucket="hidden", Key="model")["Body"].read() == b"m"
