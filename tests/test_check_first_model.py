"""Answers to the exercises of the chapter on a first model of blocks: right ones and wrong ones.

`tests/test_check_frame.py` gives every one of them to its check:

    pytest tests/test_check_frame.py -k first_model
"""

import math

import numpy as np
from keras import layers

from blocks import ResidualBlock, conv_block, pooling_block


def cost(height, width, kernel_size, channels, filters):
    return height * width * filters * kernel_size**2 * channels


def steps_needed(momentum, share):
    steps, left = 0, 1.0
    while left > share:
        steps, left = steps + 1, left * momentum
    return steps


def z(right_a, right_b):
    only_a = np.sum(right_a & ~right_b)
    only_b = np.sum(right_b & ~right_a)
    differ = only_a + only_b
    return (only_a - only_b) / np.sqrt(differ) if differ else 0.0


def z_without_a_guard(right_a, right_b):
    ahead = np.sum(right_a) - np.sum(right_b)
    with np.errstate(invalid="ignore"):
        return ahead / np.sqrt(np.sum(right_a != right_b))


def z_unpaired(right_a, right_b):
    a, b = right_a.mean(), right_b.mean()
    return (a - b) / math.sqrt((a * (1 - a) + b * (1 - b)) / len(right_a))


def classifier(
    stem=True, first_pool=False, pool=True, last_pool=False, end="mean", activation=None
):
    """A classifier with its stages in order, and with the parts that a mistake changes."""

    def deep_classifier(x, filters):
        x = conv_block(filters[0])(x) if stem else x
        for number, channels in enumerate(filters):
            if pool and (number or first_pool):
                x = pooling_block(2)(x)
            x = ResidualBlock(channels)(x)
        x = pooling_block(2)(x) if last_pool else x
        x = layers.Flatten()(x) if end == "flat" else pooling_block(None, mode=end)(x)
        return layers.Dense(10, activation=activation)(x)

    return deep_classifier


def mean_named_otherwise(x, filters):
    for number, channels in enumerate(filters):
        x = layers.MaxPooling2D()(x) if number else conv_block(channels, name="stem")(x)
        x = ResidualBlock(channels)(x)
    return layers.Dense(10)(layers.GlobalAveragePooling2D()(x))


mean_classifier = classifier(end="average")

SOLUTIONS = {
    "cost": cost,
    "steps_needed": steps_needed,
    "z": z,
    "deep_classifier": mean_classifier,
}

# Other right answers: other ways, other types.
ALSO_RIGHT = [
    ("cost", lambda *sizes: np.prod(sizes) * sizes[2]),
    ("steps_needed", lambda momentum, share: math.ceil(math.log(share, momentum) - 1e-9)),
    ("z", lambda a, b: np.nan_to_num(z_without_a_guard(a, b))),
    ("deep_classifier", mean_named_otherwise),
]

# The check, a wrong answer, words of the hint that it must get.
MISTAKES = [
    ("cost", lambda h, w, k, c, f: h * w * k * c * f, "kernel_size squared"),
    ("cost", lambda h, w, k, c, f: h * w * k**2 * f, "all input channels"),
    ("cost", lambda h, w, k, c, f: h * w * k**2 * c, "one output channel"),
    ("cost", lambda h, w, k, c, f: k**2 * c * f, "counts the weights"),
    ("cost", lambda h, w, k, c, f: (h - k + 1) * (w - k + 1) * k**2 * c * f, "leaves the edges"),
    ("cost", lambda h, w, k, c, f: h * w * 9 * c * f, "any window"),
    ("cost", lambda h, w, k, c, f: h * w * (k**2 * c + 1) * f, "Count the output numbers"),
    ("steps_needed", lambda m, s: math.log(s) / math.log(m), "Steps are whole"),
    ("steps_needed", lambda m, s: steps_needed(m, s) - 1, "One step too few"),
    ("steps_needed", lambda m, s: steps_needed(m, s) + 1, "One step too many"),
    ("steps_needed", lambda m, s: -steps_needed(m, s), "sign"),
    ("steps_needed", lambda m, s: math.ceil((1 - s) / (1 - m)), "what was still left"),
    ("steps_needed", lambda m, s: steps_needed(m, 1 - s), "is gone"),
    ("steps_needed", lambda m, s: 1000, "momentum ** n"),
    ("z", z_unpaired, "different images"),
    ("z", z_without_a_guard, "never differ"),
    ("z", lambda a, b: -z(a, b), "sign"),
    ("z", lambda a, b: abs(z(a, b)), "exchanged"),
    ("z", lambda a, b: z(a, b) ** 2, "square"),
    ("z", lambda a, b: a.mean() - b.mean(), "accuracies"),
    ("z", lambda a, b: a.sum() - b.sum(), "divide it by its scatter"),
    ("z", lambda a, b: (a.sum() - b.sum()) / max(np.sum(a != b), 1), "square root of the number"),
    ("z", lambda a, b: (a.sum() - b.sum()) / math.sqrt(len(a)), "all images"),
    ("z", lambda a, b: 0.0, "only A is right"),
    ("deep_classifier", classifier(stem=False, end="average"), "conv_block"),
    ("deep_classifier", classifier(first_pool=True, end="average"), "but the first"),
    ("deep_classifier", classifier(pool=False, end="average"), "pixels a side"),
    ("deep_classifier", classifier(last_pool=True, end="average"), "behind the last stage"),
    ("deep_classifier", classifier(end="flat"), "Flatten"),
    ("deep_classifier", classifier(end="average", activation="softmax"), "softmax"),
    ("deep_classifier", classifier(end="average", activation="relu"), "No score is negative"),
    ("deep_classifier", lambda x, filters: mean_classifier(x, filters[:1]), "have the filters"),
    (
        "deep_classifier",
        lambda x, filters: layers.Dense(10)(layers.Dense(7)(mean_classifier(x, filters))),
        "parameters",
    ),
    (
        "deep_classifier",
        lambda x, filters: layers.Dense(3)(mean_classifier(x, filters)),
        "it should be (None, 10)",
    ),
    ("deep_classifier", classifier(end="max"), "the maximum over the map"),
    ("deep_classifier", lambda x, filters: "model", "returns str"),
]
