"""The checks of the chapter on choosing a block: its solutions, other right answers, mistakes."""

import math


def widest(budget, height, width, channels):
    return budget // (height * width * 9 * channels)


def dense_price(features, units, dropout, biases=1, follow=True, extra=0, drop=None):
    weights = adds = kept = 0
    drop = (2 if dropout else 1) if drop is None else drop
    for size in units:
        weights += features * size + biases * size
        adds += features * size
        kept += size * drop
        features = size if follow else features
    return weights, adds, kept + extra


def no_bias(features, units, dropout):
    _, adds, kept = dense_price(features, units, dropout)
    return adds, adds, kept


def bias_multiplied(features, units, dropout):
    weights, _, kept = dense_price(features, units, dropout)
    return weights, weights, kept


def last_only(features, units, dropout):
    weights, adds, _ = dense_price(features, units, dropout)
    return weights, adds, units[-1]


SOLUTIONS = {
    "saved": lambda channels: 2 * 9 * channels**2 / (25 * channels**2),
    "widest": widest,
    "crossing": lambda features: 2 * features + 1,
    "dense_price": dense_price,
}

ALSO_RIGHT = [
    ("saved", lambda channels: 0.72),
    ("widest", lambda *a: math.floor(a[0] / (9 * a[1] * a[2] * a[3]))),
    ("crossing", lambda features: float(2 * features + 1)),
    ("dense_price", lambda *a: list(dense_price(*a))),
]

# The check, a wrong answer, words of the hint that it must get.
MISTAKES = [
    ("saved", lambda channels: 25 / 18, "other way round"),
    ("saved", lambda channels: 9 / 25, "two convolutions"),
    ("saved", lambda channels: 7 / 25, "what is left"),
    ("saved", lambda channels: 2 * 3 / 5, "9 weights"),
    ("saved", lambda channels: 18 / 25 / (channels + 1) * 2, "2 * 9 * channels²"),
    ("saved", lambda channels: 18 / 25 / channels, "channels * channels"),
    ("saved", lambda channels: 18 / 25 * channels, "channels * channels"),
    ("widest", lambda b, h, w, c: b / (9 * h * w * c), "round down"),
    ("widest", lambda b, h, w, c: -(-b // (9 * h * w * c)), "exceeds the budget"),
    ("widest", lambda b, h, w, c: b // (h * w * c), "3 * 3 places"),
    ("widest", lambda b, h, w, c: b // (9 * h * w), "all channels"),
    ("widest", lambda b, h, w, c: b // (9 * c), "every pixel"),
    ("widest", lambda *a: max(1, widest(*a)), "the answer is 0"),
    ("widest", lambda b, h, w, c: int(math.sqrt(b / (9 * h * w))), "channels are given"),
    ("widest", lambda *a: 7, "multiply-adds at each of"),
    ("crossing", lambda features: 2 * features, "Here the two are equal"),
    ("crossing", lambda features: 4 * features + 1, "two products"),
    ("crossing", lambda features: features + 1, "projections 4 D²"),
    ("crossing", lambda features: features / 2, "that are left"),
    ("crossing", lambda features: 3 * features, "8 D² against"),
    ("dense_price", lambda *a: dense_price(*a)[0], "a triple"),
    ("dense_price", no_bias, "biases are weights"),
    ("dense_price", bias_multiplied, "added, not multiplied"),
    ("dense_price", lambda *a: dense_price(*a, follow=False), "change features in the loop"),
    ("dense_price", lambda *a: dense_price(*a, drop=1), "has an output, too"),
    ("dense_price", lambda *a: dense_price(*a, drop=2), "no dropout"),
    ("dense_price", last_only, "not only the last"),
    ("dense_price", lambda *a: dense_price(*a, extra=a[0]), "the input is not one"),
    ("dense_price", lambda *a: (1, 2, 3), "size biases"),
]
