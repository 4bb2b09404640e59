"""Tracking numbers from a file: what a carrier's portal gives back ships the orders that it names."""

from __future__ import annotations

import csv
import io

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, NotFound, Refused
from core.base.i18n import gettext, ngettext
from core.base.i18n import lazy_gettext as _
from core.orders import fulfilment
from core.orders.queries import ids_by_code
from core.web.console.page import actor_id, blueprint, merchant_id, posted, show, words_of
from core.web.member import flash_member, require_member

BYTES_MAX = 1024 * 1024
ROWS_MAX = 500
NAMES = {
    "order": ("order", "code", "order_code", "订单", "訂單"),
    "carrier": ("carrier", "承运商", "物流公司", "承運商"),
    "number": ("tracking_number", "number", "tracking", "运单号", "運單號"),
    "url": ("tracking_url", "url", "link"),
}


@blueprint.get("/orders/tracking")
@require_member("orders.fulfil")
def tracking_import() -> Response:
    """A file with a line for each parcel."""
    return show("tracking", refused=[], message="", carrier="")


@blueprint.post("/orders/tracking")
@require_member("orders.fulfil")
def tracking_import_submit() -> WerkzeugResponse:
    """Ship each order of the file; the lines that are refused are shown with why."""
    carrier = posted("carrier", 80)
    upload = request.files.get("file")
    try:
        rows = read_tracking(upload.stream.read(BYTES_MAX + 1) if upload is not None else b"", carrier)
    except Invalid as error:
        errors = error.fields or {"file": error.message}
        return show("tracking", status=422, refused=[], errors=errors, message=words_of(error), carrier=carrier)
    known = ids_by_code(merchant_id(), [row["order"] for row in rows])
    done, refused = 0, []
    for place, row in enumerate(rows, start=2):
        try:
            order_id = known.get(row["order"])
            if order_id is None:
                raise NotFound(_("There is no such order."))
            fulfilment.ship_order(
                merchant_id(),
                order_id,
                carrier=row["carrier"],
                tracking_number=row["number"],
                tracking_url=row["url"],
                actor=actor_id(),
            )
            done += 1
        except (Invalid, Refused, NotFound) as error:
            refused.append((place, row["order"], words_of(error)))
    if done:
        flash_member(ngettext("%(num)d order is shipped.", "%(num)d orders are shipped.", done))
    if refused:
        message = gettext("Some lines were left out. The others are shipped.")
        return show("tracking", status=422, refused=refused, message=message, carrier=carrier)
    return redirect(url_for("console.orders"), 303)


def read_tracking(content: bytes, carrier: str) -> list[dict[str, str]]:
    """The lines of a CSV file with its columns found by name. Raises Invalid."""
    if not content or len(content) > BYTES_MAX:
        raise Invalid(_("Choose a CSV file of at most 1 MB."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", errors="replace")
    text = text.replace("\x00", "")
    delimiter = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    try:
        lines = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(cell.strip() for cell in row)]
    except csv.Error:
        raise Invalid(_("This is not a CSV file.")) from None
    head = [cell.strip().lower().replace(" ", "_") for cell in lines[0]] if lines else []
    places = {key: next((head.index(name) for name in names if name in head), None) for key, names in NAMES.items()}
    if places["order"] is None or places["number"] is None:
        raise Invalid(
            _("The first line names the columns: order, carrier, tracking_number and, if you like, tracking_url.")
        )
    if len(lines) - 1 > ROWS_MAX:
        raise Invalid(_("At most %(count)d lines at once.", count=ROWS_MAX))

    def cell(row: list[str], key: str) -> str:
        place = places[key]
        return row[place].strip() if place is not None and place < len(row) else ""

    rows = [
        {
            "order": cell(row, "order").upper(),
            "carrier": cell(row, "carrier") or carrier,
            "number": cell(row, "number"),
            "url": cell(row, "url"),
        }
        for row in lines[1:]
    ]
    if not rows:
        raise Invalid(_("The file has no lines below its heading."))
    return rows
