"""QR codes as pictures that need no script, no style and no file."""

from __future__ import annotations

import qrcode
from markupsafe import Markup


def qr_svg(text: str, *, label: str) -> Markup:
    """The code of a text as an SVG element, black on white so that phones read it in dark mode too."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    code.add_data(text)
    code.make(fit=True)
    size = code.modules_count + 2 * code.border
    path = "".join(
        f"M{x + code.border} {y + code.border}h1v1h-1z"
        for y, row in enumerate(code.modules)
        for x, dark in enumerate(row)
        if dark
    )
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="qr" viewBox="0 0 {size} {size}" shape-rendering="crispEdges" '
        'role="img" aria-label="{label}"><rect width="{size}" height="{size}" fill="#fff"/>'
        '<path fill="#000" d="{path}"/></svg>'
    ).format(size=size, label=label, path=path)
