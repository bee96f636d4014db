"""Whose a run is: knowing its UUID is no right to speak for it, before and after the server is started anew."""

import json
import time
import uuid

import boto3
import pytest
from support.lineage import Lineage, edges, nodes
from test_lineage_openlineage import event, post

RUN_ROLE = "arn:aws:iam::%s:role/cairn/run"


@pytest.fixture(scope="module")
def lineage(server):
    return Lineage(server)


@pytest.fixture(scope="module")
def stranger(server):
    return json.loads(server.command("key", "create", server.data, "--name", "stranger", "--json").stdout)


def clients(server, key, secret, run):
    """Clients of a session that says it is of a run."""
    common = {"endpoint_url": server.endpoint, "region_name": "us-east-1"}
    sts = boto3.client("sts", aws_access_key_id=key, aws_secret_access_key=secret, **common)
    account = sts.get_caller_identity()["Account"]
    issued = sts.assume_role(RoleArn=RUN_ROLE % account, RoleSessionName="session",
                             Tags=[{"Key": "cairn:run", "Value": run}])["Credentials"]
    return boto3.client("s3", aws_access_key_id=issued["AccessKeyId"],
                        aws_secret_access_key=issued["SecretAccessKey"],
                        aws_session_token=issued["SessionToken"], **common)


def test_a_stranger_who_knows_a_run_writes_nothing_in_its_name(server, lineage, stranger, s3, bucket):
    s3.put_object(Bucket=bucket, Key="in", Body=b"i")
    run = lineage.python("owned", f"""
s3.get_object(Bucket="{bucket}", Key="in")["Body"].read()
s3.put_object(Bucket="{bucket}", Key="out", Body=b"o")
""")
    token = Lineage(server, AWS_ACCESS_KEY_ID=stranger["id"], AWS_SECRET_ACCESS_KEY=stranger["secret"]).cairn(
        "lineage", "token").stdout.strip()
    for restarts in range(2):
        if restarts:
            server.stop()
            server.start()
        thief = clients(server, stranger["id"], stranger["secret"], run)
        name = f"thief-{uuid.uuid4().hex[:12]}"
        thief.create_bucket(Bucket=name)
        thief.put_object(Bucket=name, Key="forged", Body=b"f")
        body = json.dumps(event(run={"runId": run}, job={"namespace": "n", "name": "j"}, eventType="FAIL")).encode()
        assert post(server, token, body)[0] == 403
        answer = lineage.ask("upstream", f"s3://{name}/forged")
        [made] = nodes(answer, "run")
        assert made["run"] != run and made["facts"]["cairn:run"] == run
        told = lineage.ask("run", run)
        assert told["run"]["status"] == "completed"
        written = {edge["from"] for edge in edges(told, "generated")}
        assert {node["key"] for node in told["nodes"] if node["id"] in written} == {"out"}
    # Its own account goes on with it, though the server has been started anew.
    clients(server, server.access_key, server.secret_key, run).put_object(Bucket=bucket, Key="later", Body=b"l")
    assert run in [n["run"] for n in nodes(lineage.ask("upstream", f"s3://{bucket}/later"), "run")]


def test_the_same_event_is_new_to_each_account(server, lineage, stranger):
    tokens = [lineage.cairn("lineage", "token").stdout.strip(), Lineage(
        server, AWS_ACCESS_KEY_ID=stranger["id"], AWS_SECRET_ACCESS_KEY=stranger["secret"]).cairn(
            "lineage", "token").stdout.strip()]
    body = json.dumps(event(job={"namespace": "n", "name": "a job"})).encode()
    for is_new in [True, False]:
        for token in tokens:
            status, answer = post(server, token, body)
            assert status == 201 and answer["events"][0]["isNew"] == is_new


def test_a_batch_of_thousands_is_seconds(server, lineage):
    token = lineage.cairn("lineage", "token").stdout.strip()
    events = [event(run={"runId": str(uuid.uuid4())}, job={"namespace": "n", "name": "many"}, eventType="START")
              for _ in range(3000)]
    begin = time.monotonic()
    status, answer = post(server, token, json.dumps(events).encode(), "/api/v1/lineage/batch")
    seconds = time.monotonic() - begin
    assert status == 200 and all(receipt["isNew"] for receipt in answer["events"])
    # One commit for each event took twenty; a debug build on a busy machine takes two.
    assert seconds < 12, seconds
