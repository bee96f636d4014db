"""Fills buckets with very many small objects: several processes, each with a sheaf of connections in step.

Invariant: it returns only when each object was answered with 200. One connection has one request under way, so that
the server's group commit sees as many writers at once as there are connections.
"""

import concurrent.futures
import multiprocessing
import socket

from support.raw import head_bytes
from support.signing import UNSIGNED, Signer

PROCESSES = 2
CONNECTIONS = 48
BODY = b"x" * 16


class _Address:
    def __init__(self, host, port, access_key, secret_key):
        self.host, self.port, self.access_key, self.secret_key = host, port, access_key, secret_key


def put_many(server, bucket, keys):
    """PUTs 16 bytes under each key; a key that comes several times gets as many versions."""
    address = (server.host, server.port, server.access_key, server.secret_key)
    shares = [keys[number::PROCESSES] for number in range(PROCESSES)]
    with concurrent.futures.ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        for done in [pool.submit(_put_share, address, bucket, share) for share in shares]:
            done.result()


def _put_share(address, bucket, keys):
    server = _Address(*address)
    signer = Signer(server)
    connections = [socket.create_connection((server.host, server.port), timeout=120) for _ in range(CONNECTIONS)]
    for connection in connections:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        for start in range(0, len(keys), CONNECTIONS):
            step = list(zip(connections, keys[start:start + CONNECTIONS]))
            for connection, key in step:
                target, signed = signer.sign("PUT", f"/{bucket}/{key}", (), {"content-length": len(BODY)},
                                             content_sha256=UNSIGNED)
                connection.sendall(head_bytes("PUT", target, signed) + BODY)
            for connection, key in step:
                answer = b""
                while b"\r\n\r\n" not in answer:
                    piece = connection.recv(4096)
                    assert piece, f"the connection closed at {key}"
                    answer += piece
                assert answer.startswith(b"HTTP/1.1 200 "), answer
    finally:
        for connection in connections:
            connection.close()
