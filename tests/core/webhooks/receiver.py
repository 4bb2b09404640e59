"""A receiver as a merchant would write it: a process of its own that verifies each message and notes it in a file.

`python receiver.py SECRETS_FILE LOG_FILE`: answers with the status written in the file SECRETS_FILE.status (200).
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from standardwebhooks import Webhook, WebhookVerificationError


def main(secrets_file: Path, log_file: Path) -> None:
    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = dict(self.headers)
            verified = []
            for secret in secrets_file.read_text().split():
                try:
                    Webhook(secret).verify(body, headers)
                    verified.append(secret)
                except WebhookVerificationError:
                    pass
            kept = {
                "path": self.path,
                "id": self.headers["webhook-id"],
                "verified": len(verified),
                "event": json.loads(body),
            }
            with log_file.open("a") as log:
                log.write(json.dumps(kept) + "\n")
            status_file = secrets_file.with_suffix(".status")
            self.send_response(int(status_file.read_text()) if status_file.exists() else 200)
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()
            self.wfile.write(b"thank you")

        def log_message(self, *_arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
