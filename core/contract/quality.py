"""How good a plugin is, from rules that a machine can check. A tier is reached when it and those below have no miss."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from core.base.tables import owner_by_module
from core.contract.manifest import Manifest
from core.contract.registry import Registry
from core.contract.translations import check_catalogues


class Tier(IntEnum):
    """Bronze: it keeps the contract. Silver: people can use it well. Gold: others can build on it."""

    BRONZE = 1
    SILVER = 2
    GOLD = 3


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as it turned out; `missing` says what to do, and is empty when the rule is kept."""

    tier: Tier
    name: str
    missing: str


@dataclass(frozen=True, slots=True)
class _Subject:
    manifest: Manifest
    registry: Registry
    folder: Path

    def sources(self) -> Iterator[tuple[Path, ast.Module]]:
        for path in sorted(self.folder.rglob("*.py")):
            if "versions" not in path.parts:
                yield path, ast.parse(path.read_text(encoding="utf-8"))

    def tests(self) -> list[Path]:
        """Test files in the package, beside it, or in the repository's tests/ folder under the plugin's name."""
        places = [self.folder / "tests", self.folder.parent / "tests"]
        places += [above / "tests" / "plugins" / self.folder.name for above in self.folder.parents[:3]]
        return sorted({path for place in places if place.is_dir() for path in place.rglob("test_*.py")})


_Check = Callable[[_Subject], str]


def examine(manifest: Manifest, registry: Registry) -> tuple[Tier | None, list[Rule]]:
    """The tier that a loaded plugin reaches, None below bronze, and every rule as it turned out."""
    spec = importlib.util.find_spec(manifest.package)
    if spec is None or not spec.submodule_search_locations:
        raise ValueError(f"{manifest.package} is not a package")
    subject = _Subject(manifest, registry, Path(next(iter(spec.submodule_search_locations))))
    rules = [Rule(tier, name, check(subject)) for tier, name, check in _RULES]
    reached: Tier | None = None
    for tier in Tier:
        if any(rule.missing for rule in rules if rule.tier <= tier):
            break
        reached = tier
    return reached, rules


def _says_what_it_is(subject: _Subject) -> str:
    named = str(subject.manifest.name).strip() and str(subject.manifest.summary).strip()
    return "" if named else "give the manifest a name and a summary"


def _imports_the_sdk_only(subject: _Subject) -> str:
    for path, tree in subject.sources():
        for node in ast.walk(tree):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            for name in names:
                inside = name == "core" or name.startswith("core.")
                if inside and not (name == "core.sdk" or name.startswith("core.sdk.")):
                    return f"{path.name} imports {name}; import from core.sdk"
    return ""


def _has_migrations(subject: _Subject) -> str:
    owners = owner_by_module({subject.manifest.id: subject.manifest.package})
    tables = sorted(table for table, owner in owners.items() if owner == subject.manifest.id)
    if tables and not any((subject.folder / "migrations" / "versions").glob("*.py")):
        return f"it has the table {tables[0]} and no migration; run `tongbao db revision --owner {subject.manifest.id}`"
    return ""


def _has_tests(subject: _Subject) -> str:
    return "" if subject.tests() else "write tests in a tests/ folder in or beside its package"


def _is_documented(subject: _Subject) -> str:
    places = (subject.folder / "README.md", subject.folder.parent / "README.md", subject.folder / "docs.md")
    return "" if any(place.is_file() for place in places) else "write a README.md in or beside its package"


def _is_translated(subject: _Subject) -> str:
    missing = next(check_catalogues(subject.folder), "")
    return missing.removeprefix(f"{subject.folder}/")


def _settings_explain_themselves(subject: _Subject) -> str:
    if subject.manifest.settings is None:
        return ""
    for name, field in subject.manifest.settings().fields.items():
        if not field.metadata.get("label"):
            return f"the setting {name} has no metadata label"
    return ""


def _plugin_file_is_short(subject: _Subject) -> str:
    path = subject.folder / "plugin.py"
    if not path.is_file():
        return "put the plugin object into plugin.py, its table of contents"
    lines = len(path.read_text(encoding="utf-8").splitlines())
    return "" if lines <= 150 else f"plugin.py has {lines} lines; 150 are enough for wiring"


def _providers_run_the_contract_tests(subject: _Subject) -> str:
    written = "\n".join(path.read_text(encoding="utf-8") for path in subject.tests())
    for provider in subject.registry.providers_of(subject.manifest.id):
        kind = next((base.__name__ for base in type(provider).__mro__ if base.__module__.startswith("core.")), "")
        if kind and f"{kind}Contract" not in written:
            return f"{provider.id}: a test class must inherit {kind}Contract of core.sdk.testing"
    return ""


def _migrations_can_be_undone(subject: _Subject) -> str:
    for path in sorted((subject.folder / "migrations" / "versions").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        downgrade = next((n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "downgrade"), None)
        if downgrade is None or (len(downgrade.body) == 1 and isinstance(downgrade.body[0], ast.Pass)):
            return f"{path.name} has no downgrade"
    return ""


_INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", re.IGNORECASE)


def _pages_keep_the_content_policy(subject: _Subject) -> str:
    for path in sorted((subject.folder / "templates").rglob("*.html")):
        found = _INLINE.search(path.read_text(encoding="utf-8"))
        if found:
            return f"{path.name} has {found.group().strip()!r}: put scripts and styles into static files"
    return ""


def _is_typed(subject: _Subject) -> str:
    for path, tree in subject.sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.returns is None and "tests" not in path.parts:
                return f"{path.name}: {node.name} does not say what it returns"
    return ""


_RULES: tuple[tuple[Tier, str, _Check], ...] = (
    (Tier.BRONZE, "says what it is", _says_what_it_is),
    (Tier.BRONZE, "imports core.sdk and nothing else of core", _imports_the_sdk_only),
    (Tier.BRONZE, "its tables come by migrations", _has_migrations),
    (Tier.SILVER, "has tests", _has_tests),
    (Tier.SILVER, "is documented", _is_documented),
    (Tier.SILVER, "speaks every language of the host", _is_translated),
    (Tier.SILVER, "its settings explain themselves", _settings_explain_themselves),
    (Tier.SILVER, "its plugin.py is a table of contents", _plugin_file_is_short),
    (Tier.GOLD, "its providers run the contract tests", _providers_run_the_contract_tests),
    (Tier.GOLD, "its migrations can be undone", _migrations_can_be_undone),
    (Tier.GOLD, "its pages keep the content security policy", _pages_keep_the_content_policy),
    (Tier.GOLD, "its functions are typed", _is_typed),
)
