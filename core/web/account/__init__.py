"""The member's own pages: profile, contacts, organisations, verification, personal data."""

from core.web.account import contacts, data, links, organisations, overview, verification
from core.web.account.page import blueprint

__all__ = ["blueprint", "contacts", "data", "links", "organisations", "overview", "verification"]
