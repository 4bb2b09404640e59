"""The storefront: what buyers see at a shop's host."""

from core.web.storefront import (
    account,
    cart,
    catalog,
    checkout,
    content,
    files,
    gifts,
    goods_returns,
    orders,
    password,
    pay,
    personal,
)
from core.web.storefront.site import blueprint

__all__ = [
    "account",
    "blueprint",
    "cart",
    "catalog",
    "checkout",
    "content",
    "files",
    "gifts",
    "goods_returns",
    "orders",
    "password",
    "pay",
    "personal",
]
