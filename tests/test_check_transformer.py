"""Answers to the exercises of the chapter on Transformer blocks: right ones and wrong ones.

`tests/test_check_frame.py` gives every one of them to its check:

    pytest tests/test_check_frame.py -k transformer
"""

import numpy as np


def count_parameters(d, w):
    return 4 * d * (d + 1) + d * w + w + w * d + d + 4 * d


def norm(h, gamma, beta, epsilon, axes=-1):
    mean, variance = h.mean(axes, keepdims=True), h.var(axes, keepdims=True)
    return gamma * (h - mean) / np.sqrt(variance + epsilon) + beta


def relu(z):
    return np.maximum(z, 0)


def half(skip=True, add_norm=False, axes=-1, normalize=True, bend=relu, no_epsilon=False):
    """A second half of the block with one thing about it changed."""

    def answer(h, gamma, beta, W1, b1, W2, b2, epsilon):
        n = norm(h, gamma, beta, 0 if no_epsilon else epsilon, axes) if normalize else h
        added = n if add_norm else h if skip else 0
        return added + bend(n @ W1 + b1) @ W2 + b2

    return answer


def bends_twice(h, gamma, beta, W1, b1, W2, b2, epsilon):
    return h + relu(relu(norm(h, gamma, beta, epsilon) @ W1 + b1) @ W2 + b2)


def rotate_at(x, positions, base, power=lambda i, d: -2 * i / d):
    d = x.shape[-1]
    angles = np.multiply.outer(positions, base ** power(np.arange(d // 2), d))
    turned = (x[:, : d // 2] + 1j * x[:, d // 2 :]) * np.exp(1j * angles)
    return np.concatenate([turned.real, turned.imag], axis=-1)


def interleaved(x, positions, base):
    order = np.concatenate([np.arange(0, x.shape[1], 2), np.arange(1, x.shape[1], 2)])
    return rotate_at(x[:, order], positions, base)[:, np.argsort(order)]


def speed(power):
    return lambda x, positions, base: rotate_at(x, positions, base, power)


def softmax(scores, axis=-1):
    e = np.exp(scores)
    return e / e.sum(axis=axis, keepdims=True)


def grouped_attention(q, k, v, order=None, axis=-1, scale=None):
    """By a loop over the heads of queries; `order` says which shared head each one uses."""
    times = q.shape[1] // k.shape[1]
    shared = [head // times for head in range(q.shape[1])] if order is None else order(q, k)
    scale = q.shape[-1] ** -0.5 if scale is None else scale
    outputs = [
        softmax(q[:, i] @ np.swapaxes(k[:, j], -1, -2) * scale, axis) @ v[:, j]
        for i, j in enumerate(shared)
    ]
    return np.stack(outputs, axis=1)


SOLUTIONS = {
    "count_parameters": count_parameters,
    "dense_half": half(),
    "rotate_at": rotate_at,
    "grouped_attention": grouped_attention,
}

ALSO_RIGHT = [("count_parameters", lambda d, w: 4 * d * d + 2 * d * w + 9 * d + w)]

# The check, a wrong answer, words of the hint that it must get.
MISTAKES = [
    ("count_parameters", lambda d, w: count_parameters(d, w) - 4 * d, "4 * features are missing"),
    ("count_parameters", lambda d, w: count_parameters(d, w) - 2 * d, "two normalizations, each"),
    ("count_parameters", lambda d, w: 4 * d * d + 2 * d * w + 4 * d, "The biases are missing"),
    ("count_parameters", lambda d, w: 4 * d * d + 2 * d * w, "Biases and normalizations"),
    ("count_parameters", lambda d, w: count_parameters(d, w) - w - d, "dense layers have biases"),
    ("count_parameters", lambda d, w: count_parameters(d, w) - d * d - d, "four projections: "),
    ("count_parameters", lambda d, w: 4 * d * d + 8 * d, "The dense half is missing"),
    ("count_parameters", lambda d, w: 2 * d * w + w + 5 * d, "The attention half"),
    ("count_parameters", lambda d, w: count_parameters(d, w) - d * w - d, "one narrows again"),
    ("count_parameters", lambda d, w: 7, "Add four projections"),
    ("dense_half", half(skip=False), "The addition is missing"),
    ("dense_half", half(add_norm=True), "Add h itself"),
    ("dense_half", half(normalize=False), "The normalization is missing"),
    ("dense_half", half(bend=lambda z: z), "The activation is missing"),
    ("dense_half", half(axes=1), "the last axis"),
    ("dense_half", half(axes=(1, 2)), "mixes time steps"),
    ("dense_half", half(no_epsilon=True), "epsilon is missing"),
    ("dense_half", bends_twice, "second dense layer has no"),
    ("dense_half", lambda *arguments: relu(half()(*arguments)), "after the addition"),
    ("dense_half", lambda h, *rest: h, "relu(norm(h)"),
    ("rotate_at", lambda x, at, base: rotate_at(x, np.arange(len(x)), base), "use positions"),
    ("rotate_at", lambda x, at, base: rotate_at(x, -at, base), "the other way"),
    ("rotate_at", interleaved, "not neighbours"),
    ("rotate_at", speed(lambda i, d: 2 * i / d), "The power is negative"),
    ("rotate_at", speed(lambda i, d: -i / d), "the 2 is missing"),
    ("rotate_at", speed(lambda i, d: 0.0 * i), "a speed of its own"),
    ("rotate_at", lambda x, at, base: x.copy(), "Nothing is turned"),
    ("rotate_at", lambda x, at, base: 2 * x, "np.outer"),
    ("grouped_attention", lambda q, k, v: grouped_attention(q, k, v, scale=1), "by √d"),
    ("grouped_attention", lambda q, k, v: grouped_attention(q, k, v, axis=-2), "over the keys"),
    (
        "grouped_attention",
        lambda q, k, v: grouped_attention(q, k, v, lambda q, k: np.arange(q.shape[1]) % k.shape[1]),
        "np.repeat, not np.tile",
    ),
    (
        "grouped_attention",
        lambda q, k, v: grouped_attention(q, k, v, lambda q, k: [0] * q.shape[1]),
        "Only the first head",
    ),
    ("grouped_attention", lambda q, k, v: grouped_attention(q, v, k), "exchanged"),
    ("grouped_attention", lambda q, k, v: q.copy(), "then attend as usual"),
]
