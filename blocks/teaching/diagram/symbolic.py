"""Calls a layer on symbolic tensors, which compute shapes only, and leaves the layer as it was."""

import contextlib
import inspect
import random

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
        if isinstance(item, keras.Operation | Tracker):
            item = vars(item)
        item = getattr(item, "__wrapped__", item)  # TensorFlow wraps some dicts
        if isinstance(item, dict | list | set | tuple) and id(item) not in seen:
            seen.add(id(item))
            saved.append((item, dict(item) if isinstance(item, dict) else list(item)))
            waiting += item.values() if isinstance(item, dict) else item
    state = random.getstate()
    try:
        with keras.StatelessScope(initialize_variables=False):
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
    failure = None
    for dtype in ("float32", "int32"):
        args, kwargs = _arguments(target, shapes, dtype)
        try:
            return (target, args, kwargs), tensors_in(target(*args, **kwargs))
        except Exception as error:
            failure = failure or error
    raise failure


def _built_shapes(target):
    """The input shapes, without the batch, that a layer was built with."""
    config = (target.get_build_config() or {}) if target.built else {}
    shapes = config.get("input_shape") or config.get("shapes_dict")
    if not shapes:
        raise ValueError(
            "Expected `input_shape`, without the batch, for a layer that is not built. "
            "Received: input_shape=None"
        )

    def strip(shape):
        if isinstance(shape, dict):
            return {name.removesuffix("_shape"): strip(part) for name, part in shape.items()}
        return [strip(part) for part in shape] if isinstance(shape[0], list | tuple) else shape[1:]

    return strip(shapes)


def _arguments(target, shapes, dtype):
    """Symbolic tensors of these shapes, in the arguments that `call` wants them in."""

    def tensors(shape):
        if isinstance(shape, dict):
            return {key: tensors(part) for key, part in shape.items()}
        if any(isinstance(part, list | tuple | dict) for part in shape):
            return [tensors(part) for part in shape]
        return keras.KerasTensor((BATCH, *shape), dtype)

    found = tensors(shapes)
    wanted = inspect.signature(target.call).parameters.values()
    if isinstance(found, dict) and set(found) <= {parameter.name for parameter in wanted}:
        return (), found
    required = [p for p in wanted if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    if isinstance(found, list) and len([p for p in required if p.name != "training"]) > 1:
        return tuple(found), {}
    return (found,), {}


def tensors_in(*values):
    """The symbolic tensors in a structure of any form, in order."""
    return [value for value in tree.flatten(values) if isinstance(value, keras.KerasTensor)]
