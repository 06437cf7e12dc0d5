"""Calls a layer on symbolic tensors, which compute shapes only, and leaves the layer as it was."""

import contextlib
import inspect
import random
import warnings

import keras
from keras import tree
from keras.src.backend.common.global_state import GLOBAL_STATE_TRACKER
from keras.src.utils.tracking import Tracker

from blocks.teaching.diagram.labels import BATCH


@contextlib.contextmanager
def untouched(target):
    """At the end, put back all attributes of `target` and its parts, and the state of Keras."""
    saved, seen, waiting = [], set(), [target, vars(GLOBAL_STATE_TRACKER)]
    while waiting:
        item = waiting.pop()
        item = getattr(item, "__wrapped__", item)  # TensorFlow wraps some dicts and lists
        if isinstance(item, keras.Operation | Tracker) or hasattr(item, "_storage"):
            item = vars(item)
        if isinstance(item, dict | list | set | tuple) and id(item) not in seen:
            seen.add(id(item))
            saved.append((item, dict(item) if isinstance(item, dict) else list(item)))
            waiting += item.values() if isinstance(item, dict) else item
    state = random.getstate()
    try:
        with keras.StatelessScope(initialize_variables=False), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they come, and matter, when the object is used
            yield
    finally:
        random.setstate(state)
        for item, content in saved:
            if isinstance(item, list):
                list.__setitem__(item, slice(None), content)
            elif not isinstance(item, tuple):
                kind = dict if isinstance(item, dict) else set
                kind.clear(item)
                kind.update(item, content)


def call(target, input_shape):
    """Build and check a layer by calling it on symbolic tensors; integers where floats fail."""
    shapes = _built_shapes(target) if input_shape is None else input_shape
    for batch, dtype in ((BATCH, "float32"), (BATCH, "int32"), (None, "float32")):
        args, kwargs = _arguments(target, shapes, batch, dtype)
        try:
            return (target, args, kwargs), tensors_in(target(*args, **kwargs))
        except Exception as error:
            failure = error  # the last one speaks of the shapes as a reader knows them
    raise failure


class _StandIn(keras.KerasTensor):
    """A symbolic tensor in place of a weight; it can be cut as a weight can."""

    def __getitem__(self, key):
        return super().__getitem__(key if isinstance(key, tuple) else (key,))


def follow(layer, args, kwargs):
    """The tensors that the body of `call` returns, and the weights that stand-ins stood in for.

    Where the body reads a weight it gets a symbolic tensor, so that what it computes from weights
    alone is followed too; some bodies cannot, and a few cannot be followed at all.
    """
    for weights in (layer.weights, []):
        with keras.StatelessScope(initialize_variables=False) as scope:
            stand_ins = [(_StandIn(weight.shape, weight.dtype), weight) for weight in weights]
            scope.state_mapping = {id(weight): tensor for tensor, weight in stand_ins}
            try:
                outputs = tensors_in(layer.call(*args, **kwargs))
            except Exception:  # whatever symbolic tensors cannot do
                continue
        return outputs, {id(tensor): weight for tensor, weight in stand_ins}
    return [], {}


def _built_shapes(target):
    """The input shapes, without the batch, that a layer was built with."""
    config = (target.get_build_config() or {}) if target.built else {}
    shapes = config.get("input_shape") or config.get("shapes_dict")
    if not shapes:
        raise ValueError(
            "Expected `input_shape`, without the batch, where `block_or_model` was not built "
            "with a shape. Received: input_shape=None"
        )

    def strip(shape):
        if isinstance(shape, dict):
            return {name.removesuffix("_shape"): strip(part) for name, part in shape.items()}
        return [strip(part) for part in shape] if isinstance(shape[0], list | tuple) else shape[1:]

    return strip(shapes)


def _arguments(target, shapes, batch, dtype):
    """Symbolic tensors of these shapes, in the arguments that `call` wants them in."""

    def tensors(shape):
        if isinstance(shape, dict):
            return {key: tensors(part) for key, part in shape.items()}
        if any(isinstance(part, list | tuple | dict) for part in shape):
            return [tensors(part) for part in shape]
        return keras.KerasTensor((batch, *shape), dtype)

    found = tensors(shapes)
    wanted = inspect.signature(target.call).parameters.values()
    if isinstance(found, dict) and set(found) <= {parameter.name for parameter in wanted}:
        return (), found
    required = [
        p.name for p in wanted if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD
    ]
    modes = {
        name: value for name, value in (("training", False), ("mask", None)) if name in required
    }
    several = isinstance(found, list) and len(required) - len(modes) > 1
    return (tuple(found) if several else (found,)), modes


def tensors_in(*values):
    """The symbolic tensors in a structure of any form, in order."""
    return [value for value in tree.flatten(values) if isinstance(value, keras.KerasTensor)]
