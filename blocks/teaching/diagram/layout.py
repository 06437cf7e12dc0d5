"""Lays out a graph of layers from top to bottom, the main path first, the rest beside it."""

import itertools
import re
from collections import Counter
from dataclasses import dataclass

from blocks.teaching.diagram.graph import chains
from blocks.teaching.diagram.labels import count

TEXT = 13  # size of the text; names are a little larger
LINE = 18  # height of a line of text in a box
WIDEST = 165  # a longer line of text is broken
GAP, FORK = 40, 52  # between two rows, and where a line forks off
BETWEEN = 20  # between two lanes
PAD = 16  # between a frame and what is in it


@dataclass
class Place:
    """Where a node stands: its axis, on which lines meet it, and its extent."""

    node: object
    lines: list  # of text: (style, text)
    left: float
    right: float
    height: float
    row: int = 0
    lane: int = 0
    x: float = 0.0
    top: float = 0.0
    spare: float = 0.0  # above it and below it in its row
    inside: object = None  # the scene in an opened node

    @property
    def head(self):
        return len(self.lines) * LINE + 14 if self.lines else self.height

    @property
    def bottom(self):
        return self.top + self.height

    @property
    def rows(self):
        return self.row, self.row

    def reach(self, side):
        return self.left if side < 0 else self.right


@dataclass
class Line:
    """An arrow: straight `down`, `out` into the lane of its target, `home` from the lane of its
    source, or `around`: out into a lane of its own and home from there."""

    source: Place
    target: Place
    shape: str
    way: str = "around"
    lane: int = 0
    x: float = 0.0

    @property
    def rows(self):  # where its label is: between two rows, unless it goes around
        first, last = self.source.row + 0.5, self.target.row - 0.5
        ends = {"around": (first, last), "home": (first, first)}
        return ends.get(self.way, (last, last))

    def reach(self, side):
        return 8 + width(self.shape, "shape") if side == (-1 if self.lane < 0 else 1) else 0


@dataclass
class Span:
    """Places and lines that stand in one lane, from one row to another."""

    first: float
    last: float
    parts: list
    lane: int = 0

    def crosses(self, other):
        (a, b), (c, d) = (self.first, self.last), (other.first, other.last)
        return a < c < b < d or c < a < d < b

    def overlaps(self, other):
        return self.first < other.last and other.first < self.last


@dataclass
class Scene:
    """A graph that is laid out; the axis of its main path is at 0."""

    places: list
    lines: list
    nested: bool
    left: float = 0.0
    right: float = 0.0
    height: float = 0.0


def width(text, style="plain"):
    """About how wide a text is in a font of the page's choice, rather too wide than too narrow."""
    if style == "shape":
        return len(text) * TEXT * 0.61
    narrow, broad = " .,:;|()[]'ijltfrI", "mwMW×"
    units = sum(0.36 if c in narrow else 0.9 if c in broad else 0.61 for c in text)
    units += 0.08 * sum(c.isupper() for c in text)
    return units * TEXT * (1.15 if style == "name" else 1)


def wrap(style, *texts):
    """The texts in lines that are not too long, broken between them and after commas."""
    lines = []
    for part in [part for text in texts if text for part in re.split("(?<=,) ", text)]:
        if lines and width(f"{lines[-1]} {part}", style) <= WIDEST:
            lines[-1] += f" {part}"
        else:
            lines.append(part)
    return [(style, line) for line in lines]


def lay_out(nodes, nested=False):
    """Give each node a place and each edge a way."""
    paths = chains(nodes)
    places = [_place(node, nested) for node in nodes]
    _give_rows(nodes, paths, places, nested)
    lines, spans = _route(nodes, paths, places)
    _set_columns(_give_lanes(*spans))
    scene = Scene(places, lines, nested)
    _set_rows(scene)
    for part in [*places, *lines]:
        scene.left = max(scene.left, part.reach(-1) - part.x)
        scene.right = max(scene.right, part.reach(1) + part.x)
    return scene


def _place(node, nested):
    """A node with its size, and the scene inside it where it is opened."""
    if node.family == "end":
        half = 0 if nested else width(node.title) / 2 + 16
        return Place(node, [], half, half, 0 if nested else 28)
    if node.sign:
        return Place(node, [], 22 + width(node.title), 14, 28)
    note = node.note or (count(node.params, "parameter") if node.params else "")
    lines = wrap("name", node.own or node.title)
    lines += wrap("plain", node.title if node.own else "", node.detail)
    lines += wrap("note", note)
    half = max([38, *(width(text, style) / 2 + 14 for style, text in lines)])
    place = Place(node, lines, half, half, 0)
    place.height = place.head
    if node.opened:
        place.inside = scene = lay_out(node.inner, nested=True)
        place.left, place.right = max(half, scene.left + PAD), max(half, scene.right + PAD)
        place.height += scene.height
    return place


def _give_rows(nodes, paths, places, nested):
    """Each node below all that it needs; a side path in the middle of the rows that it spans."""
    targets = [[] for _ in nodes]
    for i, node in enumerate(nodes):
        places[i].row = 1 + max((places[source].row for source, *_ in node.inputs), default=-1)
        for source, *_ in node.inputs:
            targets[source].append(i)
    if nested:  # what leaves a frame leaves it at its lower edge
        for place in places:
            if place.node.family == "end" and place.node.inputs:
                place.row = max(other.row for other in places)
    for path in paths[1:]:
        leaving = [(i, target) for i in path for target in targets[i] if target not in path]
        head = nodes[path[0]]
        if leaving and head.family != "end":
            free = min(places[target].row - places[i].row - 1 for i, target in leaving)
            for i in path:  # what begins with a weight stands right before its use
                places[i].row += free // 2 if head.inputs else free


def _route(nodes, paths, places):
    """The lines, and the spans that they and the places on each path fill."""
    path_of = {i: path for path in paths for i in path}
    spans = {}
    for path in paths:
        parts = [places[i] for i in path]
        spans[path[0]] = Span(parts[0].row - 0.5, parts[-1].row + 0.5, parts)
    lines, around, tied = [], [], set()
    for target, node in enumerate(nodes):
        flows = {}  # several outputs of one source share a line
        for source, _, shape in node.inputs:
            flows.setdefault(source, []).append(shape)
        for source, shapes in flows.items():
            texts = [f"{n} × {s}" if n > 1 else s for s, n in Counter(shapes).items()]
            line = Line(places[source], places[target], ", ".join(texts))
            lines.append(line)
            start, end = path_of[source], path_of[target]
            if start is end and end.index(target) == end.index(source) + 1:
                line.way = "down"
                spans[end[0]].parts.append(line)
            elif target == end[0] and ("out", target) not in tied:
                line.way = "out"
                tied.add(("out", target))
                spans[end[0]].first = line.source.row
                spans[end[0]].parts.append(line)
            elif source == start[-1] and ("home", source) not in tied:
                line.way = "home"
                tied.add(("home", source))
                spans[start[0]].last = line.target.row
                spans[start[0]].parts.append(line)
            else:
                around.append(Span(line.source.row, line.target.row, [line]))
    return lines, [*spans.values(), *around]


def _give_lanes(main, *spans):
    """Lanes 1, 2, … to the right of the main path; to its left what would cross a line there."""
    done = []
    for span in sorted(spans, key=lambda span: (span.last - span.first, span.first)):
        crossed = {other.lane > 0 for other in done if span.crosses(other)}
        side = -1 if crossed == {True} else 1
        taken = {other.lane for other in done if span.overlaps(other)}
        span.lane = next(side * i for i in itertools.count(1) if side * i not in taken)
        done.append(span)
        for part in span.parts:
            part.lane = span.lane
    boxes = [part for span in [main, *spans] for part in span.parts if getattr(part, "lines", ())]
    for box in boxes:  # as wide as the others in the lane
        same = [b.left for b in boxes if b.lane == box.lane and not (b.inside or box.inside)]
        box.left, box.right = max([box.left, *same]), max([box.right, *same])
    return sorted([main, *done], key=lambda span: abs(span.lane))


def _set_columns(spans):
    """Each span as near to the main path as what stands there, in the same rows, lets it."""
    done = []
    for span in spans:
        side = -1 if span.lane < 0 else 1
        own = max((part.reach(-side) for part in span.parts if isinstance(part, Place)), default=0)
        room = [0]
        for part in done:
            first, last = part.rows
            inner = part.lane * side >= 0 and abs(part.lane) < abs(span.lane)
            if inner and last > span.first and first <= span.last:
                beside = own if isinstance(part, Place) or part.way == "around" else 0
                room.append(side * part.x + part.reach(side) + BETWEEN + beside)
        for part in span.parts:
            part.x = side * max(room)
        done += span.parts


def _set_rows(scene):
    """The height of each node: rows as high as what is in them, arrows between."""
    forks = {line.source.row for line in scene.lines if line.way in ("out", "around")}
    last = max(place.row for place in scene.places)
    for row in range(last + 1):
        places = [place for place in scene.places if place.row == row]
        high = max(place.height for place in places)
        for place in places:
            place.spare = (high - place.height) / 2
            place.top = scene.height + place.spare
        into_edge = scene.nested and row == last - 1
        scene.height += high + (FORK if row in forks else PAD if into_edge else GAP)
    scene.height = max(place.bottom for place in scene.places)
