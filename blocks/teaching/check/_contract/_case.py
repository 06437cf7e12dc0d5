"""What a promise is asked of, how one is written, and the tools that several of them use."""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
from keras import layers, ops

from blocks.teaching.check._frame import expect


@dataclass(frozen=True)
class Case:
    """A block, an input for it, and what may be expected of the two.

    Sizes are best odd and all different, so that a swapped axis or a wrong rounding shows.
    """

    id: str
    make: Callable[..., layers.Layer]  # takes `name` and, for a layer, its other keyword arguments
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...] | None = None  # None: whatever a call returns
    training: str = ""  # what `training=True` brings: "averages", "noise", both words or nothing
    masks: bool = False  # whether a mask changes the values of the result
    looks_ahead: bool | None = None  # whether a time step of the result depends on later ones

    @property
    def is_layer(self):
        return not isinstance(self.make(), keras.Sequential)

    @property
    def result_shape(self):
        return self.output_shape or trained(self)[2].shape

    @property
    def is_sequence(self):
        """Whether a mask goes in and comes out: one value for each time step."""
        return len(self.input_shape) == 3 and self.input_shape[:2] == self.result_shape[:2]


def promise(kept, *, hint, applies=lambda case: True):
    """Makes a promise of a function that takes a `Case` and stops at the first thing wrong.

    Args:
        kept: a sentence that is true of a block that keeps the promise.
        hint: what to look at when the block itself stops with an error.
        applies: of which cases the promise is asked.
    """

    def decorate(function):
        function.kept, function.hint, function.applies = kept, hint, applies
        return function

    return decorate


def numbers(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def randomize(block, seed=0):
    """Gives every weight of a block values that a fresh block does not have."""
    rng = np.random.default_rng(seed)
    for weight in block.weights:
        # kernels of both signs; the rest above 0: no variance is negative, no ReLU without input
        both_signs = "kernel" in weight.path or "positions" in weight.path
        weight.assign(
            rng.uniform(-1 if both_signs else 0.5, 1 if both_signs else 1.5, weight.shape)
        )
    return block


@functools.cache
def trained(case):
    """The built block with weights unlike any fresh one's, an input, and its output.

    Shared between promises, which leave it as it is.
    """
    block = case.make(name="block")
    block.build((None, *case.input_shape[1:]))
    randomize(block)
    x = numbers(case.input_shape)
    y = block(x)
    expect(
        y is not None,
        "`call` returns None, and Keras lets it through: the error comes later, from whoever "
        "takes the result. End `call` with a return.",
    )
    return block, x, as_array(y)


def as_array(tensor):
    return ops.convert_to_numpy(tensor.value if isinstance(tensor, keras.Variable) else tensor)


def values(variables):
    return {variable.path: as_array(variable).copy() for variable in variables}


def moved(before, after):
    """The paths of the variables whose values differ."""
    return {path for path in before if not np.array_equal(before[path], after[path])}


def distance(one, other):
    return np.abs(as_array(one) - as_array(other)).max()


def equal(one, other, tolerance=1e-5):
    one, other = as_array(one), as_array(other)
    return one.shape == other.shape and np.allclose(one, other, rtol=0, atol=tolerance)


def same(one, other):
    return np.array_equal(as_array(one), as_array(other))


def inner_layers(block):
    return list(block._flatten_layers(include_self=True))
