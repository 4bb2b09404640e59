"""A real SMTP server in a process of its own, that puts what it takes into a folder."""

from __future__ import annotations

import email
import email.policy
import socket
import subprocess
import sys
import time
from email.message import EmailMessage
from pathlib import Path


class SmtpProcess:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = found.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"smtp+plain://127.0.0.1:{self.port}"

    def start(self) -> None:
        arguments = ["-n", "-l", f"127.0.0.1:{self.port}", "-c", "aiosmtpd.handlers.Mailbox", str(self.folder)]
        self._process = subprocess.Popen([sys.executable, "-m", "aiosmtpd", *arguments])
        deadline = time.monotonic() + 15
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
                return
            except OSError:
                if time.monotonic() > deadline:
                    self.stop()
                    raise

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def taken(self) -> list[EmailMessage]:
        """The messages that it took."""
        return [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)  # type: ignore[arg-type]
            for path in sorted((self.folder / "new").glob("*"))
        ]
