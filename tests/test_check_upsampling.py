"""Answers to the exercises of the chapter on upsampling blocks: right ones and wrong ones.

`tests/test_check_frame.py` gives every one of them to its check:

    pytest tests/test_check_frame.py -k upsampling
"""

import numpy as np


def overlaps(n, kernel, stride):
    counts = np.zeros((n - 1) * stride + kernel, dtype=int)
    for i in range(n):
        counts[i * stride : i * stride + kernel] += 1
    return counts


def overlaps_by_assignment(n, kernel, stride):
    counts = np.zeros((n - 1) * stride + kernel, dtype=int)
    for i in range(n):
        counts[i * stride : i * stride + kernel] = 1
    return counts


def overlaps_same(n, kernel, stride):
    begin = (kernel - stride) // 2
    return overlaps(n, kernel, stride)[begin : begin + n * stride]


def padding(n, times):
    return -n % 2**times


def padding_by_steps(n, times):
    added = 0
    while (n + added) % 2**times:
        added += 1
    return added


def linear_kernel(size):
    return 1 - np.abs(np.arange(2 * size) - size + 0.5) / size


def triangle(length, peak):
    return lambda size: 1 - np.abs(np.arange(length(size)) - peak(size)) / size


def rearranged(*order):
    """A `pixel_unshuffle` that leaves the axes (B, h, size, w, size, C) in its own order."""

    def pixel_unshuffle(x, size):
        B, H, W, C = x.shape
        parts = x.reshape(B, H // size, size, W // size, size, C).transpose(order)
        return parts.reshape(B, H // size, W // size, size * size * C)

    return pixel_unshuffle


def split_wrongly(x, size):
    B, H, W, C = x.shape
    parts = x.reshape(B, size, H // size, size, W // size, C).transpose(0, 2, 4, 1, 3, 5)
    return parts.reshape(B, H // size, W // size, size * size * C)


def by_strides(x, size):
    places = np.ndindex(size, size)
    return np.concatenate([x[:, i::size, j::size] for i, j in places], axis=-1)


def icnr(kernel, size):
    return np.tile(kernel, size * size)


SOLUTIONS = {
    "overlaps": overlaps,
    "padding": padding,
    "linear_kernel": linear_kernel,
    "pixel_unshuffle": rearranged(0, 1, 3, 2, 4, 5),
    "icnr": icnr,
}

# Other right answers: other ways, other types.
ALSO_RIGHT = [
    (
        "overlaps",
        lambda n, kernel, stride: np.convolve(
            np.eye(1, stride)[0].tolist() * (n - 1) + [1], np.ones(kernel)
        ),
    ),
    ("overlaps", lambda n, kernel, stride: overlaps(n, kernel, stride).tolist()),
    ("padding", padding_by_steps),
    ("padding", lambda n, times: -(-n // 2**times) * 2**times - n),
    (
        "linear_kernel",
        lambda size: [(2 * min(i, 2 * size - 1 - i) + 1) / (2 * size) for i in range(2 * size)],
    ),
    ("linear_kernel", lambda size: linear_kernel(size).astype("float32").tolist()),
    ("pixel_unshuffle", by_strides),
    ("icnr", lambda kernel, size: np.concatenate([kernel] * size**2, axis=-1)),
]

# The check, a wrong answer, words of the hint that it must get.
MISTAKES = [
    ("overlaps", lambda n, k, s: overlaps(n, k, s)[: n * s], "This is cut to n * stride"),
    ("overlaps", overlaps_same, "as padding='same' does"),
    ("overlaps", lambda n, k, s: overlaps(n, k, 1), "not 1"),
    ("overlaps", lambda n, k, s: overlaps(n, s, k), "swapped"),
    ("overlaps", lambda n, k, s: np.append(overlaps(n, k, s), 0), "Stamp i covers"),
    ("overlaps", lambda n, k, s: overlaps(n - 1, k, s), "A stamp is missing"),
    ("overlaps", overlaps_by_assignment, "hides the others"),
    ("overlaps", lambda n, k, s: 2 * overlaps(n, k, s), "Stamp i covers"),
    ("padding", lambda n, times: n + padding(n, times), "padded size"),
    ("padding", lambda n, times: 2**times - n % 2**times, "comes back on its own"),
    ("padding", lambda n, times: n % 2**times, "next one up"),
    ("padding", lambda n, times: -n % (2 * times), "not by 6"),
    ("padding", lambda n, times: -n % 2, "even too"),
    ("padding", lambda n, times: times, "One row for each halving"),
    ("padding", lambda n, times: 100, "multiple of 2**times"),
    ("linear_kernel", lambda size: linear_kernel(size) / size, "The sum is 1"),
    (
        "linear_kernel",
        triangle(lambda size: 2 * size - 1, lambda size: size - 1),
        "has a middle pixel",
    ),
    ("linear_kernel", triangle(lambda size: 2 * size, lambda size: size), "too far right"),
    ("linear_kernel", triangle(lambda size: 2 * size, lambda size: size - 1), "too far left"),
    ("linear_kernel", lambda size: np.ones(2 * size), "All weights are equal"),
    ("linear_kernel", lambda size: np.ones(size), "This is nearest neighbour"),
    (
        "linear_kernel",
        lambda size: np.outer(linear_kernel(size), linear_kernel(size)),
        "two dimensions",
    ),
    ("linear_kernel", lambda size: 3 * linear_kernel(size), "1 minus its distance"),
    (
        "pixel_unshuffle",
        lambda x, size: x.reshape(x.shape[0], x.shape[1] // size, x.shape[2] // size, -1),
        "One reshape",
    ),
    ("pixel_unshuffle", rearranged(0, 1, 3, 5, 2, 4), "channels come before"),
    ("pixel_unshuffle", rearranged(0, 1, 3, 4, 2, 5), "rows and columns of the tile"),
    ("pixel_unshuffle", split_wrongly, "wrong way round"),
    ("pixel_unshuffle", lambda x, size: x[:, ::size, ::size], "Only one pixel"),
    ("pixel_unshuffle", lambda x, size: by_strides(x, size)[..., ::-1], "give x back"),
    ("icnr", lambda kernel, size: np.repeat(kernel, size**2, axis=-1), "side by side"),
    ("icnr", lambda kernel, size: np.tile(kernel, size), "needs its copy"),
    ("icnr", lambda kernel, size: icnr(kernel, size) / size**2, "not added up"),
    ("icnr", lambda kernel, size: np.tile(kernel, (size**2, 1)), "input channels are copied"),
    ("icnr", lambda kernel, size: kernel, "unchanged"),
    ("icnr", lambda kernel, size: 2 * icnr(kernel, size), "the same answer"),
]
