"""Answers to the exercises of the chapter on Sequential: right ones and wrong ones.

`tests/test_check_frame.py` gives every one of them to its check:

    pytest tests/test_check_frame.py -k sequential
"""

import math

import keras
import numpy as np
from keras import layers


class MySequential:
    """A right answer; each mistake below changes one of its methods."""

    def __init__(self, layers=()):
        self.layers = list(layers)

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def add(self, layer):
        self.layers.append(layer)

    def pop(self):
        return self.layers.pop()

    @property
    def weights(self):
        return list({id(w): w for layer in self.layers for w in layer.weights}.values())


def changed(**methods):
    """`MySequential` with other methods."""
    return type("MySequential", (MySequential,), methods)


def weights(function):
    """`MySequential` with other weights."""
    return changed(weights=property(lambda self: function(self.layers)))


def keep_the_list(self, layers=()):
    self.layers = layers


def keep_the_default(self, layers=[]):  # noqa: B006
    self.layers = layers if layers is self.__init__.__defaults__[0] else list(layers)


def call_reversed(self, x):
    for layer in reversed(self.layers):
        x = layer(x)
    return x


def call_each_on_x(self, x):
    for layer in self.layers:
        y = layer(x)
    return y


def call_first(self, x):
    for layer in self.layers:
        return layer(x)


def with_new_head(model, classes, body=None, freeze=True, start=True, **head):
    body = model.layers[:-1] if body is None else body
    for layer in body:
        layer.trainable = not freeze
    start = [keras.Input(model.input_shape[1:])] if start else []
    return keras.Sequential([*start, *body, layers.Dense(classes, **({"name": "head"} | head))])


def head_in_place(model, classes):
    model.pop()
    model.add(layers.Dense(classes, name="head"))
    return model


def head_after_pop(model, classes):
    model.pop()
    return with_new_head(model, classes, model.layers)


def head_on_a_copy(model, classes):
    return with_new_head(model, classes, keras.models.clone_model(model).layers[:-1])


def frozen_model(model, classes):
    new = with_new_head(model, classes)
    new.trainable = False
    return new


def functional_head(model, classes):
    return keras.Model(model.inputs, layers.Dense(classes)(model.layers[-2].output))


def softmax(logits):
    return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)


def losses(logits, labels):
    z = logits - logits.max(axis=1, keepdims=True)
    return np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), labels]


def right_p(logits, labels):
    return softmax(logits)[np.arange(len(labels)), labels]


def one_shift(logits, labels):
    z = logits - logits.max()
    return np.mean(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), labels])


def stable_then_log(logits, labels):
    return np.mean(-np.log(right_p(logits - logits.max(axis=1, keepdims=True), labels)))


def clipped(floor):
    def cross_entropy(logits, labels):
        p = right_p(logits - logits.max(axis=1, keepdims=True), labels)
        return np.mean(-np.log(np.maximum(p, floor)))

    return cross_entropy


SOLUTIONS = {
    "widest_hidden": lambda features, classes, budget: (
        (budget - classes) // (features + 1 + classes)
    ),
    "MySequential": MySequential,
    "with_new_head": with_new_head,
    "cross_entropy": lambda logits, labels: losses(logits, labels).mean(),
}

# Other right answers: other ways, other types.
ALSO_RIGHT = [
    ("widest_hidden", lambda f, c, budget: math.floor((budget - c) / (f + 1 + c))),
    ("MySequential", changed(pop=lambda self: self.layers.pop(-1))),
    (
        "MySequential",
        weights(lambda line: tuple({id(w): w for a in line for w in a.weights}.values())),
    ),
    (
        "cross_entropy",
        lambda logits, labels: np.mean(
            np.logaddexp.reduce(logits, axis=1)
            - np.take_along_axis(logits, labels[:, None], axis=1)[:, 0]
        ),
    ),
]

# The check, a wrong answer, words of the hint that it must get.
MISTAKES = [
    ("widest_hidden", lambda f, c, budget: budget // (f + 1 + c), "too many"),
    ("widest_hidden", lambda f, c, budget: round((budget - c) / (f + 1 + c)), "round down"),
    ("widest_hidden", lambda f, c, budget: (budget - c) / (f + 1 + c), "Units are whole"),
    ("widest_hidden", lambda f, c, budget: (budget - c) // (f + c), "has a bias, too"),
    ("widest_hidden", lambda f, c, budget: budget // (f + c), "no biases"),
    ("widest_hidden", lambda f, c, budget: budget // (f + 1), "second layer is missing"),
    ("widest_hidden", lambda f, c, budget: budget // f, "only the first"),
    ("widest_hidden", lambda f, c, budget: 47, "budget of 1,250"),
    ("MySequential", changed(__call__=call_reversed), "in reverse"),
    ("MySequential", changed(__call__=call_each_on_x), "x = layer(x)"),
    ("MySequential", changed(__call__=call_first), "after the first layer"),
    ("MySequential", changed(__call__=lambda self, x: x), "as it came"),
    ("MySequential", changed(__init__=keep_the_list), "a list of your own"),
    ("MySequential", changed(__init__=keep_the_default), "made once and shared"),
    ("MySequential", changed(add=lambda self, layer: self.layers.insert(0, layer)), "at the end"),
    ("MySequential", changed(pop=lambda self: self.layers.pop() and None), "pop returns None"),
    ("MySequential", changed(pop=lambda self: self.layers[0]), "removes the last"),
    ("MySequential", changed(pop=lambda self: self.layers.pop(1)), "the last layer, a"),
    ("MySequential", weights(lambda line: None), "should be a list"),
    ("MySequential", changed(weights=lambda self: []), "@property"),
    ("MySequential", weights(lambda line: [layer.weights for layer in line]), "list of lists"),
    ("MySequential", weights(lambda line: [w for layer in line for w in layer.weights]), "twice"),
    ("MySequential", weights(lambda line: line[0].weights), "It holds 2 entries"),
    ("MySequential", weights(lambda line: line[1].weights + line[0].weights), "not in the order"),
    ("with_new_head", functional_head, "should return a keras.Sequential"),
    ("with_new_head", head_in_place, "work in place"),
    ("with_new_head", head_after_pop, "work in place"),
    ("with_new_head", lambda model, n: with_new_head(model, n, model.layers), "still there"),
    (
        "with_new_head",
        lambda model, n: with_new_head(model, n, model.layers[:1]),
        "the very layers",
    ),
    ("with_new_head", head_on_a_copy, "the very layers"),
    ("with_new_head", lambda model, n: with_new_head(model, n, name="new"), "named head"),
    ("with_new_head", lambda model, n: with_new_head(model, n, start=False), "not built"),
    ("with_new_head", lambda model, n: with_new_head(model, 4), "(None, 3)"),
    (
        "with_new_head",
        lambda model, n: with_new_head(model, n, activation="softmax"),
        "has an activation",
    ),
    ("with_new_head", lambda model, n: with_new_head(model, n, freeze=False), "not frozen"),
    ("with_new_head", frozen_model, "frozen as well"),
    ("cross_entropy", losses, "one loss for each example"),
    ("cross_entropy", lambda z, labels: losses(z, labels).sum(), "sum over the batch"),
    ("cross_entropy", lambda z, labels: -losses(z, labels).mean(), "sign is wrong"),
    ("cross_entropy", lambda z, labels: losses(z, labels).mean() / np.log(2), "in bits"),
    ("cross_entropy", lambda z, labels: -np.log(softmax(z)).mean(), "averages over all classes"),
    (
        "cross_entropy",
        lambda z, labels: -np.log(softmax(z)).sum(axis=1).mean(),
        "sums over all classes",
    ),
    ("cross_entropy", lambda z, labels: -np.log(softmax(z).max(axis=1)).mean(), "most probable"),
    (
        "cross_entropy",
        lambda z, labels: -z[np.arange(len(z)), labels].mean(),
        "sum of exponentials is missing",
    ),
    ("cross_entropy", lambda z, labels: 1 - right_p(z, labels).mean(), "logarithm is missing"),
    ("cross_entropy", lambda z, labels: -np.log(right_p(z, labels)).mean(), "overflows"),
    ("cross_entropy", stable_then_log, "overflows"),
    ("cross_entropy", one_shift, "its own largest"),
    ("cross_entropy", clipped(1e-7), "clipped at 1e-7"),
    ("cross_entropy", clipped(1e-30), "clipped or added"),
]
