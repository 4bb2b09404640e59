"""What every provider has."""

from __future__ import annotations

from abc import ABC
from typing import Any, ClassVar


class Provider(ABC):
    """An implementation of one provider type. `id` is `<plugin>.<name>` and never changes: rows refer to it."""

    id: ClassVar[str]
    label: Any

    @property
    def plugin_id(self) -> str:
        """The plugin that brought this provider."""
        return self.id.split(".", 1)[0]
