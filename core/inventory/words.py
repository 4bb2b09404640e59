"""The words for why stock moved."""

from __future__ import annotations

from core.base.i18n import lazy_gettext as _

REASONS = {
    "initial": _("First count"),
    "import": _("Import"),
    "count": _("Counted"),
    "adjust": _("Adjusted"),
    "ship": _("Shipped"),
    "return": _("Returned"),
    "damaged": _("Damaged"),
    "lost": _("Lost or stolen"),
    "found": _("Found"),
    "received": _("Received from a supplier"),
    "gift": _("Given away"),
    "transfer_out": _("Sent to another location"),
    "transfer_in": _("Arrived from another location"),
    "bulk": _("Changed in bulk"),
}
"""What the journal's reasons are called."""

BY_HAND = ("received", "damaged", "lost", "found", "gift", "adjust")
"""The reasons that people choose from when they change a number."""
