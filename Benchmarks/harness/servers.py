"""Starts and stops Cairn and its peers on loopback, each on an empty folder, with the settings that favour them.

Only processes started here are ever ended, by their own id. Settings that are not a default are explained where they
stand; whoever knows better ones for a peer is asked to put them here.
"""

import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from harness.target import Target

ACCESS = "AKIABENCHMARK0000000"
SECRET = "benchmark-of-this-machine-only-0000000000"
START_SECONDS_MAX = 30


def free_port():
    """A free port whose number plus 10,000 is free too: SeaweedFS takes that one for gRPC, and does not start when it
    is beyond 65,535, as it is for most ports that the kernel gives out."""
    while True:
        port = random.randint(15_000, 25_000)
        try:
            for number in (port, port + 10_000):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", number))
            return port
        except OSError:
            continue


def program(name):
    """The program of the benchmark's environment, of PATH, or of the folders where Debian puts servers."""
    beside = Path(sys.prefix) / "bin" / name
    found = str(beside) if beside.exists() else shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if not found:
        raise FileNotFoundError(f"{name} is not installed")
    return found


class Servers:
    def __init__(self, scratch):
        self.scratch, self.running = Path(scratch), []

    def start(self, name):
        folder = self.scratch / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return getattr(self, f"_start_{name}")(folder, free_port())

    def _spawn(self, name, folder, port, words, **target):
        log = open(folder / "log", "wb")
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self.running.append(process)
        deadline = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{name} did not start: {(folder / 'log').read_text(errors='replace')[-800:]}") from None
                time.sleep(0.05)
        return Target(name, f"http://127.0.0.1:{port}", pids=[process.pid], **target)

    def _start_cairn(self, folder, port):
        binary = os.environ.get("CAIRN") or str(Path(__file__).resolve().parents[2] / ".build/release/cairn")
        target = self._spawn("cairn", folder, port, [binary, "serve", str(folder / "data"), "--listen", f"127.0.0.1:{port}"])
        for _ in range(100):
            found = dict(re.findall(r"^export (AWS_\w+)=['\"]?([^'\"\s]+)", (folder / "log").read_text(), re.MULTILINE))
            if "AWS_SECRET_ACCESS_KEY" in found:
                target.access, target.secret = found["AWS_ACCESS_KEY_ID"], found["AWS_SECRET_ACCESS_KEY"]
                return target
            time.sleep(0.05)
        raise RuntimeError("cairn printed no keys at its first start")

    def _start_nginx(self, folder, port):
        (folder / "root").mkdir()
        (folder / "tmp").mkdir()
        # tcp_nopush off: on loopback (MSS 64 KiB) the last partial segment would wait 40 ms for a delayed ACK.
        user = "user root;" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(f"""
{user} worker_processes {os.cpu_count()}; daemon off; pid {folder}/pid; error_log {folder}/error;
worker_rlimit_nofile 65536; events {{ worker_connections 4096; }}
http {{
  default_type application/octet-stream; access_log off; sendfile on; tcp_nopush off; tcp_nodelay on;
  keepalive_timeout 75s; keepalive_requests 1000000; client_max_body_size 0;
  client_body_temp_path {folder}/tmp; proxy_temp_path {folder}/t1; fastcgi_temp_path {folder}/t2;
  uwsgi_temp_path {folder}/t3; scgi_temp_path {folder}/t4;
  server {{
    listen 127.0.0.1:{port} reuseport backlog=4096; root {folder}/root;
    location / {{ dav_methods PUT DELETE COPY MOVE; create_full_put_path on; }}
  }}
}}
""")
        return self._spawn("nginx", folder, port, [program("nginx"), "-c", f"{folder}/nginx.conf", "-p", str(folder),
                                                   "-e", f"{folder}/error"], static=True)

    def _start_rclone(self, folder, port):
        (folder / "root").mkdir()
        words = [program("rclone"), "--config", "/dev/null", "serve", "s3", "--addr", f"127.0.0.1:{port}",
                 "--auth-key", f"{ACCESS},{SECRET}", str(folder / "root")]
        return self._spawn("rclone", folder, port, words, access=ACCESS, secret=SECRET)

    def _start_seaweedfs(self, folder, port):
        (folder / "s3.json").write_text(json.dumps({"identities": [{
            "name": "bench", "credentials": [{"accessKey": ACCESS, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]}))
        ports = [free_port() for _ in range(3)]
        # Volumes of 1 GB and as many as the disk takes: the default of 8 volumes runs out with the second bucket.
        words = [program("weed"), "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
                 f"-master.port={ports[0]}", f"-volume.port={ports[1]}", f"-filer.port={ports[2]}",
                 "-master.telemetry=false", "-master.volumeSizeLimitMB=1024", "-volume.max=0", "-filer", "-s3",
                 f"-s3.port={port}", f"-s3.config={folder}/s3.json", "-s3.port.iceberg=0", "-s3.port.lance=0"]
        target = self._spawn("seaweedfs", folder, port, words, access=ACCESS, secret=SECRET)
        time.sleep(3)  # its volume server joins a moment after the S3 port accepts
        return target

    def stop(self):
        for process in reversed(self.running):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in reversed(self.running):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.running.clear()
