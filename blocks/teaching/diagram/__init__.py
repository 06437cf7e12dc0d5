"""Draws the data flow of any Keras layer or model, from the live object itself."""

import base64
import itertools
from html import escape

import keras

from blocks.teaching.diagram import fold, graph, labels, svg, symbolic
from blocks.teaching.style import INK

PHONE = 358  # pixels that a page leaves on a phone


class Diagram:
    """A drawing that a notebook shows: `svg` is the picture, `alt` says it in words."""

    def __init__(self, title, nodes, params):
        size = labels.count(params, "parameter")
        self.caption = f"{title} · {size}"
        self.alt = f"{title}: {_words(nodes)}. {size}."
        self.svg, self._width = svg.draw(nodes, self.alt)

    def _repr_mimebundle_(self, include=None, exclude=None):
        # As an image: of HTML that was not run here, readers of notebooks keep images, and of an
        # <svg> the loose words. The built pages have the <svg> itself (tools/drawings.py).
        alone = self.svg.replace(">", f"><style>svg:root{{color:{INK}}}</style>", 1)
        narrowest = round(self._width * svg.SMALLEST)
        scrolls = ' tabindex="0"' if narrowest > PHONE else ""
        html = (
            f'<figure class="block-diagram"{scrolls} '
            'style="margin:1em 0;overflow-x:auto;text-align:center">'
            f'<img alt="{escape(self.alt)}" width="{self._width:.0f}" '
            f'style="max-width:100%;min-width:{narrowest}px;height:auto" '
            f'src="data:image/svg+xml;base64,{base64.b64encode(alone.encode()).decode()}"/>'
            f'<figcaption style="margin-top:.5em">{escape(self.caption)}</figcaption>'
            "</figure>"
        )
        return {"text/html": html, "text/plain": self.alt}


def diagram(block_or_model, input_shape=None, *, opened=()):
    """Draw the data flow of a layer or model, with the shape on every arrow.

    The object is called on symbolic tensors, and its `call` followed. It is left as it was: one
    that is not built still is not, and neither Keras's numbering of layers nor its random numbers
    move on. A layer of Keras's own, and one whose `call` cannot be followed, is one closed box.

    In a graph of more than 20 operations, those next to each other whose names begin with the same
    words are gathered into a group; if it is still long, so is what repeats, then what branches off
    and comes together again. A group opens like a block.

    Args:
        block_or_model: Keras layer or model, built or not.
        input_shape: Shape of one input without the batch, or a list or dict of such shapes where
            there are several inputs. May be left out where the object is built.
        opened: Names of nested layers or groups to show from the inside, or True for all on the
            first level that are made of others. A layer that its author gave no name goes by the
            attribute that holds it, or by its class and a number: `conv2d`, `conv2d_1`, ….

    Returns:
        A `Diagram`. In its shapes B is the batch, and ? is a dimension that is not known.

    Raises:
        ValueError: `block_or_model` is not a layer or returns no tensor, `input_shape` is needed
            or is not a shape, or `opened` holds a name that is not there.
    """
    if not isinstance(block_or_model, keras.Layer):
        raise ValueError(
            "Expected `block_or_model` to be a Keras layer or model. "
            f"Received: block_or_model={block_or_model!r}"
        )
    if not isinstance(input_shape, tuple | list | dict | None):
        raise ValueError(
            "Expected `input_shape` to be a tuple of sizes, or a list or dict of such tuples. "
            f"Received: input_shape={input_shape!r}"
        )
    opened = (opened,) if isinstance(opened, str) else opened
    known = {}
    with symbolic.untouched(block_or_model):
        node = graph.read(block_or_model, input_shape, bool(opened))
        nodes = fold.fold(node.inner)
        fold.unfold(nodes, opened, known)
    if opened is not True and not set(opened) <= set(known):
        names = ", ".join(name for name, parts in known.items() if parts)
        raise ValueError(
            "Expected `opened` to hold names of layers or groups in the diagram. Those made of "
            f"others are: {names or 'none'}. Received: opened={opened!r}"
        )
    return Diagram(node.own or node.title, nodes, node.params)


def _words(nodes):
    """The flow in words: the longest way through, then the side paths, then what skips."""
    paths = graph.chains(nodes)
    said, sentences = set(), []
    for path in paths:
        before = [source for source, *_ in nodes[path[0]].inputs][:1]
        after = [i for i, node in enumerate(nodes) if path[-1] in [e[0] for e in node.inputs]][:1]
        said |= set(itertools.pairwise([*before, *path, *after]))
        start = f"from {_label(nodes[before[0]])}: " if before else "also "
        steps = [*_steps(nodes, path), *(_label(nodes[i]) for i in after)]
        sentences.append((start if path is not paths[0] else "") + " → ".join(steps))
    for target, node in enumerate(nodes):
        for source in dict.fromkeys(source for source, *_ in node.inputs):
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
        shape = shapes.get(i) or "".join(shape for *_, shape in node.inputs)
        kind = f"{node.title} {node.detail}".strip()
        text = f"{node.own} ({kind})" if node.own else kind
        text += f" {shape}" if shape != last or node.family == "end" else ""
        text += f" [inside: {_words(node.inner)}]" if node.opened else ""
        yield text.strip()
        last = shape
