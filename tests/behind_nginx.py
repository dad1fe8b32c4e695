"""Real nginx with the shipped file, in front of `vedette serve`, in a network namespace of their own.

Started by `tests/test_nginx.py` with a folder and a token; prints what was observed as JSON.
"""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOST, FORM = "targeting.example", "cash.example"
MAIN = """
daemon off;
user {user};
pid {folder}/pid;
error_log {folder}/main.log;
events {{ worker_connections 768; }}
http {{
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/answers;
    include {folder}/vedette.conf;
}}
"""
#: As much as is sent at once of a slow body, and the seconds between two such parts.
SLOW = 40
PAUSE = 2.0
TRUSTING = ssl.create_default_context()
TRUSTING.check_hostname = False
TRUSTING.verify_mode = ssl.CERT_NONE


def connect(source: str = "127.0.0.1") -> ssl.SSLSocket:
    """A TLS connection to nginx from one of the addresses of this machine."""
    raw = socket.create_connection(("127.0.0.1", 443), timeout=20, source_address=(source, 0))
    return TRUSTING.wrap_socket(raw, server_hostname=HOST)


def request(method: str, path: str, *headers: str, host: str = HOST) -> bytes:
    """The head of a request."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", f"Host: {host}", *headers, "", ""]).encode()


def answer(connection: ssl.SSLSocket) -> tuple[int, str]:
    """The status and the rest of an answer; 0 if there is none in time."""
    got = b""
    try:
        while part := connection.recv(65536):
            got += part
    except (TimeoutError, OSError):
        pass
    status = got.split(b" ", 2)[1] if got.startswith(b"HTTP/1.1 ") else b"0"
    return int(status), got.decode("utf-8", "replace")


def ask(
    method: str,
    path: str,
    body: bytes = b"",
    *headers: str,
    source: str = "127.0.0.1",
    host: str = HOST,
) -> tuple[int, str, float]:
    """Sends a whole request; returns status, answer, seconds."""
    began = time.monotonic()
    sized = [f"Content-Length: {len(body)}"] if method == "POST" and not _chunked(headers) else []
    with connect(source) as connection:
        with suppress(OSError):
            head = request(method, path, "Connection: close", *sized, *headers, host=host)
            connection.sendall(head + body)
        status, got = answer(connection)
    return status, got, time.monotonic() - began


def _chunked(headers: tuple[str, ...]) -> bool:
    return any(header.startswith("Transfer-Encoding") for header in headers)


@contextmanager
def slow_posts(
    path: str, count: int = SLOW, source: str = "127.0.0.1"
) -> Iterator[Callable[[], list[int]]]:
    """Keeps `count` POSTs open that send a byte from time to time. The function that is given sends the next
    byte, and returns the statuses of those that nginx has answered."""
    with ExitStack() as stack:
        posts = []
        for _ in range(count):
            one = stack.enter_context(connect(source))
            # With these headers, Django reads the body before it answers.
            headers = (
                "Content-Length: 50000", "Content-Type: application/x-www-form-urlencoded",
                f"Cookie: csrftoken={'a' * 32}", f"Origin: https://{HOST}",
            )  # fmt: skip
            one.sendall(request("POST", path, *headers) + b"a")
            posts.append(one)

        def go_on() -> list[int]:
            answered = []
            for one in [*posts]:
                one.settimeout(0.01)
                try:
                    got = one.recv(4096)
                except TimeoutError:
                    one.settimeout(20)
                    one.sendall(b"a")
                    continue
                except OSError:
                    got = b""
                posts.remove(one)
                answered.append(int(got.split(b" ", 2)[1]) if got.startswith(b"HTTP") else 0)
            return answered

        yield go_on


def during(path: str, token: str, source: str) -> dict[str, object]:
    """What other requests are answered while forty slow POSTs are open, and again seconds later."""
    with slow_posts(path, source=source) as go_on:
        time.sleep(0.5)
        refused = go_on()
        rounds = []
        for _ in range(3):
            time.sleep(PAUSE)
            refused += go_on()
            rounds.append(
                {
                    "page": ask("GET", "/login/", source=source)[::2],
                    "api": ask(
                        "GET", "/api/queue", b"", f"Authorization: Bearer {token}", source=source
                    )[::2],
                    "sign in": ask("POST", "/login/", b"username=a", source=source)[::2],
                    "other": ask("POST", "/preferences/", b"language=fr", source="127.0.0.2")[::2],
                }
            )
        return {"refused": refused, "rounds": rounds}


def without_progress() -> list[int]:
    """The status of a POST whose body stops for longer than nginx waits."""
    with slow_posts("/preferences/", 1, source="127.0.0.3") as go_on:
        time.sleep(11.5)
        return go_on()


def of_the_form() -> dict[str, object]:
    """What the server block of the public form answers: one traveller, a body that is too large, and more
    requests of one address than it may make."""
    source = "127.0.0.9"
    first = ask("GET", "/ar/", source=source, host=FORM)
    begun = ask("POST", "/fr/form/", b"", source=source, host=FORM)
    large = ask("POST", "/fr/form/", b"x" * 300_000, source="127.0.0.10", host=FORM)
    with ThreadPoolExecutor(8) as pool:
        many = list(
            pool.map(lambda _: ask("GET", "/en/", source="127.0.0.11", host=FORM), range(120))
        )
    return {
        "first": first[:2],
        "begun": begun[:2],
        "large": large[:2],
        "many": [status for status, _, _ in many],
        "refused": next((text for status, text, _ in many if status == 503), ""),
        "others": ask("GET", "/en/", source=source, host=FORM)[0],
        "pages": ask("GET", "/login/", source="127.0.0.11")[0],
        "other host": ask("GET", "/login/", source=source, host=FORM)[0],
    }


def observe(folder: Path, token: str, message: bytes) -> dict[str, object]:
    """Everything that the test looks at."""
    bearer = f"Authorization: Bearer {token}"
    octets = "Content-Type: application/octet-stream"
    bodies = folder / "bodies"
    untouched = bodies.stat().st_mtime_ns
    chunked = b"%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (
        len(message[:50]), message[:50], len(message[50:]), message[50:],
    )  # fmt: skip
    large = b"U" * (6 << 20)
    # The limits are counted by address: each of these clients has one of its own.
    pool = ThreadPoolExecutor(3)
    stopped = pool.submit(without_progress)
    page = pool.submit(during, "/preferences/", token, "127.0.0.4")
    seen: dict[str, object] = {
        "sign in": during("/login/", token, "127.0.0.1"),
        "page": page.result(),
        "chunked": ask(
            "POST", "/api/messages", chunked, bearer, octets, "Transfer-Encoding: chunked"
        ),
        "large": ask("POST", "/api/messages", large, bearer, octets)[:2],
        "too large page": ask("POST", "/preferences/", large)[0],
        "too large sign in": ask("POST", "/login/", b"u" * 70_000)[0],
    }
    with slow_posts("/api/messages", 4) as go_on:
        time.sleep(1)
        seen["uploads of nobody"] = go_on()
    with slow_posts("/watchlists/import/", 4) as go_on:
        time.sleep(1)
        seen["files of nobody"] = go_on()
    seen["form"] = of_the_form()
    seen["without progress"] = stopped.result()
    seen["written to disk"] = bodies.stat().st_mtime_ns != untouched
    return seen


def _prepare(folder: Path) -> None:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-subj", f"/CN={HOST}", "-days", "1", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    shipped = (ROOT / "deploy" / "nginx" / "vedette.conf").read_text("utf-8")
    for path, ours in (
        ("/etc/ssl/targeting.pem", "cert.pem"), ("/etc/ssl/private/targeting.key", "key.pem"),
        ("/etc/ssl/cash.pem", "cert.pem"), ("/etc/ssl/private/cash.key", "key.pem"),
        ("/var/log/nginx/form-error.log", "form-error.log"),
        ("/var/log/nginx/vedette.log", "access.log"), ("/var/log/nginx/vedette-error.log", "error.log"),
    ):  # fmt: skip
        if shipped.count(f"{path}") != 1:
            raise SystemExit(f"{path} is not once in the shipped file")
        shipped = shipped.replace(path, str(folder / ours))
    (folder / "vedette.conf").write_text(shipped, "utf-8")
    user = "root" if os.getuid() == 0 else "nobody"
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder, user=user), "utf-8")


def main() -> None:
    """Starts both servers, observes, and stops them."""
    folder, nginx, token, message = Path(sys.argv[1]), *sys.argv[2:]
    _prepare(folder)
    commands = (
        [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf")],
        [sys.executable, "-m", "vedette.cli", "serve", "--threads", "4"],
        [sys.executable, "-m", "vedette.cli", "serve", "--public"],
    )
    environment = {
        **os.environ,
        "VEDETTE_HOSTS": HOST,
        "VEDETTE_ORIGINS": f"https://{HOST}",
        "VEDETTE_FORM_HOSTS": FORM,
    }
    running = [subprocess.Popen(one, env=environment, stdout=sys.stderr) for one in commands]
    try:
        for _ in range(120):
            time.sleep(0.5)
            try:
                if ask("GET", "/login/")[0] == ask("GET", "/", host=FORM)[0] == 200:
                    break
            except OSError:
                continue
        print(json.dumps(observe(folder, token, message.encode())))
    finally:
        for one in running:
            one.terminate()
        for one in running:
            one.wait(40)


if __name__ == "__main__":
    main()
