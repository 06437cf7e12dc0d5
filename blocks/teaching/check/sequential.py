"""Checks of the exercises in the chapter on Sequential."""

import keras
import numpy as np
from keras import layers

from blocks.teaching.check._frame import exercise, expect, expect_close


@exercise("Wide inputs are what costs: every hidden unit pays for a whole row of them.")
def widest_hidden(answer):
    """`widest_hidden(features, classes, budget)`: the most hidden units that a budget allows."""
    expect_close(
        answer(20, 5, 1250),
        47,
        "widest_hidden(20, 5, 1250)",
        mistakes=[
            (
                48,
                "48 units cost 48 · 26 + 5 = 1,253 parameters, too many. Take off the biases of "
                "the output first, and round down.",
            ),
            (1245 / 26, "Units are whole: round down, with // for example."),
            (49, "Each hidden unit has a bias, too."),
            (50, "There are no biases in this: each unit of both layers has one."),
            (59, "The second layer is missing: each hidden unit is connected to every class."),
            (62, "The kernels alone count here, and only the first."),
        ],
    )
    expect_close(
        answer(4, 3, 50),
        5,
        "widest_hidden(4, 3, 50)",
        hint="It was right for 20 features, 5 classes and a budget of 1,250.",
    )


@exercise("Keras's Sequential does this, and builds, checks, trains and saves besides.")
def MySequential(answer):
    """`MySequential(layers)`: a line of layers, called in order."""
    a, b = (layers.Dense(4, "tanh", bias_initializer="ones", name=name) for name in "ab")
    x = np.random.default_rng(2).normal(size=(3, 4)).astype("float32")
    right = b(a(x))
    given = [a, b]
    model = answer(given)
    expect_close(
        model(x) if model else model,
        right,
        "MySequential([a, b])(x)",
        mistakes=[
            (a(b(x)), "The layers are called in reverse: the first in the list comes first."),
            (
                b(x),
                "Every layer gets x itself, so only the last one counts. Hand each the output "
                "of the one before it: x = layer(x).",
            ),
            (a(x), "It stops after the first layer. The return belongs after the loop."),
            (x, "It returns x as it came."),
        ],
    )
    model.add(a)
    expect_close(model(x), a(right), "The output after add(a)", hint="add appends at the end.")
    expect(
        len(given) == 2,
        "add changed the list that MySequential was made from. Keep a list of your own: "
        "list(layers).",
    )
    _expect_weights(model.weights, [*a.weights, *b.weights])
    popped = model.pop()
    expect(popped is not None, "pop returns None. It should return the layer that it removes.")
    expect(popped is a, f"pop should return the last layer, a. It returns {popped!r:.60}.")
    expect_close(model(x), right, "The output after pop()", hint="pop removes the last layer.")

    empty = answer()
    empty.add(b)
    expect_close(empty(x), b(x), "The output of an empty MySequential after add(b)")
    expect_close(
        answer()(x),
        x,
        "MySequential()(x)",
        mistakes=[
            (
                b(x),
                "A second MySequential() has the layer that was added to the first: a "
                "default value of [] is made once and shared. Copy it with list(layers).",
            )
        ],
        hint="With no layers the output is the input.",
    )


def _expect_weights(weights, right):
    """Four weights: those of a and of b, for the line a, b, a."""
    expect(weights is not None, "weights gives nothing. It should be a list.")
    expect(
        not callable(weights),
        "weights is a method. Put @property above it: then it is read without brackets.",
    )
    found = [id(w) for w in weights]
    wanted = [id(w) for w in right]
    expect(
        not (len(found) == 3 and all(isinstance(part, list) for part in weights)),
        "weights is a list of lists. Make it one list.",
    )
    expect(
        len(found) != 6,
        "In the line a, b, a the weights of a are listed twice. A shared layer has one set: list "
        "each weight once.",
    )
    expect(
        sorted(found) == sorted(wanted),
        f"weights should hold the 4 weights of the layers. It holds {len(found)} entries.",
    )
    expect(found == wanted, "All weights are there, but not in the order of the layers.")


@exercise("This is transfer: what the body has learned serves a second task.")
def with_new_head(answer):
    """`with_new_head(model, classes)`: a model with the frozen body and a new last layer."""
    hidden, logits = layers.Dense(5, "relu", name="hidden"), layers.Dense(4, name="logits")
    start = layers.Flatten(name="flatten")
    model = keras.Sequential([keras.Input((2, 3)), start, hidden, logits])
    new = answer(model, 3)
    expect(
        isinstance(new, keras.Sequential),
        f"It should return a keras.Sequential. It returns {type(new).__name__}.",
    )
    expect(
        new is not model and model.layers == [start, hidden, logits],
        "The model that was handed in has changed: pop and add work in place. Make a new "
        "Sequential from model.layers[:-1].",
    )
    expect(
        logits not in new.layers,
        "The old last layer is still there. Leave it out: model.layers[:-1].",
    )
    expect(
        new.layers[:-1] == [start, hidden],
        "The body should be the very layers of model, so that it keeps what they have learned. "
        f"The new model begins with {[layer.name for layer in new.layers[:-1]]}, of which some "
        "are copies or missing.",
    )
    head = new.layers[-1]
    expect(head.name == "head", f"The last layer should be named head. Its name is {head.name}.")
    expect(
        new.built,
        "The new model is not built. Begin with keras.Input(model.input_shape[1:]).",
    )
    expect(
        new.output_shape == (None, 3),
        f"For classes=3 the output should have the shape (None, 3). It has {new.output_shape}.",
    )
    expect(
        head.activation is keras.activations.linear,
        "The head has an activation. End in logits: Dense(classes) and no more.",
    )
    trained = len(new.trainable_weights)
    expect(
        trained != 4,
        "The body is not frozen: training would change it. Set trainable = False on its layers.",
    )
    expect(
        trained == 2 and head.trainable,
        "The head is frozen as well. Freeze the layers of the body, not the model.",
    )


@exercise("This is what from_logits=True computes.")
def cross_entropy(answer):
    """`cross_entropy(logits, labels)`: the mean cross-entropy, without overflow."""
    logits = np.random.default_rng(4).normal(scale=2, size=(5, 3))
    labels = np.array([0, 2, 1, 1, 0])
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    losses = -np.log(p[np.arange(5), labels])
    what = "cross_entropy(logits, labels)"
    expect_close(
        answer(logits, labels),
        losses.mean(),
        what,
        mistakes=[
            (losses, "This is one loss for each example. Return their mean."),
            (losses.sum(), "This is the sum over the batch. Return the mean."),
            (-losses.mean(), "The sign is wrong: the loss is minus the logarithm."),
            (losses.mean() / np.log(2), "This is in bits. Use the natural logarithm, np.log."),
            (
                -np.log(p).mean(),
                "This averages over all classes. Only the right class counts: "
                "pick it with [np.arange(len(labels)), labels].",
            ),
            (
                -np.log(p).sum(axis=1).mean(),
                "This sums over all classes. Only the right class "
                "counts: pick it with [np.arange(len(labels)), labels].",
            ),
            (
                -np.log(p.max(axis=1)).mean(),
                "This takes the most probable class. Take the right one, which labels names.",
            ),
            (
                -logits[np.arange(5), labels].mean(),
                "The logarithm of the sum of exponentials is missing.",
            ),
            (1 - p[np.arange(5), labels].mean(), "The logarithm is missing."),
        ],
    )
    for scale in (1000, -1000):
        large = scale + np.array([[0.0, -1000.0], [0.0, -1000.0]])
        with np.errstate(all="ignore"):
            value = answer(large, np.array([0, 1]))
        what = f"cross_entropy({large.tolist()}, [0, 1])"
        _expect_finite(value, what)
        expect_close(
            value,
            500,
            what,
            mistakes=[
                (
                    -np.log(1e-7) / 2,
                    "The probability is clipped at 1e-7, so the loss cannot grow beyond 16. "
                    "Compute it from the logits, without the probability.",
                )
            ],
            hint="Is something clipped or added before the logarithm? It should not be needed.",
        )
    mixed = np.array([[1000.0, 999.0], [-1000.0, -999.0]])
    with np.errstate(all="ignore"):
        value = answer(mixed, np.array([0, 0]))
    what = f"cross_entropy({mixed.tolist()}, [0, 0])"
    _expect_finite(value, what, "Subtract from each example its own largest logit: axis=1.")
    expect_close(value, np.log(1 + np.e) - 0.5, what)


def _expect_finite(value, what, hint="Subtract the largest logit of each example first."):
    expect(
        np.all(np.isfinite(np.asarray(value, dtype=float))),
        f"{what} is {value}: an exponential overflows, or a logarithm gets 0. {hint} Then write "
        "the loss as log(sum of exponentials) minus the right logit.",
    )
