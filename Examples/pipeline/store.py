"""The store under the example: the real `cairn` binary on a folder of its own, started and stopped as by a person."""

import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("CAIRN", REPOSITORY / ".build/release/cairn"))
START_SECONDS_MAX = 30
COMMAND_SECONDS_MAX = 300


class Store:
    def __init__(self, folder):
        self.data, self.log = folder / "data", folder / "server.log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{probe.getsockname()[1]}"
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CAIRN_"))
        } | {"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
             "AWS_EC2_METADATA_DISABLED": "true"}
        self.process = None

    def start(self):
        """The first start prints the lines that a person pastes into a shell; they become our environment."""
        with open(self.log, "w") as log:
            self.process = subprocess.Popen([BINARY, "serve", self.data, "--listen", self.address], stdout=log,
                                            stderr=subprocess.STDOUT, env=self.environment)
        end = time.monotonic() + START_SECONDS_MAX
        while True:
            exported = dict(re.findall(r"^export (AWS_[A-Z_]+)=(\S+)$", self.log.read_text(), re.MULTILINE))
            if len(exported) >= 4:
                break
            assert self.process.poll() is None and time.monotonic() < end, self.log.read_text()
            time.sleep(0.05)
        self.environment |= exported
        host, port = self.address.split(":")
        while True:
            try:
                socket.create_connection((host, int(port)), timeout=1).close()
                return
            except OSError:
                assert self.process.poll() is None and time.monotonic() < end, self.log.read_text()
                time.sleep(0.05)

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            status, self.process = self.process.wait(60), None
            assert status == 0, self.log.read_text()

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def cairn(self, *words, expect=0):
        """What `cairn WORDS` prints; with another exit status than expected the example fails."""
        done = subprocess.run([BINARY, *map(str, words)], env=self.environment, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=COMMAND_SECONDS_MAX)
        command = " ".join(map(str, ["cairn", *words]))
        assert expect is None or done.returncode == expect, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr if expect else done.stdout
