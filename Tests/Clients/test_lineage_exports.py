"""Lineage in the forms of other tools, read by those tools; and the log of the store over HTTP."""

import base64
import hashlib
import json
import urllib.error
import urllib.request

import prov.model
import pytest
from openlineage.client.utils import import_from_string  # noqa: F401  the client is installed
from support.lineage import Lineage
from test_lineage_openlineage import post, signed


@pytest.fixture(scope="module")
def lineage(server):
    return Lineage(server)


@pytest.fixture
def model(lineage, s3, bucket):
    s3.put_object(Bucket=bucket, Key="données brutes", Body=b"raw")
    lineage.python("fit", f"""
s3.get_object(Bucket="{bucket}", Key="données brutes")["Body"].read()
s3.put_object(Bucket="{bucket}", Key="model", Body=b"weights")
s3.copy_object(Bucket="{bucket}", Key="copy", CopySource="{bucket}/model")
""", options=["--code", "abc"])
    return f"s3://{bucket}/copy"


def export(lineage, model, form):
    return json.loads(lineage.cairn("lineage", "export", model, "--format", form).stdout)


def test_prov_is_read_by_the_prov_package(lineage, model):
    text = lineage.cairn("lineage", "export", model, "--format", "prov").stdout
    document = prov.model.ProvDocument.deserialize(content=text, format="json")
    entities = {str(record.label) for record in document.get_records(prov.model.ProvEntity)}
    assert model in entities and any("données brutes" in label for label in entities)
    assert document.get_records(prov.model.ProvUsage) and document.get_records(prov.model.ProvGeneration)
    assert document.get_records(prov.model.ProvDerivation) and document.get_records(prov.model.ProvMembership)
    assert prov.model.ProvDocument.deserialize(content=document.serialize(format="json"), format="json") == document


def test_runs_over_the_same_data_have_one_collection_and_anybody_can_check_it(lineage, s3, bucket):
    for number in range(5):
        s3.put_object(Bucket=bucket, Key=f"shard-{number}", Body=b"%d" % number)
    read = "\n".join(f's3.get_object(Bucket="{bucket}", Key="shard-{n}")["Body"].read()' for n in range(5))
    for job in ("first", "second"):
        lineage.python(job, f"""{read}
s3.put_object(Bucket="{bucket}", Key="{job}", Body=b"model")
""")
    tree = json.loads(lineage.cairn("lineage", "upstream", f"s3://{bucket}/first", "--depth", "1", "--json").stdout)
    root = next(node["collection"] for node in tree["nodes"] if node["kind"] == "run" and node.get("job") == "first")
    found = json.loads(lineage.cairn(
        "lineage", "collection", root, "--prove", f"s3://{bucket}/shard-3", "--json").stdout)
    assert sorted(run["job"] for run in found["runs"]) == ["first", "second"]
    assert [member["key"] for member in found["members"]] == [f"shard-{n}" for n in range(5)]
    # RFC 6962 by hand: five leaves are a tree of four and one.
    leaves = [hashlib.sha256(b"\0" + member["leaf"].encode()).digest() for member in found["members"]]
    node = lambda left, right: hashlib.sha256(b"\1" + left + right).digest()  # noqa: E731
    four = node(node(leaves[0], leaves[1]), node(leaves[2], leaves[3]))
    assert node(four, leaves[4]).hex() == root
    hashes = [base64.b64decode(text) for text in found["proof"]["hashes"]]
    assert hashes == [leaves[2], node(leaves[0], leaves[1]), leaves[4]] and found["proof"]["leafIndex"] == 3


def test_an_in_toto_statement_names_the_observed_inputs(lineage, model):
    statement = export(lineage, model, "in-toto")
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://slsa.dev/provenance/v1"
    assert statement["subject"][0]["digest"]["sha256"] == hashlib.sha256(b"weights").hexdigest()
    dependencies = statement["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert hashlib.sha256(b"raw").hexdigest() in [d["digest"]["sha256"] for d in dependencies]


def test_openlineage_is_taken_back(lineage, server, model):
    events = export(lineage, model, "openlineage")
    found = next(event for event in events if event["job"]["name"] == "fit")
    assert found["eventType"] == "COMPLETE"
    assert [d["name"] for d in found["inputs"]][0] == "données brutes"
    facet = found["inputs"][0]["facets"]["cairn_object"]
    assert facet["ranges"] == [[0, 3]] and facet["evidence"] == "observed" and len(facet["bucketId"]) == 32
    token = lineage.cairn("lineage", "token").stdout.strip()
    assert post(server, token, json.dumps(events).encode(), "/api/v1/lineage/batch")[0] == 200


def get(server, path):
    with urllib.request.urlopen(server.endpoint + path, timeout=30) as answer:
        return answer.read(), answer.headers


def test_the_log_is_followed_over_http(server, lineage, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"v")
    note, headers = get(server, "/_cairn/log/checkpoint")
    assert headers["Content-Type"].startswith("text/plain")
    origin, size, root = note.decode().split("\n")[:3]
    size = int(size)
    width = min(size, 256)
    suffix = "" if width == 256 else f".p/{width}"
    tile, headers = get(server, f"/_cairn/log/tile/0/000{suffix}")
    assert headers["Content-Type"] == "application/octet-stream" and "immutable" in headers["Cache-Control"]
    bundle = signed(server, f"/_cairn/log/tile/entries/000{suffix}")
    leaves, position = [], 0
    while position < len(bundle):
        length = int.from_bytes(bundle[position:position + 2], "big")
        leaves.append(hashlib.sha256(b"\0" + bundle[position + 2:position + 2 + length]).digest())
        position += 2 + length
    assert b"".join(leaves) == tile
    if size <= 256:
        while len(leaves) > 1:
            # RFC 6962: the left half is the largest power of two below the size; so pairs, the odd one goes up.
            pairs = [hashlib.sha256(b"\1" + leaves[i] + leaves[i + 1]).digest() for i in range(0, len(leaves) - 1, 2)]
            leaves = pairs + (leaves[-1:] if len(leaves) % 2 else [])
        assert base64.b64encode(leaves[0]).decode() == root
    with pytest.raises(urllib.error.HTTPError) as refusal:
        get(server, f"/_cairn/log/tile/entries/000{suffix}")
    assert refusal.value.code == 403
    for path in ["tile/0/999", "tile/0/0", "tile/0/000.p/0", "tile/9x/000", "tile/0/../../x"]:
        with pytest.raises(urllib.error.HTTPError) as refusal:
            get(server, f"/_cairn/log/{path}")
        assert refusal.value.code == 404, path
    proof = signed(server, f"/_cairn/log/proof?bucket={bucket}&key=k").decode()
    assert proof.startswith("c2sp.org/tlog-proof@v1")


def test_the_description_names_every_path(server):
    document = json.loads(get(server, "/_cairn/openapi.json")[0])
    assert document["openapi"].startswith("3.1")
    assert "/_cairn/lineage/v1/upstream" in document["paths"] and "/api/v1/lineage" in document["paths"]
