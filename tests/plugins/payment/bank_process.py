"""A real bank for tests: its own process on a free port, and hands to work it with."""

import copy
import json
import queue
import secrets
import subprocess
import sys
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests

from plugins.payment.bank.client import BankClient
from plugins.payment.bank.protocol import KeyRing, SigningKey, VerifyingKey

ADMIN_TOKEN = "only-for-tests"
PAYER = "6222020200112345"
SECOND_PAYER = "6217001210024456"
POOR_PAYER = "6228480402564890"


class BankProcess:
    """The bank as its own process: `start` returns when it is ready; a stop and a start keep its book."""

    def __init__(self, directory: Path, notify_url: str | None = None) -> None:
        self.directory = directory
        self.book = directory / "bank.sqlite"
        self.notify_url = notify_url
        self.credentials: dict[str, Any] = {}
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Run it, wait for its first line, and ask its health."""
        command = [
            sys.executable, "-m", "plugins.payment.bank.simulator", "--port", "0",
            "--state", str(self.book), "--credentials", str(self.credentials_file),
            "--admin-token", ADMIN_TOKEN, "--retry-seconds", "0.02",
        ]  # fmt: skip
        if self.notify_url:
            command += ["--notify-url", self.notify_url]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert "listens on" in line, line
        self.credentials = json.loads(self.credentials_file.read_text("utf-8"))
        assert requests.get(f"{self.url}/health", timeout=5).json()["bank"] == "ready"

    def stop(self) -> None:
        """End it as an operator would."""
        if self._process is not None:
            self._process.terminate()
            assert self._process.wait(timeout=10) == 0
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return str(self.credentials["base_url"])

    @property
    def signing_key(self) -> SigningKey:
        """The demo partner's key."""
        return SigningKey.from_text(self.credentials["key_id"], self.credentials["private_key"])

    @property
    def bank_keys(self) -> KeyRing:
        """The bank's keys as they were handed over at the start."""
        return KeyRing(
            VerifyingKey.from_text(key["key_id"], key["public_key"]) for key in self.credentials["bank_keys"]
        )

    def client(self, **options: Any) -> BankClient:
        """A client of the demo partner."""
        given: dict[str, Any] = {"signing_key": self.signing_key, "bank_keys": self.bank_keys} | options
        return BankClient(self.url, **given)

    def new_partner(self, directory: Path) -> "BankProcess":
        """The same bank as another partner with an account of its own sees it; its credentials are in that folder."""
        partner_id = f"partner-{secrets.token_hex(4)}"
        key = SigningKey.generate(f"key-of-{partner_id}")
        partner = {"partner_id": partner_id, "account": str(secrets.randbelow(10**16)), "name": "Tongbao Custody"}
        self.admin("partners", **partner)
        self.admin(f"partners/{partner_id}/keys", key_id=key.key_id, public_key=key.public_text)
        other = copy.copy(self)
        other.directory = directory
        other.credentials = self.credentials | partner | {"key_id": key.key_id, "private_key": key.private_text}
        other.credentials_file.write_text(json.dumps(other.credentials), "utf-8")
        return other

    @property
    def credentials_file(self) -> Path:
        """Where the partner's keys and the bank's address are."""
        return self.directory / "credentials.json"

    def admin(self, path: str, **body: Any) -> dict[str, Any]:
        """Do something through the tester's door."""
        answer = requests.post(
            f"{self.url}/admin/{path}",
            json=body,
            headers={"Authorization": f"Bearer {ADMIN_TOKEN}"},
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def look(self, what: str) -> list[dict[str, Any]]:
        """All `collections` and `notices` of this partner, or the bank's `keys`."""
        answer = requests.get(
            f"{self.url}/admin/{what}", headers={"Authorization": f"Bearer {ADMIN_TOKEN}"}, timeout=10
        )
        mine = (None, self.credentials["partner_id"])
        return [one for one in answer.json()[what] if one.get("partner_id") in mine]

    def fault(self, target: str, kind: str, value: object = None, times: int = 1) -> None:
        """Let it misbehave."""
        self.admin("faults", target=target, kind=kind, value=value, times=times)

    def behave(self) -> None:
        """Forget all faults."""
        requests.delete(
            f"{self.url}/admin/faults", headers={"Authorization": f"Bearer {ADMIN_TOKEN}"}, timeout=10
        ).raise_for_status()

    def settle(self) -> None:
        """Wait until every notice that may be sent has been acknowledged."""
        assert self.admin("notices/settle", timeout_seconds=20, partner_id=self.credentials["partner_id"])["settled"]

    def scan(self, qr_payload: str, action: str = "pay", account: str = PAYER, **form: Any) -> requests.Response:
        """Scan a code and press a button on the page that opens."""
        return requests.post(qr_payload, data={"action": action, "account": account} | form, timeout=10)


@dataclass(frozen=True)
class Received:
    """A request that reached the listening post."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def notice(self) -> dict[str, Any]:
        """The notice in it."""
        return dict(json.loads(self.body))


class ListeningPost:
    """A partner's notice endpoint: keeps what arrives, fails as often as told, then acknowledges."""

    def __init__(self) -> None:
        self.arrived: queue.Queue[Received] = queue.Queue()
        self.failures_left = 0
        post = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                fails = post.failures_left > 0
                post.failures_left -= fails
                answer = b"{}" if fails else json.dumps({"received": json.loads(body)["notice_id"]}).encode()
                self.send_response(500 if fails else 200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
                post.arrived.put(Received(self.path, dict(self.headers), body))

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/notices?from=bank"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def next(self) -> Received:
        """The next request, as soon as it is there."""
        return self.arrived.get(timeout=15)

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
