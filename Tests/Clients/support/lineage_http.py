"""Asking a running store about lineage over HTTP, with requests signed like any other."""

import json
import urllib.parse

from support.raw import signed_exchange
from support.signing import Signer

PREFIX = "/_cairn/lineage/v1"


def ask(server, question, **parameters):
    """The answer of a question as JSON; anything but 200 and a whole answer fails."""
    reply = signed_exchange(server, Signer(server), "GET", f"{PREFIX}/{question}", parameters)
    assert reply.status == 200, reply
    answer = json.loads(reply.body)
    assert not answer.get("isPartial"), answer["gaps"]
    return answer


def runs_of_key(server, access_key):
    """The runs of an access key, oldest first."""
    found = ask(server, "runs", limit="1000")["runs"]
    return [run for run in reversed(found) if run.get("accessKey") == access_key]


class Answer:
    """Nodes and edges by what they are, for comparing."""

    def __init__(self, answer):
        self.nodes = {node["id"]: node for node in answer["nodes"]}
        self.edges = answer["edges"]

    def keys(self, kind, end):
        """Key → edge, for the versions at one end of the edges of a kind."""
        return {self.nodes[edge[end]]["key"]: edge for edge in self.edges if edge["kind"] == kind}

    def prefixes(self):
        return {self.nodes[edge["to"]]["prefix"] for edge in self.edges if edge["kind"] == "listed"}
