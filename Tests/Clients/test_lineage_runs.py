"""Programs that know nothing of lineage run under `cairn run exec`, and what they did is asked back."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from support.lineage import Lineage, edges, keys, nodes
from support.server import BINARY


@pytest.fixture(scope="module")
def lineage(server):
    return Lineage(server)


def test_a_boto3_program_is_a_run_with_inputs_ranges_and_outputs(lineage, s3, bucket):
    s3.put_object(Bucket=bucket, Key="raw/one", Body=b"a" * 10_000)
    s3.put_object(Bucket=bucket, Key="raw/two", Body=b"b" * 10_000)
    run = lineage.python("training/fit", f"""
s3.get_object(Bucket="{bucket}", Key="raw/one")["Body"].read()
s3.get_object(Bucket="{bucket}", Key="raw/two", Range="bytes=100-199")["Body"].read()
s3.put_object(Bucket="{bucket}", Key="model", Body=b"weights")
""", options=["--param", "lr=0.1", "--param", "epochs=3", "--code", "abc123"])
    answer = lineage.ask("upstream", f"s3://{bucket}/model")
    assert not answer["isPartial"]
    assert keys(answer) == ["raw/one", "raw/two"]
    model = answer["nodes"][0]
    assert (model["bucket"], model["key"], model["size"]) == (bucket, "model", 7)
    assert model["sha256"] == hashlib.sha256(b"weights").hexdigest()
    found = next(node for node in nodes(answer, "run") if node["run"] == run)
    assert (found["namespace"], found["job"], found["exitCode"]) == ("training", "fit", 0)
    assert found["facts"]["param:lr"] == "0.1" and found["facts"]["code"] == "abc123"
    places = {node["id"]: node for node in answer["nodes"]}
    used = {places[edge["to"]]["key"]: edge for edge in edges(answer, "used", "observed")
            if edge["from"] == f"run:{run}"}
    assert used["raw/one"]["ranges"] == [[0, 10_000]]
    assert used["raw/two"]["ranges"] == [[100, 200]] and used["raw/two"]["bytes"] == 100
    assert [edge["to"] for edge in edges(answer, "generated") if edge["from"] == model["id"]] == [f"run:{run}"]
    down = lineage.ask("downstream", f"s3://{bucket}/raw/two")
    assert "model" in keys(down)


def test_the_aws_cli_is_a_run_as_well(lineage, s3, bucket, folder):
    s3.put_object(Bucket=bucket, Key="in", Body=b"x" * 100)
    aws = shutil.which("aws", path=os.path.dirname(sys.executable))
    lineage.execute("copy", "sh", "-c", f"'{aws}' s3 cp s3://{bucket}/in - | '{aws}' s3 cp - s3://{bucket}/out")
    assert keys(lineage.ask("upstream", f"s3://{bucket}/out")) == ["in"]


def test_what_is_read_after_the_output_is_no_origin_of_it(lineage, s3, bucket):
    for key in ["before", "after"]:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    lineage.python("order", f"""
s3.get_object(Bucket="{bucket}", Key="before")["Body"].read()
s3.put_object(Bucket="{bucket}", Key="out", Body=b"y")
s3.get_object(Bucket="{bucket}", Key="after")["Body"].read()
""")
    assert keys(lineage.ask("upstream", f"s3://{bucket}/out")) == ["before"]


def test_a_chain_of_runs_is_walked_and_its_depth_is_kept(lineage, s3, bucket):
    s3.put_object(Bucket=bucket, Key="s0", Body=b"0")
    for step in range(3):
        lineage.python(f"step{step}", f"""
s3.get_object(Bucket="{bucket}", Key="s{step}")["Body"].read()
s3.put_object(Bucket="{bucket}", Key="s{step + 1}", Body=b"{step}")
""")
    assert keys(lineage.ask("upstream", f"s3://{bucket}/s3")) == ["s0", "s1", "s2"]
    assert keys(lineage.ask("upstream", f"s3://{bucket}/s3", "--depth", "1")) == ["s2"]
    assert keys(lineage.ask("downstream", f"s3://{bucket}/s0")) == ["s1", "s2", "s3"]
    way = lineage.ask("path", f"s3://{bucket}/s0", f"s3://{bucket}/s3")
    assert [node["key"] for node in nodes(way, "version")] == ["s0", "s1", "s2", "s3"]
    impact = lineage.ask("impact", f"s3://{bucket}/s0")
    assert impact["counts"]["versions"] == 3 and [a["key"] for a in impact["artifacts"]] == ["s3"]


def test_runs_nest(lineage, s3, bucket):
    inner = f"'{BINARY}' run exec --job inner -- sh -c 'echo INNER=$CAIRN_RUN_ID'"
    done = lineage.execute("outer", "sh", "-c", f"echo OUTER=$CAIRN_RUN_ID; {inner}")
    found = dict(line.split("=") for line in done.stdout.split())
    assert lineage.ask("run", found["INNER"])["run"]["parent"] == found["OUTER"]


@pytest.mark.parametrize("script, status", [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 128 + signal.SIGTERM)])
def test_the_exit_status_is_the_commands(lineage, script, status):
    lineage.execute("status", "sh", "-c", script, expect=status)
    newest = lineage.ask("runs", "--job", "status", "--limit", "1")["runs"][0]
    assert newest["exitCode"] == status and newest["status"] == ("completed" if status == 0 else "failed")


def test_a_command_that_is_not_there_is_127_and_ends_its_run(lineage):
    assert "No such file" in lineage.execute("absent", "/no/such/command", expect=127).stderr
    assert lineage.ask("runs", "--job", "absent")["runs"][0]["exitCode"] == 127


def test_signals_reach_the_command_and_it_may_end_as_it_likes(lineage):
    program = "trap 'exit 42' USR1; echo ready; while :; do sleep 0.05; done"
    process = subprocess.Popen([str(BINARY), "run", "exec", "--job", "signals", "--", "sh", "-c", program],
                               env=lineage.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGUSR1)
    assert process.wait(timeout=30) == 42


def test_without_a_server_nothing_runs(lineage, folder):
    mark = folder / "mark"
    environment = lineage.environment | {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    done = subprocess.run([str(BINARY), "run", "exec", "--job", "x", "--", "touch", str(mark)], env=environment,
                          capture_output=True, text=True)
    assert done.returncode == 69 and not mark.exists()


def test_unknown_things_fail_at_once(lineage, s3, bucket):
    begun = time.monotonic()
    s3.put_object(Bucket=bucket, Key="there", Body=b"x")
    for words in [("upstream", f"s3://{bucket}/never"), ("upstream", "s3://no-such-bucket-here/x"),
                  ("upstream", f"s3://{bucket}/there?versionId=3HL4kqtJlcpXroDTDmjVBH40Nrjfkd"),
                  ("run", "01890000-0000-7000-8000-000000000000"), ("by-digest", "00" * 32)]:
        done = lineage.cairn("lineage", *words, expect=None)
        assert done.returncode == 1 and done.stderr, words
    assert time.monotonic() - begun < 10


def test_a_limit_makes_the_answer_partial_and_says_so(lineage, s3, bucket):
    for number in range(5):
        s3.put_object(Bucket=bucket, Key=f"in{number}", Body=b"x")
    lineage.python("wide", f"""
for number in range(5): s3.get_object(Bucket="{bucket}", Key=f"in{{number}}")["Body"].read()
s3.put_object(Bucket="{bucket}", Key="out", Body=b"y")
""")
    answer = lineage.ask("upstream", f"s3://{bucket}/out", "--limit", "3")
    assert answer["isPartial"] and answer["gaps"] and len(answer["nodes"]) <= 3
    assert "not all" in lineage.cairn("lineage", "upstream", f"s3://{bucket}/out", "--limit", "3").stderr


def test_a_manifest_names_every_input_and_reproduce_holds_each_to_it(lineage, s3, bucket, folder):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=bucket, Key="a/../b", Body=b"first")
    lineage.python("make", f"""
s3.get_object(Bucket="{bucket}", Key="a/../b")["Body"].read()
s3.put_object(Bucket="{bucket}", Key="model", Body=b"m")
""", options=["--code", "deadbeef", "--param", "k=v"])
    s3.put_object(Bucket=bucket, Key="a/../b", Body=b"second")
    manifest = lineage.ask("manifest", f"s3://{bucket}/model")
    assert manifest["code"] == "deadbeef" and manifest["parameters"] == {"k": "v"}
    [entry] = manifest["inputs"]
    assert entry["isRaw"] and entry["isDirect"] and entry["sha256"] == hashlib.sha256(b"first").hexdigest()
    file = folder / "m.json"
    file.write_text(json.dumps(manifest))
    lineage.cairn("lineage", "reproduce", file, folder / "out")
    found = [path for path in (folder / "out").rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in found] == [b"first"]
    assert found[0].resolve().is_relative_to((folder / "out").resolve())
    manifest["inputs"][0]["sha256"] = "00" * 32
    file.write_text(json.dumps(manifest))
    assert "DIFFERS" in lineage.cairn("lineage", "reproduce", file, folder / "again", expect=1).stdout
    s3.delete_object(Bucket=bucket, Key="a/../b", VersionId=entry["versionId"])
    assert "MISSING" in lineage.cairn("lineage", "reproduce", file, folder / "gone", expect=1).stdout
    gone = next(n for n in nodes(lineage.ask("upstream", f"s3://{bucket}/model"), "version") if n["depth"] == 1)
    assert gone["removal"] == "deleted"


def test_two_runs_are_held_against_each_other(lineage, s3, bucket):
    s3.put_object(Bucket=bucket, Key="same", Body=b"s")
    runs = []
    for number in range(2):
        s3.put_object(Bucket=bucket, Key="other", Body=b"%d" % number)
        runs.append(lineage.python("twice", f"""
for key in ["same", "other"]: s3.get_object(Bucket="{bucket}", Key=key)["Body"].read()
s3.put_object(Bucket="{bucket}", Key="out", Body=b"o")
""", options=["--param", f"n={number}"]))
    found = lineage.ask("diff", *runs)
    assert [(e["change"], e["right"]["key"]) for e in found["inputs"]] == [("changed", "other")]
    assert found["unchangedInputs"] == 1
    assert [e["change"] for e in found["outputs"]] == ["rewritten"]
    assert {f["name"]: (f["left"], f["right"]) for f in found["facts"]}["param:n"] == ("0", "1")


def test_the_past_is_asked_as_it_was(lineage, s3, bucket):
    s3.put_object(Bucket=bucket, Key="in", Body=b"i")
    lineage.python("once", f"""
s3.get_object(Bucket="{bucket}", Key="in")["Body"].read()
s3.put_object(Bucket="{bucket}", Key="first", Body=b"1")
""")
    index = lineage.ask("downstream", f"s3://{bucket}/in")["position"]
    lineage.python("later", f"""
s3.get_object(Bucket="{bucket}", Key="in")["Body"].read()
s3.put_object(Bucket="{bucket}", Key="second", Body=b"2")
""")
    assert keys(lineage.ask("downstream", f"s3://{bucket}/in")) == ["first", "second"]
    assert keys(lineage.ask("downstream", f"s3://{bucket}/in", "--at", str(index))) == ["first"]
    lineage.cairn("lineage", "upstream", f"s3://{bucket}/second", "--at", str(index), expect=1)


def test_the_whole_ancestry_is_held_in_one_call(lineage, s3):
    bucket = f"held-{os.getpid()}"
    s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    s3.put_object(Bucket=bucket, Key="in", Body=b"i")
    lineage.python("held", f"""
s3.get_object(Bucket="{bucket}", Key="in")["Body"].read()
s3.put_object(Bucket="{bucket}", Key="model", Body=b"m")
""")
    assert len(lineage.ask("hold", f"s3://{bucket}/model", "--dry-run")["held"]) == 2
    version = s3.head_object(Bucket=bucket, Key="in")
    assert "ObjectLockLegalHoldStatus" not in version
    lineage.ask("hold", f"s3://{bucket}/model")
    assert s3.head_object(Bucket=bucket, Key="in")["ObjectLockLegalHoldStatus"] == "ON"
    with pytest.raises(s3.exceptions.ClientError):
        s3.delete_object(Bucket=bucket, Key="in", VersionId=version["VersionId"])
    manifest = lineage.ask("manifest", f"s3://{bucket}/model")
    assert manifest["inputs"][0]["legalHold"] is True
    lineage.ask("hold", f"s3://{bucket}/model", "--off")
    assert s3.head_object(Bucket=bucket, Key="in")["ObjectLockLegalHoldStatus"] == "OFF"


def test_what_cannot_be_held_is_said(lineage, s3, bucket):
    s3.put_object(Bucket=bucket, Key="free", Body=b"f")
    answer = lineage.ask("hold", f"s3://{bucket}/free", expect=1)
    assert answer["held"] == [] and "Object Lock" in answer["left"][0]["reason"]


def test_others_see_neither_objects_nor_runs(lineage, server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="mine", Body=b"m")
    run = lineage.python("mine", f's3.get_object(Bucket="{bucket}", Key="mine")["Body"].read()')
    other = json.loads(server.command("key", "create", server.data, "--name", "other", "--json").stdout)
    stranger = Lineage(server, AWS_ACCESS_KEY_ID=other["id"], AWS_SECRET_ACCESS_KEY=other["secret"])
    assert "AccessDenied" in stranger.cairn("lineage", "upstream", f"s3://{bucket}/mine", expect=1).stderr
    stranger.cairn("lineage", "run", run, expect=1)
    assert stranger.ask("runs")["runs"] == []
    stranger.cairn("lineage", "completeness", expect=1)
    stranger.python("own", "")
    assert [r["job"] for r in stranger.ask("runs", "--announced")["runs"]] == ["own"]


def test_pictures_and_trees(lineage, s3, bucket):
    s3.put_object(Bucket=bucket, Key='a "quoted" \\ <key>', Body=b"i")
    lineage.python("draw", f"""
s3.get_object(Bucket="{bucket}", Key='a "quoted" \\\\ <key>')["Body"].read()
s3.put_object(Bucket="{bucket}", Key="out", Body=b"o")
""")
    tree = lineage.cairn("lineage", "upstream", f"s3://{bucket}/out").stdout
    assert "└─ ● run draw" in tree and '● read 1 B of' in tree
    dot = lineage.cairn("lineage", "upstream", f"s3://{bucket}/out", "--dot").stdout
    assert dot.startswith("digraph") and 'a \\"quoted\\" \\\\ <key>' in dot
    mermaid = lineage.cairn("lineage", "upstream", f"s3://{bucket}/out", "--mermaid").stdout
    assert mermaid.startswith("flowchart") and "#34;quoted#34;" in mermaid
