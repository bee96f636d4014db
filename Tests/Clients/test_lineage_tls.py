"""The command line asks a server behind TLS, and believes no certificate that it cannot verify."""

import pytest
from support.lineage import Lineage, keys

SCHEMES = ["https"]


@pytest.fixture(scope="module")
def lineage(server):
    return Lineage(server)


def test_runs_and_questions_go_over_tls(lineage, s3, bucket):
    s3.put_object(Bucket=bucket, Key="in", Body=b"i" * 3_000_000)
    lineage.python("secure", f"""
s3.get_object(Bucket="{bucket}", Key="in")["Body"].read()
s3.put_object(Bucket="{bucket}", Key="out", Body=b"o")
""")
    assert keys(lineage.ask("upstream", f"s3://{bucket}/out")) == ["in"]


def test_an_unknown_certificate_is_refused(lineage, bucket):
    stranger = Lineage(lineage.server, AWS_CA_BUNDLE="")
    done = stranger.cairn("lineage", "runs", expect=69)
    assert "certificate" in done.stderr


def test_the_name_must_be_the_certificates(lineage):
    address = lineage.server.endpoint.replace("127.0.0.1", "127.0.0.2")
    stranger = Lineage(lineage.server, AWS_ENDPOINT_URL=address)
    assert stranger.cairn("lineage", "runs", expect=None).returncode == 69
