"""Files that were asked for, and their bytes in pieces, where every web and worker process finds them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from core.base.database import ID, Base, Json, TenantRow, tenant_fk


class ExportFile(TenantRow, Base):
    """A list that somebody wants as a file. Its background task tells how far it is; its parts go when it expires."""

    __tablename__ = "export_file"

    list_name: Mapped[str] = mapped_column(String(80))
    format: Mapped[str] = mapped_column(String(10))
    """csv, csv-bom or xlsx."""
    filters: Mapped[dict[str, Any]] = mapped_column(Json)
    locale: Mapped[str] = mapped_column(String(10))
    file_name: Mapped[str] = mapped_column(String(160))
    task_id: Mapped[str] = mapped_column(ID)
    rows: Mapped[int] = mapped_column(default=0)
    bytes: Mapped[int] = mapped_column(default=0)
    ready: Mapped[bool] = mapped_column(default=False)
    created_by: Mapped[str | None] = mapped_column(ID)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    __table_args__ = (
        Index("ix_export_file_listed", "merchant_id", "created_at", "id"),
        Index("ix_export_file_expires", "expires_at"),
    )


class ExportPart(Base):
    """A piece of a file, in its place."""

    __tablename__ = "export_part"

    merchant_id: Mapped[str] = mapped_column(ID, primary_key=True)
    export_id: Mapped[str] = mapped_column(ID, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (tenant_fk("export_id", "export_file"),)
