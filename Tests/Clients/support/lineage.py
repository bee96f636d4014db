"""Lineage as scripts ask it: `cairn run exec` and `cairn lineage … --json`, with the environment of a person."""

import json
import subprocess

from .server import BINARY, COMMAND_SECONDS_MAX


class Lineage:
    """The command line against one server."""

    def __init__(self, server, **environment):
        self.server = server
        self.environment = server.environment() | environment

    def cairn(self, *words, expect=0, **options):
        done = subprocess.run([str(BINARY), *map(str, words)], capture_output=True, text=True, env=self.environment,
                              stdin=subprocess.DEVNULL, timeout=COMMAND_SECONDS_MAX, **options)
        assert expect is None or done.returncode == expect, \
            f"cairn {' '.join(map(str, words))}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def ask(self, *words, expect=0):
        return json.loads(self.cairn("lineage", *words, "--json", expect=expect).stdout)

    def execute(self, job, *command, options=(), expect=0, **more):
        """Runs a command under `cairn run exec`; returns what it printed."""
        return self.cairn("run", "exec", "--job", job, *options, "--", *command, expect=expect, **more)

    def python(self, job, text, options=(), expect=0):
        """Runs boto3 code, which finds `s3`, under a run of its own; returns the run's id."""
        import sys
        program = "import os, boto3\ns3 = boto3.client('s3')\n" + text + "\nprint('RUN=' + os.environ['CAIRN_RUN_ID'])"
        done = self.execute(job, sys.executable, "-c", program, options=options, expect=expect)
        return next(line[4:] for line in done.stdout.splitlines() if line.startswith("RUN="))


def nodes(answer, kind):
    return [node for node in answer["nodes"] if node["kind"] == kind]


def keys(answer):
    """The keys of an answer's versions, without that of the object that was asked about."""
    return sorted(node["key"] for node in nodes(answer, "version") if node["depth"] > 0)


def edges(answer, kind, evidence=None):
    return [edge for edge in answer["edges"]
            if edge["kind"] == kind and (evidence is None or edge["evidence"] == evidence)]
