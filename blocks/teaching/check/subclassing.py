"""Checks of the exercises in the chapter on subclassing and `call`."""

import inspect
import warnings

import keras
import numpy as np
from keras import layers

from blocks.teaching.check._frame import exercise, expect, expect_close, expect_shape

RETURNS_NONE = "`call` returns None: it computes, and hands nothing back. End it with a return."


@exercise("Dropout acts in fit and rests elsewhere, because `call` declares `training`.")
def Classifier(answer):
    """`Classifier(units, rate)`: a model of Dense with ReLU, dropout and ten logits."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(8, 64)).astype("float32")
    shapes = [(64, 16), (16,), (16, 10), (10,)]
    weights = [rng.normal(size=shape).astype("float32") for shape in shapes]

    model = answer(units=16, rate=0.5)
    y = model(x)
    expect(y is not None, RETURNS_NONE)
    expect_shape(y, (8, 10), "Classifier(units=16, rate=0.5)(x)")
    _expect_weights(model, shapes)
    model.set_weights(weights)

    expect(
        np.allclose(model(x), model(x)),
        "Two calls of model(x) differ: dropout acts outside of training. Leave training=True out "
        "of `call`: the flag comes by itself.",
    )
    W1, b1, W2, b2 = weights
    h = x @ W1 + b1
    right = np.maximum(h, 0) @ W2 + b2
    expect_close(
        model(x),
        right,
        "model(x)",
        mistakes=[
            (h @ W2 + b2, "There is no activation after the first dense layer."),
            (_softmax(right), "These are probabilities. Logits come before any softmax."),
            (_softmax(h @ W2 + b2), "The softmax is too much, and the ReLU is missing."),
            (np.maximum(right, 0), "ReLU after the last layer cuts the logits off at zero."),
        ],
    )
    expect(
        not np.allclose(model(x, training=True), model(x)),
        "model(x, training=True) drops nothing. Is the dropout layer in `call`, and free of "
        "training=False?",
    )
    expect(
        "training" in inspect.signature(type(model).call).parameters,
        "model(x, training=True) drops, and yet fit would not: fit starts the flag only if the "
        "model's own `call` declares `training`.",
    )
    x = np.ones((50, 64), "float32")
    open_all = [np.zeros((64, 16)), np.ones(16), np.eye(16, 10), np.zeros(10)]
    model.set_weights(open_all)  # each logit is one hidden feature, and that is 1
    expect(
        np.isin(np.round(model(x, training=True), 3), (0, 2)).all(),
        "Dropout should act on the output of the first dense layer, at `rate`. With hidden values "
        "of 1 and a rate of 0.5, each should become 0 or 2 in training.",
    )
    model.set_weights([*open_all[:2], np.zeros((16, 10)), np.ones(10)])
    expect(
        np.allclose(model(x, training=True), 1),
        "Dropout acts on the logits. It belongs between the two dense layers.",
    )
    still = answer(units=16, rate=0.0)
    expect(
        np.allclose(still(x, training=True), still(x)),
        "At a rate of 0 there is dropout still: take the rate from the argument.",
    )


@exercise("These are the first steps of Keras's own `__call__`, in its order.")
def forward(answer):
    """`forward(layer, inputs, training)`: convert, check, build once, run `call`."""
    layer, rows = _Recorder(), [[1, 2, 3], [4, 5, 6]]
    try:
        y = answer(layer, rows)
    except TypeError as error:
        expect(
            "unexpected keyword argument 'training'" not in str(error),
            "`training` is handed to a `call` that does not declare it.",
        )
        raise
    events = [name for name, _ in layer.log]
    expect("call" in events, "`layer.call` is never run.")
    expect("build" in events, "The layer is run without having been built.")
    expect(events[0] == "build", "The layer is built after `call` has run. Build it before.")
    shape = layer.log[0][1]
    expect(
        isinstance(shape, (tuple, list)) and tuple(shape) == (2, 3),
        "`build` should get the shape of the input, here (2, 3).",
    )
    received = layer.log[-1][1]
    expect(
        isinstance(received, np.ndarray) and received.dtype == "float32",
        "`call` does not get a float32 array. Convert the input first: "
        'np.asarray(inputs, dtype="float32").',
    )
    expect_close(
        y, 2 * np.array(rows), "forward(layer, inputs)", hint="Return what `call` returns."
    )
    expect(layer.built, "The layer is built, and does not know: set layer.built to True.")
    answer(layer, rows)
    expect(
        [name for name, _ in layer.log].count("build") == 1,
        "A second call builds the layer again, which would replace its weights.",
    )

    layer = _Recorder()
    try:
        answer(layer, [1, 2, 3])
        expect(False, "An input of one axis passes where layer.ndim is 2. Raise a ValueError.")
    except ValueError:
        expect(not layer.log, "A wrong input is refused too late: the layer is already built.")

    flagged = _Flagged()
    for training in (True, False):
        answer(flagged, rows, training=training)
        expect(
            flagged.log[-1][1] is training,
            f"Where `call` declares `training`, it gets {flagged.log[-1][1]} and not {training}.",
        )


@exercise("A config of arguments is all it takes to make the model anew.")
def Tower(answer):
    """`Tower(sizes, activation)`: dense layers in a row, with a config."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, 5)).astype("float32")
    shapes = [(5, 3), (3,), (3, 2), (2,)]

    tower = answer([3, 2], activation="tanh", name="pisa")
    y = tower(x)
    expect(y is not None, RETURNS_NONE)
    expect_shape(y, (4, 2), "Tower([3, 2])(x)")
    _expect_weights(tower, shapes)
    tower.set_weights([rng.normal(size=shape) for shape in shapes])
    y = np.asarray(tower(x))
    W1, b1, W2, b2 = tower.get_weights()
    expect_close(
        y,
        np.tanh(np.tanh(x @ W1 + b1) @ W2 + b2),
        'Tower([3, 2], activation="tanh")(x)',
        mistakes=[
            (np.tanh(x @ W1 + b1) @ W2 + b2, "The last layer has no activation. All have."),
            ((x @ W1 + b1) @ W2 + b2, "The activation is not used."),
        ],
    )

    expect(
        "get_config" in vars(answer),
        "There is no get_config: Keras cannot know the sizes, and of the other arguments it "
        "would keep the defaults.",
    )
    config = tower.get_config()
    expect(isinstance(config, dict), "get_config must return a dictionary.")
    for name in ("sizes", "activation"):
        expect(name in config, f"The config has no {name!r}, which __init__ takes.")
    expect(
        config.get("name") == "pisa",
        "The name is not in the config. Start from super().get_config().",
    )
    expect(
        not any(
            isinstance(item, layers.Layer)
            for value in config.values()
            for item in (value if isinstance(value, (list, tuple)) else [value])
        ),
        "The config holds layers. It should hold what __init__ takes: numbers and names.",
    )
    try:
        twin = answer.from_config(config)
    except (TypeError, ValueError) as error:
        expect(
            "unexpected keyword" not in str(error) and "Unrecognized keyword" not in str(error),
            "The config has a key that __init__ does not take: "
            f"{sorted(set(config) - {'name', 'trainable', 'dtype', 'sizes', 'activation'})}.",
        )
        expect(
            False,
            "Tower.from_config(tower.get_config()) fails. Each value in the config should be what "
            "__init__ was given under that name.",
        )
    twin(x)
    expect(
        [w.shape for w in twin.weights] == [w.shape for w in tower.weights],
        "Tower.from_config(tower.get_config()) has weights of other shapes.",
    )
    twin.set_weights(tower.get_weights())
    expect_close(
        twin(x),
        y,
        "The output of Tower.from_config(tower.get_config()), given the same weights,",
        hint="Is the activation in the config the one that the tower was made with?",
    )


@exercise("Padding changes nothing now, and the mask ends where the time axis does.")
def MaskedMean(answer):
    """`MaskedMean()`: the mean over the time steps that the mask leaves."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 4, 3)).astype("float32")
    mask = np.array([[True, True, False, False], [True, True, True, False]])
    weight = mask[..., np.newaxis]

    layer = answer()
    call = inspect.signature(type(layer).call).parameters
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            plain = layer(x)
        except Exception as error:
            expect(
                "mask" not in call,
                "It fails on an input without a mask, for which `mask` is None. "
                f"({type(error).__name__})",
            )
            raise
        expect(plain is not None, RETURNS_NONE)
        expect_close(
            plain,
            x.mean(axis=1),
            "MaskedMean()(x), x without a mask,",
            mistakes=[
                (x.mean(axis=1, keepdims=True), "The time axis is still there, with length 1."),
                (x.mean(axis=2), "This is the mean over the features. Time is axis 1."),
                (x.sum(axis=1), "This is the sum over time. Divide by the number of steps."),
            ],
        )
        expect(
            "mask" in call,
            "`call` does not declare `mask`, so Keras has nowhere to hand the input's mask to.",
        )
        tokens = np.array([[1, 2, 0, 0], [3, 4, 5, 0]])
        embedding = layers.Embedding(6, 3, mask_zero=True)
        embedding.build()
        table = rng.normal(size=(6, 3)).astype("float32")
        embedding.set_weights([table])
        x = table[tokens]
        y = layer(embedding(tokens))
    total = (x * weight).sum(axis=1)
    expect_close(
        y,
        total / weight.sum(axis=1),
        "MaskedMean() of padded sentences",
        mistakes=[
            (x.mean(axis=1), "The mask is not used: padding is averaged with the rest."),
            (
                total / mask.shape[1],
                "Masked steps are zero, and still counted: divide by the number of true steps.",
            ),
            (total, "This is the sum. Divide by the number of true steps."),
            (
                (x * ~weight).sum(axis=1) / (~weight).sum(axis=1),
                "The mask is the wrong way around: it is true where a step counts.",
            ),
        ],
        hint="Each row is divided by its own number of true steps.",
    )
    expect(
        getattr(y, "_keras_mask", None) is None,
        "The output carries the input's mask, which has a time axis that the output has not. "
        "Let compute_mask return None.",
    )
    expect(
        not any("does not support masking" in str(warning.message) for warning in caught),
        "Right numbers, and Keras warns that the layer destroys the mask. Say that this is "
        "meant: a compute_mask(self, inputs, mask=None) that returns None.",
    )


class _Recorder:
    """A layer in plain Python that writes down what is done to it."""

    ndim = 2
    built = False

    def __init__(self):
        self.log = []

    def build(self, shape):
        self.log.append(("build", shape))

    def call(self, inputs):
        self.log.append(("call", inputs))
        return 2 * np.asarray(inputs)


class _Flagged(_Recorder):
    """One whose `call` declares `training`."""

    def call(self, inputs, training="nothing"):
        self.log.append(("call", training))
        return inputs


def _expect_weights(model, shapes):
    expect(
        isinstance(model, keras.Model), "The class must be a subclass of keras.Model, as it began."
    )
    expect(
        model.weights,
        "Keras finds no weights. Make the layers in __init__ and keep them as attributes "
        "(self.hidden = ...): one made in `call` is new, with new weights, at every call.",
    )
    found = [tuple(w.shape) for w in model.weights]
    expect(found == shapes, f"The weights are of the shapes {found}, they should be {shapes}.")


def _softmax(scores):
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)
