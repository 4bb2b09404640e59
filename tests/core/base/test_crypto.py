from __future__ import annotations

import pytest
from flask import Flask

from core.base.config import ConfigError, load_config
from core.base.crypto import CannotDecrypt, decrypt, encrypt, encrypted_anew

FIRST, SECOND = "first key " * 4, "second key " * 4


def installation(secret: str = "s" * 40, data_keys: str = "") -> Flask:
    config = load_config({"TONGBAO_SECRET_KEY": secret, "TONGBAO_DATA_KEYS": data_keys})
    app = Flask("test")
    app.config.update(TONGBAO=config, SECRET_KEY=config.secret_key)
    return app


def test_what_was_encrypted_comes_back_and_never_looks_the_same_twice() -> None:
    with installation().app_context():
        one, other = encrypt("6222 0000"), encrypt("6222 0000")
        assert one != other
        assert "6222" not in one
        assert decrypt(one) == decrypt(other) == "6222 0000"


def test_another_installation_cannot_read_it() -> None:
    with installation().app_context():
        stored = encrypt("secret")
    with installation(secret="t" * 40).app_context(), pytest.raises(CannotDecrypt):
        decrypt(stored)


def test_a_key_is_changed_without_losing_what_is_stored() -> None:
    with installation().app_context():
        before_any_key = encrypt("one")
    with installation(data_keys=FIRST).app_context():
        assert decrypt(before_any_key) == "one"
        under_first = encrypt("two")
    with installation(data_keys=f"{SECOND},{FIRST}").app_context():
        assert decrypt(before_any_key) == "one"
        renewed = encrypted_anew(under_first)
    with installation(data_keys=SECOND).app_context():
        assert decrypt(renewed) == "two"
        with pytest.raises(CannotDecrypt):
            decrypt(under_first)


def test_short_data_keys_are_refused_in_production() -> None:
    with pytest.raises(ConfigError, match="TONGBAO_DATA_KEYS"):
        load_config({"TONGBAO_ENV": "production", "TONGBAO_SECRET_KEY": "s" * 40, "TONGBAO_DATA_KEYS": "short"})
