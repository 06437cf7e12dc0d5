"""Reads the data flow of a live Keras object into plain nodes."""

import inspect
import math
from dataclasses import dataclass, field, replace

import keras
from keras import tree

from blocks.teaching.diagram import labels, symbolic

SIGNS = {"Add": "+", "Subtract": "−", "Multiply": "×", "Concatenate": "‖"}


@dataclass
class Node:
    """One box, sign or end of a diagram."""

    title: str
    detail: str = ""
    family: str = "other"
    own: str = ""  # the name that its author chose, as it is drawn
    name: str = ""  # the same, as `opened` calls it
    sign: str = ""
    params: int = 0
    note: str = ""
    inputs: list = field(default_factory=list)  # edges: (index of the source, its output, shape)
    inner: list | None = None  # the nodes inside, where they were looked at
    opened: bool = False
    layers: int = 1
    call: tuple = ()  # the operation, its positional and its keyword arguments


def read(target, input_shape, inside):
    """A node for `target` and in it the diagram, which follows its call if `inside` or its own."""
    tensors = getattr(target, "inputs", None)
    if input_shape is None and tensors:
        call, outputs = (target, ([_fresh(tensor) for tensor in tensors],), {}), target.outputs
    else:
        call, outputs = symbolic.call(target, input_shape)
    if not outputs:
        raise ValueError(
            "Expected a `block_or_model` whose call returns a tensor. "
            f"Received: block_or_model={target}"
        )
    node = _describe(*call, {}, {})
    body = look_inside(node) if inside or node.family == "block" else None
    inputs = _named(*call)
    tensors = [tensor for _, tensor in inputs]
    return replace(node, inner=body or _connect(inputs, [(node, tensors, outputs)], outputs))


def _named(operation, args, kwargs):
    """The tensors that an operation is called with, once each, and a name for each."""
    given = dict(zip(inspect.signature(operation.call).parameters, args, strict=False)) | kwargs
    tensors = symbolic.tensors_in(args, kwargs)
    masks = {id(getattr(tensor, "_keras_mask", None)) for tensor in tensors}  # Keras adds these
    found = {}
    for name, value in given.items():
        if isinstance(value, dict):
            pairs = value.items()
        else:
            several = symbolic.tensors_in(value)
            pairs = [(f"{name} {i}" if several[1:] else name, t) for i, t in enumerate(several, 1)]
        for key, tensor in pairs:
            if id(tensor) not in masks:
                found.setdefault(id(tensor), (key, tensor))
    pairs = list(found.values())
    return pairs if len(pairs) > 1 else [("input", tensor) for _, tensor in pairs]


def look_inside(node):
    """The nodes inside an operation, from inputs to outputs, or None where they cannot be seen."""
    operation, args, kwargs = node.call
    fresh = {id(tensor): _fresh(tensor) for tensor in symbolic.tensors_in(args, kwargs)}
    args, kwargs = tree.map_structure(lambda x: fresh.get(id(x), x), (args, kwargs))
    inputs, weights = _named(operation, args, kwargs), {}
    drawn = getattr(operation, "inputs", None)  # a functional model has its own graph
    if drawn and [t.shape[1:] for t in drawn] == [t.shape[1:] for _, t in inputs]:
        inputs, outputs = labels.ends(drawn), operation.outputs
    else:
        outputs, weights = symbolic.follow(operation, args, kwargs)
    names, shared, steps = _attributes(operation), {}, []
    for step in _walk([tensor for _, tensor in inputs], outputs):
        given = (step.arguments.args, step.arguments.kwargs)
        args, kwargs = tree.map_structure(lambda x: weights.get(id(x), x), given)
        tensors = [tensor for _, tensor in _named(step.operation, args, kwargs)]
        same = type(step.operation).__name__ == "Cast" and step.outputs[0].dtype == tensors[0].dtype
        node = None if same else _describe(step.operation, args, kwargs, names, shared)
        steps.append((node, tensors, step.outputs))
    return _connect(inputs, steps, outputs) if any(node for node, *_ in steps) else None


def _fresh(tensor):
    """A tensor without a past; an unknown batch becomes one that can be followed."""
    batch, *rest = tensor.shape
    return keras.KerasTensor((batch or labels.BATCH, *rest), tensor.dtype)


def _attributes(owner):
    """The attributes in which an object keeps its layers and weights, by their identity."""
    names = {}
    public = {name: value for name, value in vars(owner).items() if not name.startswith("_")}
    for attribute, value in public.items():
        parts = [(attribute, value)]
        if isinstance(value, list | tuple):
            parts = [(f"{attribute}[{i}]", part) for i, part in enumerate(value)]
        elif isinstance(value, dict):
            parts = [(f"{attribute}[{key}]", part) for key, part in value.items()]
        for name, part in parts:
            names.setdefault(id(part), name)
    return names


def _weights(operation, args, kwargs):
    if isinstance(operation, keras.Layer):
        return operation.weights
    return [value for value in tree.flatten((args, kwargs)) if isinstance(value, keras.Variable)]


def _key(tensor):
    """What identifies a tensor: the call that made it, or itself where none did."""
    operation, call, output = getattr(tensor, "_keras_history", (None, 0, 0))
    return (id(operation), call, output) if operation else (id(tensor), 0, 0)


def _walk(inputs, outputs):
    """The calls that lead from inputs to outputs, each after those it needs."""
    order, seen, waiting = [], {_key(tensor)[:2] for tensor in inputs}, list(reversed(outputs))
    while waiting:
        item = waiting.pop()
        if not isinstance(item, keras.KerasTensor):
            order.append(item)
        elif _key(item)[:2] not in seen and _key(item)[0] != id(item):
            seen.add(_key(item)[:2])
            operation, call, _ = item._keras_history
            step = operation._inbound_nodes[call]
            waiting.append(step)
            call = (operation, step.arguments.args, step.arguments.kwargs)
            waiting += reversed([tensor for _, tensor in _named(*call)])
    return order


def _describe(operation, args, kwargs, names, shared):
    """The node of one call; `shared` remembers the layers that were called before."""
    tensors = [tensor for _, tensor in _named(operation, args, kwargs)]
    is_layer = isinstance(operation, keras.Layer)
    weights = _weights(operation, args, kwargs)
    details = [labels.settings(operation, len(tensors[0].shape) if tensors else 0)]
    details.append("causal" if kwargs.get("use_causal_mask") else "")
    details.append("" if is_layer else labels.arguments(args, names))
    merges = len(tensors) > 1 and type(operation).__name__ in SIGNS
    own = labels.own_name(operation) or names.get(id(operation), "")
    node = Node(
        title=labels.title(operation),
        detail=", ".join(filter(None, details)),
        family="merge" if merges else labels.family(operation, bool(weights)),
        own=own,
        name=own,
        sign=SIGNS[type(operation).__name__] if merges else "",
        params=sum(math.prod(weight.shape) for weight in weights),
        call=(operation, args, kwargs),
    )
    first = shared.setdefault(id(operation), node)
    if first is not node and first.params:
        first.note = f"{labels.count(first.params, 'parameter')}, shared"
        node.params, node.note = 0, "the same weights"
    return node


def _connect(inputs, steps, outputs):
    """Nodes in order, with edges: the ends, and between them a node for each step."""
    nodes, places = [], {}

    def edges(tensors):
        keys = {_key(tensor): tensor.shape for tensor in tensors if _key(tensor) in places}
        return [(*places[key], labels.shape(shape)) for key, shape in keys.items()]

    for name, tensor in inputs:
        places[_key(tensor)] = (len(nodes), 0)
        nodes.append(Node(name, family="end"))
    for node, tensors, results in steps:
        if node is None:
            places[_key(results[0])] = places[_key(tensors[0])]
            continue
        node.inputs = edges(tensors)
        places |= {_key(result): (len(nodes), i) for i, result in enumerate(results)}
        nodes.append(node)
    for i, tensor in enumerate(outputs, 1):
        name = f"output {i}" if len(outputs) > 1 else "output"
        nodes.append(Node(name, family="end", inputs=edges([tensor])))
    return nodes


def chains(nodes):
    """Paths that cover a graph: the longest through it, then again and again the longest left."""
    waiting, paths = set(range(len(nodes))), []
    while waiting:
        length, before = {}, {}
        for i in sorted(waiting):
            sources = [source for source, *_ in nodes[i].inputs if source in waiting]
            before[i] = max(sources, key=length.get, default=None)
            length[i] = 1 + length.get(before[i], 0)
        path = [max(length, key=length.get)]
        while before[path[0]] is not None:
            path.insert(0, before[path[0]])
        paths.append(path)
        waiting -= set(path)
    return paths
