"""Logs: one JSON object a line in production, short lines for people in development.

What every line carries is set for the request under way: its id and the merchant it is about. No personal data: no
addresses of people, no bodies, no queries; paths only as the pattern that they matched.
"""

from __future__ import annotations

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from core.base.config import Config

request_id: ContextVar[str] = ContextVar("request_id", default="")
about_merchant: ContextVar[str] = ContextVar("about_merchant", default="")

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """A record as one line of JSON; what was given by `extra` stands beside the message."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        for name, context in (("request_id", request_id), ("merchant_id", about_merchant)):
            if context.get():
                line[name] = context.get()
        line.update({name: value for name, value in record.__dict__.items() if name not in _STANDARD})
        if record.exc_info:
            line["fault"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class PlainLines(logging.Formatter):
    """A record for people, with the request's id where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        mark = f" [{request_id.get()}]" if request_id.get() else ""
        moment = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        line = f"{moment} {record.levelname.lower()} {record.name}{mark} {record.getMessage()}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def configure_logs(config: Config) -> None:
    """Write the logs of this process to standard error, as the settings say. Called once by what serves or works."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if config.log_json else PlainLines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("tongbao").setLevel(config.log_level)
    logging.getLogger("core").setLevel(config.log_level)
