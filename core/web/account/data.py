"""What is known of oneself: have it packed up, fetch it, have it erased."""

from __future__ import annotations

import io

from flask import Response, make_response, redirect, request, send_file
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import TongbaoError
from core.base.i18n import lazy_gettext as _
from core.contract.contributions import DataSubject
from core.parties.guard import check_password
from core.privacy.service import erase, erasure_preview, fetch_package, packages_of, request_package
from core.web.account.page import blueprint, here, show, the_member
from core.web.console.page import Errors, words_of
from core.web.member import flash_member
from core.web.sessions import set_session_cookie


def _me() -> DataSubject:
    return DataSubject("person", the_member().person_id)


@blueprint.get("/data")
def data() -> Response:
    """Packages that were made, and what an erasure would do."""
    return _page()


def _page(*, status: int = 200, errors: Errors | None = None, message: object = "") -> Response:
    parts = erasure_preview(_me())
    return show("data", status=status, packages=packages_of(_me()), parts=parts, errors=errors or {}, message=message)


@blueprint.post("/data/package")
def pack() -> WerkzeugResponse:
    """Have everything packed up in the background."""
    request_package(_me())
    flash_member(_("Your data is being packed up. This page shows when it is ready."), "info")
    return redirect(here("data"), 303)


@blueprint.get("/data/package/<package_id>")
def fetch(package_id: str) -> Response:
    """The package, for its subject alone."""
    return package_response(fetch_package(package_id, _me()))


def package_response(content: bytes) -> Response:
    """A package of data as a download that nothing keeps."""
    response = send_file(
        io.BytesIO(content), mimetype="application/zip", as_attachment=True, download_name="my-data.zip"
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/data/erase")
def erase_me() -> WerkzeugResponse:
    """Erase the account, after the password was typed in once more."""
    try:
        check_password(the_member().person_id, request.form.get("password", ""), address=request.remote_addr or "")
        erase(_me())
    except TongbaoError as error:
        return _page(status=error.status, errors=error.fields, message=words_of(error))
    response = make_response(show("erased"))
    set_session_cookie(response, "", lasts_seconds=None)
    return response
