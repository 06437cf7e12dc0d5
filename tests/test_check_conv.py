"""Answers to the exercises of the chapter on convolutional blocks: right ones and wrong ones.

`tests/test_check_frame.py` gives every one of them to its check:

    pytest tests/test_check_frame.py -k conv
"""

import math

import numpy as np


def output_size(n, kernel, stride, padding, dilation):
    if padding == "same":
        return math.ceil(n / stride)
    return (n - dilation * (kernel - 1) - 1) // stride + 1


def sized(valid=lambda n, k, s, d: output_size(n, k, s, "valid", d), same=output_size):
    """An `output_size` with its own way of counting for each padding."""
    return lambda n, kernel, stride, padding, dilation: (
        valid(n, kernel, stride, dilation)
        if padding == "valid"
        else same(n, kernel, stride, padding, dilation)
    )


def separable(kernel, channels, filters):
    return kernel * kernel * channels + channels * filters


def conv2d(x, W, stride):
    k = W.shape[0]
    windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(0, 1))
    return np.einsum("ijcuv,uvcf->ijf", windows[::stride, ::stride], W)


def conv2d_loops(x, W, stride):
    k = W.shape[0]
    height = (x.shape[0] - k) // stride + 1
    width = (x.shape[1] - k) // stride + 1
    y = np.empty((height, width, W.shape[3]))
    for i in range(height):
        for j in range(width):
            window = x[i * stride : i * stride + k, j * stride : j * stride + k]
            y[i, j] = np.tensordot(window, W, axes=3)
    return y


def conv2d_cropped(x, W, stride):
    height, width = conv2d(x, W, stride).shape[:2]
    return conv2d(x, W, 1)[:height, :width]


def receptive_field(layers):
    size, jump = 1, 1
    for kernel, stride, dilation in layers:
        size += dilation * (kernel - 1) * jump
        jump *= stride
    return size


def backwards(layers):
    size = 1  # of one output, seen in the map before, and so on down to the image
    for kernel, stride, dilation in reversed(layers):
        size = (size - 1) * stride + dilation * (kernel - 1) + 1
    return size


def grown(add, jumps=lambda s, d, jump: jump * s, start=1):
    """A receptive field that adds and jumps in its own way."""

    def receptive_field(layers):
        size, jump = start, 1
        for k, s, d in layers:
            size += add(k, s, d, jump)
            jump = jumps(s, d, jump)
        return size

    return receptive_field


def fold(W, gamma, beta, mean, variance, epsilon):
    scale = gamma / np.sqrt(variance + epsilon)
    return W * scale, beta - mean * scale


def folded(kernel=None, bias=None):
    """A `fold` with its own kernel or bias, of W, gamma, beta, mean, variance, epsilon, scale."""

    def answer(W, gamma, beta, mean, variance, epsilon):
        arguments = W, gamma, beta, mean, variance, epsilon
        right = fold(*arguments)
        scale = gamma / np.sqrt(variance + epsilon)
        return (
            kernel(*arguments) if kernel else right[0],
            bias(gamma, beta, mean, scale) if bias else right[1],
        )

    return answer


SOLUTIONS = {
    "output_size": output_size,
    "separable_parameters": separable,
    "strided_conv2d": conv2d,
    "receptive_field": receptive_field,
    "fold": fold,
}

# Other right answers: other ways, other types.
ALSO_RIGHT = [
    (
        "output_size",
        sized(
            lambda n, k, s, d: len(range(0, n - d * (k - 1), s)),
            lambda n, kernel, stride, padding, dilation: (n + stride - 1) // stride,
        ),
    ),
    ("separable_parameters", lambda k, c, f: np.int64(c * (k**2 + f))),
    ("strided_conv2d", conv2d_loops),
    ("strided_conv2d", lambda x, W, stride: conv2d(x, W, 1)[::stride, ::stride].astype("float32")),
    (
        "receptive_field",
        lambda layers: (
            1
            + sum(
                d * (k - 1) * math.prod(s for _, s, _ in layers[:i])
                for i, (k, _, d) in enumerate(layers)
            )
        ),
    ),
    ("receptive_field", backwards),
    ("fold", lambda *arguments: list(fold(*arguments))),
    (
        "fold",
        lambda W, gamma, beta, mean, variance, epsilon: (
            np.einsum("uvcf,f->uvcf", W, gamma * (variance + epsilon) ** -0.5),
            beta - gamma * mean * (variance + epsilon) ** -0.5,
        ),
    ),
]

# The check, a wrong answer, words of the hint that it must get.
MISTAKES = [
    ("output_size", sized(lambda n, k, s, d: (n - d * (k - 1) - 1) // s), "add 1"),
    ("output_size", sized(lambda n, k, s, d: (n - d * (k - 1) - 1) / s + 1), "with //"),
    (
        "output_size",
        sized(lambda n, k, s, d: math.ceil((n - d * (k - 1) - 1) / s) + 1),
        "does not fit is left out",
    ),
    ("output_size", sized(lambda n, k, s, d: (n - k) // s + 1), "Dilation spreads"),
    ("output_size", sized(lambda n, k, s, d: (n - d * k) // s + 1), "spans 5 pixels"),
    ("output_size", sized(lambda n, k, s, d: n - d * (k - 1)), "stride is missing"),
    ("output_size", lambda n, k, s, p, d: math.ceil(n / s), "Valid adds no border"),
    ("output_size", lambda n, k, s, p, d: output_size(n, k, s, "valid", d), "This is 'valid'"),
    ("output_size", sized(same=lambda n, k, s, p, d: n), "A stride divides"),
    ("output_size", sized(same=lambda n, k, s, p, d: n // s), "round up"),
    ("output_size", sized(same=lambda n, k, s, p, d: n / s), "Sizes are whole"),
    ("output_size", lambda n, k, s, p, d: 3, "it should be 6"),
    ("separable_parameters", lambda k, c, f: k * k * c * f, "full convolution"),
    ("separable_parameters", lambda k, c, f: k * k * c * c * f, "add up"),
    ("separable_parameters", lambda k, c, f: k * c + c * f, "kernel * kernel"),
    ("separable_parameters", lambda k, c, f: k * k * c, "mixes the channels, is missing"),
    ("separable_parameters", lambda k, c, f: c * f, "depthwise convolution, one kernel"),
    ("separable_parameters", lambda k, c, f: k * k * f + c * f, "comes first"),
    ("separable_parameters", lambda k, c, f: k * k + c * f, "do not share"),
    ("separable_parameters", lambda k, c, f: k * k * c + c + c * f + f, "with biases"),
    ("separable_parameters", lambda k, c, f: 1, "and add"),
    ("strided_conv2d", lambda x, W, stride: conv2d(x, W[::-1, ::-1], stride), "half a circle"),
    ("strided_conv2d", lambda x, W, stride: conv2d(x, W.transpose(1, 0, 2, 3), stride), "swapped"),
    (
        "strided_conv2d",
        lambda x, W, stride: conv2d(x[..., :1], W[:, :, :1], stride),
        "first channel",
    ),
    ("strided_conv2d", lambda x, W, stride: conv2d(x, W, stride)[..., 0], "first filter"),
    ("strided_conv2d", lambda x, W, stride: conv2d(x, W, stride).sum(axis=-1), "filters are added"),
    ("strided_conv2d", lambda x, W, stride: conv2d(x, W, stride) / W[..., 0].size, "the mean"),
    (
        "strided_conv2d",
        lambda x, W, stride: conv2d(np.pad(x, ((1, 1), (1, 1), (0, 0))), W, stride),
        "border of zeros",
    ),
    ("strided_conv2d", lambda x, W, stride: conv2d(x, W, stride)[:-1, :-1], "not n - k"),
    ("strided_conv2d", lambda x, W, stride: conv2d(x, W, stride) + 1, "over the window"),
    ("strided_conv2d", lambda x, W, stride: conv2d(x, W, 1), "stride is ignored"),
    ("strided_conv2d", conv2d_cropped, "still move by 1"),
    ("strided_conv2d", lambda x, W, stride: conv2d(x, W, stride) * stride, "it was right"),
    ("receptive_field", lambda layers: receptive_field(layers) - 1, "start with 1"),
    ("receptive_field", grown(lambda k, s, d, jump: d * k * jump, start=0), "overlap"),
    (
        "receptive_field",
        grown(lambda k, s, d, jump: d * (k - 1)),
        "further apart",
    ),
    ("receptive_field", grown(lambda k, s, d, jump: (k - 1) * jump), "Dilation is ignored"),
    ("receptive_field", grown(lambda k, s, d, jump: d * (k - 1) * jump * s), "own stride"),
    (
        "receptive_field",
        grown(lambda k, s, d, jump: d * (k - 1) * jump, lambda s, d, jump: s),
        "layer before",
    ),
    (
        "receptive_field",
        grown(lambda k, s, d, jump: d * (k - 1) * jump, lambda s, d, jump: jump * s * d),
        "keeps its size",
    ),
    ("receptive_field", lambda layers: 100, "Each layer adds"),
    ("fold", lambda *arguments: fold(*arguments)[0], "a pair"),
    (
        "fold",
        folded(lambda W, gamma, beta, mean, variance, epsilon: W * gamma / (variance + epsilon)),
        "standard deviation: np.sqrt",
    ),
    (
        "fold",
        folded(lambda W, gamma, beta, mean, variance, epsilon: W * gamma / np.sqrt(variance)),
        "epsilon is missing",
    ),
    (
        "fold",
        folded(
            lambda W, gamma, beta, mean, variance, epsilon: (
                W * gamma / (np.sqrt(variance) + epsilon)
            )
        ),
        "outside the root",
    ),
    (
        "fold",
        folded(lambda W, gamma, beta, mean, variance, epsilon: W / np.sqrt(variance + epsilon)),
        "gamma is missing",
    ),
    ("fold", folded(lambda W, *rest: W), "unchanged"),
    (
        "fold",
        folded(
            lambda W, gamma, beta, mean, variance, epsilon: (
                W * (gamma / np.sqrt(variance + epsilon))[:, None]
            )
        ),
        "last axis",
    ),
    ("fold", folded(lambda W, *rest: 2 * W), "Each filter"),
    ("fold", folded(bias=lambda gamma, beta, mean, scale: -mean * scale), "beta is missing"),
    ("fold", folded(bias=lambda gamma, beta, mean, scale: beta), "mean is missing"),
    ("fold", folded(bias=lambda gamma, beta, mean, scale: beta + mean * scale), "with a minus"),
    ("fold", folded(bias=lambda gamma, beta, mean, scale: beta - mean), "scaled too"),
    ("fold", folded(bias=lambda gamma, beta, mean, scale: beta - mean * gamma), "as the kernel"),
    ("fold", folded(bias=lambda gamma, beta, mean, scale: (beta - mean) * scale), "not scaled"),
    ("fold", folded(bias=lambda gamma, beta, mean, scale: 0 * beta), "output of 0"),
]
