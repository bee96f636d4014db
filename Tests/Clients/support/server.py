"""Runs the real `cairn` binary on a folder, the way a person would: start, stop, kill, check.

Invariant: a `Server` only ever signals the process that it started itself, and `stop` is a SIGTERM that must end
with exit status 0, so that an unclean shutdown fails the test that caused it.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
BINARY = Path(os.environ.get("CAIRN", REPOSITORY / ".build/release/cairn")).absolute()

START_SECONDS_MAX = 15
STOP_SECONDS_MAX = 30
COMMAND_SECONDS_MAX = 300

_EXPORT = re.compile(r"^export (AWS_[A-Z_]+)=(.*)$", re.MULTILINE)


# A master key of their own for the servers of one run of the tests, not the operator's.
CONFIGURATION_HOME = tempfile.TemporaryDirectory(prefix="cairn-clients-")


def clean_environment(**extra):
    """The caller's environment without anything that could steer an S3 client to another place or identity."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CAIRN_"))}
    kept.update(
        AWS_CONFIG_FILE="/dev/null",
        AWS_SHARED_CREDENTIALS_FILE="/dev/null",
        XDG_CONFIG_HOME=CONFIGURATION_HOME.name,
        AWS_EC2_METADATA_DISABLED="true",
        NO_PROXY="*",
        no_proxy="*",
    )
    kept.update(extra)
    return kept


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_certificate(folder):
    """A self-signed certificate for 127.0.0.1 and localhost; returns (certificate, key)."""
    certificate, key = Path(folder) / "certificate.pem", Path(folder) / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True, timeout=60)
    return certificate, key


class Server:
    """One store on one folder. Not started until `start`."""

    def __init__(self, folder, scheme="http"):
        self.folder = Path(folder)
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        self.scheme = scheme
        self.host = "127.0.0.1"
        self.port = free_port()
        self.admin_port = free_port()
        self.access_key = self.secret_key = None
        self.process = None
        self.certificate = self.key = None
        self.external = False
        self.process_environment = {}
        #: Words before those of the server: a program that runs it.
        self.wrapper = []
        self.folder.mkdir(parents=True, exist_ok=True)
        if scheme == "https":
            self.certificate, self.key = make_certificate(self.folder)

    @property
    def endpoint(self):
        return f"{self.scheme}://{self.host}:{self.port}"

    def start(self, *options, wait_seconds=START_SECONDS_MAX):
        """Starts the process with further options and waits until the port accepts; returns the seconds that this
        took."""
        assert self.process is None, "the server runs already"
        assert BINARY.exists(), f"no binary at {BINARY}: run `make build`, or set CAIRN to its path"
        words = [*self.wrapper, str(BINARY), "serve", str(self.data), "--listen", f"{self.host}:{self.port}",
                 "--admin", f"{self.host}:{self.admin_port}", "--domain", "localhost"]
        words += options
        if self.scheme == "https":
            words += ["--tls-cert", str(self.certificate), "--tls-key", str(self.key)]
        begun = time.monotonic()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                env=clean_environment(**self.process_environment),
                start_new_session=True)
        while True:
            if self.process.poll() is not None:
                status, self.process = self.process.returncode, None
                raise AssertionError(f"the server ended with status {status} at its start:\n{self.log_tail()}")
            try:
                with socket.create_connection((self.host, self.port), timeout=1):
                    break
            except OSError:
                if time.monotonic() - begun > wait_seconds:
                    self.kill()
                    raise AssertionError(f"nothing accepts after {wait_seconds} s:\n{self.log_tail()}") from None
                time.sleep(0.005)
        taken = time.monotonic() - begun
        if self.access_key is None:
            self._read_credentials()
        return taken

    def _read_credentials(self):
        """The first start on a folder prints them; the lines may reach the file a moment after the port opens."""
        for _ in range(100):
            found = dict(_EXPORT.findall(self.log.read_text(errors="replace")))
            if len(found) >= 3:
                break
            time.sleep(0.05)
        strip = lambda value: value.strip().strip("'\"")
        assert {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL"} <= set(found), \
            f"the first start did not print the three export lines:\n{self.log_tail()}"
        assert strip(found["AWS_ENDPOINT_URL"]) == self.endpoint
        self.access_key = strip(found["AWS_ACCESS_KEY_ID"])
        self.secret_key = strip(found["AWS_SECRET_ACCESS_KEY"])

    def stop(self):
        """SIGTERM; the end must be clean and soon."""
        process, self.process = self.process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            status = process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"SIGTERM did not end it in {STOP_SECONDS_MAX} s:\n{self.log_tail()}") from None
        assert status == 0, f"it ended with status {status} after SIGTERM:\n{self.log_tail()}"

    def kill(self):
        """kill -9, the test's stand-in for a power cut of the process."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.wait()

    def command(self, *words, expect=0):
        """Runs `cairn WORDS`; `expect=None` takes any exit status."""
        done = subprocess.run([str(BINARY), *map(str, words)], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              timeout=COMMAND_SECONDS_MAX, env=clean_environment())
        assert expect is None or done.returncode == expect, \
            f"cairn {' '.join(map(str, words))}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def verify(self):
        """Structure, then bytes, of the stopped store."""
        self.command("check", self.data)
        self.command("scrub", self.data)

    def log_tail(self, lines=40):
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(re.sub(r"(SECRET_ACCESS_KEY=).*", r"\1…", line) for line in text.splitlines()[-lines:])

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def environment(self, **extra):
        """What a person would export, and nothing else of AWS."""
        return clean_environment(
            AWS_ACCESS_KEY_ID=self.access_key, AWS_SECRET_ACCESS_KEY=self.secret_key,
            AWS_ENDPOINT_URL=self.endpoint, AWS_DEFAULT_REGION="us-east-1",
            **({"AWS_CA_BUNDLE": str(self.certificate)} if self.certificate else {}), **extra)

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class ExternalServer(Server):
    """Another S3 server, to try the tests themselves: CLIENTS_ENDPOINT, CLIENTS_ACCESS_KEY, CLIENTS_SECRET_KEY."""

    def __init__(self, folder):
        super().__init__(folder)
        self.external = True
        host, _, port = os.environ["CLIENTS_ENDPOINT"].removeprefix("http://").partition(":")
        self.host, self.port = host, int(port)
        self.access_key = os.environ["CLIENTS_ACCESS_KEY"]
        self.secret_key = os.environ["CLIENTS_SECRET_KEY"]

    def start(self, wait_seconds=START_SECONDS_MAX):
        return 0.0

    def stop(self):
        pass

    def verify(self):
        pass
