"""HTTP as bytes on a socket: what is sent is exactly what the test wrote, and what comes back is read strictly.

Invariant: a response is complete by its own framing or the read fails; nothing is guessed at the end of a connection
except where the test asks for it (`Reply.none`).
"""

import re
import socket
import ssl

READ_SECONDS_MAX = 20


class Reply:
    def __init__(self, status, headers, body, interim):
        self.status, self.headers, self.body, self.interim = status, headers, body, interim

    @property
    def code(self):
        """The S3 error code of an XML error body."""
        found = re.search(rb"<Code>([^<]*)</Code>", self.body)
        return found.group(1).decode() if found else None

    @property
    def closes(self):
        return self.headers.get("connection", "").lower() == "close"

    def __repr__(self):
        return f"<Reply {self.status} {self.code} {self.headers} {self.body[:300]!r}>"


class Connection:
    def __init__(self, server, seconds=READ_SECONDS_MAX):
        self.socket = socket.create_connection((server.host, server.port), timeout=seconds)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if server.scheme == "https":
            context = ssl.create_default_context(cafile=str(server.certificate))
            self.socket = context.wrap_socket(self.socket, server_hostname=server.host)
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def _more(self):
        data = self.socket.recv(65536)
        if not data:
            raise EOFError("the connection closed")
        self.pending += data

    def _until(self, mark):
        while mark not in self.pending:
            self._more()
        head, _, self.pending = self.pending.partition(mark)
        return head

    def _exactly(self, count):
        while len(self.pending) < count:
            self._more()
        data, self.pending = self.pending[:count], self.pending[count:]
        return data

    def read_head(self):
        lines = self._until(b"\r\n\r\n").split(b"\r\n")
        version, status, *_ = lines[0].split(b" ")
        assert version == b"HTTP/1.1", lines[0]
        headers = {}
        for line in lines[1:]:
            name, colon, value = line.partition(b":")
            assert colon, line
            headers[name.decode().lower()] = value.strip().decode("latin-1")
        return int(status), headers

    def read(self, method="GET"):
        """One final reply, with the interim statuses that came before it."""
        interim = []
        while True:
            status, headers = self.read_head()
            if status >= 200:
                break
            interim.append(status)
        if method == "HEAD" or status in (204, 304):
            body = b""
        elif headers.get("transfer-encoding") == "chunked":
            body = b""
            while True:
                size = int(self._until(b"\r\n").split(b";")[0], 16)
                if size == 0:
                    while self._until(b"\r\n"):
                        pass
                    break
                body += self._exactly(size)
                assert self._exactly(2) == b"\r\n"
        elif "content-length" in headers:
            body = self._exactly(int(headers["content-length"]))
        else:
            body = b""
            try:
                while True:
                    self._more()
            except EOFError:
                body, self.pending = self.pending, b""
        return Reply(status, headers, body, interim)

    def read_or_none(self, method="GET"):
        """A reply, or None when the server closes without one."""
        try:
            return self.read(method)
        except (EOFError, ConnectionError):
            return None

    def closed(self):
        """True when the server has closed its side and sent nothing more."""
        try:
            return self.pending == b"" and self.socket.recv(1) == b""
        except ConnectionError:
            return True


def head_bytes(method, target, headers):
    lines = [f"{method} {target} HTTP/1.1"] + [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def exchange(server, method, target, headers, body=b""):
    """One request on a connection of its own. The body goes in the same write as the head."""
    with Connection(server) as connection:
        connection.send(head_bytes(method, target, headers) + body)
        return connection.read(method)


def signed_exchange(server, signer, method, path, query=(), headers=(), body=b"", **signing):
    """As `exchange`, signed, with a Content-Length unless the headers frame the body otherwise."""
    names = {name.lower() for name in dict(headers)}
    fields = dict(headers)
    if body or method in ("PUT", "POST"):
        if not names & {"content-length", "transfer-encoding"}:
            fields["content-length"] = len(body)
    target, signed = signer.sign(method, path, query, fields, body, **signing)
    return exchange(server, method, target, signed, body)
