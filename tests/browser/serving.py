"""Serves the application in a process of its own, which a test can kill."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import time


class Served:
    """The application in a process, on a port that stays the same. With a file that contains a certificate
    and its key, it answers by TLS."""

    def __init__(self, certificate: str = "") -> None:
        self._certificate = certificate
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts the process, and returns when it answers."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.browser.serving", str(self.port), self._certificate],
            env=os.environ,
        )
        while self._process.poll() is None:
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError("the server process ended")

    def kill(self) -> None:
        """Ends the process at once, as a power failure does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _serve(port: int, certificate: str) -> None:
    import django

    django.setup()
    from django.core.servers.basehttp import ServerHandler, ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    class Quiet(WSGIRequestHandler):
        def log_message(self, *args: object) -> None:
            """Requests are not news."""

    class Server(ThreadedWSGIServer):
        def handle_error(self, *args: object) -> None:
            """A connection that was cut is no news."""

    # Django logs its own errors. What is left are connections that were cut.
    ServerHandler.log_exception = lambda *args: None
    server = Server(("127.0.0.1", port), Quiet)
    server.set_app(get_wsgi_application())
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        # The thread of a connection does the handshake, at its first reading.
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        server.base_environ["HTTPS"] = "on"
    server.serve_forever()


if __name__ == "__main__":
    _serve(int(sys.argv[1]), sys.argv[2])
