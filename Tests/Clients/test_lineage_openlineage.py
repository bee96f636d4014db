"""Declared lineage, from the OpenLineage project's own client and by hand."""

import gzip
import json
import urllib.error
import urllib.request
import uuid
from datetime import datetime, timezone


import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import (Dataset, DatasetEvent, InputDataset, Job, JobEvent, OutputDataset, Run,
                                         RunEvent, RunState)
from openlineage.client.facet_v2 import column_lineage_dataset, dataset_version_dataset, parent_run
from openlineage.client.transport.http import ApiKeyTokenProvider, HttpCompression, HttpConfig, HttpTransport
from support.lineage import Lineage, edges, keys, nodes

PRODUCER = "https://example.com/tests"


@pytest.fixture(scope="module")
def lineage(server):
    return Lineage(server)


@pytest.fixture(scope="module")
def token(lineage):
    return lineage.cairn("lineage", "token").stdout.strip()


def make_client(server, token, compression=None):
    return OpenLineageClient(transport=HttpTransport(HttpConfig(
        url=server.endpoint, auth=ApiKeyTokenProvider({"api_key": token}), compression=compression)))


@pytest.fixture(params=[None, HttpCompression.GZIP], ids=["plain", "gzip"])
def client(request, server, token):
    return make_client(server, token, request.param)


def now():
    return datetime.now(timezone.utc).isoformat()


def run_event(state, run, inputs=(), outputs=(), job="declared", **facets):
    return RunEvent(eventType=state, eventTime=now(), run=Run(runId=run, facets=facets),
                    job=Job(namespace="tests", name=job), producer=PRODUCER, inputs=list(inputs),
                    outputs=list(outputs))


def post(server, token, body, path="/api/v1/lineage", **headers):
    request = urllib.request.Request(server.endpoint + path, data=body, method="POST", headers={
        "Authorization": f"Bearer {token}", "Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def signed(server, path):
    request = AWSRequest("GET", server.endpoint + path)
    S3SigV4Auth(Credentials(server.access_key, server.secret_key), "s3", "us-east-1").add_auth(request)
    with urllib.request.urlopen(urllib.request.Request(request.url, headers=dict(request.headers))) as answer:
        return answer.read()


def event(**members):
    return {"eventTime": now(), "producer": PRODUCER, "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json",
            **members}


def test_the_python_client_declares_a_run(client, lineage, s3, bucket):
    for key in ["in/a", "in/b", "out"]:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    run, parent = str(uuid.uuid4()), str(uuid.uuid4())
    space = f"s3://{bucket}"
    client.emit(run_event(RunState.START, run, parent=parent_run.ParentRunFacet(
        run=parent_run.Run(runId=parent), job=parent_run.Job(namespace="tests", name="above"))))
    client.emit(run_event(RunState.COMPLETE, run, [InputDataset(space, "in/a"), InputDataset(space, "in/b")],
                          [OutputDataset(space, "out")]))
    answer = lineage.ask("upstream", f"s3://{bucket}/out", "--evidence", "declared")
    assert keys(answer) == ["in/a", "in/b"]
    found = next(node for node in nodes(answer, "run") if node["run"] == run)
    assert (found["namespace"], found["job"], found["status"]) == ("tests", "declared", "completed")
    assert found["parent"] == parent
    # Nobody saw this run read anything, and that is a question with an answer.
    wrong = lineage.ask("contradictions", "--run", run, expect=1)["contradictions"]
    assert sorted((entry["kind"], entry["version"]["key"]) for entry in wrong) == [
        ("declaredNeverRead", "in/a"), ("declaredNeverRead", "in/b"), ("declaredNeverWritten", "out")]
    assert lineage.ask("upstream", f"s3://{bucket}/out", "--evidence", "observed")["nodes"][1:] == [] or \
        keys(lineage.ask("upstream", f"s3://{bucket}/out", "--evidence", "observed")) == []


def test_within_cairn_run_a_client_needs_no_configuration(lineage, s3, bucket):
    s3.put_object(Bucket=bucket, Key="read", Body=b"r")
    s3.put_object(Bucket=bucket, Key="unread", Body=b"u")
    run = lineage.python("both", f"""
import datetime
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
s3.get_object(Bucket="{bucket}", Key="read")["Body"].read()
s3.put_object(Bucket="{bucket}", Key="out", Body=b"o")
OpenLineageClient().emit(RunEvent(
    eventType=RunState.COMPLETE, eventTime=datetime.datetime.now(datetime.timezone.utc).isoformat(),
    run=Run(runId=os.environ["CAIRN_RUN_ID"]), job=Job(namespace="x", name="both"), producer="{PRODUCER}",
    inputs=[InputDataset("s3a://{bucket}", "/unread")], outputs=[OutputDataset("s3a://{bucket}", "out")]))
""")
    wrong = lineage.ask("contradictions", "--run", run, expect=1)["contradictions"]
    assert sorted((entry["kind"], entry["version"]["key"]) for entry in wrong) == [
        ("declaredNeverRead", "unread"), ("readNeverDeclared", "read")]
    # Declared and observed stand beside each other, and the end is the command's own.
    answer = lineage.ask("upstream", f"s3://{bucket}/out")
    assert {edge["evidence"] for edge in edges(answer, "generated") if edge["to"] == f"run:{run}"} == {
        "observed", "declared"}
    assert lineage.ask("run", run)["run"]["exitCode"] == 0


def test_the_version_that_was_read_is_meant_and_else_the_one_of_the_time(lineage, server, token, s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="table", Body=b"1")["VersionId"]
    between = now()
    second = s3.put_object(Bucket=bucket, Key="table", Body=b"2")["VersionId"]
    s3.put_object(Bucket=bucket, Key="report", Body=b"r")

    def used(**more):
        run = str(uuid.uuid4())
        status, answer = post(server, token, json.dumps({**event(
            run={"runId": run}, job={"namespace": "tests", "name": "versions"},
            inputs=[{"namespace": f"s3://{bucket}", "name": "table", **more.pop("input", {})}]), **more}).encode())
        assert status == 201, answer
        found = lineage.ask("run", run)
        [edge] = edges(found, "used", "declared")
        return next(n["versionId"] for n in found["nodes"] if n["id"] == edge["to"]), answer["events"][0]["asOf"]

    assert used() == (second, 1)
    assert used(eventTime=between) == (first, 1)
    facet = {"version": {"_producer": PRODUCER, "_schemaURL": PRODUCER, "datasetVersion": first}}
    assert used(input={"facets": facet}) == (first, 0)


def test_more_exact_facets_come_first(lineage, client, s3, bucket):
    for key in ["a", "b", "c", "by-column", "by-lineage"]:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    space = f"s3://{bucket}"
    columns = column_lineage_dataset.ColumnLineageDatasetFacet(fields={"x": column_lineage_dataset.Fields(
        inputFields=[column_lineage_dataset.InputField(namespace=space, name="b", field="y")])})
    client.emit(JobEvent(
        eventTime=now(), producer=PRODUCER, job=Job("tests", "facets"),
        inputs=[InputDataset(space, key) for key in "abc"],
        outputs=[OutputDataset(space, "by-column", facets={"columnLineage": columns})]))
    assert keys(lineage.ask("upstream", f"s3://{bucket}/by-column", "--evidence", "declared")) == ["b"]


def test_a_dataset_event_declares_by_its_lineage_facet(lineage, server, token, s3, bucket):
    for key in ["source", "target"]:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    status, answer = post(server, token, json.dumps(event(dataset={
        "namespace": f"s3://{bucket}", "name": "target", "facets": {"lineage": {
            "_producer": PRODUCER, "_schemaURL": PRODUCER,
            "inputs": [{"namespace": f"s3://{bucket}", "name": "source", "type": "DATASET"}]}}})).encode(), "/lineage")
    assert (status, answer["events"][0]["derived"]) == (201, 1)
    assert keys(lineage.ask("upstream", f"s3://{bucket}/target", "--evidence", "declared")) == ["source"]


def test_bytes_come_back_as_they_were_sent_and_twice_is_once(server, token):
    strange = json.dumps(event(run={"runId": str(uuid.uuid4()), "facets": {
        "unknown_thing": {"_producer": PRODUCER, "_schemaURL": PRODUCER, "ünïcode": [1.50, -0.0, 1e2, None]}}},
        job={"namespace": "n", "name": "j"}), indent=3, ensure_ascii=False).encode()
    status, first = post(server, token, strange)
    assert status == 201 and first["events"][0]["isNew"]
    digest = first["events"][0]["sha256"]
    status, again = post(server, token, gzip.compress(strange), **{"Content-Encoding": "gzip"})
    assert status == 201 and not again["events"][0]["isNew"] and again["events"][0]["sha256"] == digest
    assert signed(server, f"/_cairn/lineage/v1/events/{digest}") == strange


@pytest.mark.parametrize("path", ["/api/v1/lineage/batch", "/lineage/batch"])
def test_a_batch_is_taken_whole_or_not_at_all(server, token, lineage, path):
    runs = [str(uuid.uuid4()) for _ in range(3)]
    good = [event(run={"runId": run}, job={"namespace": "n", "name": "batch"}, eventType="START") for run in runs]
    status, answer = post(server, token, json.dumps(good).encode(), path)
    assert status == 200 and [e["run"] for e in answer["events"]] == runs
    other = str(uuid.uuid4())
    bad = [event(run={"runId": other}, job={"namespace": "n", "name": "batch"}), {"eventTime": "yesterday"}]
    status, answer = post(server, token, json.dumps(bad).encode(), path)
    assert status == 422 and "event 1" in answer["error"]["message"]
    lineage.cairn("lineage", "run", other, expect=1)


@pytest.mark.parametrize("body, status, word", [
    (b"{", 400, "byte 1"), (b"[]", 422, "object"), (b'{"a":1,"a":2}', 400, "twice"),
    (json.dumps({"eventTime": "2020-01-01T00:00:00Z"}).encode(), 422, "producer"),
    (json.dumps({"eventTime": "now", "producer": "p", "schemaURL": "s"}).encode(), 422, "eventTime"),
    (json.dumps({"eventTime": "2020-01-01T00:00:00Z", "producer": "p", "schemaURL": "s"}).encode(), 422, "neither"),
    (json.dumps({"eventTime": "2020-01-01T00:00:00Z", "producer": "p", "schemaURL": "s", "run": {"runId": "x"},
                 "job": {"namespace": "n", "name": "j"}}).encode(), 422, "run.runId"),
    (json.dumps({"eventTime": "2020-01-01T00:00:00Z", "producer": "p", "schemaURL": "s", "eventType": "DONE",
                 "run": {"runId": str(uuid.uuid4())}, "job": {"namespace": "n", "name": "j"}}).encode(), 422,
     "eventType"),
    (b"[" * 5000, 400, "deeper"),
])
def test_what_is_no_event_is_refused_in_words(server, token, body, status, word):
    found, answer = post(server, token, body)
    assert found == status and word in answer["error"]["message"], answer


def test_too_much_is_refused_before_it_is_unpacked(server, token):
    assert post(server, token, gzip.compress(b" " * (17 << 20)), **{"Content-Encoding": "gzip"})[0] == 413
    assert post(server, token, b"no gzip", **{"Content-Encoding": "gzip"})[0] == 400
    assert post(server, token, b"{}", **{"Content-Encoding": "br"})[0] == 415


def test_a_token_sends_events_and_nothing_else(server, token):
    assert post(server, token[:-1] + ("A" if token[-1] != "A" else "B"), b"{}")[0] == 403
    assert post(server, f"{server.access_key}:{server.secret_key}", b"{}")[0] == 403
    request = urllib.request.Request(server.endpoint + "/_cairn/lineage/v1/runs",
                                     headers={"Authorization": f"Bearer {token}"})
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request)
    assert refusal.value.code == 403
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(urllib.request.Request(
            server.endpoint + "/", headers={"Authorization": f"Bearer {token}"}))


def test_a_run_of_another_account_is_not_told_about(server, lineage, token):
    run = str(uuid.uuid4())
    body = json.dumps(event(run={"runId": run}, job={"namespace": "n", "name": "j"})).encode()
    assert post(server, token, body)[0] == 201
    other = json.loads(server.command("key", "create", server.data, "--name", "other", "--json").stdout)
    stranger = Lineage(server, AWS_ACCESS_KEY_ID=other["id"], AWS_SECRET_ACCESS_KEY=other["secret"])
    strange = stranger.cairn("lineage", "token").stdout.strip()
    body = json.dumps(event(run={"runId": run}, job={"namespace": "n", "name": "other"})).encode()
    assert post(server, strange, body)[0] == 403


def test_a_bucket_may_be_called_lineage(server, s3):
    for name in ["lineage", "api"]:
        s3.create_bucket(Bucket=name)
    s3.put_object(Bucket="api", Key="v1/lineage", Body=b"an object")
    assert s3.get_object(Bucket="api", Key="v1/lineage")["Body"].read() == b"an object"
    form = s3.generate_presigned_post("lineage", "by-form")
    import requests
    assert requests.post(form["url"], data=form["fields"], files={"file": b"f"}).status_code == 204
    assert s3.get_object(Bucket="lineage", Key="by-form")["Body"].read() == b"f"


def test_a_header_declares_what_an_object_came_from(lineage, s3, bucket):
    for key in ["one", "two"]:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    sources = f"s3://{bucket}/one, s3://{bucket}/two,s3://{bucket}/never"
    s3.put_object(Bucket=bucket, Key="out", Body=b"o", Metadata={"lineage-derived-from": sources})
    answer = lineage.ask("upstream", f"s3://{bucket}/out", "--evidence", "declared")
    assert keys(answer) == ["one", "two"]
    assert {edge["kind"] for edge in answer["edges"] if edge["from"] == answer["nodes"][0]["id"]} == {"derivedFrom"}
    assert s3.head_object(Bucket=bucket, Key="out")["Metadata"] == {"lineage-derived-from": sources}
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts", Metadata={"lineage-derived-from": f"s3://{bucket}/one"})
    part = s3.upload_part(Bucket=bucket, Key="parts", UploadId=upload["UploadId"], PartNumber=1, Body=b"p")
    s3.complete_multipart_upload(Bucket=bucket, Key="parts", UploadId=upload["UploadId"],
                                 MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    assert keys(lineage.ask("upstream", f"s3://{bucket}/parts", "--evidence", "declared")) == ["one"]
