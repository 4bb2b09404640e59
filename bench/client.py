"""A small HTTP client for measuring: prepared bytes over kept connections, several at once, loopback only."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

FLOOR_HOST = "floor.localhost"
FLOOR_FILE = "TONGBAO_BENCH_FLOOR"
"""Environment variable that names the file whose bytes the floor answers with."""
READY_SECONDS_MAX = 30


class Line:
    """One kept connection."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, request: bytes) -> tuple[int, bytes]:
        """Send a request and read the whole answer: its status and everything that came."""
        self._socket.sendall(request)
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, body = data.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        while len(body) < length:
            body += self._more()
        return int(head[9:12]), head + b"\r\n\r\n" + body

    def _more(self) -> bytes:
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data

    def close(self) -> None:
        self._socket.close()


def get(host: str, path: str, cookie: str = "") -> bytes:
    """A GET request as bytes."""
    extra = f"Cookie: {cookie}\r\n" if cookie else ""
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\n{extra}\r\n".encode()


def post(host: str, path: str, form: str, cookie: str) -> bytes:
    """A POST of a form as bytes, as a browser on the same site sends it."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nSec-Fetch-Site: same-origin\r\nCookie: {cookie}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form.encode())}\r\n\r\n{form}"
    ).encode()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def serving(module: str, environ: dict[str, str], threads: int = 4, workers: int = 1) -> Iterator[int]:
    """Serve a WSGI module with granian for the time of the block; gives the port."""
    port = free_port()
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "granian",
            "--interface",
            "wsgi",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--workers",
            str(workers),
            "--blocking-threads",
            str(threads),
            "--log-level",
            "error",
            module,
        ],
        env={**os.environ, **environ, "PORT": str(port)},
    )
    try:
        deadline = time.monotonic() + READY_SECONDS_MAX
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise RuntimeError("the server did not start") from None
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(15)


def throughput(port: int, clients: int, seconds: float, request: Callable[[int], bytes | None]) -> tuple[float, int]:
    """Requests per second of so many clients, and how many were answered with an error.

    `request(client)` gives the next request of a client, or None when it has no more.
    """
    done, wrong = [0] * clients, [0] * clients
    begin, over = threading.Barrier(clients + 1), threading.Event()

    def run(client: int) -> None:
        line = Line(port)
        begin.wait()
        while not over.is_set():
            wanted = request(client)
            if wanted is None:
                break
            status, _answer = line.send(wanted)
            done[client] += 1
            wrong[client] += status >= 400
        line.close()

    threads = [threading.Thread(target=run, args=(client,)) for client in range(clients)]
    for thread in threads:
        thread.start()
    begin.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join(max(0.0, seconds - (time.perf_counter() - started)))
    over.set()
    for thread in threads:
        thread.join()
    return sum(done) / (time.perf_counter() - started), sum(wrong)
