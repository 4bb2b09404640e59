"""Pictures of the demo's goods, drawn by the seed itself: a lit shape on paper, no two alike."""

from __future__ import annotations

import colorsys
import io
import math
import random

from PIL import Image, ImageDraw, ImageFilter

SIDE = 900
Colour = tuple[int, int, int]
Points = list[tuple[float, float]]


def _colour(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb((hue % 360) / 360, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def _profile(shape: str, chance: random.Random) -> list[tuple[float, float]]:
    """Half the outline of a turned body: (height 0 to 1 from the top, half width 0 to 1)."""
    if shape == "bowl":
        return [(0.38, 0.60), (0.46, 0.59), (0.56, 0.54), (0.65, 0.44), (0.72, 0.30), (0.75, 0.24), (0.79, 0.24)]
    if shape == "vase":
        neck, belly = chance.uniform(0.08, 0.16), chance.uniform(0.34, 0.46)
        upper = [(0.14, neck + 0.05), (0.19, neck), (0.30, neck), (0.42, belly * 0.8)]
        return [*upper, (0.54, belly), (0.66, belly * 0.86), (0.78, belly * 0.55), (0.84, belly * 0.5)]
    return [(0.26, 0.34), (0.27, 0.36), (0.31, 0.36), (0.32, 0.38), (0.80, 0.38), (0.82, 0.36)]


def _body(points: list[tuple[float, float]]) -> Points:
    middle = SIDE / 2
    right = [(middle + half * SIDE * 0.62, height * SIDE) for height, half in points]
    return right + [(2 * middle - x, y) for x, y in reversed(right)]


def _smooth(points: list[tuple[float, float]], steps: int = 10) -> list[tuple[float, float]]:
    """A Catmull-Rom curve through the points."""
    padded = [points[0], *points, points[-1]]
    curve = []
    for before, start, end, after in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        for step in range(steps):
            t = step / steps
            curve.append(
                tuple(
                    0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
                    for a, b, c, d in zip(before, start, end, after, strict=True)
                )
            )
    return [(float(height), float(half)) for height, half in [*curve, points[-1]]]


def _mask(shape: str, chance: random.Random) -> Image.Image:
    mask = Image.new("L", (SIDE, SIDE), 0)
    draw = ImageDraw.Draw(mask)
    if shape in ("bowl", "vase", "tin"):
        points = _profile(shape, chance)
        draw.polygon(_body(points if shape == "tin" else _smooth(points)), fill=255)
        if shape == "tin":
            draw.rounded_rectangle((SIDE * 0.285, SIDE * 0.22, SIDE * 0.715, SIDE * 0.30), 18, fill=255)
    elif shape == "wheel":
        draw.ellipse((SIDE * 0.16, SIDE * 0.16, SIDE * 0.84, SIDE * 0.84), fill=255)
        draw.ellipse((SIDE * 0.235, SIDE * 0.235, SIDE * 0.765, SIDE * 0.765), fill=0)
        for spoke in range(18):
            angle = math.pi * spoke / 9
            end = (SIDE / 2 + math.cos(angle) * SIDE * 0.30, SIDE / 2 + math.sin(angle) * SIDE * 0.30)
            draw.line((SIDE / 2, SIDE / 2, *end), fill=200, width=5)
        draw.ellipse((SIDE * 0.46, SIDE * 0.46, SIDE * 0.54, SIDE * 0.54), fill=255)
    elif shape == "plate":
        draw.ellipse((SIDE * 0.13, SIDE * 0.30, SIDE * 0.87, SIDE * 0.76), fill=255)
    elif shape == "cake":
        draw.ellipse((SIDE * 0.18, SIDE * 0.27, SIDE * 0.82, SIDE * 0.77), fill=255)
    elif shape == "stick":
        draw.rounded_rectangle((SIDE * 0.44, SIDE * 0.12, SIDE * 0.56, SIDE * 0.88), 60, fill=255)
        return mask.rotate(chance.choice((-32, -24, 24, 32)), resample=Image.Resampling.BICUBIC)
    else:
        draw.rounded_rectangle((SIDE * 0.24, SIDE * 0.24, SIDE * 0.76, SIDE * 0.78), 26, fill=255)
        return mask.rotate(chance.uniform(-7, 7), resample=Image.Resampling.BICUBIC)
    return mask


def _shade(hue: int, shape: str) -> Image.Image:
    """Light from the left: bright, then the body's own colour, then its shadow side."""
    light, own, dark = _colour(hue, 0.16, 0.97), _colour(hue, 0.42, 0.74), _colour(hue, 0.55, 0.40)
    strip = Image.new("RGB", (SIDE, 1))
    left, right = SIDE * 0.14, SIDE * 0.88
    for x in range(SIDE):
        t = min(1.0, max(0.0, (x - left) / (right - left)))
        low, high, part = (light, own, t / 0.42) if t < 0.42 else (own, dark, (t - 0.42) / 0.58)
        part = part * part * (3 - 2 * part)
        strip.putpixel((x, 0), tuple(round(a + (b - a) * part) for a, b in zip(low, high, strict=True)))
    turn = 35 if shape in ("plate", "cake", "wheel") else 0
    return strip.resize((SIDE, SIDE)).rotate(-turn, resample=Image.Resampling.BICUBIC, expand=False)


def picture(seed: str, shape: str, hue: int, *, close: bool = False) -> bytes:
    """A JPEG of a product. The same seed gives the same picture; `close` gives a view from nearer."""
    chance = random.Random(f"{seed}:{shape}")
    ground_hue = hue + 24
    top, bottom = _colour(ground_hue, 0.035, 0.98), _colour(ground_hue, 0.085, 0.90)
    column = Image.new("RGB", (1, SIDE))
    for y in range(SIDE):
        part = y / SIDE
        column.putpixel((0, y), tuple(round(a + (b - a) * part) for a, b in zip(top, bottom, strict=True)))
    image = column.resize((SIDE, SIDE))
    mask = _mask(shape, chance)
    shadow = Image.new("L", (SIDE, SIDE), 0)
    shadow.paste(mask.point(lambda level: level * 0.42), (46, 34))
    shadow = shadow.filter(ImageFilter.GaussianBlur(30))
    image.paste(Image.new("RGB", (SIDE, SIDE), _colour(ground_hue, 0.42, 0.34)), mask=shadow)
    image.paste(_shade(hue, shape), mask=mask.filter(ImageFilter.GaussianBlur(1.2)))
    _details(image, mask, shape, hue, chance)
    grain = Image.effect_noise((SIDE, SIDE), 14).convert("RGB")
    image = Image.blend(image, grain, 0.035)
    if close:
        image = image.crop((SIDE // 6, SIDE // 5, SIDE * 5 // 6, SIDE // 5 + SIDE * 2 // 3)).resize((SIDE, SIDE))
    kept = io.BytesIO()
    image.save(kept, "JPEG", quality=86)
    return kept.getvalue()


def _details(image: Image.Image, mask: Image.Image, shape: str, hue: int, chance: random.Random) -> None:
    """What makes it that thing: a rim, a label, rings, a band."""
    layer = Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    pale, deep = (*_colour(hue, 0.08, 0.98), 225), (*_colour(hue, 0.6, 0.28), 200)
    if shape == "bowl":
        draw.ellipse((SIDE * 0.128, SIDE * 0.325, SIDE * 0.872, SIDE * 0.435), fill=(*_colour(hue, 0.5, 0.46), 255))
        draw.ellipse((SIDE * 0.128, SIDE * 0.325, SIDE * 0.872, SIDE * 0.435), outline=pale, width=7)
    elif shape == "tin":
        draw.rectangle((SIDE * 0.34, SIDE * 0.42, SIDE * 0.66, SIDE * 0.68), fill=pale)
        draw.rectangle((SIDE * 0.36, SIDE * 0.44, SIDE * 0.64, SIDE * 0.66), outline=deep, width=3)
        middle = SIDE / 2
        for leaf in (-1, 0, 1):
            tip = (middle + leaf * 52, SIDE * 0.47 + abs(leaf) * 26)
            base = (middle, SIDE * 0.63)
            draw.polygon([base, (tip[0] - 20, SIDE * 0.55), tip, (tip[0] + 20, SIDE * 0.55)], fill=deep)
        draw.line((SIDE * 0.265, SIDE * 0.315, SIDE * 0.735, SIDE * 0.315), fill=deep, width=4)
    elif shape == "plate":
        for inset, colour, width in ((0.04, pale, 6), (0.13, deep, 3), (0.145, pale, 3)):
            draw.ellipse(
                (
                    SIDE * (0.13 + inset),
                    SIDE * (0.30 + inset * 0.62),
                    SIDE * (0.87 - inset),
                    SIDE * (0.76 - inset * 0.62),
                ),
                outline=colour,
                width=width,
            )
    elif shape == "cake":
        draw.ellipse((SIDE * 0.36, SIDE * 0.41, SIDE * 0.64, SIDE * 0.63), outline=deep, width=5)
        for _fleck in range(160):
            angle, distance = chance.uniform(0, 2 * math.pi), math.sqrt(chance.random())
            x, y = SIDE * (0.5 + 0.30 * distance * math.cos(angle)), SIDE * (0.52 + 0.23 * distance * math.sin(angle))
            draw.line((x, y, x + chance.uniform(-16, 16), y + chance.uniform(-6, 6)), fill=deep, width=3)
    elif shape == "vase":
        for band in (0.50, 0.515, 0.60):
            draw.line((0, SIDE * band, SIDE, SIDE * band), fill=pale, width=4)
    elif shape == "cloth":
        for line in range(14):
            y = SIDE * (0.27 + line * 0.036)
            draw.line((SIDE * 0.2, y, SIDE * 0.8, y + 10), fill=(*pale[:3], 60), width=5)
        draw.line((SIDE * 0.2, SIDE * 0.70, SIDE * 0.8, SIDE * 0.715), fill=deep, width=12)
    clipped = Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))
    clipped.paste(layer, mask=mask)
    image.paste(clipped, mask=clipped.getchannel("A"))
