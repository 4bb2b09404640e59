"""Commands about the catalogue: `tongbao import catalog …`, `tongbao export catalog …`."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click
from flask import current_app
from flask.cli import with_appcontext

from core.catalog.transfer.detect import Format
from core.catalog.transfer.exporter import export_catalog
from core.catalog.transfer.importer import ImportPreview, Progress, apply_import, preview_import
from core.shops.context import ShopContext
from core.shops.queries import shop_by_slug

_WORDS = {False: ("created", "changed"), True: ("would be created", "would be changed")}


def commands() -> list[click.Command]:
    """The commands of this room."""
    return [import_group, export_group]


@click.group("import")
def import_group() -> None:
    """Bring data of other shops in."""


@click.group("export")
def export_group() -> None:
    """Take a shop's data out."""


@import_group.command("catalog")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--shop", "slug", required=True, help="the shop's built-in name, such as tea")
@click.option("--dry-run", is_flag=True, help="say what would happen and change nothing")
@with_appcontext
@click.pass_context
def import_catalog_command(ctx: click.Context, file: Path, slug: str, dry_run: bool) -> None:
    """Import the products of FILE, a CSV as exported by Shopify or WooCommerce.

    Ends with 1 when a product was refused; all others are imported.
    """
    shop = shop_by_slug(slug)
    run = preview_import if dry_run else apply_import
    with _progress() as progress:
        report = run(shop.merchant_id, file, shop.currency, progress)
    _say(report, dry_run)
    if report.refused:
        ctx.exit(1)


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """A bar for people; nothing where the output goes into a file."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1, label="rows", file=sys.stderr, show_pos=True) as bar:

        def show(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield show


def _say(report: ImportPreview, dry_run: bool) -> None:
    label = {"shopify": "Shopify", "woocommerce": "WooCommerce"}[report.format]
    click.echo(f"{label} export, {report.encoding}, {report.rows_total} rows")
    for product in report.products if dry_run else ():
        changes = f" ({', '.join(product.changes)})" if product.changes else ""
        click.echo(f"  {product.kind:8} {product.handle}{changes}")
    for category in report.new_categories:
        click.echo(f"  new category: {category}")
    for kind, found, total in (
        ("note", report.notes, report.notes_total),
        ("problem", report.problems, report.problems_total),
    ):
        for entry in found:
            column = f", column “{entry.column}”" if entry.column else ""
            click.echo(f"  {kind}: line {entry.line}{column}: {entry.message}", err=kind == "problem")
        if total > len(found):
            click.echo(f"  and {total - len(found)} more", err=kind == "problem")
    created, changed = _WORDS[dry_run]
    done = f"{report.created} {created}, {report.changed} {changed}"
    click.echo(f"{done}, {report.unchanged} unchanged, {report.refused} refused")


@export_group.command("catalog")
@click.option("--shop", "slug", required=True, help="the shop's built-in name, such as tea")
@click.option("--format", "form", type=click.Choice(["shopify", "woocommerce"]), required=True)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="a file; else standard output")
@click.option("--base-url", help="where the shop's pictures can be fetched, if not at its own address")
@with_appcontext
def export_catalog_command(slug: str, form: Format, output: Path | None, base_url: str | None) -> None:
    """Export all products of a shop as a CSV for Shopify or WooCommerce."""
    shop = shop_by_slug(slug)
    address = base_url or _address(shop)
    if output is None:
        out = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="")
        _export(shop, out, form, address)
        out.detach()
        return
    unfinished = output.with_name(f"{output.name}.part")
    with unfinished.open("w", encoding="utf-8", newline="") as out:
        written = _export(shop, out, form, address)
    unfinished.replace(output)
    click.echo(f"wrote {written} products to {output}")


def _export(shop: ShopContext, out: TextIO, form: Format, base_url: str) -> int:
    return export_catalog(shop.merchant_id, out, form, shop.currency, base_url=base_url)


def _address(shop: ShopContext) -> str:
    config = current_app.config["TONGBAO"]
    if config.production:
        return f"https://{shop.primary_host}"
    return f"http://{shop.primary_host}:{config.port}"
