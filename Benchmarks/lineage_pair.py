#!/usr/bin/env python3
"""What capturing lineage costs a GET: two servers of one build, with --lineage on and off, measured in turn.

    lineage_pair.py CAIRN [ROUNDS, default 20] [GETS of a round, default 20000] [CONNECTIONS, default 32]

What is compared is the CPU time of the server for one request, over many short rounds in changing order, since rates on
a shared machine vary by more than the effect. Prints the medians and the median of the pairs' ratios as JSON, and of the
99th percentiles of latency the medians and the median difference, which only an idle machine makes mean much.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import boto3
from botocore.config import Config

KEY, SECRET = "AKIALINEAGEPAIR00001", "lineage-pair-secret-of-this-benchmark-01"
OBJECTS, BYTES = 2000, 4096


def cpu_seconds(pid):
    # In nanoseconds, of threads that all live as long as the server. See: Documentation/scheduler/sched-stats.
    return sum(int(path.read_text().split()[0]) for path in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


class Server:
    def __init__(self, program, lineage, folder, port):
        self.address = f"127.0.0.1:{port}"
        os.makedirs(folder)
        words = [program, "serve", f"{folder}/{lineage}", "--listen", self.address, "--lineage", lineage,
                 "--master-key-file", "off"]
        self.process = subprocess.Popen(
            words, env=dict(os.environ, CAIRN_ACCESS_KEY_ID=KEY, CAIRN_SECRET_ACCESS_KEY=SECRET),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(2)
        client = boto3.client(
            "s3", endpoint_url=f"http://{self.address}", aws_access_key_id=KEY, aws_secret_access_key=SECRET,
            region_name="us-east-1", config=Config(signature_version="s3v4"))
        client.create_bucket(Bucket="pair")
        self.targets = f"{folder}/{lineage}.urls"
        with open(self.targets, "w", encoding="utf-8") as file:
            for number in range(OBJECTS):
                client.put_object(Bucket="pair", Key=f"k{number}", Body=os.urandom(BYTES))
                url = client.generate_presigned_url(
                    "get_object", Params={"Bucket": "pair", "Key": f"k{number}"}, ExpiresIn=86400)
                file.write(url.split(self.address, 1)[1] + "\n")

    def measure(self, loadgen, gets, connections):
        before = cpu_seconds(self.process.pid)
        answer = json.loads(subprocess.check_output(
            [loadgen, "-a", self.address, "-u", self.targets, "-c", str(connections), "-n", str(gets), "-d", "600"]))
        return (cpu_seconds(self.process.pid) - before) * 1e6 / gets, answer


def main():
    program = sys.argv[1]
    # "on,on" shows how far the method itself is to be trusted.
    modes = os.environ.get("LINEAGE_PAIR", "on,off").split(",")
    rounds, gets, connections = [int(text) for text in sys.argv[2:5] + ["20", "20000", "32"][len(sys.argv) - 2:]]
    with tempfile.TemporaryDirectory() as folder:
        loadgen = f"{folder}/loadgen"
        subprocess.check_call(["cc", "-O2", "-o", loadgen, str(Path(__file__).parent / "loadgen.c")])
        servers = {
            name: Server(program, mode, f"{folder}/{name}", port)
            for name, mode, port in (("first", modes[0], 9381), ("second", modes[1], 9382))
        }
        try:
            figures = {"first": [], "second": []}
            slowest = {"first": [], "second": []}
            for number in range(rounds + 1):
                order = ["first", "second"] if number % 2 else ["second", "first"]
                for name in order:
                    cost, answer = servers[name].measure(loadgen, gets, connections)
                    if number:                      # the first round warms up
                        figures[name].append(cost)
                        slowest[name].append(answer["lat_ms"]["p99"] * 1000)
            ratios = [on / off for on, off in zip(figures["first"], figures["second"])]
            later = [on - off for on, off in zip(slowest["first"], slowest["second"])]
            print(json.dumps({
                "modes": modes,
                "cpu_us": [round(statistics.median(figures[name]), 2) for name in servers],
                "ratio_median": round(statistics.median(ratios), 4),
                "ratio_quartiles": [round(part, 4) for part in statistics.quantiles(ratios, n=4)],
                "p99_us": [round(statistics.median(slowest[name])) for name in servers],
                "p99_difference_us": round(statistics.median(later)),
                "p99_difference_quartiles_us": [round(part) for part in statistics.quantiles(later, n=4)],
            }))
        finally:
            for server in servers.values():
                server.process.terminate()
                server.process.wait()


if __name__ == "__main__":
    main()
