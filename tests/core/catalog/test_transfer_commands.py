import pytest
from sqlalchemy import func, select

from core.base.database import db
from core.catalog.commands import commands
from core.catalog.models import Product

from .test_transfer_import import open_shop
from .transfer_kit import FIXTURES


@pytest.fixture
def run(bare_app):
    with bare_app.app_context():
        open_shop("tea")
    import_group, export_group = commands()
    runner = bare_app.test_cli_runner()

    def go(group, *arguments):
        return runner.invoke({"import": import_group, "export": export_group}[group], ["catalog", *arguments])

    return go


def products(app):
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Product))


def test_a_catalogue_is_tried_out_imported_and_exported_from_the_command_line(run, bare_app, tmp_path):
    file = str(FIXTURES / "shopify_old.csv")
    tried = run("import", file, "--shop", "tea", "--dry-run")
    assert tried.exit_code == 0
    assert "3 would be created, 0 would be changed, 0 unchanged, 0 refused" in tried.output
    assert "new category: Tea > Green tea" in tried.output
    assert products(bare_app) == 0
    assert "3 created" in run("import", file, "--shop", "tea").output
    assert products(bare_app) == 3
    out = tmp_path / "out.csv"
    assert "wrote 3 products" in run("export", "--shop", "tea", "--format", "woocommerce", "--output", str(out)).output
    assert "3 unchanged, 0 refused" in run("import", str(out), "--shop", "tea").output
    shown = run("export", "--shop", "tea", "--format", "shopify")
    assert shown.output.startswith("Handle,Title,")


def test_a_refused_product_is_named_with_its_line_and_column_and_the_command_fails(run):
    result = run("import", str(FIXTURES / "woocommerce.csv"), "--shop", "tea")
    assert result.exit_code == 1
    assert "line 7, column “Type”: Products of the type “external” cannot be imported." in result.output
    assert "3 created" in result.output


@pytest.mark.parametrize(("file", "shop"), [("nothing.csv", "tea"), (str(FIXTURES / "woocommerce.csv"), "nobody")])
def test_a_wrong_file_or_shop_ends_the_command_with_words(run, file, shop):
    result = run("import", file, "--shop", shop)
    assert result.exit_code == 1
    assert str(result.exception)
