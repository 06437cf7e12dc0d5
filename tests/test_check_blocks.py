"""Answers to the exercises of the chapter on what a block is: right ones and wrong ones.

`tests/test_check_frame.py` gives every one of them to its check:

    pytest tests/test_check_frame.py -k blocks
"""

import keras
from keras import layers

register = keras.saving.register_keras_serializable(package="answers")

FORMS = {
    "two dense layers with dropout between them": "function",
    "a convolution whose input is concatenated to its output": "layer",
    "pooling, then a convolution": "function",
    "y = x * sigmoid(a * x) with a learned number a": "layer",
    "a classifier made from nine blocks": "model",
    "the mean of all time steps that are not masked": "layer",
}


def line(*steps, size=3, padding="same", bias=True):
    """A straight line of these steps: "norm", "relu" and "conv"."""

    def preactivation(filters, name=None):
        block = keras.Sequential(name=name)
        for step in steps:
            if step == "norm":
                block.add(layers.BatchNormalization())
            elif step == "relu":
                block.add(layers.ReLU())
            else:
                block.add(layers.Conv2D(filters, size, padding=padding, use_bias=bias))
        return block

    return preactivation


preactivation = line("norm", "relu", "conv")


def unit_parameters(channels, filters, kernel_size):
    return kernel_size**2 * channels * filters + 4 * filters


@register
class ReZero(layers.Layer):
    initial = "zeros"

    def __init__(self, layer, **kwargs):
        super().__init__(**kwargs)
        self.layer = layer

    def build(self, input_shape):
        self.alpha = self.add_weight(name="alpha", shape=(), initializer=self.initial)
        if not self.layer.built:
            self.layer.build(input_shape)

    def call(self, x):
        return x + self.alpha * self.layer(x)

    def get_config(self):
        layer = keras.saving.serialize_keras_object(self.layer)
        return {**super().get_config(), "layer": layer}

    @classmethod
    def from_config(cls, config):
        return cls(keras.saving.deserialize_keras_object(config.pop("layer")), **config)


@register
class OtherNames(layers.Layer):
    """Right, with other names, alpha as a vector of one, and the layer itself in the config."""

    def __init__(self, inner, **kwargs):
        super().__init__(**kwargs)
        self.inner = inner

    def build(self, input_shape):
        if not self.inner.built:
            self.inner.build(input_shape)
        self.gate = self.add_weight(shape=(1,), initializer="zeros")

    def call(self, x):
        return self.inner(x) * self.gate + x

    def get_config(self):
        return {**super().get_config(), "inner": self.inner}

    @classmethod
    def from_config(cls, config):
        inner = keras.saving.deserialize_keras_object(config.pop("inner"))
        return cls(inner, **config)


class Unregistered(ReZero):
    pass


@register
class ForgetsChild(ReZero):
    def build(self, input_shape):
        self.alpha = self.add_weight(name="alpha", shape=(), initializer="zeros")


@register
class BuildsTwice(ReZero):
    def build(self, input_shape):
        self.alpha = self.add_weight(name="alpha", shape=(), initializer="zeros")
        self.layer.build(input_shape)


@register
class NoBuild(ReZero):
    build = layers.Layer.build


@register
class NoWeight(ReZero):
    def build(self, input_shape):
        self.alpha = 0.0
        self.layer.build(input_shape)


@register
class Frozen(ReZero):
    def build(self, input_shape):
        super().build(input_shape)
        self.alpha.trainable = False


@register
class Open(ReZero):
    initial = "ones"


@register
class ScalesSum(ReZero):
    def call(self, x):
        return self.alpha * (x + self.layer(x))


@register
class WrongSide(ReZero):
    def call(self, x):
        return self.alpha * x + self.layer(x)


@register
class Unused(ReZero):
    def call(self, x):
        return x + 0 * self.layer(x)


@register
class Squared(ReZero):
    def call(self, x):
        return x + self.alpha**2 * self.layer(x)


@register
class NoConfig(layers.Layer):
    initial, build, call = "zeros", ReZero.build, ReZero.call

    def __init__(self, layer, **kwargs):
        super().__init__(**kwargs)
        self.layer = layer


@register
class HalfConfig(ReZero):
    def get_config(self):
        return super(ReZero, self).get_config()


@register
class NoFromConfig(ReZero):
    from_config = classmethod(lambda cls, config: cls(**config))


@register
class AsModel(keras.Model):
    def __init__(self, layer, **kwargs):
        super().__init__(**kwargs)
        self.layer = layer


SOLUTIONS = {
    "form": FORMS.get,
    "preactivation": preactivation,
    "unit_parameters": unit_parameters,
    "ReZero": ReZero,
}

# Other right answers: other ways, other types.
ALSO_RIGHT = [
    ("form", lambda part: str(FORMS[part])),
    ("unit_parameters", lambda c, f, k: f * (k * k * c + 4.0)),
    ("ReZero", OtherNames),
]


def confuses(part, word):
    return ("form", lambda asked: word if part in asked else FORMS[asked])


# The check, a wrong answer, words of the hint that it must get.
MISTAKES = [
    (*confuses("dropout", "layer"), "dropout is a step like any other"),
    (*confuses("concatenated", "function"), "That is a branch"),
    (*confuses("pooling", "layer"), "The map gets smaller"),
    (*confuses("sigmoid", "function"), "new mathematics"),
    (*confuses("nine", "layer"), "no part of anything"),
    (*confuses("masked", "function"), "which steps are masked"),
    (*confuses("nine", "Model"), "The answers are"),
    ("preactivation", line("conv", "norm", "relu"), "The convolution comes first"),
    ("preactivation", line("relu", "norm", "conv"), "before the normalization"),
    ("preactivation", line("norm", "conv"), "no ReLU"),
    ("preactivation", line("norm", "conv", "relu"), "after the convolution. It belongs"),
    ("preactivation", line("norm", "relu", "conv", "relu"), "second ReLU"),
    ("preactivation", line("norm", "relu", "relu", "conv", bias=False), "no bias"),
    ("preactivation", line("norm", "relu", "conv", padding="valid"), "`same` padding"),
    ("preactivation", line("norm", "relu", "conv", size=1), "kernel of 3 × 3"),
    ("preactivation", lambda filters, name=None: preactivation(filters), "Hand `name` on"),
    ("preactivation", lambda filters, name=None: preactivation(8, name), "how many"),
    (
        "preactivation",
        lambda filters, name=None: layers.Conv2D(filters, 3, name=name),
        "Sequential",
    ),
    ("unit_parameters", lambda c, f, k: k * k * c * f, "normalization is missing"),
    ("unit_parameters", lambda c, f, k: k * k * c * f + 2 * f, "moving averages"),
    ("unit_parameters", lambda c, f, k: k * k * c * f + 5 * f, "no bias"),
    ("unit_parameters", lambda c, f, k: k * k * c * f + 4 * c, "the filters"),
    ("unit_parameters", lambda c, f, k: k * c * f + 4 * f, "as many columns"),
    ("unit_parameters", lambda c, f, k: k * k * f + 4 * f, "all input channels"),
    ("unit_parameters", lambda c, f, k: 9 * c * f + 4 * f, "any window"),
    ("ReZero", Unregistered, "not registered"),
    ("ReZero", ForgetsChild, "does not build the child"),
    ("ReZero", BuildsTwice, "only if not self.layer.built"),
    ("ReZero", NoBuild, "no weight after `build`"),
    ("ReZero", NoWeight, "None of them is alpha"),
    ("ReZero", Frozen, "not trainable"),
    ("ReZero", Open, "starts at 1"),
    ("ReZero", ScalesSum, "input is lost"),
    ("ReZero", WrongSide, "wrong side"),
    ("ReZero", Unused, "changes nothing"),
    ("ReZero", Squared, "y = x + alpha * layer(x)"),
    ("ReZero", NoConfig, "Write get_config"),
    ("ReZero", HalfConfig, "does not load"),
    ("ReZero", NoFromConfig, "does not load"),
    ("ReZero", AsModel, "keras.Model"),
    ("ReZero", lambda layer: "a layer", "of the type str"),
]
