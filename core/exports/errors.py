"""Refusals of exports."""

from __future__ import annotations

from core.base.errors import NotFound, Refused


class ExportNotFound(NotFound):
    """There is no such file (any more), or it is not yours."""

    code = "export_not_found"


class ExportNotReady(Refused):
    """The file is still being written."""

    code = "export_not_ready"


class ExportTooLarge(Refused):
    """The list has more rows than a file may hold."""

    code = "export_too_large"
