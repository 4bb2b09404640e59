"""What the design system needs of the application: addresses of files, the form token, charts."""

from __future__ import annotations

from flask import Blueprint, Flask, g, render_template
from markupsafe import Markup

from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _l
from core.web.assets import static_url
from core.web.charts import chart
from core.web.member import current_member
from core.web.pages import personal
from core.web.tenancy import require_face, the_config


def csrf_field() -> Markup:
    """The hidden field that every form carries; on a shop's pages it is filled in for each visitor afterwards."""
    if g.get("face") == "shop":
        return personal("csrf")
    member = current_member()
    if member is None:
        return Markup()
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(member.csrf_token)


blueprint = Blueprint("design", __name__)


@blueprint.get("/_gallery")
def gallery() -> str:
    """Every component of the design system on one page; only while developing."""
    require_face("platform")
    if the_config().production:
        raise NotFound(_l("This page does not exist."))
    return render_template("ui/gallery.html", shop={"name": "Tongbao"})


def init_app(app: Flask) -> None:
    """Give templates `asset(name)`, `csrf_field()` and `chart(values)`."""
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(asset=static_url, csrf_field=csrf_field, chart=chart)
