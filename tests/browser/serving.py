"""Serves the application, the public form and a worker in processes of their own."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


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


@contextmanager
def _running(*command: str, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [sys.executable, "-m", "vedette.cli", *command], env=environment
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(40)


@contextmanager
def public_form(organisation: uuid.UUID) -> Iterator[str]:
    """Runs the process of the public form, with its own role and keys. Yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **{name: text for name, text in os.environ.items() if not name.startswith("DATABASE_URL")},
        "DATABASE_URL_PUBLIC": os.environ["DATABASE_URL_PUBLIC"],
        "VEDETTE_FORM_ORGANISATION": str(organisation),
        "VEDETTE_FORM_AUTHORITY": "Douanes",
    }
    command = ("serve", "--public", "--port", str(port))
    with _running(*command, environment=environment) as process:
        while process.poll() is None:
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        assert process.poll() is None
        yield f"http://127.0.0.1:{port}"


@contextmanager
def worker() -> Iterator[None]:
    """Runs `vedette work`."""
    with _running("work", environment=os.environ):
        yield


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
