"""Checks of the exercises in the chapter on Transformer blocks."""

import numpy as np

from blocks.teaching.check._frame import exercise, expect_close


@exercise("Keras counts the same, for any number of heads.")
def count_parameters(answer):
    """`count_parameters(features, intermediate)`: all weights of a TransformerBlock."""
    for d, w in ((6, 10), (32, 128)):
        attention, dense, norms = 4 * (d * d + d), 2 * d * w + w + d, 4 * d
        expect_close(
            answer(d, w),
            attention + dense + norms,
            f"count_parameters({d}, {w})",
            mistakes=[
                (
                    attention + dense,
                    "4 * features are missing: the normalizations, each with a scale and a shift, "
                    "or the biases of the attention.",
                ),
                (
                    attention + dense + norms // 2,
                    "There are two normalizations, each with a scale and a shift.",
                ),
                (4 * d * d + 2 * d * w + norms, "The biases are missing."),
                (4 * d * d + 2 * d * w, "Biases and normalizations are missing."),
                (attention + 2 * d * w + norms, "The two dense layers have biases too."),
                (
                    attention - d * d - d + dense + norms,
                    "Attention has four projections: query, key, value and output.",
                ),
                (attention + norms, "The dense half is missing."),
                (dense + norms, "The attention half is missing."),
                (
                    attention + d * w + w + norms,
                    "The dense half has two layers: one widens, one narrows again.",
                ),
            ],
            hint="Add four projections, two dense layers and two normalizations.",
        )


@exercise("It is what the block does after its attention.")
def dense_half(answer):
    """`dense_half(h, gamma, beta, W1, b1, W2, b2, epsilon)`: the second half, with ReLU."""
    rng = np.random.default_rng(8)
    h = rng.normal(1, 2, size=(2, 3, 4))
    gamma, beta = rng.normal(size=(2, 4))
    W1, b1, W2, b2 = (rng.normal(size=shape) for shape in ((4, 6), (6,), (6, 4), (4,)))
    epsilon = 0.3

    def norm(axes=-1, add=epsilon):
        mean, variance = h.mean(axes, keepdims=True), h.var(axes, keepdims=True)
        return gamma * (h - mean) / np.sqrt(variance + add) + beta

    def run(n, skip=h, bend=lambda z: np.maximum(z, 0)):
        return skip + bend(n @ W1 + b1) @ W2 + b2

    expect_close(
        answer(h, gamma, beta, W1, b1, W2, b2, epsilon),
        run(norm()),
        "dense_half(h, …)",
        mistakes=[
            (run(norm(), skip=0), "The addition is missing: what comes in is added at the end."),
            (run(norm(), skip=norm()), "Add h itself, not the normalized h."),
            (run(h), "The normalization is missing."),
            (run(norm(), bend=lambda z: z), "The activation is missing, between the two layers."),
            (run(norm(1)), "The normalization is over the features, the last axis."),
            (run(norm((1, 2))), "The normalization mixes time steps: axis -1 alone."),
            (run(norm(add=0)), "epsilon is missing: it is added to the variance."),
            (
                h + np.maximum(np.maximum(norm() @ W1 + b1, 0) @ W2 + b2, 0),
                "The second dense layer has no activation.",
            ),
            (
                np.maximum(run(norm()), 0),
                "There is no activation after the addition.",
            ),
        ],
        hint="h + relu(norm(h) @ W1 + b1) @ W2 + b2.",
    )


@exercise("Scores of what you rotate depend on distances alone.")
def rotate_at(answer):
    """`rotate_at(x, positions, base)`: each pair (i, i + d / 2) turned by its angle."""
    x = np.random.default_rng(9).normal(size=(5, 6))
    positions, base = np.array([7, 8, 9, 3, 0]), 100.0

    def run(at=positions, power=None, sign=1, interleaved=False):
        power = -np.arange(0, 6, 2) / 6 if power is None else power
        angles = np.outer(at, base**power) * sign
        cos, sin = np.cos(angles), np.sin(angles)
        a, b = (x[:, ::2], x[:, 1::2]) if interleaved else (x[:, :3], x[:, 3:])
        first, second = a * cos - b * sin, a * sin + b * cos
        if interleaved:
            return np.stack([first, second], axis=-1).reshape(x.shape)
        return np.concatenate([first, second], axis=-1)

    expect_close(
        answer(x, positions, base),
        run(),
        "rotate_at(x, [7, 8, 9, 3, 0], 100)",
        mistakes=[
            (run(at=np.arange(5)), "The rows do not stand at 0, 1, 2, …: use positions."),
            (run(sign=-1), "It turns the other way: (a cos - b sin, a sin + b cos)."),
            (run(interleaved=True), "Pairs are the features i and i + d / 2, not neighbours."),
            (run(power=np.arange(0, 6, 2) / 6), "The power is negative: later pairs turn slower."),
            (run(power=-np.arange(3) / 6), "The power is -2 i / d: the 2 is missing."),
            (run(power=np.zeros(3)), "Each pair has a speed of its own: base ** (-2 i / d)."),
            (x, "Nothing is turned."),
        ],
        hint="The angles are np.outer(positions, base ** (-2 i / d)), of shape (T, d / 2).",
    )


@exercise("With one shared head it is multi-query attention, with all of them the usual one.")
def grouped_attention(answer):
    """`grouped_attention(q, k, v)`: several heads of queries share one of keys and values."""
    rng = np.random.default_rng(10)

    def softmax(z, axis):
        e = np.exp(z - z.max(axis=axis, keepdims=True))
        return e / e.sum(axis=axis, keepdims=True)

    def run(q, k, v, heads=np.repeat, root=True, axis=-1):
        times = q.shape[1] // k.shape[1]
        k, v = heads(k, times, axis=1), heads(v, times, axis=1)
        scores = q @ np.swapaxes(k, -1, -2)
        return softmax(scores / np.sqrt(q.shape[-1]) if root else scores, axis) @ v

    def tiled(z, times, axis):
        return np.concatenate([z] * times, axis=axis)

    def first(z, times, axis):
        return np.repeat(z[:, :1], times * z.shape[1], axis=axis)

    for heads, shared in ((4, 2), (6, 2), (2, 2), (3, 1)):
        q = rng.normal(size=(2, heads, 4, 3))
        k, v = rng.normal(size=(2, 2, shared, 4, 3))
        expect_close(
            answer(q, k, v),
            run(q, k, v),
            f"grouped_attention(q, k, v), with {heads} heads of queries and {shared} of keys",
            mistakes=[
                (run(q, k, v, root=False), "Divide the scores by √d, d the last axis of q."),
                (run(q, k, v, axis=-2), "The softmax runs over the keys, the last axis."),
                (
                    run(q, k, v, heads=tiled),
                    "Heads 0 and 2 share one here. Neighbours do: np.repeat, not np.tile.",
                ),
                (run(q, k, v, heads=first), "Only the first head of keys and values is used."),
                (run(q, v, k), "Keys and values are exchanged."),
            ],
            hint="Repeat each head of k and v heads // shared times, then attend as usual.",
        )
