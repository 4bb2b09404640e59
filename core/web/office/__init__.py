"""The office of the platform's own staff, under `/office/`: looks at everything, changes next to nothing."""

from core.web.office.views import blueprint

__all__ = ["blueprint"]
