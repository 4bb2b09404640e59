"""Settings from the environment, read and checked once at start, with messages that say how to mend them."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from urllib.parse import urlsplit

DEVELOPMENT_SECRET = "development-only-not-a-secret"  # noqa: S105 - refused in production mode


class ConfigError(RuntimeError):
    """A setting that cannot be used; the message says which, why and how to mend it."""


@dataclass(frozen=True, slots=True)
class Config:
    """What a process of Tongbao needs to know of its surroundings."""

    production: bool
    secret_key: str
    database_url: str
    data_dir: Path
    port: int
    platform_host: str
    """Host name of the platform itself (merchants' console, sign-in); shops live on `<slug>.<platform_host>`."""
    trusted_proxies: int
    """How many reverse proxies stand in front and may be believed about the client's address and scheme."""
    log_level: str
    payout_level: int = 2
    """How far a merchant must be verified to withdraw money (0: not at all)."""
    data_keys: tuple[str, ...] = ()
    """Secrets that encrypt stored data: the first for what is new, the others for what is old."""
    mail: str = ""
    """Where e-mail is handed in: `smtp://user:password@host:587` (STARTTLS), `smtps://…:465`, `smtp+plain://…`."""
    mail_from: str = ""
    """The address that e-mail comes from."""
    mail_channel: str = ""
    """The id of the channel for e-mail, where it is not the built-in one."""
    sms_channel: str = ""
    """The id of the channel for text messages, where it is not the built-in one."""
    log_json: bool = False
    """Whether logs are written as JSON, one object a line."""
    company: str = ""
    """Who runs the platform, as its invoices to merchants say it; with its number and address."""
    company_id: str = ""
    company_address: str = ""
    fee_tax_ppm: int = 0
    """The tax within the platform's fees, in parts per million."""
    review_openings: bool = True
    """Whether staff look at a shop that came by application before it opens for the first time."""
    private_targets: bool = False
    """Whether webhooks may go to plain http and into our own network: for development, never in production."""


def load_config(environ: Mapping[str, str] | None = None) -> Config:
    """Read TONGBAO_* and PORT. Raises ConfigError with words that say how to mend it."""
    env = os.environ if environ is None else environ
    production = _is_production(env.get("TONGBAO_ENV", "development"))
    secret_key = env.get("TONGBAO_SECRET_KEY", DEVELOPMENT_SECRET)
    if production and (secret_key == DEVELOPMENT_SECRET or len(secret_key) < 32):
        raise ConfigError(
            "TONGBAO_SECRET_KEY is missing or too short for production mode. Set it to at least 32 random "
            f"characters, for example: TONGBAO_SECRET_KEY={secrets.token_urlsafe(48)}"
        )
    data_dir = Path(env.get("TONGBAO_DATA_DIR", "var")).resolve()
    database_url = env.get("TONGBAO_DATABASE_URL") or f"sqlite:///{data_dir / 'tongbao.db'}"
    if database_url.startswith(("postgres://", "postgresql://")):
        database_url = "postgresql+psycopg://" + database_url.split("://", 1)[1]
    if not database_url.startswith(("sqlite:", "postgresql+psycopg:")):
        raise ConfigError("TONGBAO_DATABASE_URL must begin with sqlite: or postgresql:")
    try:
        port = int(env.get("PORT", "8000"))
        trusted_proxies = int(env.get("TONGBAO_TRUSTED_PROXIES", "0"))
    except ValueError:
        raise ConfigError("PORT and TONGBAO_TRUSTED_PROXIES must be whole numbers") from None
    if not 0 < port < 65536:
        raise ConfigError("PORT must be from 1 to 65535, for example PORT=8000")
    if not 0 <= trusted_proxies <= 10:
        raise ConfigError("TONGBAO_TRUSTED_PROXIES is how many proxies stand in front: 0 without any, 1 behind Caddy")
    return Config(
        production=production,
        secret_key=secret_key,
        database_url=database_url,
        data_dir=data_dir,
        port=port,
        trusted_proxies=trusted_proxies,
        log_level=_log_level(env.get("TONGBAO_LOG_LEVEL", "INFO")),
        mail=_mail(env.get("TONGBAO_SMTP", "")),
        mail_from=env.get("TONGBAO_MAIL_FROM", "") or f"no-reply@{env.get('TONGBAO_PLATFORM_HOST', 'localhost')}",
        mail_channel=env.get("TONGBAO_MAIL_CHANNEL", ""),
        sms_channel=env.get("TONGBAO_SMS_CHANNEL", ""),
        payout_level=_payout_level(env.get("TONGBAO_PAYOUT_LEVEL", "2"), production=production),
        data_keys=_data_keys(env.get("TONGBAO_DATA_KEYS", ""), production=production),
        company=env.get("TONGBAO_COMPANY", "").strip()[:120],
        company_id=env.get("TONGBAO_COMPANY_ID", "").strip()[:60],
        company_address=env.get("TONGBAO_COMPANY_ADDRESS", "").strip()[:300],
        fee_tax_ppm=_fee_tax(env.get("TONGBAO_FEE_TAX", "0")),
        log_json=_log_json(env.get("TONGBAO_LOG_FORMAT", ""), production=production),
        review_openings=_yes_or_no(env.get("TONGBAO_REVIEW_OPENINGS", "1"), "TONGBAO_REVIEW_OPENINGS"),
        private_targets=_private_targets(env.get("TONGBAO_PRIVATE_TARGETS", ""), production=production),
        platform_host=_platform_host(env.get("TONGBAO_PLATFORM_HOST", "localhost"), production=production),
    )


def _is_production(text: str) -> bool:
    if text not in {"development", "production"}:
        raise ConfigError(f"TONGBAO_ENV is {text!r}: set it to production, or leave it out for development")
    return text == "production"


def _platform_host(text: str, *, production: bool) -> str:
    host = text.strip().lower()
    if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", host):
        raise ConfigError(
            f"TONGBAO_PLATFORM_HOST is {text!r}: write the host name alone, without https:// and port, "
            "for example TONGBAO_PLATFORM_HOST=tongbao.example.com"
        )
    if production and host == "localhost":
        raise ConfigError(
            "TONGBAO_PLATFORM_HOST is missing: in production the platform needs a name of its own, "
            "for example TONGBAO_PLATFORM_HOST=tongbao.example.com"
        )
    return host


def _log_level(text: str) -> str:
    level = text.strip().upper()
    if level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ConfigError(f"TONGBAO_LOG_LEVEL is {text!r}: use DEBUG, INFO, WARNING or ERROR")
    return level


def _log_json(text: str, *, production: bool) -> bool:
    if text not in {"", "json", "plain"}:
        raise ConfigError(f"TONGBAO_LOG_FORMAT is {text!r}: use json or plain")
    return text == "json" if text else production


def _yes_or_no(text: str, name: str) -> bool:
    if text not in {"0", "1"}:
        raise ConfigError(f"{name} must be 1 or 0")
    return text == "1"


def _private_targets(text: str, *, production: bool) -> bool:
    if text not in {"", "0", "1"}:
        raise ConfigError("TONGBAO_PRIVATE_TARGETS must be 1 (development: webhooks may go anywhere) or 0")
    if text == "1" and production:
        raise ConfigError("TONGBAO_PRIVATE_TARGETS=1 opens your own network to merchants: leave it out in production")
    return text == "1"


def _mail(url: str) -> str:
    parts = urlsplit(url)
    if url and (parts.scheme not in {"smtp", "smtps", "smtp+plain"} or not parts.hostname):
        raise ConfigError(
            "TONGBAO_SMTP must look like smtp://user:password@mail.example.com:587 "
            "(smtps:// for TLS from the start, smtp+plain:// without any, on a trusted network only)"
        )
    return url


def _payout_level(text: str, *, production: bool) -> int:
    if text not in ("0", "1", "2", "3"):
        raise ConfigError(
            "TONGBAO_PAYOUT_LEVEL must be 0, 1, 2 or 3: how far a merchant is verified before it withdraws"
        )
    if production and text in ("0", "1"):
        raise ConfigError("TONGBAO_PAYOUT_LEVEL must be 2 or 3 in production mode: money leaves to known people only")
    return int(text)


def _fee_tax(text: str) -> int:
    try:
        rate = Decimal(text.strip().removesuffix("%")).scaleb(4)
    except InvalidOperation:
        rate = Decimal("NaN")
    if not rate.is_finite() or rate != rate.to_integral_value() or not 0 <= rate < 1_000_000:
        raise ConfigError("TONGBAO_FEE_TAX is the tax within the platform's fees in per cent, for example 6")
    return int(rate)


def _data_keys(text: str, *, production: bool) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in text.split(",") if key.strip())
    if production and any(len(key) < 32 for key in keys):
        raise ConfigError("TONGBAO_DATA_KEYS must hold secrets of at least 32 characters each, the newest first")
    return keys
