"""Answers to the exercises in the chapter on residual blocks: right ones and wrong ones.

`tests/test_check_frame.py` gives every one of them to its check:

    pytest tests/test_check_frame.py -k residual
"""

import numpy as np


def relu(z):
    return np.maximum(z, 0)


def depth(blocks, convolutions):
    return sum(blocks) * convolutions + 2


def bottleneck_weights(channels, filters, strides):
    weights = channels * filters + 9 * filters**2 + 4 * filters**2
    if channels != 4 * filters or strides != 1:
        weights += 4 * channels * filters
    return weights


def pad_last(x, before, after):
    return np.pad(x, ((0, 0), (0, 0), (0, 0), (before, after)))


def pad_shortcut(x, filters, strides):
    return pad_last(x[:, ::strides, ::strides], 0, filters - x.shape[-1])


def pooled(x, filters, strides, function):
    b, h, w, c = x.shape
    h, w = h // strides, w // strides
    squares = x[:, : h * strides, : w * strides].reshape(b, h, strides, w, strides, c)
    return pad_last(function(squares, axis=(2, 4)), 0, filters - c)


def pad_in_place(x, filters, strides):
    picked = x[:, ::strides, ::strides]
    y = np.zeros((*picked.shape[:3], filters))
    y[..., : x.shape[-1]] = picked
    return y


def pre_activation(x, norm1, conv1, norm2, conv2, projection):
    h = relu(norm1(x))
    shortcut = x if projection is None else projection(h)
    return shortcut + conv2(relu(norm2(conv1(h))))


def he(x, norm1, conv1, norm2, conv2, projection, last=relu):
    shortcut = x if projection is None else projection(x)
    return last(norm2(conv2(relu(norm1(conv1(x))))) + shortcut)


def activated(first, second, last=lambda z: z):
    """A `pre_activation` with its own activations."""

    def answer(x, norm1, conv1, norm2, conv2, projection):
        shortcut = x if projection is None else projection(relu(norm1(x)))
        return last(shortcut + conv2(second(norm2(conv1(first(norm1(x)))))))

    return answer


def relu_before_norm(x, norm1, conv1, norm2, conv2, projection):
    shortcut = x if projection is None else projection(relu(norm1(x)))
    return shortcut + conv2(norm2(relu(conv1(norm1(relu(x))))))


def around(shortcut):
    """A `pre_activation` with its own way around, of x, the activated x and the projection."""

    def answer(x, norm1, conv1, norm2, conv2, projection):
        h = relu(norm1(x))
        return shortcut(x, h, projection) + conv2(relu(norm2(conv1(h))))

    return answer


SOLUTIONS = {
    "depth": depth,
    "bottleneck_weights": bottleneck_weights,
    "pad_shortcut": pad_shortcut,
    "pre_activation": pre_activation,
}

# Other right answers: other ways, other types.
ALSO_RIGHT = [
    ("depth", lambda blocks, convolutions: 1 + np.sum(blocks) * convolutions + 1),
    (
        "bottleneck_weights",
        lambda c, f, s: f * (c + 13 * f + 4 * c * ((c, s) != (4 * f, 1))),
    ),
    ("pad_shortcut", pad_in_place),
    ("pre_activation", around(lambda x, h, p: p(h) if p else x)),
]

# The check, a wrong answer, words of the hint that it must get.
MISTAKES = [
    ("depth", lambda blocks, convolutions: sum(blocks) * convolutions, "count too"),
    ("depth", lambda blocks, convolutions: sum(blocks) * convolutions + 1, "Two more layers"),
    (
        "depth",
        lambda blocks, convolutions: depth(blocks, convolutions) + len(blocks),
        "projections out",
    ),
    (
        "depth",
        lambda blocks, convolutions: len(blocks) * convolutions + 2,
        "as many blocks as stages",
    ),
    ("depth", lambda blocks, convolutions: sum(blocks) + 2, "each of its convolutions"),
    (
        "depth",
        lambda blocks, convolutions: 2 * sum(blocks) * convolutions + 2,
        "Normalizations do not count",
    ),
    ("depth", lambda blocks, convolutions: 7, "then two more"),
    ("bottleneck_weights", lambda c, f, s: c * f + 13 * f * f, "projection is missing"),
    ("bottleneck_weights", lambda c, f, s: 5 * c * f + 13 * f * f, "no projection here"),
    (
        "bottleneck_weights",
        lambda c, f, s: c * f + 13 * f * f + 4 * c * f * (c != 4 * f),
        "projection is missing",
    ),
    (
        "bottleneck_weights",
        lambda c, f, s: bottleneck_weights(c, f, s) - 3 * f * f,
        "The last convolution",
    ),
    (
        "bottleneck_weights",
        lambda c, f, s: bottleneck_weights(c, f, s) - 8 * f * f,
        "nine weights",
    ),
    (
        "bottleneck_weights",
        lambda c, f, s: bottleneck_weights(c, f, s) - 6 * f * f,
        "a height and a width",
    ),
    (
        "bottleneck_weights",
        lambda c, f, s: bottleneck_weights(c, f, s) + 8 * (c * f + 4 * f * f),
        "Only the convolution in the middle",
    ),
    (
        "bottleneck_weights",
        lambda c, f, s: c * f + 13 * f * f + c * f * ((c, s) != (4 * f, 1)),
        "channels of the output",
    ),
    (
        "bottleneck_weights",
        lambda c, f, s: c * f + 13 * f * f + 36 * c * f * ((c, s) != (4 * f, 1)),
        "a 1 × 1 convolution",
    ),
    ("bottleneck_weights", lambda c, f, s: 1, "Three kernels"),
    ("pad_shortcut", lambda x, f, s: pad_last(x, 0, f - x.shape[-1]), "strides are missing"),
    (
        "pad_shortcut",
        lambda x, f, s: pad_last(x[:, ::s], 0, f - x.shape[-1]),
        "down and across",
    ),
    ("pad_shortcut", lambda x, f, s: x[:, ::s, ::s], "new channels are missing"),
    ("pad_shortcut", lambda x, f, s: pad_last(x[:, ::s, ::s], 0, f), "in all"),
    (
        "pad_shortcut",
        lambda x, f, s: pad_last(x[:, ::s, ::s], f - x.shape[-1], 0),
        "in front",
    ),
    (
        "pad_shortcut",
        lambda x, f, s: pad_last(
            x[:, ::s, ::s], (f - x.shape[-1]) // 2, -(-(f - x.shape[-1]) // 2)
        ),
        "on both sides",
    ),
    (
        "pad_shortcut",
        lambda x, f, s: x[:, ::s, ::s, np.arange(f) % x.shape[-1]],
        "repeat the old ones",
    ),
    ("pad_shortcut", lambda x, f, s: pooled(x, f, s, np.mean), "means over squares"),
    ("pad_shortcut", lambda x, f, s: pooled(x, f, s, np.max), "maxima over squares"),
    (
        "pad_shortcut",
        lambda x, f, s: pad_last(x[:, s - 1 :: s, s - 1 :: s], 0, f - x.shape[-1]),
        "the first pixel",
    ),
    ("pad_shortcut", lambda x, f, s: pad_shortcut(x, f, s) + 1, "Slice with a step"),
    ("pre_activation", around(lambda x, h, p: 0), "branch alone"),
    ("pre_activation", activated(relu, relu, relu), "after the sum"),
    ("pre_activation", he, "He's first block"),
    ("pre_activation", lambda *a: he(*a, last=lambda z: z), "Turn the order around"),
    ("pre_activation", activated(lambda z: z, lambda z: z), "activations are missing"),
    ("pre_activation", activated(relu, lambda z: z), "second activation"),
    ("pre_activation", activated(lambda z: z, relu), "first activation"),
    ("pre_activation", relu_before_norm, "and the convolution both"),
    ("pre_activation", around(lambda x, h, p: p(h) if p else h), "x itself is added"),
    ("pre_activation", around(lambda x, h, p: x), "projection is not used"),
    ("pre_activation", around(lambda x, h, p: p(x) if p else x), "normalized and"),
    ("pre_activation", lambda x, *rest: x + 100, "h is relu"),
]
