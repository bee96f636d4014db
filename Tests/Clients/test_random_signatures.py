"""Random requests signed by botocore, sent to the real server: none may be taken for anybody else's.

The canonical request that the store builds must be botocore's to the byte, or the signature does not match. Keys, queries
and headers are those of Tests/S3GatewayTests/Fixtures/signed_requests.py, with all that is awkward to quote. What is done
with a request that is believed is not looked at.

CAIRN_SIGNED_REQUESTS sets how many there are, CAIRN_SIGNED_SEED which.
"""

import importlib.util
import os
import random
from collections import Counter
from pathlib import Path

import pytest
from botocore.credentials import Credentials

from support.raw import Connection, head_bytes
from support.server import Server

COUNT = int(os.environ.get("CAIRN_SIGNED_REQUESTS", "2000"))
SEED = int(os.environ.get("CAIRN_SIGNED_SEED", random.SystemRandom().randrange(2 ** 32)))
DOMAIN = "s3.example.test"
#: With status 400: the signature, and not the request, was not understood.
MISUNDERSTOOD = {"AuthorizationHeaderMalformed", "AuthorizationQueryParametersError", "InvalidToken", "InvalidSecurity",
                 "RequestTimeTooSkewed", "IncompleteSignature"}


def load_maker():
    path = Path(__file__).parents[1] / "S3GatewayTests/Fixtures/signed_requests.py"
    specification = importlib.util.spec_from_file_location("signed_requests", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def machine(tmp_path):
    if os.environ.get("CLIENTS_ENDPOINT"):
        pytest.skip("needs a server that knows the domain of these requests")
    server = Server(tmp_path / "store")
    server.start("--domain", DOMAIN)
    try:
        yield server
        server.stop()
    finally:
        server.kill()


@pytest.mark.timeout(max(300, COUNT // 50))
def test_every_request_that_botocore_signs_is_believed(machine, record_property):
    maker = load_maker()
    random.seed(SEED)
    keys = Credentials(machine.access_key, machine.secret_key)
    answers, connection, disbelieved = Counter(), None, []
    for number in range(COUNT):
        kind = list(maker.SIGNERS)[number % len(maker.SIGNERS)]
        case = maker.make(kind, keys, keys)
        headers = dict(case["headers"])
        body = b""
        if case["method"] in ("PUT", "POST"):
            body = b"some body" if kind.startswith("header") else b""
            headers["content-length"] = len(body)
        if connection is None:
            connection = Connection(machine)
        connection.send(head_bytes(case["method"], case["target"], headers) + body)
        reply = connection.read(case["method"])
        answers[reply.status] += 1
        # Nothing else here could be forbidden.
        if reply.status == 403 or reply.code in MISUNDERSTOOD:
            disbelieved.append((kind, case["method"], case["target"], headers, reply))
        if reply.closes:
            connection.socket.close()
            connection = None
    summary = f"seed {SEED}: {COUNT} requests, answered {dict(sorted(answers.items()))}"
    print(summary)
    record_property("summary", summary)
    assert not disbelieved, f"CAIRN_SIGNED_SEED={SEED}: {len(disbelieved)} of {COUNT}, first {disbelieved[0]}"
    # Many ask for what cannot be, which is found out behind the signature.
    assert sum(answers[status] for status in (200, 204, 404, 409, 412)) > COUNT / 3, answers


def test_a_wrong_secret_is_told_from_a_right_one(machine):
    """Without this the test above would pass on a server that believes everybody."""
    maker = load_maker()
    keys = Credentials(machine.access_key, "x" * 40)
    for kind in maker.SIGNERS:
        case = maker.make(kind, keys, keys)
        headers = dict(case["headers"]) | {"content-length": 0}
        with Connection(machine) as connection:
            connection.send(head_bytes(case["method"], case["target"], headers))
            assert connection.read(case["method"]).status in (400, 403), (kind, case)
