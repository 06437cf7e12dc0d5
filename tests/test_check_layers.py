"""Answers to the exercises of the chapter on layers and tensors: right ones and wrong ones.

`tests/test_check_frame.py` gives every one of them to its check:

    pytest tests/test_check_frame.py -k layers
"""

import numpy as np


def shapes(
    kernel=lambda shape, units: (shape[-1], units),
    bias=lambda shape, units: (units,),
    output=lambda shape, units: (*shape[:-1], units),
):
    """An answer to `dense_shapes` that gets one of the three in its own way."""
    return lambda shape, units: (kernel(shape, units), bias(shape, units), output(shape, units))


def size(weight):
    return int(np.prod(weight.shape))


def count_trainable(used):
    return sum({id(w): size(w) for layer in used for w in layer.trainable_weights}.values())


def count_by_shape(used):
    return sum(
        size(w) for w in {tuple(w.shape): w for a in used for w in a.trainable_weights}.values()
    )


class MyDense:
    """A right answer; each mistake below changes one of its methods."""

    def __init__(self, units):
        self.units = units
        self.weights = []

    def make(self, features):
        kernel = np.random.default_rng().normal(size=(features, self.units))
        self.weights = [kernel, np.zeros(self.units)]

    def check(self, x):
        if x.shape[-1] != len(self.weights[0]):
            raise ValueError(f"expected another last axis. Received: shape {x.shape}")

    def product(self, x):
        return x @ self.weights[0] + self.weights[1]

    def __call__(self, x):
        if not self.weights:
            self.make(x.shape[-1])
        self.check(x)
        return self.product(x)


def changed(**methods):
    """`MyDense` with other methods."""
    return type("MyDense", (MyDense,), methods)


def make(kernel=lambda n, units: np.random.default_rng().normal(size=(n, units)), bias=np.zeros):
    def make(self, features):
        self.weights = [kernel(features, self.units), bias(self.units)]

    return make


def early(self, units):
    self.units = units
    self.make(6)


def no_weights(self, units):
    self.units = units
    self.kernel = None


def call_making_always(self, x):
    self.make(x.shape[-1])
    return self.product(x)


def call_looking_at_axis_1(self, x):
    if not self.weights:
        self.make(x.shape[1])
    return self.product(x)


def call_for_matrices(self, x):
    if not self.weights:
        self.make(x.shape[-1])
    return self.product(x.reshape(-1, x.shape[-1]))


def call_without_bias(self, x):
    if not self.weights:
        self.make(x.shape[-1])
    return x @ self.weights[0]


def call_by_examples(self, x):
    self.make(len(x))
    return np.zeros((len(x), self.units))


def call_transposed(self, x):
    self.weights = [np.random.default_rng().normal(size=(self.units, x.shape[-1])), np.zeros(3)]
    return x @ self.weights[0].T


def check_with_type_error(self, x):
    if x.shape[-1] != len(self.weights[0]):
        raise TypeError("wrong")


def call_with_kernel_alone(self, x):
    self.weights = [np.random.default_rng().normal(size=(x.shape[-1], self.units))]
    return x @ self.weights[0]


SOLUTIONS = {
    "dense_shapes": shapes(),
    "count_trainable": count_trainable,
    "MyDense": MyDense,
}

# Other right answers: other ways, other types.
ALSO_RIGHT = [
    ("dense_shapes", lambda shape, n: [[shape[-1], n], [n], [*shape[:-1], n]]),
    ("count_trainable", lambda used: np.float64(count_trainable(used))),
    ("MyDense", lambda units: MyDense(units)),
    ("MyDense", changed(product=lambda self, x: (x @ self.weights[0] + self.weights[1]).tolist())),
]

# The check, a wrong answer, words of the hint that it must get.
MISTAKES = [
    ("dense_shapes", shapes(kernel=lambda shape, n: (n, shape[-1])), "transpose"),
    ("dense_shapes", shapes(kernel=lambda shape, n: (shape[1], n)), "not always axis 1"),
    ("dense_shapes", shapes(kernel=lambda shape, n: (np.prod(shape[1:]), n)), "does not flatten"),
    ("dense_shapes", shapes(kernel=lambda shape, n: (shape[0], n)), "batch in it"),
    ("dense_shapes", shapes(kernel=lambda shape, n: n), "should be"),
    ("dense_shapes", shapes(bias=lambda shape, n: n), "A shape is a tuple"),
    ("dense_shapes", shapes(bias=lambda shape, n: ()), "needs a comma"),
    ("dense_shapes", shapes(bias=lambda shape, n: (shape[-1],)), "one bias for every unit"),
    ("dense_shapes", shapes(bias=lambda shape, n: (1, n)), "one axis"),
    ("dense_shapes", shapes(output=lambda shape, n: (shape[0], n)), "stay in the output"),
    ("dense_shapes", shapes(output=lambda shape, n: shape), "number of units"),
    ("dense_shapes", shapes(output=lambda shape, n: shape[1:-1] + (n,)), "batch axis is missing"),
    ("dense_shapes", lambda shape, n: (shape[-1], n), "three shapes"),
    ("dense_shapes", lambda shape: shape, "called here with 2 arguments"),
    ("count_trainable", lambda used: sum(len(a.trainable_weights) for a in used), "counts arrays"),
    (
        "count_trainable",
        lambda used: sum(sum(w.shape) for a in used for w in a.trainable_weights),
        "multiply",
    ),
    (
        "count_trainable",
        lambda used: sum(size(w) for a in used for w in a.trainable_weights[:1]),
        "bias is missing",
    ),
    ("count_trainable", lambda used: sum(a.count_params() for a in used), "Nothing is left out"),
    (
        "count_trainable",
        lambda used: sum({w.path: size(w) for a in used for w in a.trainable_weights[:1]}.values()),
        "bias is missing",
    ),
    (
        "count_trainable",
        lambda used: sum(size(w) for a in used if a.trainable for w in a.weights),
        "running mean",
    ),
    (
        "count_trainable",
        lambda used: sum(size(w) for a in used for w in a.weights if "moving" not in w.name),
        "frozen layer is counted",
    ),
    (
        "count_trainable",
        lambda used: sum(size(w) for a in used for w in a.trainable_weights),
        "counted twice",
    ),
    ("count_trainable", count_by_shape, "compare them by id"),
    (
        "count_trainable",
        lambda used: sum({w.name: size(w) for a in used for w in a.trainable_weights}.values()),
        "compare them by id",
    ),
    ("MyDense", changed(__init__=early), "empty list"),
    ("MyDense", changed(__init__=no_weights), "empty list"),
    ("MyDense", changed(__call__=call_with_kernel_alone), "the list [W, b]"),
    ("MyDense", changed(__call__=call_transposed), "transposed"),
    ("MyDense", changed(__call__=call_by_examples), "a row for each example"),
    ("MyDense", changed(make=make(bias=lambda n: np.zeros((1, n)))), "They have"),
    ("MyDense", changed(make=make(kernel=lambda n, m: np.ones((n, m)))), "at random"),
    ("MyDense", changed(make=make(bias=np.ones)), "start as zeros"),
    ("MyDense", changed(product=lambda self, x: 2 * x @ self.weights[0]), "x @ W + b"),
    ("MyDense", changed(product=lambda self, x: x), "The shape of"),
    ("MyDense", changed(__call__=call_making_always), "second call makes new weights"),
    ("MyDense", changed(__call__=call_without_bias), "Is the bias added"),
    ("MyDense", changed(__call__=call_for_matrices), "more axes"),
    ("MyDense", changed(__call__=call_looking_at_axis_1), "x.shape[-1]"),
    ("MyDense", changed(check=lambda self, x: None), "not with an error of its own"),
    ("MyDense", changed(check=check_with_type_error), "not with an error of its own"),
    (
        "MyDense",
        changed(
            check=lambda self, x: None,
            product=lambda self, x: x[..., :6] @ self.weights[0] + self.weights[1],
        ),
        "goes through",
    ),
]
