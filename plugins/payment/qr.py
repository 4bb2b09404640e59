"""QR codes as pictures that need no script, no style and no file."""

from __future__ import annotations

import qrcode
from markupsafe import Markup


def svg(payload: str) -> Markup:
    """The code of a text as an SVG element, black on white so that phones read it in dark mode too."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    code.add_data(payload)
    code.make(fit=True)
    modules = code.modules_count + 2 * code.border
    path = "".join(
        f"M{x + code.border} {y + code.border}h1v1h-1z"
        for y, row in enumerate(code.modules)
        for x, dark in enumerate(row)
        if dark
    )
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {modules} {modules}" shape-rendering="crispEdges">'
        f'<rect width="{modules}" height="{modules}" fill="#fff"/><path fill="#000" d="{path}"/></svg>'
    )
    return Markup(picture)  # noqa: S704 - numbers only, nothing of the payload's text
