"""Answers to the exercises of the chapter on subclassing: right ones and wrong ones."""

import inspect

import keras
import numpy as np
from keras import layers, ops


class Classifier(keras.Model):
    def __init__(self, units, rate, **kwargs):
        super().__init__(**kwargs)
        self.hidden = layers.Dense(units, activation="relu")
        self.drop = layers.Dropout(rate)
        self.logits = layers.Dense(10)

    def call(self, inputs, training=None):
        return self.logits(self.drop(self.hidden(inputs)))


class ClassifierInAList(keras.Model):
    def __init__(self, units, rate):
        super().__init__()
        self.line = [
            layers.Dense(units),
            layers.ReLU(),
            layers.Dropout(rate),
            layers.Dense(10),
        ]

    def call(self, x, training=False):
        for layer in self.line:
            x = layer(x, training=training)
        return x


class Empty(keras.Model):
    def __init__(self, units, rate, **kwargs):
        super().__init__(**kwargs)


class NoReturn(Classifier):
    def call(self, inputs, training=None):
        self.logits(self.drop(self.hidden(inputs)))


class MadeInCall(Empty):
    def call(self, inputs, training=None):
        return layers.Dense(10)(layers.Dense(16, activation="relu")(inputs))


class TwiceAsWide(Classifier):
    def __init__(self, units, rate):
        super().__init__(2 * units, rate)


class Undeclared(Classifier):
    def call(self, inputs):
        return self.logits(self.drop(self.hidden(inputs)))


class AlwaysDrops(Classifier):
    def call(self, inputs, training=None):
        return self.logits(self.drop(self.hidden(inputs), training=True))


class NeverDrops(Classifier):
    def call(self, inputs, training=None):
        return self.logits(self.drop(self.hidden(inputs), training=False))


class DropsInputs(Classifier):
    def call(self, inputs, training=None):
        return self.logits(self.hidden(self.drop(inputs)))


class DropsLogits(Classifier):
    def call(self, inputs, training=None):
        return self.drop(self.logits(self.hidden(inputs)))


class DropsTooFew(Classifier):
    def __init__(self, units, rate):
        super().__init__(units, rate / 5)


class FixedRate(Classifier):
    def __init__(self, units, rate):
        super().__init__(units, 0.5)


def activated(hidden, last):
    """A classifier with other activations."""

    class Activated(Classifier):
        def __init__(self, units, rate):
            super().__init__(units, rate)
            self.hidden.activation = keras.activations.get(hidden)
            self.logits.activation = keras.activations.get(last)

    return Activated


class NotAModel(layers.Layer):
    def __init__(self, units, rate):
        super().__init__()
        self.line = keras.Sequential(
            [layers.Dense(units, activation="relu"), layers.Dropout(rate), layers.Dense(10)]
        )

    def call(self, inputs, training=None):
        return self.line(inputs)


def forward(layer, inputs, training=False):
    inputs = np.asarray(inputs, dtype="float32")
    if inputs.ndim != layer.ndim:
        raise ValueError(f"Expected ndim={layer.ndim}. Received: shape={inputs.shape}")
    if not layer.built:
        layer.build(inputs.shape)
        layer.built = True
    if "training" in inspect.signature(layer.call).parameters:
        return layer.call(inputs, training=training)
    return layer.call(inputs)


def forward_by_dictionary(layer, inputs, training=False):
    inputs = np.array(inputs, "float32")
    if len(inputs.shape) != layer.ndim:
        raise ValueError("wrong number of axes")
    if not layer.built:
        layer.build(inputs.shape)
    layer.built = True
    wanted = inspect.signature(layer.call).parameters
    return layer.call(inputs, **({"training": training} if "training" in wanted else {}))


def run(layer, inputs, training):
    if "training" in inspect.signature(layer.call).parameters:
        return layer.call(inputs, training=training)
    return layer.call(inputs)


def mistaken(
    convert=lambda inputs: np.asarray(inputs, dtype="float32"),
    check=True,
    check_first=True,
    build=True,
    shape=np.shape,
    once=True,
    mark=True,
    call_first=False,
    run=run,
):
    """A `forward` with one thing done another way."""

    def forward(layer, inputs, training=False):
        def refuse():
            if check and np.ndim(inputs) != layer.ndim:
                raise ValueError("wrong number of axes")

        inputs = convert(inputs)
        if check_first:
            refuse()
        if call_first:
            run(layer, inputs, training)
        if build and not (once and layer.built):
            layer.build(shape(inputs))
            layer.built = mark
        refuse()
        return run(layer, inputs, training)

    return forward


class Tower(keras.Model):
    def __init__(self, sizes, activation="relu", **kwargs):
        super().__init__(**kwargs)
        self.sizes = list(sizes)
        self.activation = activation
        self.stack = [layers.Dense(size, activation=activation) for size in sizes]

    def call(self, inputs, training=None):
        for layer in self.stack:
            inputs = layer(inputs)
        return inputs

    def get_config(self):
        return {**super().get_config(), "sizes": list(self.sizes), "activation": self.activation}


class TowerOfASequential(keras.Model):
    def __init__(self, sizes, activation="relu", **kwargs):
        super().__init__(**kwargs)
        self.arguments = dict(sizes=sizes, activation=activation)
        self.line = keras.Sequential([layers.Dense(size, activation) for size in sizes])

    def call(self, inputs):
        return self.line(inputs)

    def get_config(self):
        config = super().get_config()
        config.update(sizes=list(self.arguments["sizes"]), activation=self.arguments["activation"])
        return config


def tower(**methods):
    """A tower with other methods."""
    return type("Tower", (Tower,), {"get_config": Tower.get_config, **methods})


def without(name):
    def get_config(self):
        config = Tower.get_config(self)
        del config[name]
        return config

    return tower(get_config=get_config)


def with_item(**items):
    def get_config(self):
        values = {name: item(self) for name, item in items.items()}
        return {**Tower.get_config(self), **values}

    return tower(get_config=get_config)


class HiddenTower(Tower):
    def __init__(self, sizes, activation="relu", **kwargs):
        super().__init__([], activation, **kwargs)
        first, second = (layers.Dense(size, activation=activation) for size in sizes)
        self.run = lambda x: second(first(x))

    def call(self, inputs):
        return self.run(inputs)


class LinearEnd(Tower):
    def __init__(self, sizes, activation="relu", **kwargs):
        super().__init__(sizes, activation, **kwargs)
        self.stack[-1].activation = keras.activations.linear


class LinearTower(Tower):
    def __init__(self, sizes, activation="relu", **kwargs):
        super().__init__(sizes, None, **kwargs)


class MaskedMean(layers.Layer):
    def call(self, inputs, mask=None):
        if mask is None:
            return ops.mean(inputs, axis=1)
        weight = ops.cast(mask, inputs.dtype)[..., None]
        return ops.sum(inputs * weight, axis=1) / ops.sum(weight, axis=1)

    def compute_mask(self, inputs, mask=None):
        return None


class MeanOfKeras(layers.Layer):
    def __init__(self):
        super().__init__()
        self.pool = layers.GlobalAveragePooling1D()

    def call(self, inputs, mask=None):
        return self.pool(inputs, mask=mask)

    def compute_mask(self, inputs, mask=None):
        pass


def mean(masked, plain=lambda x: ops.mean(x, axis=1), **methods):
    """A layer that averages in its own way."""

    def call(self, inputs, mask=None):
        if mask is None:
            return plain(inputs)
        return masked(inputs, ops.cast(mask, inputs.dtype)[..., None])

    def compute_mask(self, inputs, mask=None):
        return None

    return type(
        "MaskedMean", (layers.Layer,), {"call": call, "compute_mask": compute_mask, **methods}
    )


def right_mean(x, weight):
    return ops.sum(x * weight, axis=1) / ops.sum(weight, axis=1)


def set_supports_masking(self):
    layers.Layer.__init__(self)
    self.supports_masking = True


SOLUTIONS = {
    "Classifier": Classifier,
    "forward": forward,
    "Tower": Tower,
    "MaskedMean": MaskedMean,
}

ALSO_RIGHT = [
    ("Classifier", ClassifierInAList),
    ("forward", forward_by_dictionary),
    ("Tower", TowerOfASequential),
    ("MaskedMean", MeanOfKeras),
]

# The check, a wrong answer, words of the hint that it must get.
MISTAKES = [
    ("Classifier", NoReturn, "returns None"),
    ("Classifier", MadeInCall, "finds no weights"),
    ("Classifier", TwiceAsWide, "of the shapes"),
    ("Classifier", NotAModel, "subclass of keras.Model"),
    ("Classifier", Undeclared, "declares `training`"),
    ("Classifier", AlwaysDrops, "outside of training"),
    ("Classifier", NeverDrops, "drops nothing"),
    ("Classifier", DropsInputs, "on the output of the first dense layer"),
    ("Classifier", DropsTooFew, "at `rate`"),
    ("Classifier", DropsLogits, "Dropout acts on the logits"),
    ("Classifier", FixedRate, "from the argument"),
    ("Classifier", activated("linear", "linear"), "no activation"),
    ("Classifier", activated("relu", "softmax"), "probabilities"),
    ("Classifier", activated("linear", "softmax"), "ReLU is missing"),
    ("Classifier", activated("relu", "relu"), "cuts the logits"),
    ("forward", mistaken(convert=lambda inputs: inputs), "float32 array"),
    ("forward", mistaken(check=False), "one axis passes"),
    ("forward", mistaken(check_first=False), "too late"),
    ("forward", mistaken(build=False), "without having been built"),
    ("forward", mistaken(shape=lambda inputs: inputs), "shape of the input"),
    ("forward", mistaken(once=False), "builds the layer again"),
    ("forward", mistaken(mark=False), "layer.built"),
    ("forward", mistaken(call_first=True), "after `call`"),
    (
        "forward",
        mistaken(run=lambda layer, x, training: run(layer, x, training) + 1),
        "what `call` returns",
    ),
    ("forward", mistaken(run=lambda layer, x, training: x), "never run"),
    ("forward", mistaken(run=lambda layer, x, training: layer.call()), "stops with TypeError"),
    (
        "forward",
        mistaken(run=lambda layer, x, training: layer.call(x, training=training)),
        "does not declare",
    ),
    ("forward", mistaken(run=lambda layer, x, training: layer.call(x)), "gets nothing"),
    ("Tower", tower(call=lambda self, x: [d(x) for d in self.stack[:0]] or None), "returns None"),
    ("Tower", HiddenTower, "finds no weights"),
    ("Tower", LinearEnd, "last layer has no activation"),
    ("Tower", LinearTower, "activation is not used"),
    ("Tower", type("Tower", (Tower,), {}), "no get_config"),
    ("Tower", without("sizes"), "no 'sizes'"),
    ("Tower", without("activation"), "no 'activation'"),
    ("Tower", without("name"), "super().get_config()"),
    ("Tower", with_item(stack=lambda self: list(self.stack)), "holds layers"),
    ("Tower", with_item(depth=lambda self: 2), "does not take: ['depth']"),
    ("Tower", with_item(activation=lambda self: "relu"), "made with"),
    ("Tower", with_item(sizes=lambda self: [4, 2]), "other shapes"),
    ("Tower", tower(get_config=lambda self: 3), "a dictionary"),
    ("Tower", with_item(sizes=lambda self: 3), "from_config(tower.get_config()) fails"),
    ("MaskedMean", mean(lambda x, w: None, plain=lambda x: None), "returns None"),
    ("MaskedMean", mean(right_mean, plain=lambda x: ops.mean(x, 1, keepdims=True)), "length 1"),
    ("MaskedMean", mean(right_mean, plain=lambda x: ops.mean(x, 2)), "over the features"),
    ("MaskedMean", mean(right_mean, plain=lambda x: ops.sum(x, 1)), "sum over time"),
    ("MaskedMean", mean(right_mean, plain=lambda x: right_mean(x, None)), "`mask` is None"),
    (
        "MaskedMean",
        mean(right_mean, call=lambda self, inputs: ops.mean(inputs, axis=1)),
        "nowhere to hand",
    ),
    ("MaskedMean", mean(None, call=lambda self, inputs: inputs.nothing), "AttributeError"),
    ("MaskedMean", mean(lambda x, w: ops.mean(x, axis=1)), "not used"),
    ("MaskedMean", mean(lambda x, w: ops.mean(x * w, axis=1)), "still counted"),
    ("MaskedMean", mean(lambda x, w: ops.sum(x * w, axis=1)), "This is the sum."),
    ("MaskedMean", mean(lambda x, w: right_mean(x, 1 - w)), "wrong way around"),
    ("MaskedMean", mean(lambda x, w: ops.sum(x * w, axis=1) / ops.sum(w)), "own number"),
    (
        "MaskedMean",
        mean(
            right_mean,
            __init__=set_supports_masking,
            compute_mask=layers.Layer.compute_mask,
        ),
        "carries the input's mask",
    ),
    (
        "MaskedMean",
        mean(right_mean, compute_mask=layers.Layer.compute_mask),
        "destroys the mask",
    ),
]
