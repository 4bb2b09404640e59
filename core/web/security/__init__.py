"""How members get in and stay safe: sign-in in two steps, new passwords, second factors, sessions."""

from core.web.security import devices, factors, forgotten, sign_in
from core.web.security.page import blueprint

__all__ = ["blueprint", "devices", "factors", "forgotten", "sign_in"]
