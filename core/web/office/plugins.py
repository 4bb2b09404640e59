"""What became of each plugin at start."""

from __future__ import annotations

from flask import Response, current_app

from core.web.office.page import blueprint, show, staff_page


@blueprint.get("/plugins")
@staff_page("plugins.view")
def plugins() -> Response:
    """All plugins that were found."""
    return show("plugins", reports=current_app.extensions["tongbao.reports"])
