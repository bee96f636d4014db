"""Webhooks over TLS, with an authority of the test's own: who is believed, who is not, and that nothing is lost by it."""

import subprocess
import time

import pytest
from conftest import make_client, new_bucket_name
from support.receiver import Receiver
from support.server import Server

NAMES = "subjectAltName=IP:127.0.0.1,DNS:localhost"


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, timeout=60)


class Authority:
    """Signs certificates."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.certificate, self.key = folder / "ca.pem", folder / "ca.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=authority of a test", "-addext", "basicConstraints=critical,CA:TRUE",
                "-keyout", self.key, "-out", self.certificate)

    def sign(self, name, alternatives=NAMES, days="2"):
        """A certificate and its key; negative days make one that is over."""
        request, key, made = (self.folder / f"{name}.{end}" for end in ["csr", "key", "pem"])
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(alternatives + "\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=receiver",
                "-keyout", key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial",
                "-days", days, "-extfile", extensions, "-out", made)
        return made, key


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "authority")


@pytest.fixture
def store(tmp_path):
    server = Server(tmp_path / "store")
    yield server
    if server.process is not None:
        server.stop()
    server.verify()
    server.remove()


def put_something(store):
    client = make_client(store)
    bucket = new_bucket_name("tls")
    client.create_bucket(Bucket=bucket)
    client.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"TopicConfigurations": [
        {"TopicArn": "arn:aws:sns:us-east-1:000000000000:hook", "Events": ["s3:ObjectCreated:*"]}]})
    client.put_object(Bucket=bucket, Key="k", Body=b"1")
    return bucket


def wait_for(condition, seconds=30):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come to pass")


def test_a_receiver_under_the_operators_authority_is_told(store, authority):
    receiver = Receiver(certificate=authority.sign("good"))
    store.start("--webhook", f"hook={receiver.url}", "--ca-file", str(authority.certificate))
    bucket = put_something(store)
    assert [record["s3"]["object"]["key"] for record in receiver.wait(1, bucket)] == ["k"]
    assert receiver.failures == []
    receiver.close()


@pytest.mark.parametrize("fault", ["another authority", "another name", "over", "signed by itself"])
def test_a_bad_certificate_gets_nothing_and_a_good_one_gets_what_waited(store, authority, tmp_path, fault):
    others = Authority(tmp_path / "others")
    pair = {
        "another authority": lambda: others.sign("bad"),
        "another name": lambda: authority.sign("bad", "subjectAltName=DNS:receiver.example,IP:127.0.0.2"),
        "over": lambda: authority.sign("bad", days="-1"),
        "signed by itself": lambda: (others.certificate, others.key),
    }[fault]()
    receiver = Receiver(certificate=pair)
    store.start("--webhook", f"hook={receiver.url}", "--ca-file", str(authority.certificate))
    bucket = put_something(store)
    wait_for(lambda: len(receiver.failures) >= 2)
    assert receiver.deliveries == []
    assert "events: " in store.log.read_text()
    port = receiver.port
    receiver.close()
    good = Receiver(port, certificate=authority.sign("good"))
    assert [record["s3"]["object"]["key"] for record in good.wait(1, bucket)] == ["k"]
    good.close()


def test_without_the_authority_its_receivers_are_strangers(store, authority):
    receiver = Receiver(certificate=authority.sign("good"))
    store.start("--webhook", f"hook={receiver.url}")
    bucket = put_something(store)
    wait_for(lambda: receiver.failures)
    store.stop()
    assert receiver.deliveries == []
    # The same events, once the authority is known.
    store.start("--webhook", f"hook={receiver.url}", "--ca-file", str(authority.certificate))
    assert len(receiver.wait(1, bucket)) == 1
    receiver.close()


def test_a_file_without_certificates_is_refused_at_the_start(store, authority):
    with pytest.raises(AssertionError, match="no certificates to believe"):
        store.start("--ca-file", str(authority.key))
    store.start()
