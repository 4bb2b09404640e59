"""What went wrong and what to do, in the look of the face, or as RFC 9457 problem+json when a program asks."""

from __future__ import annotations

import logging
from typing import cast

from flask import Flask, Response, current_app, g, jsonify, redirect, request
from jinja2 import TemplateNotFound
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from core.base.database import db
from core.base.errors import Invalid, TongbaoError
from core.base.i18n import gettext as _
from core.site.queries import redirect_of
from core.web.pages import render_page

log = logging.getLogger("tongbao.web")
Words = tuple[str, str]


def init_app(app: Flask) -> None:
    """Answer every refusal and failure."""
    app.before_request(refuse_unstorable)
    app.register_error_handler(TongbaoError, on_refusal)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(Exception, on_failure)


def refuse_unstorable() -> None:
    """No database stores a NUL character: what holds one is refused here, once, for all forms. Raises Invalid."""
    sent: list[MultiDict[str, str]] = [request.args]
    if request.method in {"POST", "PUT", "PATCH"} and not request.path.startswith(("/hooks/", "/api/")):
        sent.append(request.form)
    if "\x00" in request.path or any("\x00" in value for pairs in sent for _k, value in pairs.items(multi=True)):
        raise Invalid(_("What was sent holds a character that cannot be used. Type it again."))


def wants_json() -> bool:
    """Whether a program asks (the API, or an Accept header that prefers JSON to pages)."""
    if request.path.startswith(("/api/", "/hooks/", "/internal/")):
        return True
    accepts = request.accept_mimetypes
    return accepts["application/json"] > accepts["text/html"] or accepts.best == "application/problem+json"


def on_refusal(error: TongbaoError) -> Response:
    """A named refusal: its words and what can be done."""
    moved = _moved() if error.status == 404 else None
    if moved is not None:
        return moved
    return _answer(error.status, error.code, str(error.message), {k: str(v) for k, v in error.fields.items()})


def on_http_error(error: HTTPException) -> Response:
    """404, 405, 413 and the like, raised by the framework."""
    if error.response is not None and error.code is not None and error.code < 400:
        raise error
    status = error.code or 500
    moved = _moved() if status == 404 else None
    if moved is not None:
        return moved
    answer = _answer(status, "http_" + str(status), _explained(status)[1], {})
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        answer.headers["Allow"] = ", ".join(sorted(allowed))
    return answer


def _moved() -> Response | None:
    """Where a page of this shop that is not here any more has moved to."""
    if g.get("face") != "shop" or request.method != "GET":
        return None
    target = redirect_of(g.shop.merchant_id, request.path)
    return cast(Response, redirect(target, 301)) if target is not None else None


def on_failure(error: Exception) -> Response:
    """A fault of ours: logged in full, told in few words. Nothing of it is shown."""
    if current_app.config.get("PROPAGATE_EXCEPTIONS") or (
        current_app.testing and not current_app.config.get("FAULTS_SHOWN")
    ):
        raise error
    log.exception("%s %s failed", request.method, request.path)
    db.session.rollback()
    return _answer(500, "fault", _explained(500)[1], {})


def _explained(status: int) -> Words:
    words: dict[int, Words] = {
        400: (_("That did not work"), _("The request could not be understood. Go back and try again.")),
        401: (_("Please sign in"), _("This page is for people who are signed in.")),
        403: (_("Not allowed"), _("You may not do this.")),
        404: (_("Not found"), _("This page does not exist, or is not yours to see. Check the address.")),
        405: (_("That did not work"), _("This page cannot be used in that way. Go back and try again.")),
        409: (_("That is not possible now"), _("Things have changed meanwhile. Look again and decide anew.")),
        413: (_("Too large"), _("What was sent is too large. Send less at once.")),
        422: (_("Please check what you entered"), _("Some of it cannot be used.")),
        429: (_("Too many tries"), _("Wait a moment and try again.")),
        502: (_("No answer"), _("Another system did not answer. Try again in a moment.")),
    }
    fault = (_("Something went wrong"), _("This is our fault. It has been recorded. Try again in a moment."))
    return words.get(status, fault if status >= 500 else words[400])


def _answer(status: int, code: str, detail: str, fields: dict[str, str]) -> Response:
    title = _explained(status)[0]
    if wants_json():
        body = {"type": f"urn:tongbao:{code}", "title": title, "status": status, "detail": detail, "code": code}
        response = jsonify({**body, "fields": fields} if fields else body)
        response.status_code, response.mimetype = status, "application/problem+json"
        return response
    if g.get("face") in {"shop", "platform"}:
        template = "storefront/error.html" if g.face == "shop" else "platform/error.html"
        try:
            page = render_page(template, status=status, title=title, message=detail, fields=fields, code=code)
        except TemplateNotFound:
            raise
        except Exception:
            log.exception("the error page itself failed")
        else:
            page.status_code = status
            return page
    return Response(f"{title}\n{detail}\n", status=status, mimetype="text/plain")
