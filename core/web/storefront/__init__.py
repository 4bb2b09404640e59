"""The storefront: what buyers see at a shop's host."""

from core.web.storefront.site import blueprint

__all__ = ["blueprint"]
