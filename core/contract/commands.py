"""Commands about the database and the plugins: `tongbao db …`, `tongbao plugins`, `tongbao plugin …`."""

from __future__ import annotations

import json
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from core.base import migrate
from core.base.database import db
from core.contract import translations
from core.contract.loader import LoadReport, describe
from core.contract.quality import Rule, Tier, examine
from core.contract.runtime import registry
from core.contract.scaffold import write_plugin


def commands() -> list[click.Command]:
    """The commands of this room."""
    return [db_group, plugins_command, plugin_group, translations_group]


def loaded_owners() -> tuple[migrate.Owner, ...]:
    """Core and the loaded plugins, as owners of tables and migrations."""
    return migrate.owners_of((manifest.id, manifest.package) for manifest in registry().manifests)


@click.group("db")
def db_group() -> None:
    """The database: bring it up to date, see what is amiss."""


@db_group.command("upgrade")
@with_appcontext
def upgrade_command() -> None:
    """Run the pending migrations of core and of every loaded plugin."""
    file = db.engine.url.database
    if db.engine.dialect.name == "sqlite" and file and file != ":memory:":
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    done = migrate.upgrade(db.engine, loaded_owners())
    for line in done:
        click.echo(line)
    if not done:
        click.echo("the database is up to date")


@db_group.command("check")
@with_appcontext
@click.pass_context
def check_command(ctx: click.Context) -> None:
    """Name what the database and the models differ in; exit with 1 when they do."""
    found = migrate.check(db.engine, loaded_owners())
    for line in found:
        click.echo(line)
    if found:
        ctx.exit(1)
    click.echo("the database is as the models say")


@db_group.command("orphans")
@with_appcontext
def orphans_command() -> None:
    """Name the tables whose owner is not loaded. They are left alone; the data is there when the plugin comes back."""
    found = migrate.orphans(db.engine, loaded_owners())
    for line in found:
        click.echo(line)
    if not found:
        click.echo("every table has an owner")


@db_group.command("revision")
@click.option("--owner", default="core", show_default=True, help="core or a plugin's id")
@click.option("-m", "--message", required=True)
@with_appcontext
def revision_command(owner: str, message: str) -> None:
    """Write the next migration of core or a plugin from its models (for developers)."""
    path = migrate.revision(db.engine, loaded_owners(), owner, message)
    click.echo(f"wrote {path}" if path else f"{owner}: the models and the database are the same")


def _reports() -> tuple[LoadReport, ...]:
    reports: tuple[LoadReport, ...] = current_app.extensions["tongbao.reports"]
    return reports


@click.command("plugins")
@click.option("--json", "as_json", is_flag=True, help="for programs")
@with_appcontext
def plugins_command(as_json: bool) -> None:
    """Show which plugins came in, which were left out, and why."""
    rows = describe(_reports())
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    heads = ("id", "version", "distribution", "state", "reason")
    widths = [max(len(str(row[head])) for row in [*rows, {head: head for head in heads}]) for head in heads[:-1]]
    for row in [{head: head for head in heads}, *rows]:
        cells = [str(row[head]).ljust(width) for head, width in zip(heads, widths, strict=False)]
        click.echo("  ".join([*cells, str(row["reason"])]).rstrip())
    if not rows:
        click.echo("no plugins are installed")


@click.group("plugin")
def plugin_group() -> None:
    """Write a plugin, and see how good one is."""


@plugin_group.command("new")
@click.argument("name")
@click.option("--dir", "folder", type=click.Path(path_type=Path, file_okay=False), default=Path(), help="where to")
def new_command(name: str, folder: Path) -> None:
    """Write a working plugin distribution with tests, in a new folder tongbao-NAME."""
    try:
        made = write_plugin(name, folder)
    except (ValueError, FileExistsError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"wrote {made}")
    click.echo(f"next: pip install -e {made} && pytest {made} && tongbao plugins")


@plugin_group.command("check")
@click.argument("name")
@with_appcontext
@click.pass_context
def check_plugin_command(ctx: click.Context, name: str) -> None:
    """Tell a plugin's quality tier (bronze, silver, gold) from rules that a machine can check."""
    report = next((report for report in _reports() if report.id == name), None)
    manifest = registry().manifest(name)
    if report is None:
        raise click.ClickException(f"no plugin named {name!r} is installed")
    if manifest is None:
        click.echo(f"{name}: no tier; it is left out: {report.reason}")
        ctx.exit(1)
    tier, rules = examine(manifest, registry())
    for rule in rules:
        click.echo(_line(rule))
    click.echo(f"{name}: {tier.name.lower() if tier else 'no tier yet'}")
    ctx.exit(0 if tier else 1)


@click.group("translations")
def translations_group() -> None:
    """Catalogues of words, of core and of every loaded plugin."""


def _word_folders(owner: str | None) -> list[Path]:
    owners = [one for one in loaded_owners() if owner is None or one.id == owner]
    if not owners:
        raise click.ClickException(f"no plugin named {owner!r} is loaded")
    return [translations.folder_of(one.package) for one in owners]


_OWNER = click.option("--owner", help="core or a plugin's id; all without it")


@translations_group.command("compile")
@_OWNER
@click.option("--quiet", is_flag=True)
@with_appcontext
def compile_command(owner: str | None, quiet: bool) -> None:
    """Make what the running host reads of the catalogues (.mo); what is up to date stays."""
    made = translations.compile_catalogues(_word_folders(owner))
    if not quiet:
        click.echo("\n".join(f"made {path}" for path in made) or "all catalogues are compiled")


@translations_group.command("check")
@_OWNER
@with_appcontext
@click.pass_context
def check_translations_command(ctx: click.Context, owner: str | None) -> None:
    """Name every word that a language lacks; exit with 1 when there is one."""
    found = [line for folder in _word_folders(owner) for line in translations.check_catalogues(folder)]
    click.echo("\n".join(found) or "every word is translated")
    ctx.exit(1 if found else 0)


@translations_group.command("update")
@_OWNER
@with_appcontext
def update_translations_command(owner: str | None) -> None:
    """Bring the catalogues to the words in the code (for developers)."""
    for folder in _word_folders(owner):
        for path in translations.update_catalogues(folder):
            click.echo(f"wrote {path}")


def _line(rule: Rule) -> str:
    mark = "ok  " if not rule.missing else "MISS"
    why = f": {rule.missing}" if rule.missing else ""
    return f"{mark} {Tier(rule.tier).name.lower():6} {rule.name}{why}"
