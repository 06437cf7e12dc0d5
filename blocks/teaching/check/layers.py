"""Checks of the exercises in the chapter on layers and tensors."""

import numpy as np
from keras import layers

from blocks.teaching.check._frame import exercise, expect, expect_close, expect_shape


@exercise("The last axis decides; all the others only pass through.")
def dense_shapes(answer):
    """`dense_shapes(input_shape, units)`: the shapes of the kernel, the bias and the output."""
    for shape, units in (((32, 7), 4), ((2, 3, 5, 7), 4)):
        what = f"dense_shapes({shape}, {units})"
        shapes = answer(shape, units)
        expect(
            isinstance(shapes, (tuple, list)) and len(shapes) == 3,
            f"{what} should return three shapes: return kernel, bias, output.",
        )
        features = shape[-1]
        right = {
            "kernel": (features, units),
            "bias": (units,),
            "output": (*shape[:-1], units),
        }
        mistakes = {
            "kernel": [
                (
                    (units, features),
                    "This is the transpose. In y = xW + b the rows of W meet the "
                    "features of x: (D, U).",
                ),
                (
                    (shape[1], units),
                    "The features are on the last axis, which is not always "
                    "axis 1: take input_shape[-1].",
                ),
                (
                    (np.prod(shape[1:]), units),
                    "Dense does not flatten. It sees the last axis only.",
                ),
                ((shape[0], units), "This has the batch in it. No weight depends on the batch."),
            ],
            "bias": [
                (units, "A shape is a tuple. With one axis it is written (units,)."),
                ((), "A tuple of one number needs a comma: (units,)."),
                ((features,), "There is one bias for every unit of the output."),
                ((1, units), "The bias has one axis: (units,)."),
            ],
            "output": [
                ((shape[0], units), "The axes between the first and the last stay in the output."),
                (shape, "The last axis of the output is the number of units."),
                (shape[1:-1] + (units,), "The batch axis is missing."),
            ],
        }
        for (name, expected), value in zip(right.items(), shapes, strict=True):
            value = tuple(value) if isinstance(value, (tuple, list)) else value
            if value == expected:
                continue
            for wrong, hint in mistakes[name]:
                expect(value != wrong, f"The {name} of {what}: {hint}\n(It is {value}.)")
            expect(False, f"The {name} of {what} is {value}, it should be {expected}.")


@exercise("Shared weights count once, frozen ones not at all.")
def count_trainable(answer):
    """`count_trainable(used)`: how many single numbers training may change in these layers."""
    first = layers.Dense(3)
    first.build((None, 5))  # 18
    norm = layers.BatchNormalization()
    norm.build((None, 3))  # 6 trainable, 6 not
    head = layers.Dense(2)
    head.build((None, 3))  # 8, frozen
    head.trainable = False
    twin = layers.Dense(3)  # as large as the first
    twin.build((None, 5))

    by_id = (
        18,
        "Weights that look alike are counted as one. Two weights are the same only if they are "
        "the same object: compare them by id.",
    )
    expect_close(
        answer([first]),
        18,
        "count_trainable([a Dense layer with a (5, 3) kernel])",
        mistakes=[
            (2, "This counts arrays. Each holds many numbers: multiply out its shape."),
            (11, "Sizes along the axes of one weight multiply: a (5, 3) kernel has 15 numbers."),
            (15, "The bias is missing: it is a weight, too."),
        ],
    )
    expect_close(
        answer([first, norm, head, layers.Flatten()]),
        24,
        "count_trainable([Dense, BatchNormalization, a frozen Dense, Flatten])",
        mistakes=[
            (
                38,
                "Nothing is left out. Training changes neither frozen layers nor running means: "
                "use layer.trainable_weights.",
            ),
            (
                30,
                "The running mean and variance are counted. They are weights that training "
                "only records: use layer.trainable_weights.",
            ),
            (
                32,
                "The frozen layer is counted. Its weights are in layer.weights, but not in "
                "layer.trainable_weights.",
            ),
            by_id,
        ],
    )
    expect_close(
        answer([first, norm, first]),
        24,
        "count_trainable([a, b, a])",
        mistakes=[
            (
                42,
                "The layer that is used twice is counted twice. It has one set of weights: "
                "remember which you have counted.",
            ),
        ],
    )
    expect_close(
        answer([first, twin]),
        36,
        "count_trainable([a, another of the same size])",
        mistakes=[by_id],
    )


@exercise("Lazy at first, then strict about the last axis: this is how Keras's layers behave.")
def MyDense(answer):
    """`MyDense(units)`: a layer in NumPy that makes its weights at the first call."""
    rng = np.random.default_rng(3)
    x, deep = rng.normal(size=(4, 6)), rng.normal(size=(2, 5, 6))
    layer = answer(3)
    expect(
        len(getattr(layer, "weights", [0])) == 0,
        "A new layer should have layer.weights, an empty list. It cannot know how many "
        "features its input will have: make the weights at the first call.",
    )
    y = expect_shape(layer(x), (4, 3), "layer(x) for x of shape (4, 6)")
    W, b = _weights(layer)
    expect_close(y, x @ W + b, "layer(x)", hint="It should be x @ W + b.")

    layer(x)
    expect(
        np.array_equal(W, layer.weights[0]),
        "The second call makes new weights. Make them once, at the first call, and keep them.",
    )
    layer.weights[1] = np.array([1.0, 2.0, 3.0])
    expect_close(
        layer(x),
        x @ W + layer.weights[1],
        "layer(x), after layer.weights[1] was set to [1, 2, 3],",
        mistakes=[
            (
                y,
                "It makes no use of layer.weights[1]. Training changes the weights in this list: "
                "compute with them. Is the bias added?",
            )
        ],
    )
    expect_close(
        layer(deep),
        deep @ W + layer.weights[1],
        "layer(x) for x of shape (2, 5, 6)",
        hint="An input may have more axes: only the last one counts.",
    )
    expect(
        _error_of(answer(3), deep) is None,
        "A new layer stops at a first input of shape (2, 5, 6). The features are on the last "
        "axis: x.shape[-1].",
    )
    error = _error_of(layer, rng.normal(size=(4, 7)))
    expect(error is not None, "An input with 7 features goes through a layer made for 6.")
    expect(
        isinstance(error, ValueError) and "matmul" not in str(error),
        "For an input with 7 features instead of 6 the layer stops, but not with an error of its "
        f"own: {type(error).__name__}: {error}. Look at x.shape[-1] first, and raise a "
        "ValueError that says what was expected.",
    )


def _weights(layer):
    """The two weights of the learner's layer after its first call on six features, as copies."""
    expect(
        len(layer.weights) == 2,
        "After the first call layer.weights should be the list [W, b]. "
        f"It has {len(layer.weights)} entries.",
    )
    W, b = (np.array(w) for w in layer.weights)
    expect(W.shape != (3, 6), "The kernel is transposed: it should be (features, units), (6, 3).")
    expect(W.shape != (4, 3), "The kernel has a row for each example. It needs one a feature.")
    expect(
        (W.shape, b.shape) == ((6, 3), (3,)),
        "For x of shape (4, 6) and 3 units W should have the shape (6, 3) and b (3,). "
        f"They have {W.shape} and {b.shape}.",
    )
    expect(W.std() > 0, "All numbers of the kernel are equal. Draw them at random.")
    expect(not b.any(), "The bias should start as zeros.")
    return W, b


def _error_of(layer, x):
    """The error that a call stops with, or None."""
    try:
        layer(x)
    except Exception as error:
        return error
    return None
