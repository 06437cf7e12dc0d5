"""Checks of the exercises in the chapter on the functional API."""

import warnings

import keras
import numpy as np
from keras import layers

from blocks.teaching.check._frame import exercise, expect, expect_close, expect_shape


@exercise("One hidden layer serves both heads, and each output has its name.")
def two_heads(answer):
    """`two_heads(units)`: a model of one hidden layer and the heads `digit` and `odd`."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5, 64)).astype("float32")
    model = answer(16)
    _expect_graph(model, 1)
    y = _quiet(model, x)
    expect(
        isinstance(y, dict) and set(y) == {"digit", "odd"},
        'The outputs should be a dictionary with the keys "digit" and "odd".',
    )
    expect_shape(y["digit"], (5, 10), 'two_heads(16)(x)["digit"]')
    expect_shape(y["odd"], (5, 1), 'two_heads(16)(x)["odd"]')
    shapes = sorted(tuple(w.shape) for w in model.weights)
    expect(
        shapes.count((64, 16)) < 2,
        "There are two hidden layers. Make one, call it once, and both heads on its output.",
    )
    expect(
        shapes == sorted([(64, 16), (16,), (16, 10), (10,), (16, 1), (1,)]),
        f"The weights are of the shapes {shapes}. There should be one hidden layer of 16 units, "
        "and two heads on it.",
    )
    values = {shape: rng.normal(size=shape).astype("float32") for shape in shapes}
    for weight in model.weights:
        weight.assign(values[tuple(weight.shape)])
    y = _quiet(model, x)
    h = x @ values[64, 16] + values[16,]
    kernels = {"digit": (values[16, 10], values[10,]), "odd": (values[16, 1], values[1,])}
    for name, (W, b) in kernels.items():
        right = np.maximum(h, 0) @ W + b
        expect_close(
            y[name],
            right,
            f'two_heads(16)(x)["{name}"]',
            mistakes=[
                (h @ W + b, "The hidden layer has no ReLU."),
                (_softmax(right), "This is a softmax. Logits come before it."),
                (1 / (1 + np.exp(-right)), "This is a sigmoid. A logit comes before it."),
                (np.maximum(right, 0), "A ReLU after the head cuts the logits off at zero."),
            ],
        )


@exercise("A piece of a graph is a model too, and it shares its weights with the whole.")
def features(answer):
    """`features(model, name)`: from the inputs of `model` to the output of one of its layers."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, 6)).astype("float32")
    start = keras.Input((6,))
    tensor = start
    for name, units in (("first", 5), ("second", 4), ("third", 3)):
        tensor = layers.Dense(units, activation="tanh", name=name)(tensor)
    model = keras.Model(start, tensor)
    tensors = [x]
    for layer in model.layers[1:]:
        layer.set_weights([rng.normal(size=weight.shape) for weight in layer.weights])
        tensors.append(np.array(layer(tensors[-1])))

    piece = answer(model, "second")
    expect(
        not isinstance(piece, keras.KerasTensor),
        "This is the symbolic tensor at which the piece ends. Wrap it: keras.Model(inputs, it).",
    )
    expect(
        isinstance(piece, keras.Model) or not isinstance(piece, layers.Layer),
        "This is the layer alone. It takes the output of the layer before it, not the model's "
        "input.",
    )
    _expect_graph(piece, 1)
    expect_close(
        _quiet(piece, x),
        tensors[2],
        'features(model, "second")(x)',
        mistakes=[
            (tensors[1], "This is the layer's input. Take its output."),
            (tensors[3], "This is the whole model. Stop at the layer of that name."),
        ],
        hint="It should be what the layer returns when the model is called on x.",
    )
    expect_close(
        _quiet(answer(model, "first"), x),
        tensors[1],
        'features(model, "first")(x)',
        hint='It was right for "second": take the layer from the argument `name`.',
    )
    model.get_layer("first").kernel.assign(np.zeros((6, 5)))
    again = np.array(model.get_layer("second")(model.get_layer("first")(x)))
    expect_close(
        _quiet(piece, x),
        again,
        "features(model, ...)(x), after the model has changed,",
        mistakes=[(tensors[2], "The piece is a copy: what the model learns does not arrive.")],
    )


@exercise("Two calls of one encoder: what it learns from one picture, it knows of the other.")
def distance(answer):
    """`distance(encoder, size)`: the distance between the codes of two inputs."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 4, 6)).astype("float32")
    encoder = keras.Sequential([keras.Input((6,)), layers.Dense(3, activation="tanh")])
    encoder.set_weights([rng.normal(size=(6, 3)), rng.normal(size=3)])

    try:
        model = answer(encoder, 6)
    except ValueError as error:
        expect(
            "used 2 times" not in str(error),
            "There are two encoders of one name in the graph, so one of them is a copy. Call the "
            "encoder itself, twice.",
        )
        raise
    _expect_graph(model, 2)
    gap = np.array(encoder(a)) - np.array(encoder(b))
    right = np.abs(gap).sum(axis=-1)
    y = model([a, b])
    expect(
        np.any(np.abs(np.asarray(y)) > 1e-6),
        "The distance is 0 for any two inputs. Is each of them encoded once?",
    )
    found = {id(weight) for weight in model.weights}
    expect(
        {id(weight) for weight in encoder.weights} == found,
        f"The model has {len(found)} weights, of which those of the given encoder should be all. "
        "Call the encoder itself, twice, and no copy of it.",
    )
    expect_close(
        y,
        right,
        "distance(encoder, 6)([a, b])",
        mistakes=[
            (gap.sum(axis=-1), "The absolute value is missing: differences cancel."),
            (np.abs(gap.sum(axis=-1)), "The absolute value comes before the sum."),
            (np.abs(gap), "The sum over the features is missing."),
            (np.abs(gap).mean(axis=-1), "This is the mean over the features, not the sum."),
            (np.square(gap).sum(axis=-1), "These are squares. Take absolute values."),
            (np.sqrt(np.square(gap).sum(axis=-1)), "This is the Euclidean distance."),
            (right.sum(), "The sum runs over the batch too. Sum over the last axis."),
            (np.abs(a - b).sum(axis=-1), "These are the pixels' differences, not the codes'."),
            (right[:, np.newaxis], "The last axis should be gone: leave keepdims out."),
        ],
    )


@exercise("A loop in Python is unrolled into the graph; its layer stays one.")
def refine(answer):
    """`refine(steps, units)`: one layer's output added to its input, `steps` times."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, 3)).astype("float32")
    values = {(3, 3): rng.normal(size=(3, 3)), (3,): rng.normal(size=3)}
    W, b = values[3, 3], values[3,]

    def run(step, times=3):
        h = x
        for _ in range(times):
            h = step(h)
        return h

    def right(h):
        return h + np.tanh(h @ W + b)

    def given(model):
        for weight in model.weights:
            weight.assign(values[tuple(weight.shape)])
        return model

    model = answer(3, 3)
    _expect_graph(model, 1)
    count = len(model.weights)
    expect(
        count == 2 or count != 2 * 3,
        "Every step has a layer of its own. Make one before the loop, and call it inside.",
    )
    expect(
        sorted(tuple(w.shape) for w in model.weights) == sorted(values),
        f"There are {count} weights. There should be 2, of the shapes (3, 3) and (3,).",
    )
    expect_close(
        _quiet(given(model), x),
        run(right),
        "refine(3, 3)(x)",
        mistakes=[
            (run(lambda h: np.tanh(h @ W + b)), "The skip is missing: h plus the layer's output."),
            (run(right, 1), "This is one step. Does the loop hand h on?"),
            (run(right, 2), "This is one step too few."),
            (run(right, 4), "This is one step too many."),
            (run(lambda h: h + (h @ W + b)), "The tanh is missing."),
            (run(lambda h: h + np.maximum(h @ W + b, 0)), "This is ReLU. The task says tanh."),
            (run(lambda h: np.tanh(h + h @ W + b)), "The skip goes around the tanh as well."),
            (run(lambda h: x + np.tanh(h @ W + b)), "This adds the first input in every step."),
        ],
    )
    longer = answer(7, 3)
    expect(
        sum(np.prod(w.shape) for w in longer.weights) == 12,
        "With 7 steps there are more weights. Their number must not depend on `steps`.",
    )
    expect_close(
        _quiet(given(longer), x),
        run(right, 7),
        "refine(7, 3)(x)",
        mistakes=[(run(right), "These are 3 steps, whatever `steps` says.")],
        hint="Go around the loop `steps` times.",
    )


def _expect_graph(model, inputs):
    expect(
        isinstance(model, keras.Model) and hasattr(model, "operations"),
        f"It should return a functional model, keras.Model(inputs, outputs). It is a "
        f"{type(model).__name__}.",
    )
    expect(
        len(model.inputs) == inputs,
        f"The number of inputs is {len(model.inputs)}, it should be {inputs}.",
    )


def _quiet(model, x):
    """The output; Keras warns where a model made with a list of one input gets a tensor."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The structure of `inputs`")
        return model(x)


def _softmax(scores):
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)
