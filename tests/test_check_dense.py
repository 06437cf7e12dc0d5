"""Answers to the exercises of the chapter on dense blocks: right ones and wrong ones.

`tests/test_check_frame.py` gives every one of them to its check:

    pytest tests/test_check_frame.py -k dense
"""

import numpy as np


def relu(x):
    return np.maximum(x, 0)


def forward(x, weights):
    for W, b in weights:
        x = relu(x @ W + b)
    return x


def forward_in_place(x, weights):
    x -= 0.1
    return forward(x + 0.1, weights)


def forward_linear_end(x, weights):
    *first, (W, b) = weights
    return forward(x, first) @ W + b


def each_layer(step):
    def forward(x, weights):
        for W, b in weights:
            x = step(x, W, b)
        return x

    return forward


def count_parameters(inputs, units):
    total = 0
    for n in units:
        total += inputs * n + n
        inputs = n
    return total


def dropout(x, rate, rng, training):
    if not training:
        return x
    return np.where(rng.random(x.shape) < rate, 0, x / (1 - rate))


def dropped(
    keep=lambda x, rate: x / (1 - rate), drop=lambda x, rate, rng: rng.random(x.shape) < rate
):
    """A dropout that drops and keeps in its own way."""
    return lambda x, rate, rng, training: (
        np.where(drop(x, rate, rng), 0, keep(x, rate)) if training else x
    )


SOLUTIONS = {
    "forward": forward,
    "count_parameters": count_parameters,
    "he_std": lambda inputs, units: (2 / inputs) ** 0.5,
    "dropout": dropout,
}

# Other right answers: other ways, other types.
ALSO_RIGHT = [
    ("forward", lambda x, weights: forward(x, weights).tolist()),
    ("forward", lambda x, weights: forward(x.astype("float32"), weights)),
    (
        "count_parameters",
        lambda inputs, units: np.sum(np.array([inputs, *units][:-1]) * units) + np.sum(units),
    ),
    ("he_std", lambda inputs, units: np.array(2 / inputs) ** 0.5),
    (
        "dropout",
        lambda x, rate, rng, training: (
            x * rng.binomial(1, 1 - rate, x.shape) / (1 - rate) if training else x.copy()
        ),
    ),
    ("dropout", dropped(drop=lambda x, rate, rng: rng.uniform(size=x.shape) > 1 - rate)),
]

# The check, a wrong answer, words of the hint that it must get.
MISTAKES = [
    ("forward", each_layer(lambda x, W, b: x @ W + b), "no activation"),
    ("forward", forward_linear_end, "after the last layer"),
    ("forward", each_layer(lambda x, W, b: relu(x @ W) + b), "bias comes after"),
    ("forward", each_layer(lambda x, W, b: relu(W @ x + b)), "wrong way around"),
    ("forward", each_layer(lambda x, W, b: relu(x @ W.T + b)), "transposed"),
    ("forward", each_layer(lambda x, W, b: relu(x @ W)), "bias is missing"),
    ("forward", forward_in_place, "changes its argument x"),
    ("forward", lambda x, weights: forward(x, weights[:2]), "every pair"),
    ("forward", lambda x, weights: forward(x, weights)[0], "The shape of"),
    ("forward", lambda x, weights: weights[0][0], "Each layer takes"),
    ("forward", lambda x: x, "called here with 2 arguments"),
    (
        "count_parameters",
        lambda inputs, units: count_parameters(inputs, units) - sum(units),
        "bias",
    ),
    ("count_parameters", lambda inputs, units: inputs * np.prod(units), "add up"),
    ("count_parameters", lambda inputs, units: count_parameters(inputs, units) + inputs, "input"),
    ("count_parameters", lambda inputs, units: (inputs + 1) * sum(units), "Only the first layer"),
    ("count_parameters", lambda inputs, units: 47, "any number of layers"),
    ("he_std", lambda inputs, units: 2 / inputs, "variance"),
    ("he_std", lambda inputs, units: inputs**-0.5, "factor of 2"),
    ("he_std", lambda inputs, units: (2 / (inputs + units)) ** 0.5, "Glorot"),
    ("he_std", lambda inputs, units: (2 / units) ** 0.5, "divides by the units"),
    ("he_std", lambda inputs, units: (inputs / 2) ** 0.5, "upside down"),
    ("he_std", lambda inputs, units: 0.05, "mean square"),
    ("dropout", dropped(keep=lambda x, rate: x), "must grow"),
    ("dropout", dropped(keep=lambda x, rate: x * (1 - rate)), "Divide by it"),
    ("dropout", dropped(keep=lambda x, rate: x / rate), "not by the rate"),
    ("dropout", dropped(drop=lambda x, rate, rng: rng.random(x.shape) < 1 - rate), "share dropped"),
    ("dropout", dropped(drop=lambda x, rate, rng: rng.random(x.shape[1]) < rate), "Whole rows"),
    ("dropout", dropped(drop=lambda x, rate, rng: rng.random((len(x), 1)) < rate), "Whole rows"),
    ("dropout", dropped(drop=lambda x, rate, rng: rng.random(x.shape) < rate / 2), "not 20%"),
    ("dropout", dropped(drop=lambda x, rate, rng: np.random.random(x.shape) < rate), "equal rng"),
    ("dropout", lambda x, rate, rng, training: x, "drops nothing"),
    ("dropout", lambda x, rate, rng, training: dropout(x, rate, rng, True), "does nothing"),
    (
        "dropout",
        lambda x, rate, rng, training: (
            dropout(x, rate, rng, True) * (1 - rate) if training else x * (1 - rate)
        ),
        "rescaled. Inverted",
    ),
    (
        "dropout",
        lambda x, rate, rng, training: dropout(x, rate, rng, True) if training else x / (1 - rate),
        "in training only",
    ),
]
