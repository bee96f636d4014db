"""One real server a module: started on a fresh folder, stopped by SIGTERM, then checked and scrubbed.

Invariant: a module passes only if the store it leaves behind is whole. Nothing of the caller's AWS settings is seen
by any client. A module says `SCHEMES = ["http", "https"]` to run over both.
"""

import itertools
import os
import tempfile
from pathlib import Path

from support.server import BINARY, ExternalServer, Server, clean_environment

_clean = clean_environment(HOME=tempfile.mkdtemp(prefix="cairn-clients-home-"))
_external = os.environ.get("CLIENTS_ENDPOINT")
_keep = {name: os.environ[name] for name in os.environ if name.startswith(("CAIRN_", "CLIENTS_"))}
os.environ.clear()
os.environ.update(_clean | _keep)

import boto3  # noqa: E402  the environment is set before any client reads it
import pytest  # noqa: E402
from botocore.config import Config  # noqa: E402

_numbers = itertools.count(1)


def pytest_report_header():
    return f"server: {_external or BINARY}"


def pytest_generate_tests(metafunc):
    if "scheme" in metafunc.fixturenames:
        schemes = getattr(metafunc.module, "SCHEMES", ["http"])
        metafunc.parametrize("scheme", ["http"] if _external else schemes, scope="module")


@pytest.fixture(scope="session", autouse=True)
def _home_is_temporary():
    yield
    import shutil
    shutil.rmtree(_clean["HOME"], ignore_errors=True)


@pytest.fixture(scope="module")
def server(scheme, tmp_path_factory):
    if _external:
        yield ExternalServer(tmp_path_factory.mktemp("external"))
        return
    store = Server(tmp_path_factory.mktemp("store"), scheme)
    store.start()
    try:
        yield store
        assert store.process.poll() is None, f"the server died during the module:\n{store.log_tail()}"
        store.stop()
        store.verify()
    finally:
        store.kill()
        store.remove()


def make_client(server, signature=None, attempts=1, **config):
    """boto3 as a person makes it, but without retries, which would hide a failure, and without a pool of ten."""
    settings = Config(retries={"total_max_attempts": attempts, "mode": "standard"}, max_pool_connections=64,
                      connect_timeout=10, read_timeout=60, s3={"addressing_style": "path"},
                      **({"signature_version": signature} if signature else {}), **config)
    return boto3.client(
        "s3", endpoint_url=server.endpoint, aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key, region_name="us-east-1", config=settings,
        verify=str(server.certificate) if server.certificate else None)


@pytest.fixture(scope="module")
def s3(server):
    client = make_client(server)
    yield client
    client.close()


def new_bucket_name(hint="bucket"):
    return f"{hint}-{os.getpid()}-{next(_numbers)}"


@pytest.fixture
def bucket(s3):
    """An empty bucket of the test's own."""
    name = new_bucket_name()
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture(scope="module")
def shared_bucket(s3):
    """A bucket of the module's, for tests that only ever use keys of their own."""
    name = new_bucket_name("shared")
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path
