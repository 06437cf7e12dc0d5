"""Draws a graph that is laid out as SVG, in colours that hold on light and on dark pages."""

import math
from html import escape

from blocks.teaching.diagram.layout import GAP, LINE, TEXT, lay_out

COLORS = {
    "weights": "#4a86c5",
    "recurrent": "#8d72cf",
    "attention": "#b765a8",
    "norm": "#c08a1e",
    "activation": "#3f9f6b",
    "resize": "#2b9aa5",
    "merge": "#d2693c",
    "block": "#7480b0",
    "group": "#7480b0",
}
GREY = "#86909a"
MONO = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"
STYLES = {
    "name": f' font-size="{TEXT + 1}" font-weight="600"',
    "plain": "",
    "note": ' opacity="0.75"',
    "sign": ' opacity="0.75" text-anchor="end"',
    "right": f' text-anchor="start" font-family="{MONO}"',
    "left": f' text-anchor="end" font-family="{MONO}"',
}
SIGNS = {
    "+": "M-6 0H6M0 -6V6",
    "−": "M-6 0H6",
    "×": "M-4.5 -4.5L4.5 4.5M-4.5 4.5L4.5 -4.5",
    "‖": "M-2.5 -6V6M2.5 -6V6",
}
BEND = 24  # radius of the bends of a line
DROP = 14  # from a node to the fork below it
MARGIN = 6
SMALLEST = 0.85  # scale at which the text can still be read; what is wider then scrolls


def draw(nodes, alt):
    """The whole drawing, an `<svg>` element that `alt` describes, and its width in pixels."""
    scene = lay_out(nodes)
    wide, high = scene.left + scene.right + 2 * MARGIN, scene.height + 2 * MARGIN
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(alt)}" '
        f'viewBox="{_n(-scene.left - MARGIN)} {-MARGIN} {_n(wide)} {_n(high)}" '
        f'style="width:100%;max-width:{_n(wide)}px;min-width:{_n(wide * SMALLEST)}px;height:auto" '
        f'font-size="{TEXT}" fill="currentColor" text-anchor="middle">{_paint(scene)}</svg>'
    )
    return drawing, wide


def _paint(scene):
    lines = [_line(line, scene) for line in scene.lines]
    return (
        '<g fill="none" stroke="currentColor" stroke-width="1.4" opacity="0.65">'
        f"{''.join(path for path, _ in lines)}</g>"
        f"{''.join(rest for _, rest in lines)}"
        f"{''.join(_node(place, scene) for place in scene.places)}"
    )


def _n(value):
    return f"{value:.1f}".removesuffix(".0")


def _text(x, y, text, style="plain"):
    return f'<text x="{_n(x)}" y="{_n(y)}"{STYLES[style]}>{escape(text)}</text>'


def _rect(x, y, wide, high, radius, style):
    at = f'x="{_n(x)}" y="{_n(y)}" width="{_n(wide)}" height="{_n(high)}" rx="{radius}"'
    return f"<rect {at} {style}/>"


def _node(place, scene):
    """A node: a pill for an end, a circle for a sign, a box, a frame around what is inside."""
    node, x, top = place.node, place.x, place.top
    left, wide = x - place.left, place.left + place.right
    stroke = f'stroke="{COLORS.get(node.family, GREY)}" stroke-width="1.5"'
    style = f'fill="{COLORS.get(node.family, GREY)}" fill-opacity="0.15" {stroke}'
    if node.family == "end":
        pill = _rect(left, top, wide, place.height, 14, style) + _text(x, top + 18.5, node.title)
        return "" if scene.nested else pill
    if node.sign:
        crowded = any(line.target is place and line.lane < 0 for line in scene.lines)
        rise = 9 if crowded else 18.5  # the name stands above a line from the left
        return (
            f'<g transform="translate({_n(x)} {_n(top + 14)})"><circle r="13" {style}/>'
            f'<path d="{SIGNS[node.sign]}" stroke="currentColor" stroke-width="1.8" '
            f'stroke-linecap="round"/></g>{_text(x - 20, top + rise, node.title, "sign")}'
        )
    parts = [_rect(left, top, wide, place.head, 9, style)]
    for i, (kind, text) in enumerate(place.lines):
        parts.append(_text(left + wide / 2, top + 20.5 + LINE * i, text, kind))
    if node.opened:
        inside = _paint(place.inside)
        parts.append(_rect(left, top, wide, place.height, 9, style.replace("0.15", "0.05")))
        parts.append(f'<g transform="translate({_n(x)} {_n(top + place.head)})">{inside}</g>')
    elif node.family in ("block", "group"):  # the edge of a sheet behind: there is more inside
        parts.append(
            f'<path d="M{_n(left + wide + 4)} {_n(top + 12)}V{_n(place.bottom - 5)}'
            f'a9 9 0 0 1 -9 9H{_n(left + 12)}" fill="none" opacity="0.7" {stroke}/>'
        )
    return "".join(parts)


def _line(line, scene):
    """An arrow: its path, and what else there is to draw, its fork, its head and its shape."""
    source, target = line.source, line.target
    fork, middle = source.bottom + DROP, target.top + target.head / 2
    hidden = scene.nested and target.node.family == "end"  # it runs to the edge of a frame
    stem, points, rest, turn = "", [(source.x, source.bottom)], [], 0
    if line.way in ("out", "around"):
        stem = f"M{_n(source.x)} {_n(source.bottom)}V{_n(fork)}"
        points = [(source.x, fork), (line.x, fork)]
        rest.append(f'<circle cx="{_n(source.x)}" cy="{_n(fork)}" r="3"/>')
    if line.way in ("down", "out"):
        points.append((target.x, target.top - (0 if hidden else 2)))
        label = target.top - target.spare - GAP / 2 + 4
    else:
        side = 1 if line.x > target.x else -1
        half = 14 if target.node.sign else target.right if side > 0 else target.left
        points += [(line.x, middle), (target.x + side * (half + 2), middle)]
        turn = 90 * side
        label = source.bottom + source.spare + 24 if line.way == "home" else (fork + middle) / 2 + 4
    if not hidden:
        place = f"translate({_n(points[-1][0])} {_n(points[-1][1])}) rotate({turn})"
        rest.append(f'<path d="M0 0L-4.5 -9Q0 -6.5 4.5 -9Z" transform="{place}"/>')
        side = "left" if line.lane < 0 else "right"
        rest.append(_text(line.x + (8 if side == "right" else -8), label, line.shape, side))
    return f'<path d="{stem}{_rounded(points)}"/>', "".join(rest)


def _rounded(points):
    """A path along points, with round corners."""
    path = "M{} {}".format(*map(_n, points[0]))
    for before, corner, after in zip(points, points[1:], points[2:]):
        bend = min(BEND, math.dist(before, corner) / 2, math.dist(corner, after) / 2)
        start, end = (
            [c + (o - c) * bend / math.dist(other, corner) for c, o in zip(corner, other)]
            for other in (before, after)
        )
        path += "L{} {}Q{} {} {} {}".format(*map(_n, [*start, *corner, *end]))
    return path + "L{} {}".format(*map(_n, points[-1]))
