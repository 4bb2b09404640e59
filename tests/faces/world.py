"""The demo as a small world for walks: made once for each engine, with three weeks of trade, and people signed in."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from contextvars import Context
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from core.access.scopes import SCOPES
from core.access.tokens import create_token
from core.app import create_app
from core.base import clock
from core.base.config import load_config
from core.base.database import db
from core.base.transactions import transactional
from core.parties.factors import vouch_for
from core.parties.sessions import open_member_session, open_visitor_session
from tests.databases import make_database
from tests.journeys.town import free_port

PLATFORM = "http://localhost"
SHOP = "http://tea.localhost"
DAYS = 21
OWNER, STAFF, BUYER = "mei@tea.example", "staff@tongbao.example", "li.lei@example.com"
FACES = {"console": PLATFORM, "office": PLATFORM, "member": PLATFORM, "guest": PLATFORM, "api": PLATFORM, "shop": SHOP}
"""Each face by who looks at it, and the host it stands at."""


class World:
    """The demo's application, with ways to find things in it and to look at it as somebody."""

    def __init__(self, folder: Path, url: str, *, filled: bool = False) -> None:
        self.folder, self.url = folder, url
        self.settings = {
            "TONGBAO_DATABASE_URL": url,
            "TONGBAO_DATA_DIR": str(folder),
            "PORT": str(free_port()),
        }
        if not filled:
            self._command("db", "upgrade")
            self._command("seed", "demo", "--days", str(DAYS))
        self.app: Flask = create_app(load_config(self.settings))
        self.app.config["TESTING"] = True
        self.merchant_id = self.one("SELECT id FROM merchant WHERE slug = 'tea'")
        self.owner_id = self.one("SELECT id FROM person WHERE email = :it", it=OWNER)
        self.staff_id = self.one("SELECT id FROM person WHERE email = :it", it=STAFF)
        self.customer_id = self.one("SELECT id FROM customer WHERE email = :it AND merchant_id = :merchant", it=BUYER)
        self.clients = {face: self._enter(face) for face in FACES}

    def copy(self, name: str) -> World:
        """The same world once more, to be changed; pictures and keys are shared."""
        with self.app.app_context():
            db.engine.dispose()
        if self.url.startswith("sqlite"):
            path = self.folder / f"{name}.db"
            ours = self.url.removeprefix("sqlite:///")
            with closing(sqlite3.connect(ours)) as source, closing(sqlite3.connect(path)) as target:
                source.backup(target)
            return World(self.folder, f"sqlite:///{path}", filled=True)
        own = self.url.partition("?")[0].rsplit("/", 1)[1]
        return World(self.folder, make_database(name, like=own), filled=True)

    def _command(self, *arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "core.cli", *arguments],
            env=os.environ | self.settings,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def one(self, sql: str, **values: str) -> str:
        """The first value that a statement finds; what is `:merchant` in it is the tea shop."""
        known = {"merchant": getattr(self, "merchant_id", ""), "owner": getattr(self, "owner_id", "")}
        with self.app.app_context():
            try:
                found = db.session.execute(text(sql), known | values).scalar()
            finally:
                db.session.remove()
        assert found is not None, f"the demo has nothing for: {sql}"
        return str(found)

    def cookie(self, face: str) -> str:
        """What the session cookie of a face holds; empty for guests and programs."""

        @transactional
        def begin() -> str:
            if face == "shop":
                return open_visitor_session(self.merchant_id, customer_id=self.customer_id)
            person_id = self.staff_id if face == "office" else self.owner_id
            merchant_id = None if face == "office" else self.merchant_id
            return open_member_session(person_id, merchant_id=merchant_id, factor_at=clock.now())

        if face in ("guest", "api"):
            return ""
        return self.doing(begin)

    def doing(self, act):
        """What `act` gives, done in the application with nobody's factor asked for."""
        with self.app.app_context(), vouch_for(self.owner_id):
            try:
                return act()
            finally:
                db.session.remove()

    def _enter(self, face: str) -> FlaskClient:
        client = self.app.test_client()
        if cookie := self.cookie(face):
            client.set_cookie("tb_s", cookie, domain=FACES[face].removeprefix("http://"))
        return client

    def get(self, face: str, path: str, language: str = "en") -> TestResponse:
        """Look at a page of a face as somebody whose browser speaks a language."""
        return self.send(face, "GET", path, language=language)

    def send(self, face: str, method: str, path: str, *, language: str = "en", **options) -> TestResponse:
        """Each request in a context of its own, as a server does it."""
        headers = {"Accept-Language": language, "Sec-Fetch-Site": "same-origin"}
        if face == "api":
            headers["Authorization"] = f"Bearer {self.token}"
        return Context().run(
            self.clients[face].open,
            path,
            method=method,
            base_url=FACES[face],
            headers=headers,
            buffered=True,
            **options,
        )

    @property
    def token(self) -> str:
        """A token of the tea shop for all that programs can do."""
        if not hasattr(self, "_token"):
            self._token = self.doing(
                lambda: create_token(self.merchant_id, name="walk", scopes=tuple(SCOPES), actor_id=self.owner_id).secret
            )
        return self._token

    def close(self) -> None:
        with self.app.app_context():
            db.engine.dispose()
