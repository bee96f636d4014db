"""A receiver of webhooks: Python's own HTTP server, which remembers what it took."""

import http.server
import json
import ssl
import sys
import threading
import time

WAIT_SECONDS_MAX = 30


class Receiver:
    """Takes deliveries; `answer(body)` chooses the status of each. With `certificate`, a pair of files, over TLS."""

    def __init__(self, port=0, certificate=None):
        self.deliveries, self.failures, self.lock = [], [], threading.Lock()
        self.answer = lambda body: 200
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                status = receiver.answer(body)
                if status == 200:
                    with receiver.lock:
                        receiver.deliveries.append((dict(self.headers), body))
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *words):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, request, address):
                with receiver.lock:
                    receiver.failures.append(str(sys.exc_info()[1]))

        self.server = Server(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.scheme = "https" if certificate else "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            # The handshake is the connection's own thread's: a peer that breaks it off stops nobody.
            self.server.socket = context.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.port}/hook?of=tests"

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def records(self, bucket=None):
        with self.lock:
            bodies = [json.loads(body) for _, body in self.deliveries]
        found = [record for body in bodies for record in body.get("Records", [])]
        return [record for record in found if bucket in (None, record["s3"]["bucket"]["name"])]

    def wait(self, count, bucket=None, seconds=WAIT_SECONDS_MAX):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            records = self.records(bucket)
            if len(records) >= count:
                return records
            time.sleep(0.02)
        raise AssertionError(f"{len(self.records(bucket))} of {count} events came: {self.records(bucket)}")
