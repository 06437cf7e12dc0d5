"""Draws the data flow of any Keras layer or model, from the live object itself."""

import itertools
from html import escape

from blocks.teaching.diagram import fold, graph, svg, symbolic


class Diagram:
    """A drawing of a layer or model: shown by a notebook, and told in words by `alt`."""

    def __init__(self, title, nodes, params):
        self.caption = f"{title} · {params:,} parameters"
        self.alt = f"{title}: {words(nodes)}. {params:,} parameters."
        self.svg = svg.draw(nodes, self.alt)

    def _repr_mimebundle_(self, include=None, exclude=None):
        html = (
            '<figure class="block-diagram" style="margin:1em 0;overflow-x:auto;text-align:center">'
            f'{self.svg}<figcaption style="margin-top:.5em">{escape(self.caption)}</figcaption>'
            "</figure>"
        )
        return {"text/html": html, "text/plain": self.alt}


def diagram(block_or_model, input_shape=None, *, opened=()):
    """Draw the data flow of a layer or model, with the shape on every arrow.

    The object is called on symbolic tensors, and its `call` followed. It is left as it was: one
    that is not built still is not, and neither Keras's numbering of layers nor its random numbers
    move on. A layer of Keras's own, and one whose `call` cannot be followed, is one closed box.

    Args:
        block_or_model: a layer or model, built or not.
        input_shape: the shape of one input without the batch, or a list or dict of such shapes
            where there are several inputs. May be left out where the object is built.
        opened: names of nested layers to show from the inside, or True for all on the first
            level. A layer without a name of its own is called by the attribute that holds it, or
            by its class as Keras writes it, numbered: `conv2d`, `conv2d_1`. In a graph of more
            than 24 operations those whose names begin alike are gathered; such a group is
            opened by what the names have in common.

    Returns:
        A `Diagram`, which a notebook shows; `svg` is the drawing, `alt` says it in words.

    Raises:
        ValueError: if there is no shape to be known, or `opened` holds a name that is not there.
    """
    with symbolic.untouched(block_or_model):
        node = graph.read(block_or_model, input_shape, bool(opened))
        nodes = fold.fold(node.inner)
        known = {}
        fold.unfold(nodes, opened, known)
    missing = [] if opened is True else [name for name in opened if name not in known]
    if missing:
        names = ", ".join(name for name, parts in known.items() if parts) or "none"
        raise ValueError(
            f"Expected `opened` to hold names of nested layers; those with parts are: {names}. "
            f"Received: opened={opened}"
        )
    return Diagram(node.own or node.title, nodes, node.params)


def words(nodes):
    """The flow in words: the longest way through, then the side paths, then what skips."""
    paths = graph.chains(nodes)
    said, sentences = set(), []
    for path in paths:
        before = [source for source, *_ in nodes[path[0]].inputs][:1]
        after = [i for i, node in enumerate(nodes) if path[-1] in [e[0] for e in node.inputs]][:1]
        said |= set(itertools.pairwise([*before, *path, *after]))
        start = f"from {_label(nodes[before[0]])}: " if before else "also "
        start = start if path is not paths[0] else ""
        end = [_label(nodes[i]) for i in after]
        sentences.append(start + " → ".join([*_steps(nodes, path), *end]))
    for target, node in enumerate(nodes):
        for source, *_ in node.inputs:
            if (source, target) not in said:
                sentences.append(f"{_label(nodes[source])} also skips to {_label(node)}")
    return "; ".join(sentences)


def _label(node):
    return node.own or node.title


def _steps(nodes, path):
    """Each node of a path, with the shape that leaves it where it is a new one."""
    shapes = {source: shape for node in nodes for source, _, shape in node.inputs}
    last = None
    for i in path:
        node = nodes[i]
        shape = shapes.get(i) or node.inputs[0][2]
        kind = f"{node.title} {node.detail}".strip()
        text = f"{node.own} ({kind})" if node.own else kind
        text += f" {shape}" if shape != last or node.family == "end" else ""
        text += f" [inside: {words(node.inner)}]" if node.opened else ""
        yield text
        last = shape
