"""Checks of the exercises in the chapter on custom blocks."""

import contextlib

import numpy as np
import tensorflow as tf

from blocks.teaching.check._contract import block_contract
from blocks.teaching.check._frame import exercise, expect, expect_close

RETURNS_NONE = "`call` returns None: it computes, and hands nothing back. End it with a return."


@exercise("One trained number for each feature, and the contract is kept.")
def Scale(answer):
    """`Scale(start)`: `y = x * s`, with one trained number for each feature."""
    x = _numbers((2, 5, 3))
    layer = answer(start=2.0)
    y = layer(x)
    expect(y is not None, RETURNS_NONE)
    expect_close(
        y,
        2 * x,
        "Scale(start=2.0)(x), not trained yet,",
        mistakes=[
            (x, "The numbers begin at 1, whatever `start` says."),
            (0 * x, "The numbers begin at 0. Give add_weight an initializer."),
            (x + 2, "This adds. Multiply."),
        ],
        hint="Every number begins at `start`.",
    )
    shapes = [tuple(w.shape) for w in layer.weights]
    expect(
        shapes != [()],
        "There is one number for all features. Give the weight the shape (features,).",
    )
    expect(
        shapes == [(3,)],
        f"The weights have the shapes {shapes}. One for each feature, the last axis, is [(3,)].",
    )
    expect(layer.trainable_weights, "The numbers are not trained. Leave trainable=False out.")
    layer.set_weights([np.array([1.0, 2.0, 3.0])])
    expect_close(layer(x), x * [1, 2, 3], "Scale()(x), with the numbers 1, 2 and 3,")
    _keeps_the_contract(answer, {"start": 3.0})


@exercise("The mean is that of the steps that count, and the contract is kept.")
def Centre(answer):
    """`Centre()`: takes the mean of the steps that the mask leaves away from each step."""
    x = _numbers((2, 5, 3))
    mask = np.array([[True, True, False, False, False], [True, False, True, True, True]])
    weight = mask[..., None]
    layer = answer()
    y = layer(x)
    expect(y is not None, RETURNS_NONE)
    expect_close(
        y,
        x - x.mean(axis=1, keepdims=True),
        "Centre()(x), x without a mask,",
        mistakes=[
            (x - x.mean(axis=2, keepdims=True), "This is the mean over features. Time is axis 1."),
            (x - x.mean(), "This is one mean of everything. Take it over axis 1, with keepdims."),
            (
                x - x.mean(axis=(0, 1)),
                "This mean runs over the batch too: an answer must not depend on other examples.",
            ),
            (x.mean(axis=1, keepdims=True) + 0 * x, "This is the mean. Take it away from x."),
        ],
    )
    try:
        y = layer(x, mask=tf.constant(mask))
    except TypeError:
        expect(False, "`call` does not take `mask`, so padding counts like everything else.")
    kept = np.broadcast_to(weight, x.shape)
    total = (x * weight).sum(axis=1, keepdims=True)
    right = x - total / weight.sum(axis=1, keepdims=True)
    expect_close(
        np.where(kept, y, 0),
        np.where(kept, right, 0),
        "Centre()(x, mask=mask), at the steps that count,",
        mistakes=[
            (
                np.where(kept, x - x.mean(axis=1, keepdims=True), 0),
                "The mask is not used: padding is averaged with the rest.",
            ),
            (
                np.where(kept, x - total / mask.shape[1], 0),
                "The sum is that of the steps that count, and it is divided by all steps.",
            ),
            (
                np.where(kept, x - total / mask.sum(), 0),
                "The count runs over the batch. Each sequence has a count of its own.",
            ),
        ],
    )
    half = answer(dtype="mixed_float16")
    y = half(np.full((1, 2000, 1), 100, "float16"), mask=tf.ones((1, 2000), "bool"))
    expect(
        np.abs(y).max() < 1,
        "In half precision, 2,000 steps of 100 are more than a sum can hold. Take the sum and the "
        "count in `self.variable_dtype`, and cast the mean back.",
    )
    _keeps_the_contract(answer, masks=True, looks_ahead=True)


@exercise("Forward nothing, backward the other way, and the contract is kept.")
def ReverseGradient(answer):
    """`ReverseGradient(strength)`: `y = x`, with the gradient times `-strength`."""
    x = tf.constant(_numbers((2, 3)))
    upstream = _numbers((2, 3), seed=1)
    layer = answer(strength=0.5)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x)
        expect(y is not None, RETURNS_NONE)
        loss = tf.reduce_sum(y * upstream)
    expect_close(
        y,
        x,
        "ReverseGradient(strength=0.5)(x)",
        mistakes=[(-0.5 * x, "This turns the output around. Forward, nothing changes.")],
        hint="Forward, nothing changes.",
    )
    gradient = tape.gradient(loss, x)
    expect(
        gradient is not None,
        "No gradient comes back at all. The inner function returns two things: the result, and a "
        "function from the gradient of the result to that of the input.",
    )
    expect_close(
        gradient,
        -0.5 * upstream,
        "The gradient behind ReverseGradient(strength=0.5)",
        mistakes=[
            (upstream, "The gradient passes as it is. Is the function decorated?"),
            (-upstream, "The gradient is turned around, and `strength` is not used."),
            (0.5 * upstream, "The gradient has the right size and the wrong sign."),
            (
                np.full((2, 3), -0.5),
                "The gradient of the result is left out. Multiply `upstream` by -strength.",
            ),
        ],
    )
    _keeps_the_contract(answer, {"strength": 0.5})


@exercise("The peak follows, in training and without padding, and the contract is kept.")
def Peak(answer):
    """`Peak(rate)`: `y = x / p`, with `p` following the largest size of each feature."""
    x = 2 + np.abs(_numbers((2, 5, 3)))
    x[0, 0] *= -3  # the largest size belongs to a negative number
    layer = answer(rate=0.25)
    y = layer(x)
    expect(y is not None, RETURNS_NONE)
    expect_close(
        y,
        x,
        "Peak(rate=0.25)(x), before any training,",
        hint="p begins at 1 and rests in inference.",
    )
    expect(
        len(layer.weights) == 1 and tuple(layer.weights[0].shape) == (3,),
        f"The weights have the shapes {[tuple(w.shape) for w in layer.weights]}. There should be "
        "one, with one number for each feature: [(3,)].",
    )
    expect(
        not layer.trainable_weights,
        "The optimizer would train p. It follows the data: make it with trainable=False.",
    )
    sizes = np.abs(x).max(axis=(0, 1))
    p = 1 + 0.25 * (sizes - 1)
    y = layer(x, training=True)
    found = np.asarray(layer.weights[0])
    signed = 1 + 0.25 * (x.max(axis=(0, 1)) - 1)
    expect_close(
        found,
        p,
        "p after one step",
        mistakes=[
            (
                np.ones(3),
                "In training p does not move. Does `call` ask `training`, and assign?",
            ),
            (signed, "This is the largest number. Take the largest size, |x|."),
            (sizes, "p jumps to the peak. It should go a share `rate` of the way."),
            (0.75 * sizes + 0.25, "The shares are swapped: `rate` is that of the new peak."),
            (
                1 + 0.25 * (np.abs(x).max() - 1) + np.zeros(3),
                "This is one peak for all features. The last axis is not reduced.",
            ),
            (1 + 0.25 * (np.abs(x).mean(axis=(0, 1)) - 1), "This follows the mean size."),
        ],
    )
    expect_close(
        y,
        x / p,
        "The result in training",
        mistakes=[(x, "p is used before it moves. Assign first, then divide.")],
    )
    _keeps_the_contract(answer, {"rate": 0.25}, training="averages")
    answer(rate=0.5)(x[0], training=True)  # two axes will do


def _numbers(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def _keeps_the_contract(answer, init_kwargs=None, **expected):
    with contextlib.redirect_stdout(None):
        block_contract(answer, init_kwargs, input_shape=(2, 5, 3), **expected)
