"""What the design system needs of the application: addresses of files, the form token, charts."""

from __future__ import annotations

from flask import Flask, g
from markupsafe import Markup

from core.web.assets import static_url
from core.web.charts import chart
from core.web.member import current_member
from core.web.pages import personal


def csrf_field() -> Markup:
    """The hidden field that every form carries; on a shop's pages it is filled in for each visitor afterwards."""
    if g.get("face") == "shop":
        return personal("csrf")
    member = current_member()
    if member is None:
        return Markup()
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(member.csrf_token)


def init_app(app: Flask) -> None:
    """Give templates `asset(name)`, `csrf_field()` and `chart(values)`."""
    app.jinja_env.globals.update(asset=static_url, csrf_field=csrf_field, chart=chart)
