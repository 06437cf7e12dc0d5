"""Checks that the blocks share: each returns the value, or raises `ValueError`."""

import functools
from numbers import Integral, Real

import keras


def _error(name, expected, value):
    return ValueError(f"`{name}` must be {expected}. Received: {name}={value!r}")


def _is_positive_integer(value):
    return isinstance(value, Integral) and not isinstance(value, bool) and value > 0


def positive_integer(name, value):
    """`value` as an int of at least 1."""
    if not _is_positive_integer(value):
        raise _error(name, "a positive integer", value)
    return int(value)


def integer(name, value):
    """`value` as an int."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise _error(name, "an integer", value)
    return int(value)


def positive_integers(name, value):
    """`value`, one positive integer or a non-empty sequence of them, as an int or a tuple."""
    if _is_positive_integer(value):
        return int(value)
    if isinstance(value, (list, tuple)) and value and all(map(_is_positive_integer, value)):
        return tuple(int(item) for item in value)
    raise _error(name, "a positive integer or a non-empty sequence of them", value)


def size_2d(name, value):
    """`value`, one positive integer or a pair (height, width) of them, as an int or a pair."""
    if _is_positive_integer(value):
        return int(value)
    if isinstance(value, (list, tuple)) and len(value) == 2:
        if all(map(_is_positive_integer, value)):
            return tuple(int(item) for item in value)
    raise _error(name, "a positive integer or a pair of them", value)


def fraction(name, value):
    """`value` as a float in [0, 1)."""
    if not isinstance(value, Real) or isinstance(value, bool) or not 0 <= value < 1:
        raise _error(name, "a number of at least 0 and less than 1", value)
    return float(value)


def positive_number(name, value):
    """`value` as a float above 0."""
    if not isinstance(value, Real) or isinstance(value, bool) or not value > 0:
        raise _error(name, "a number above 0", value)
    return float(value)


def boolean(name, value):
    """`value`, which must be True or False."""
    if not isinstance(value, bool):
        raise _error(name, "True or False", value)
    return value


def one_of(name, value, options):
    """`value`, which must be one of `options`."""
    if not any(value is option or value == option for option in options):
        raise _error(name, "one of " + ", ".join(map(repr, options)), value)
    return value


def activation(value):
    """The activation function that `value` (a name, a function or None) stands for."""
    try:
        return keras.activations.get(value)
    except (ValueError, TypeError):
        expected = "the name of a Keras activation, a function or None"
        raise _error("activation", expected, value) from None


def initializer(name, value):
    """A new initializer like `value`: layers that share one instance start with equal weights."""
    try:
        value = keras.initializers.get(value)
        return value.from_config(value.get_config())
    except (AttributeError, TypeError, ValueError):
        expected = "the name of a Keras initializer or an initializer"
        raise _error(name, expected, value) from None


def layer(name, value):
    """`value`, which must be a Keras layer (a model is one)."""
    if not isinstance(value, keras.layers.Layer):
        raise _error(name, "a Keras layer", value)
    return value


def known_last_axis(input_shape):
    """The size of the last axis of `input_shape`, which weights depend on and must be known."""
    if input_shape[-1] is None:
        raise ValueError(
            "`inputs` must have a known size on the last axis, since weights depend on it. "
            f"Received: shape={tuple(input_shape)}"
        )
    return input_shape[-1]


def checked_input(block, **axes):
    """`block`, a straight line, refusing what it cannot take before it makes a weight.

    It checks as Keras's layers do, by its `input_spec`: the number of axes (`ndim` or `min_ndim`)
    from the start, the size of the last one once `build` has seen it. The file of a saved model
    holds none of this, and needs none: what is loaded from it is a `keras.Sequential` as any other.
    """
    build = block.build

    @functools.wraps(build)
    def build_once_known(input_shape):
        size = known_last_axis(input_shape)
        build(input_shape)
        block.input_spec = keras.layers.InputSpec(**axes, axes={-1: size})

    block.input_spec = keras.layers.InputSpec(**axes)
    block.build = build_once_known
    return block


def block_name(prefix, name):
    """`name` or, if it is None, the next free one of `prefix`, `prefix_1`, `prefix_2`, …"""
    if name is not None:
        return name
    number = keras.backend.get_uid(prefix)
    return prefix if number == 1 else f"{prefix}_{number - 1}"
