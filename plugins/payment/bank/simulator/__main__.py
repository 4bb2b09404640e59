"""`python -m plugins.payment.bank.simulator`: run the bank."""

import argparse
import json
import os
import secrets
from pathlib import Path

import click

from plugins.payment.bank.protocol import SigningKey
from plugins.payment.bank.simulator import accounts
from plugins.payment.bank.simulator.app import Server


def main(argv: list[str] | None = None) -> None:
    """Run the bank until it is told to stop; the first line it prints says where it listens."""
    arguments = _parser().parse_args(argv)
    arguments.state.parent.mkdir(parents=True, exist_ok=True)
    admin_token = arguments.admin_token or os.environ.get("TONGBAO_BANK_ADMIN_TOKEN") or secrets.token_urlsafe(18)
    server = Server(
        host=arguments.host,
        port=arguments.port,
        state=arguments.state,
        public_url=arguments.public_url,
        admin_token=admin_token,
        retry_seconds=arguments.retry_seconds,
    )
    if arguments.credentials is not None:
        write_credentials(server, arguments.credentials, arguments.notify_url, admin_token)
    click.echo(f"The bank simulator listens on {server.url}")
    server.run()


def write_credentials(server: Server, path: Path, notify_url: str | None, admin_token: str) -> None:
    """Take on a demo partner, once, and keep in one private file what it needs to talk to the bank."""
    kept = json.loads(path.read_text("utf-8")) if path.exists() else {}
    key_id = kept.get("key_id") or f"partner-{secrets.token_hex(3)}"
    private_key = kept.get("private_key")
    key = SigningKey.from_text(key_id, private_key) if private_key else SigningKey.generate(key_id)
    partner = {
        "partner_id": "tongbao",
        "account": "1001880020261123",
        "name": "Tongbao Custody 通寶",
        "currency": "CNY",
    }
    accounts.save_partner(server.book, **partner, notify_url=notify_url)
    accounts.save_partner_key(
        server.book,
        partner_id=partner["partner_id"],
        key_id=key_id,
        public_key=key.public_text,
        not_before=None,
        not_after=None,
    )
    credentials = partner | {
        "base_url": server.url,
        "key_id": key_id,
        "private_key": key.private_text,
        "bank_keys": accounts.published_keys(server.book),
        "admin_token": admin_token,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(credentials, file, ensure_ascii=False, indent=2)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m plugins.payment.bank.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8900, help="port to listen on; 0 picks a free one")
    parser.add_argument("--state", type=Path, required=True, help="file that holds the bank's book")
    parser.add_argument("--public-url", help="address that the QR codes carry, if another than the bank's own")
    parser.add_argument("--notify-url", help="where the demo partner is told of payments")
    parser.add_argument("--credentials", type=Path, help="take on a demo partner and write its keys to this file")
    parser.add_argument("--admin-token", help="opens /admin; made at random when neither this nor the variable is set")
    parser.add_argument("--retry-seconds", type=float, default=5.0, help="wait before a notice is sent again")
    return parser


if __name__ == "__main__":
    main()
