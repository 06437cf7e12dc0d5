"""Answers to the exercises of the chapter on downsampling: right ones and wrong ones.

`tests/test_check_frame.py` gives every one of them to its check:

    pytest tests/test_check_frame.py -k downsampling
"""

import math

import numpy as np


def sizes(n, blocks):
    return [math.ceil(n / 2**i) for i in range(1, blocks + 1)]


def halved(step):
    def answer(n, blocks):
        result = []
        for _ in range(blocks):
            n = step(n)
            result.append(n)
        return result

    return answer


def multiply_adds(height, width, channels, filters, kernel, method):
    if method == "conv":
        height, width = math.ceil(height / 2), math.ceil(width / 2)
    return kernel**2 * channels * filters * height * width


def floored(height, width, channels, filters, kernel, method):
    if method == "conv":
        height, width = height // 2, width // 2
    return kernel**2 * channels * filters * height * width


def quartered(share):
    return lambda h, w, c, f, k, method: k * k * c * f * h * w / (share if method == "conv" else 1)


def same_padding(n, kernel, stride):
    missing = max(0, kernel - (n % stride or stride))
    return missing // 2, missing - missing // 2


def missing(n, kernel, stride):
    return (math.ceil(n / stride) - 1) * stride + kernel - n


def blurred(x, kernel=(0.25, 0.5, 0.25), mode="edge"):
    """Every pixel blurred, none left out."""
    x = np.pad(x, ((1, 1), (1, 1), (0, 0)), mode=mode)
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(0, 1))
    return np.einsum("ijcuv,u,v->ijc", windows, kernel, kernel)


def blur_pool(x, kernel=(0.25, 0.5, 0.25), mode="edge"):
    return blurred(x, kernel, mode)[::2, ::2]


def along(axis):
    def answer(x):
        pad = [(0, 0)] * 3
        pad[axis] = (1, 1)
        y = np.pad(x, pad, mode="edge")
        n = x.shape[axis]
        parts = [np.take(y, range(i, n + i), axis=axis) for i in range(3)]
        return ((parts[0] + 2 * parts[1] + parts[2]) / 4)[::2, ::2]

    return answer


SOLUTIONS = {
    "sizes": sizes,
    "multiply_adds": multiply_adds,
    "same_padding": same_padding,
    "blur_pool": blur_pool,
}

ALSO_RIGHT = [
    ("sizes", lambda n, blocks: np.array(sizes(n, blocks))),
    ("sizes", halved(lambda n: (n + 1) // 2)),
    ("same_padding", lambda *arguments: list(same_padding(*arguments))),
]

# The check, a wrong answer, words of the hint that it must get.
MISTAKES = [
    ("sizes", lambda n, blocks: 16, "returns a list"),
    ("sizes", lambda n, blocks: [n, *sizes(n, blocks)], "without the input's own"),
    ("sizes", halved(lambda n: n // 2), "rounded up"),
    ("sizes", halved(lambda n: n / 2), "Sizes are whole"),
    ("sizes", halved(lambda n: n), "Each block halves the size"),
    ("sizes", lambda n, blocks: [math.ceil(n / 2)] * blocks, "change n in the loop"),
    ("sizes", halved(lambda n: (n - 3) // 2 + 1), "without padding"),
    ("sizes", halved(lambda n: 3 * n), "(n + 1) // 2"),
    ("multiply_adds", lambda h, w, c, f, k, method: k * k * c * f * h * w, "itself takes the step"),
    (
        "multiply_adds",
        lambda h, w, c, f, k, method: multiply_adds(h, w, c, f, k, "conv"),
        "the step comes after it",
    ),
    ("multiply_adds", floored, "9 rows become 5"),
    ("multiply_adds", quartered(4), "an odd one is rounded up"),
    ("multiply_adds", quartered(2), "halves the height and the width"),
    ("multiply_adds", lambda h, w, c, f, k, method: k * k * c * f, "multiply by the places"),
    (
        "multiply_adds",
        lambda h, w, c, f, k, method: multiply_adds(h, w, c, f, k, method) // k,
        "kernel * kernel weights",
    ),
    (
        "multiply_adds",
        lambda h, w, c, f, k, method: multiply_adds(h, w, c, 1, k, method),
        "a kernel of its own",
    ),
    (
        "multiply_adds",
        lambda h, w, c, f, k, method: multiply_adds(h, w, 1, f, k, method),
        "covers all channels",
    ),
    ("multiply_adds", lambda *arguments: 1, "where it is computed"),
    ("same_padding", lambda n, kernel, stride: missing(n, kernel, stride), "a pair"),
    ("same_padding", lambda *arguments: same_padding(*arguments)[::-1], "goes behind, not in"),
    (
        "same_padding",
        lambda *a: (missing(*a) // 2, missing(*a) - missing(*a) // 2),
        "Nothing is missing",
    ),
    ("same_padding", lambda n, kernel, stride: same_padding(n, kernel, 1), "right for a step of 1"),
    ("same_padding", lambda n, kernel, stride: (kernel // 2, kernel // 2), "PyTorch"),
    ("same_padding", lambda *a: (max(missing(*a), 0) / 2,) * 2, "no halves"),
    ("same_padding", lambda *a: (max(missing(*a), 0), 0), "split in two"),
    ("same_padding", lambda *a: (0, max(missing(*a), 0)), "split in two"),
    ("same_padding", lambda *a: (7, 7), "or none"),
    ("blur_pool", blurred, "keep every second pixel"),
    ("blur_pool", lambda x: x[::2, ::2].copy(), "without the blur"),
    ("blur_pool", lambda x: blur_pool(x, mode="constant"), "padded with zeros"),
    ("blur_pool", lambda x: blur_pool(x, mode="reflect"), "mirrored"),
    ("blur_pool", lambda x: blur_pool(x, (1 / 3, 1 / 3, 1 / 3)), "The middle counts twice"),
    ("blur_pool", along(0), "down only"),
    ("blur_pool", along(1), "across only"),
    ("blur_pool", lambda x: 16 * blur_pool(x), "add up to 1"),
    ("blur_pool", lambda x: 4 * blur_pool(x), "each of the two axes"),
    ("blur_pool", lambda x: blurred(x)[1::2, 1::2], "Begin with the first"),
    ("blur_pool", lambda x: -blur_pool(x), "blur down, blur across"),
]
