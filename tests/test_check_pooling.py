"""Answers to the exercises of the chapter on pooling blocks: right ones and wrong ones.

`tests/test_check_frame.py` gives every one of them to its check:

    pytest tests/test_check_frame.py -k pooling
"""

import numpy as np


def unseen(n, pool_size, strides):
    return (n - pool_size) % strides


def windows(x, size):
    """The windows of x, with their pixels on axes 2 and 4: (B, rows, size, columns, size, C)."""
    batch, height, width, channels = x.shape
    rows, columns = height // size, width // size
    x = x[:, : rows * size, : columns * size]
    return x.reshape(batch, rows, size, columns, size, channels)


def max_pool(x, size):
    return windows(x, size).max(axis=(2, 4))


def max_pool_loops(x, size):
    rows, columns = x.shape[1] // size, x.shape[2] // size
    y = np.empty((len(x), rows, columns, x.shape[3]))
    for i in range(rows):
        for j in range(columns):
            window = x[:, i * size : (i + 1) * size, j * size : (j + 1) * size]
            y[:, i, j] = window.max(axis=(1, 2))
    return y


def wrong_order(x, size):
    batch, height, width, channels = x.shape
    rows, columns = height // size, width // size
    x = x[:, : rows * size, : columns * size]
    return x.reshape(batch, size, rows, size, columns, channels).max(axis=(1, 3))


def with_rest(x, size):
    rest = [(0, -n % size) for n in x.shape[1:3]]
    return max_pool(np.pad(x, [(0, 0), *rest, (0, 0)], constant_values=-np.inf), size)


def sliding(x, size):
    return np.lib.stride_tricks.sliding_window_view(x, (size, size), (1, 2)).max(axis=(-2, -1))


def real(x, mask):
    return (x * mask[..., np.newaxis]).sum(axis=(1, 2))


def count(mask):
    return mask.sum(axis=(1, 2))[:, np.newaxis]


def masked_average(x, mask):
    return real(x, mask) / count(mask)


def first(window):
    winner = np.zeros(window.shape)
    winner[np.unravel_index(window.argmax(), window.shape)] = 1
    return winner


def last(window):
    return first(window[::-1, ::-1])[::-1, ::-1]


def ties(window):
    return (window == window.max()).astype(float)


def shared(share):
    """A `max_pool_gradient` that hands a window's gradient to its pixels by its own rule."""

    def max_pool_gradient(x, size, gradient):
        result = np.zeros(x.shape)
        for i, j in np.ndindex(gradient.shape):
            place = np.s_[i * size : (i + 1) * size, j * size : (j + 1) * size]
            result[place] = share(x[place]) * gradient[i, j]
        return result

    return max_pool_gradient


SOLUTIONS = {
    "unseen": unseen,
    "max_pool": max_pool,
    "masked_average": masked_average,
    "max_pool_gradient": shared(first),
}

# Other right answers: other ways, other types.
ALSO_RIGHT = [
    ("unseen", lambda n, k, s: np.int64(n - ((n - k) // s * s + k))),
    ("unseen", lambda n, k, s: n - max(start + k for start in range(0, n - k + 1, s))),
    ("max_pool", max_pool_loops),
    ("max_pool", lambda x, size: sliding(x, size)[:, ::size, ::size].astype("float32")),
    ("masked_average", lambda x, mask: np.einsum("bhwc,bhw->bc", x, mask) / count(mask)),
    (
        "masked_average",
        lambda x, mask: np.stack([image[real > 0].mean(axis=0) for image, real in zip(x, mask)]),
    ),
]

# The check, a wrong answer, words of the hint that it must get.
MISTAKES = [
    ("unseen", lambda n, k, s: (n - k) // s + 1, "number of windows"),
    ("unseen", lambda n, k, s: n - unseen(n, k, s), "take it from n"),
    ("unseen", lambda n, k, s: n - ((n - k) // s + 1) * s, "pool_size pixels after its start"),
    ("unseen", lambda n, k, s: n - ((n - k) // s + 1) * k, "count each once"),
    ("unseen", lambda n, k, s: n % s, "are left"),
    ("unseen", lambda n, k, s: n % k, "need not touch"),
    ("unseen", lambda n, k, s: 100, "after the end"),
    ("max_pool", lambda x, size: windows(x, size).mean(axis=(2, 4)), "average pooling"),
    ("max_pool", lambda x, size: windows(x, size)[:, :, 0, :, 0], "subsampling"),
    ("max_pool", lambda x, size: np.maximum(max_pool(x, size), 0), "all values of a window"),
    ("max_pool", wrong_order, "far apart"),
    ("max_pool", lambda x, size: max_pool(x, size).max(axis=-1), "channels are pooled"),
    (
        "max_pool",
        lambda x, size: max_pool(x, size).max(axis=-1, keepdims=True),
        "Each keeps a map of its own",
    ),
    ("max_pool", lambda x, size: windows(x, size).max(axis=4)[:, :, 0], "several rows"),
    ("max_pool", lambda x, size: windows(x, size).max(axis=2)[:, :, :, 0], "several columns"),
    ("max_pool", with_rest, "does not fit is left out"),
    ("max_pool", sliding, "one pixel apart"),
    ("max_pool", lambda x, size: max_pool(x, size) + 1, "pixels from"),
    ("masked_average", lambda x, mask: x.mean(axis=(1, 2)), "mask is ignored"),
    (
        "masked_average",
        lambda x, mask: (x * mask[..., np.newaxis]).mean(axis=(1, 2)),
        "still divided by",
    ),
    ("masked_average", real, "This is the sum"),
    ("masked_average", lambda x, mask: x.sum(axis=(1, 2)) / count(mask), "still in the sum"),
    ("masked_average", lambda x, mask: real(x, mask) / mask.sum(), "image by image"),
    ("masked_average", lambda x, mask: real(x, mask) / count(mask) / 2, "channel by channel"),
    ("masked_average", lambda x, mask: masked_average(x, mask).mean(axis=0), "Keep the batch"),
    ("masked_average", lambda x, mask: masked_average(x, mask).mean(axis=1), "Keep them"),
    ("masked_average", lambda x, mask: masked_average(x, mask) + 1, "divided by their number"),
    (
        "max_pool_gradient",
        lambda x, size, gradient: np.kron(gradient, np.ones((size, size)))[:3, :3],
        "has the shape of x",
    ),
    ("max_pool_gradient", shared(lambda w: np.ones(w.shape) / w.size), "average pooling"),
    ("max_pool_gradient", shared(lambda w: np.ones(w.shape)), "whole gradient"),
    (
        "max_pool_gradient",
        lambda x, size, gradient: shared(first)(x, size, np.ones_like(gradient)),
        "not 1",
    ),
    ("max_pool_gradient", shared(lambda w: first(w) * w.max()), "winner's value"),
    ("max_pool_gradient", shared(lambda w: first(-w)), "largest won"),
    ("max_pool_gradient", shared(lambda w: first(w).T), "swapped"),
    ("max_pool_gradient", shared(ties), "gets the whole gradient"),
    ("max_pool_gradient", shared(lambda w: ties(w) / ties(w).sum()), "share the gradient"),
    ("max_pool_gradient", shared(last), "the last gets it"),
    ("max_pool_gradient", shared(lambda w: 2 * first(w)), "one pixel gets"),
]
