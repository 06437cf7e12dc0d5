"""Fits a graph of layers to the eye: folds what is long, opens what was asked for."""

import itertools
from dataclasses import replace

import keras

from blocks.teaching.diagram.graph import Node, look_inside
from blocks.teaching.diagram.labels import base_name, count, family

LONG = 20  # a graph of more nodes than this is folded


def fold(nodes):
    """Gather the nodes of a long graph: what is named alike, what repeats, what branches off."""
    for find in (_same_prefix, _repetition, _branches):
        if len(nodes) > LONG:
            for start, stop, labels in reversed(find(nodes)):
                nodes = _gather(nodes, start, stop, labels)
    return nodes


def _same_prefix(nodes):
    """Runs of nodes whose names begin with the same words, as few words as tell them apart."""
    words = [node.name.split("_") for node in nodes]
    for depth in range(1, max(map(len, words))):
        keys = ["_".join(w[:depth]) if len(w) > depth else i for i, w in enumerate(words)]
        runs = [list(run) for _, run in itertools.groupby(range(len(nodes)), keys.__getitem__)]
        runs = [(run[0], run[-1] + 1, dict.fromkeys(("own", "name"), keys[run[0]])) for run in runs]
        found = [(start, stop, called) for start, stop, called in runs if stop - start > 1]
        if found and len(runs) > 3:  # more than the ends and one run between them
            return found
    return []


def _repetition(nodes):
    """The run in which the same few nodes follow each other most often, if three times or more."""
    keys = []
    for i, node in enumerate(nodes):
        edges = [(i - source, slot, shape) for source, slot, shape in node.inputs]
        keys.append((node.title, node.detail, node.params, edges))
    best = (0, 0, 0)
    for period, start in itertools.product(range(1, 13), range(len(nodes))):
        same = (keys[i] == keys[i + period] for i in range(start, len(nodes) - period))
        times = sum(1 for _ in itertools.takewhile(bool, same)) // period + 1
        if times > 2:
            best = max(best, (times * period, -period, -start))
    if not best[0]:
        return []
    length, period, start = best[0], -best[1], -best[2]
    names = ", ".join(node.title for node in nodes[start : start + period])
    labels = {"title": f"{length // period} × {names}"}
    if period == 1:
        labels["detail"] = nodes[start].detail
    return [(start, start + length, labels)]


def _branches(nodes):
    """Runs of nodes between two that all paths go through, with the second of these."""
    used = dict.fromkeys(range(len(nodes)), 0)
    for target, node in enumerate(nodes):
        used |= {source: target for source, *_ in node.inputs}
    farthest = itertools.accumulate(used.values(), max, initial=0)
    narrow = [i for i, target in zip(used, farthest) if target <= i]
    pairs = [(a + 1, b) for a, b in itertools.pairwise(narrow) if 1 < b - a < len(nodes) - 2]
    called = [{"own": nodes[b].own, "name": nodes[b].name} for _, b in pairs]
    return [(a, b + 1, labels) for (a, b), labels in zip(pairs, called)]


def _gather(nodes, start, stop, labels):
    """The same graph with the nodes from start to stop inside one."""
    run = nodes[start:stop]
    into = {edge[:2]: edge for node in run for edge in node.inputs if edge[0] < start}
    out = {e[:2]: e for node in nodes[stop:] for e in node.inputs if start <= e[0] < stop}
    shift = len(into) - start

    def inside(edge):
        source = list(into).index(edge[:2]) if edge[0] < start else edge[0] + shift
        return (source, 0 if edge[0] < start else edge[1], edge[2])

    def outside(edge):
        if edge[0] < stop:
            return (start, list(out).index(edge[:2]), edge[2]) if edge[:2] in out else edge
        return (edge[0] - (stop - start) + 1, *edge[1:])

    prefix = labels.get("name", "") + "_"

    def short(node):
        return node.own if node.family == "group" else node.own and node.name.removeprefix(prefix)

    inner = [
        *(Node("input", family="end") for _ in into),
        *(replace(node, own=short(node), inputs=[inside(e) for e in node.inputs]) for node in run),
        *(Node("output", family="end", inputs=[inside(edge)]) for edge in out.values()),
    ]
    inner = fold(inner) if "own" in labels else inner
    layers = sum(node.layers for node in run)
    size = count(layers, "layer")
    blocks = sum(node.family == "group" for node in inner)
    group = Node(
        title="" if labels.get("own") else "block",
        detail=f"{count(blocks, 'block')}, {size}" if blocks else size,
        family="group",
        params=sum(node.params for node in run),
        inputs=list(into.values()),
        inner=inner,
        layers=layers,
    )
    after = [replace(n, inputs=[outside(edge) for edge in n.inputs]) for n in nodes[stop:]]
    return [*nodes[:start], replace(group, **labels), *after]


def unfold(nodes, opened, known):
    """Open what `opened` names, or all where it is True; `known` collects the names there are."""
    found = False
    for node in nodes:
        if node.family != "group" and not (node.call and isinstance(node.call[0], keras.Layer)):
            continue
        name = _unused_name(node, known)
        parts = node.family == "group" or has_parts(node.call[0])
        known[name] = parts or known.get(name, False)
        wanted = parts if opened is True else name in opened
        below = () if opened is True else opened
        if node.family == "group":
            below = set(below) - {name}  # a group may go by the name of the last layer in it
            node.opened = unfold(node.inner, below, known) or wanted
        elif wanted:
            node.inner = fold(look_inside(node) or [])
            node.opened = bool(node.inner)
            unfold(node.inner, below, known)
        found |= node.opened
    return found


def has_parts(layer):
    """Whether a layer is one of the author's own, or made of other layers."""
    return family(layer, False) == "block" or bool(layer._flatten_layers(include_self=False))


def _unused_name(node, known):
    """What `opened` calls a node: its own name, or its class as Keras writes it, numbered."""
    if node.name:
        return node.name
    base = base_name(node.call[0]) if node.call else "group"
    numbered = (f"{base}_{i}" for i in itertools.count(1))
    return next(name for name in itertools.chain([base], numbered) if name not in known)
