"""Lays out a graph of layers from top to bottom, the main path first, the rest beside it."""

import itertools
from collections import defaultdict
from dataclasses import dataclass

from blocks.teaching.diagram.graph import chains

TEXT = 13  # size of the text; names are a little larger
LINE = 18  # height of a line of text in a box
WIDEST = 190  # a longer line of text is broken
GAP, FORK = 40, 52  # between two rows, and where a line forks off
BETWEEN = 22  # between two lanes
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
    inside: object = None  # the scene in an opened node

    @property
    def head(self):
        return len(self.lines) * LINE + 14 if self.lines else self.height

    @property
    def bottom(self):
        return self.top + self.height


@dataclass
class Line:
    """An arrow: straight down, out into the lane of its target, home from the lane of its source,
    or around: out into a lane of its own and home from there."""

    source: Place
    target: Place
    shape: str
    way: str = "around"
    lane: int = 0
    x: float = 0.0


@dataclass
class Span:
    """Places or a line that stand in one lane, from one row to another."""

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


def wrap(text, style):
    """The text in lines that are not too long, each with its style."""
    lines = []
    for word in text.split():
        if lines and width(f"{lines[-1]} {word}", style) <= WIDEST:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return [(style, line) for line in lines]


def lay_out(nodes, nested=False):
    """Give each node a place and each edge a way."""
    paths = chains(nodes)
    places = [_place(node, nested) for node in nodes]
    _give_rows(nodes, paths, places)
    lines, spans = _route(nodes, paths, places)
    _give_lanes(spans)
    scene = Scene(places, lines, nested)
    _set_columns(scene)
    _set_rows(scene)
    return scene


def _place(node, nested):
    """A node with its size, and the scene inside it where it is opened."""
    if node.family == "end":
        half = 0 if nested else width(node.title) / 2 + 16
        return Place(node, [], half, half, 0 if nested else 28)
    if node.sign:
        return Place(node, [], 22 + width(node.title), 14, 28)
    note = node.note or (f"{node.params:,} parameters" if node.params else "")
    lines = wrap(node.own or node.title, "name")
    lines += wrap(f"{node.title} {node.detail}" if node.own else node.detail, "plain")
    lines += wrap(note, "note")
    half = max([38, *(width(text, style) / 2 + 14 for style, text in lines)])
    place = Place(node, lines, half, half, 0)
    place.height = place.head
    if node.opened:
        place.inside = scene = lay_out(node.inner, nested=True)
        place.left, place.right = max(half, scene.left + PAD), max(half, scene.right + PAD)
        place.height += scene.height
    return place


def _give_rows(nodes, paths, places):
    """Each node below all that it needs; a side path in the middle of the rows that it spans."""
    targets = [[] for _ in nodes]
    for i, node in enumerate(nodes):
        places[i].row = 1 + max((places[source].row for source, *_ in node.inputs), default=-1)
        for source, *_ in node.inputs:
            targets[source].append(i)
    if not places[-1].height:  # all ends of a frame are at its lower edge
        for place in places:
            if place.node.family == "end" and place.node.inputs:
                place.row = max(other.row for other in places)
    for path in paths[1:]:
        leaving = [(i, target) for i in path for target in targets[i] if target not in path]
        if nodes[path[0]].inputs and leaving:
            free = min(places[target].row - places[i].row - 1 for i, target in leaving)
            for i in path:
                places[i].row += free // 2


def _route(nodes, paths, places):
    """The lines, and what needs room beside the main path: side paths and lines around."""
    path_of = {i: path for path in paths for i in path}
    spans = {}
    for path in paths[1:]:
        parts = [places[i] for i in path]
        spans[path[0]] = Span(parts[0].row - 0.5, parts[-1].row + 0.5, parts)
    lines, around, tied = [], [], set()
    for target, node in enumerate(nodes):
        for source, _, shape in node.inputs:
            line = Line(places[source], places[target], shape)
            lines.append(line)
            start, end = path_of[source], path_of[target]
            if start is end and end.index(target) == end.index(source) + 1:
                line.way = "down"
            elif target == end[0] and ("out", target) not in tied:
                line.way = "out"
                tied.add(("out", target))
                spans[end[0]].first = line.source.row
            elif source == start[-1] and ("home", source) not in tied:
                line.way = "home"
                tied.add(("home", source))
                spans[start[0]].last = line.target.row
            else:
                around.append(Span(line.source.row, line.target.row, [line]))
    return lines, [*spans.values(), *around]


def _give_lanes(spans):
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


def _set_columns(scene):
    """The axis of each lane, as near to the main path as what stands in it lets it."""
    left, right = defaultdict(float), defaultdict(float)
    boxes = [place for place in scene.places if place.lines and not place.inside]
    for box in boxes:  # as wide as the others in the lane
        box.left = box.right = max(other.left for other in boxes if other.lane == box.lane)
    for place in scene.places:
        left[place.lane] = max(left[place.lane], place.left)
        right[place.lane] = max(right[place.lane], place.right)
    for line in scene.lines:
        if line.way != "around":
            line.lane = (line.target if line.way == "out" else line.source).lane
        room = left if line.lane < 0 else right
        room[line.lane] = max(room[line.lane], 8 + width(line.shape, "shape"))
    axes = {0: 0.0}
    for i in range(1, max(right) + 1):
        axes[i] = axes[i - 1] + right[i - 1] + BETWEEN + left[i]
    for i in range(-1, min(right) - 1, -1):
        axes[i] = axes[i + 1] - left[i + 1] - BETWEEN - right[i]
    for part in [*scene.places, *scene.lines]:
        part.x = axes[part.lane]
    scene.left = max(left[i] - axis for i, axis in axes.items())
    scene.right = max(right[i] + axis for i, axis in axes.items())


def _set_rows(scene):
    """The height of each node: rows as high as what is in them, arrows between."""
    forks = {line.source.row for line in scene.lines if line.way in ("out", "around")}
    last = max(place.row for place in scene.places)
    for row in range(last + 1):
        places = [place for place in scene.places if place.row == row]
        high = max(place.height for place in places)
        for place in places:
            place.top = scene.height + (high - place.height) / 2
        into_edge = scene.nested and row == last - 1
        scene.height += high + (FORK if row in forks else PAD if into_edge else GAP)
    scene.height = max(place.bottom for place in scene.places)
