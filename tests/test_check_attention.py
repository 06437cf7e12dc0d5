"""Answers to the exercises of the chapter on attention blocks: right ones and wrong ones.

`tests/test_check_frame.py` gives every one of them to its check:

    pytest tests/test_check_frame.py -k attention
"""

import numpy as np


def distance(steps):
    return np.subtract.outer(np.arange(steps), np.arange(steps))


def window_mask(steps, window):
    return (distance(steps) >= 0) & (distance(steps) < window)


def softmax(scores, axis=-1):
    e = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def masked_attention(q, k, v, mask):
    scores = q @ k.T / np.sqrt(q.shape[-1])
    return softmax(np.where(mask, scores, -np.inf)) @ v


def attends(weigh, scale=np.sqrt):
    """A `masked_attention` that makes its weights of scores and mask in its own way."""
    return lambda q, k, v, mask: weigh(q @ k.T / scale(q.shape[-1]), mask) @ v


def sinusoids(steps, features):
    y = np.empty((steps, features))
    for i in range(features // 2):
        angle = np.arange(steps) / 10_000 ** (2 * i / features)
        y[:, 2 * i], y[:, 2 * i + 1] = np.sin(angle), np.cos(angle)
    return y


def waves(exponent, even=np.sin, odd=np.cos, start=0):
    """Sinusoids with their own exponent of 10,000 for pair i of D features."""

    def sinusoids(steps, features):
        rates = 10_000.0 ** exponent(np.arange(features // 2), features)
        angles = np.arange(start, start + steps)[:, None] * rates
        return np.stack([even(angles), odd(angles)], axis=-1).reshape(steps, features)

    return sinusoids


def halves(steps, features):
    y = sinusoids(steps, features)
    return np.concatenate([y[:, ::2], y[:, 1::2]], axis=1)


def streamed(q, blocks, correct_values=True, correct_total=True):
    largest, total, y = np.full((len(q), 1), -np.inf), 0.0, 0.0
    for k, v in blocks:
        scores = q @ k.T / np.sqrt(q.shape[-1])
        new = np.maximum(largest, scores.max(axis=-1, keepdims=True))
        old, e = np.exp(largest - new), np.exp(scores - new)
        total = (old if correct_total else 1) * total + e.sum(axis=-1, keepdims=True)
        y = (old if correct_values else 1) * y + e @ v
        largest = new
    return y / total


def each(q, blocks):
    return [masked_attention(q, k, v, True) for k, v in blocks]


def own_largest(q, blocks):
    scores = [q @ k.T / np.sqrt(q.shape[-1]) for k, _ in blocks]
    e = [np.exp(s - s.max(axis=-1, keepdims=True)) for s in scores]
    y = sum(one @ v for one, (_, v) in zip(e, blocks, strict=True))
    return y / sum(one.sum(axis=-1, keepdims=True) for one in e)


def no_largest(q, blocks):
    with np.errstate(all="ignore"):
        e = [(np.exp(q @ k.T / np.sqrt(q.shape[-1])), v) for k, v in blocks]
        return sum(w @ v for w, v in e) / sum(w.sum(axis=-1, keepdims=True) for w, _ in e)


def all_at_once(q, blocks):
    k, v = (np.concatenate(rows) for rows in zip(*blocks, strict=True))
    return masked_attention(q, k, v, True)


def overflowing(scores, mask):
    with np.errstate(all="ignore"):
        e = np.exp(np.where(mask, scores, -np.inf))
        return e / e.sum(axis=-1, keepdims=True)


def same_mask_always(q, k, v, mask):
    t, s = np.ogrid[: len(q), : len(k)]
    return masked_attention(q, k, v, np.isin((s - t) % 5, (0, 1, 3)))


def down(scores, mask):
    with np.errstate(all="ignore"):
        return softmax(np.where(mask, scores, -np.inf), axis=0)


SOLUTIONS = {
    "window_mask": window_mask,
    "masked_attention": masked_attention,
    "sinusoids": sinusoids,
    "streamed": streamed,
}

# Other right answers: other ways, other types.
ALSO_RIGHT = [
    (
        "window_mask",
        lambda steps, window: [[0 <= t - s < window for s in range(steps)] for t in range(steps)],
    ),
    (
        "window_mask",
        lambda steps, window: (
            np.tril(np.ones((steps, steps))) - np.tril(np.ones((steps, steps)), k=-window)
        ),
    ),
    ("masked_attention", attends(lambda s, mask: softmax(s + np.where(mask, 0, -1e9)))),
    ("sinusoids", waves(lambda i, D: -2 * i / D)),
    ("streamed", all_at_once),
]

# The check, a wrong answer, words of the hint that it must get.
MISTAKES = [
    ("window_mask", lambda steps, window: window_mask(steps, window).T, "transposed"),
    (
        "window_mask",
        lambda steps, window: window_mask(steps, window + 1),
        "one too wide",
    ),
    (
        "window_mask",
        lambda steps, window: (distance(steps) > 0) & (distance(steps) <= window),
        "sees itself",
    ),
    (
        "window_mask",
        lambda steps, window: (distance(steps) > 0) & (distance(steps) < window),
        "sees itself",
    ),
    ("window_mask", lambda steps, window: np.abs(distance(steps)) < window, "into the future"),
    ("window_mask", lambda steps, window: distance(steps) >= 0, "window is missing"),
    ("window_mask", lambda steps, window: ~window_mask(steps, window), "swapped"),
    ("window_mask", lambda steps, window: np.eye(steps), "below the window"),
    (
        "masked_attention",
        attends(lambda s, m: softmax(np.where(m, s, -np.inf)), scale=lambda d: 1),
        "scale is missing",
    ),
    (
        "masked_attention",
        attends(lambda s, m: softmax(np.where(m, s, -np.inf)), scale=lambda d: d),
        "root of d",
    ),
    ("masked_attention", attends(lambda s, m: softmax(s)), "no effect"),
    ("masked_attention", attends(lambda s, m: softmax(s) * m), "after the softmax"),
    ("masked_attention", attends(lambda s, m: softmax(s + m)), "zeros and ones"),
    ("masked_attention", attends(lambda s, m: softmax(s * m)), "no ban"),
    (
        "masked_attention",
        lambda q, k, v, m: masked_attention(q, k, v, m.T),
        "mask is transposed",
    ),
    (
        "masked_attention",
        lambda q, k, v, m: masked_attention(q, k, v, ~m),
        "swapped",
    ),
    ("masked_attention", lambda q, k, v, m: masked_attention(k, q, v, m), "Queries and keys"),
    ("masked_attention", attends(down), "along the queries"),
    (
        "masked_attention",
        attends(lambda s, m: np.exp(np.where(m, s, -np.inf))),
        "divide each row",
    ),
    ("masked_attention", lambda q, k, v, m: v, "softmax of each row"),
    ("masked_attention", same_mask_always, "the mask that is given"),
    ("masked_attention", attends(overflowing), "overflows"),
    ("sinusoids", halves, "Interleave"),
    ("sinusoids", waves(lambda i, D: -2 * i / D, np.cos, np.sin), "even features are sines"),
    ("sinusoids", waves(lambda i, D: -2 * i / D, start=1), "t = 0"),
    ("sinusoids", waves(lambda i, D: -i / D), "counts pairs"),
    ("sinusoids", waves(lambda i, D: -4 * i / D), "2i already"),
    ("sinusoids", waves(lambda i, D: 2 * i / D), "not multiplied"),
    ("sinusoids", lambda steps, features: sinusoids(steps, features).T, "transposed"),
    ("sinusoids", lambda steps, features: np.zeros((steps, features)), "then its cosine"),
    (
        "streamed",
        lambda q, blocks: streamed(np.sqrt(q.shape[-1]) * q, blocks),
        "scale is missing",
    ),
    (
        "streamed",
        lambda q, blocks: sum(np.exp(q @ k.T / np.sqrt(q.shape[-1])) @ v for k, v in blocks),
        "add up to 1",
    ),
    ("streamed", lambda q, blocks: 0 * streamed(q, blocks), "ordinary attention"),
    ("streamed", lambda q, blocks: np.mean(each(q, blocks), axis=0), "count for more"),
    ("streamed", lambda q, blocks: np.sum(each(q, blocks), axis=0), "Divide at the end"),
    ("streamed", own_largest, "its own largest score"),
    (
        "streamed",
        lambda q, blocks: streamed(q, blocks, correct_values=False),
        "sum of the values is not",
    ),
    ("streamed", lambda q, blocks: each(q, blocks)[-1], "Only the last"),
    ("streamed", lambda q, blocks: each(q, blocks)[0], "Only the first"),
    (
        "streamed",
        lambda q, blocks: streamed(q, blocks, correct_total=False),
        "With one block it was right",
    ),
    ("streamed", no_largest, "overflows"),
]
