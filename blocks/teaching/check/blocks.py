"""Checks of the exercises in the chapter on what a block is."""

import tempfile
import warnings
from pathlib import Path

import keras
import numpy as np
from keras import layers

from blocks.conv import conv_block
from blocks.teaching.check._frame import NotYet, exercise, expect, expect_close

FORMS = {
    "two dense layers with dropout between them": (
        "function",
        "Each step takes what the one before returned, and dropout is a step like any other.",
    ),
    "a convolution whose input is concatenated to its output": (
        "layer",
        "The input is needed twice: by the convolution, and after it. That is a branch.",
    ),
    "pooling, then a convolution": (
        "function",
        "The map gets smaller, and yet each step takes what the one before returned.",
    ),
    "y = x * sigmoid(a * x) with a learned number a": (
        "layer",
        "No layer of Keras computes it with a learned number: it is new mathematics.",
    ),
    "a classifier made from nine blocks": (
        "model",
        "It is no part of anything. A function puts it together, and keras.Model records it.",
    ),
    "the mean of all time steps that are not masked": (
        "layer",
        "It has to be told which steps are masked, and `call` of a layer can be.",
    ),
}


@exercise("Ask what a step needs: what the one before returned, or more.")
def form(answer):
    """`form(part)`: "function", "layer" or "model", by the rule of the chapter."""
    for part, (right, why) in FORMS.items():
        given = answer(part)
        expect(
            given in ("function", "layer", "model"),
            f'form("{part}") is {given!r}. The answers are "function", "layer" and "model".',
        )
        expect(given == right, f'form("{part}") should not be "{given}". {why}')


@exercise("Normalization first: what is added in a residual block then stays as it is.")
def preactivation(answer):
    """`preactivation(filters, name=None)`: normalization, ReLU and convolution in a line."""
    block = answer(3, name="before")
    expect(
        isinstance(block, keras.Sequential),
        f"preactivation returns {type(block).__name__}. A straight line is a keras.Sequential.",
    )
    expect(
        block.name == "before",
        f'The block is called "{block.name}". Hand `name` on to keras.Sequential.',
    )
    expect(isinstance(answer(3), keras.Sequential), "It should work without a name as well.")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 6, 5, 4)).astype("float32")
    shape = tuple(block(x).shape)
    expect(
        shape[-1] == 3, f"preactivation(3) returns {shape[-1]} channels. `filters` says how many."
    )
    expect(
        shape == (2, 6, 5, 3),
        f"The map of 6 × 5 pixels becomes {shape[1]} × {shape[2]}. Use `same` padding.",
    )
    shapes = [tuple(weight.shape) for weight in block.weights]
    expect(
        len(shapes[0]) == 1,
        "The convolution comes first. The order is normalization, ReLU, convolution.",
    )
    expect(
        len(shapes) > 5,
        "The convolution has no bias. No normalization follows it here to cancel one.",
    )
    expect(
        shapes == [(4,)] * 4 + [(3, 3, 4, 3), (3,)],
        f"The weights have the shapes {shapes}. Four for the normalization are expected, then a "
        "kernel of 3 × 3 and a bias.",
    )
    norm = [rng.uniform(0.5, 1.5, size=4) for _ in range(4)]
    kernel, bias = rng.normal(size=(3, 3, 4, 3)), rng.normal(size=3)
    block.set_weights([*norm, kernel, bias])
    gamma, beta, mean, variance = norm

    def normalized(h):
        return gamma * (h - mean) / np.sqrt(variance + 1e-3) + beta

    def convolved(h):
        around = np.pad(h, [(0, 0), (1, 1), (1, 1), (0, 0)])
        windows = np.lib.stride_tricks.sliding_window_view(around, (3, 3), axis=(1, 2))
        return np.einsum("bhwcij,ijcf->bhwf", windows, kernel) + bias

    def relu(h):
        return np.maximum(h, 0)

    expect_close(
        block(x),
        convolved(relu(normalized(x))),
        "preactivation(3)(x)",
        mistakes=[
            (convolved(normalized(relu(x))), "ReLU comes before the normalization: exchange them."),
            (convolved(normalized(x)), "There is no ReLU between normalization and convolution."),
            (
                relu(convolved(relu(normalized(x)))),
                "There is a second ReLU, after the convolution.",
            ),
            (
                relu(convolved(normalized(x))),
                "ReLU comes after the convolution. It belongs before it.",
            ),
        ],
        tolerance=1e-3,
        hint="The order is normalization, ReLU, convolution, and nothing else.",
    )


@exercise("Keras counts the same.")
def unit_parameters(answer):
    """`unit_parameters(channels, filters, kernel_size)`: the weights of a `conv_block`."""
    channels, filters, size = 5, 7, 3
    kernel, norm = size**2 * channels * filters, 4 * filters
    expect_close(
        answer(channels, filters, size),
        kernel + norm,
        "unit_parameters(5, 7, 3)",
        mistakes=[
            (kernel, "The batch normalization is missing: four numbers for each feature."),
            (
                kernel + norm // 2,
                "The moving averages of the normalization are missing. They are not trained, and "
                "count_params counts them all the same.",
            ),
            (
                kernel + norm + filters,
                "The convolution has no bias: the normalization would cancel it.",
            ),
            (
                kernel + 4 * channels,
                "The normalization comes after the convolution: its features are the filters.",
            ),
            (kernel // size + norm, "The kernel has kernel_size rows and as many columns."),
            (
                kernel // channels + norm,
                "Every filter looks at all input channels: multiply by channels.",
            ),
        ],
    )
    block = conv_block(6, 5)
    block.build((None, 8, 8, 2))
    expect_close(
        answer(2, 6, 5),
        block.count_params(),
        "unit_parameters(2, 6, 5)",
        hint="A window of 3 × 3 was right. Is it right for any window?",
    )


@exercise("A branch, a weight of its own, a child that is built, a config that is whole.")
def ReZero(answer):
    """`ReZero(layer)`: the layer `y = x + alpha * layer(x)`, with `alpha` learned from 0."""
    block = answer(layers.Dense(5, name="branch"))
    expect(
        isinstance(block, layers.Layer),
        f"ReZero(layer) is of the type {type(block).__name__}. Write a keras.layers.Layer.",
    )
    expect(
        not isinstance(block, keras.Model),
        "ReZero is a keras.Model. It is a part, so take keras.layers.Layer.",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a missing `build` is told below
        block.build((None, 5))
    alpha = _expect_weights(block)

    x = np.random.default_rng(0).normal(size=(4, 5)).astype("float32")
    branch = np.asarray(block.layer(x)) if hasattr(block, "layer") else _branch(block, alpha, x)
    expect_close(
        block(x),
        x,
        "ReZero(layer)(x), new",
        mistakes=[
            (x + branch, "The factor starts at 1: the branch is wide open. Start at 0."),
            (np.zeros_like(x), "The input is lost. A new ReZero is the identity: y = x."),
            (branch, "The factor is on the wrong side: it belongs before layer(x)."),
        ],
        hint="A new ReZero is the identity, since alpha starts at 0.",
    )
    alpha.assign(np.full(alpha.shape, 0.5))
    expect_close(
        block(x),
        x + 0.5 * branch,
        "ReZero(layer)(x) with alpha = 0.5",
        mistakes=[(x, "The factor changes nothing. Multiply layer(x) by it in `call`.")],
        hint="y = x + alpha * layer(x).",
    )
    _expect_saved(block, x)


def _expect_weights(block):
    """`build` alone makes one number, which is trained, and the weights of the branch."""
    shapes = [tuple(weight.shape) for weight in block.weights]
    expect(shapes, "There is no weight after `build`. Write one: it makes alpha, and builds layer.")
    numbers = [weight for weight in block.weights if np.prod(weight.shape) == 1]
    expect(
        numbers,
        f"After `build` the shapes of the weights are {shapes}. None of them is alpha: make it "
        "with self.add_weight.",
    )
    expect(
        len(shapes) > 1,
        "`build` does not build the child: layer has no weights yet. In a subclassed parent they "
        "would come back from a file as random numbers.",
    )
    expect(numbers[0].trainable, "alpha is not trainable, so the branch stays closed for ever.")
    return numbers[0]


def _branch(block, alpha, x):
    """What the branch computes, where the layer keeps it under another name."""
    kernel, bias = (np.asarray(weight) for weight in block.weights if weight is not alpha)
    return x @ kernel + bias


def _expect_saved(block, x):
    kind = type(block)
    expect(
        keras.saving.get_registered_name(kind) != kind.__name__,
        "The class is not registered, so that no file can name it. Put @register above it.",
    )
    model = keras.Sequential([keras.Input((5,)), block])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.keras")
        try:
            model.save(path)
        except NotImplementedError:
            raise NotYet(
                "✗ Not yet. Saving stops: Keras cannot write a config for an argument that is a "
                "layer. Write get_config."
            ) from None
        try:
            loaded = keras.saving.load_model(path)
        except Exception as error:
            expect(
                "already built" not in str(error),
                "It saves and does not load: a layer from a file is built already when `build` of "
                "ReZero comes. Build it only if not self.layer.built.",
            )
            raise NotYet(
                "✗ Not yet. It saves and does not load. get_config has to hold `layer`, next to "
                "what super().get_config() holds, and from_config has to make a layer of it "
                f"again.\n({type(error).__name__}: {str(error)[:100]} …)"
            ) from None
    expect_close(
        loaded(x), model(x), "The output after loading", hint="Which weights were not saved?"
    )
