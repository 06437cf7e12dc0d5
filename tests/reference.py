"""The formulas of the blocks in NumPy, in double precision: what the blocks must equal.

Images are `(batch, height, width, channels)`, sequences `(batch, time, features)`, and weights
have the shapes that Keras gives them.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.special import erf, expit


def relu(x):
    return np.maximum(x, 0)


def gelu(x):
    return x * (1 + erf(x / np.sqrt(2))) / 2


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def dense(x, kernel, bias):
    return x @ kernel + bias


# Normalization


def batch_norm(x, gamma, beta, mean, variance, epsilon=1e-3):
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def layer_norm(x, gamma, beta, epsilon=1e-3):
    mean, variance = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


# Images


def windows(x, size, strides):
    """Every window of `size` pixels, each `strides` from the last: (B, H, W, C, *size)."""
    return sliding_window_view(x, size, axis=(1, 2))[:, :: strides[0], :: strides[1]]


def pad_same(x, size, strides, value=0.0):
    """`x` with a border, so that `windows` gives ceil(pixels / strides); more below and right."""
    pixels, size, strides = np.array(x.shape[1:3]), np.array(size), np.array(strides)
    total = np.maximum((-(-pixels // strides) - 1) * strides + size - pixels, 0)
    border = [(n // 2, n - n // 2) for n in total]
    return np.pad(x, [(0, 0), *border, (0, 0)], constant_values=value)


def conv2d(x, kernel, bias=0.0, strides=(1, 1)):
    size = kernel.shape[:2]
    patches = windows(pad_same(x, size, strides), size, strides)
    return np.einsum("bhwcij,ijcf->bhwf", patches, kernel, optimize=True) + bias


def conv2d_transpose(x, kernel, bias=0.0, step=1):
    """Every pixel times the kernel, `step` apart, summed; cut to `step` times the size."""
    (_, height, width, _), (rows, columns, filters, _) = x.shape, kernel.shape
    y = np.zeros((len(x), step * height + rows, step * width + columns, filters))
    for i in range(height):
        for j in range(width):
            stamp = np.einsum("bc,klfc->bklf", x[:, i, j], kernel)
            y[:, i * step : i * step + rows, j * step : j * step + columns] += stamp
    top, left = max(rows - step, 0) // 2, max(columns - step, 0) // 2
    return y[:, top : top + step * height, left : left + step * width] + bias


def upsample_nearest(x, size):
    return x.repeat(size, axis=1).repeat(size, axis=2)


def upsample_bilinear(x, size):
    """A straight line between the centres of neighbouring pixels, along each axis in turn."""
    for axis in (1, 2):
        n = x.shape[axis]
        centres = (np.arange(size * n) + 0.5) / size - 0.5
        share = np.array([np.interp(centres, range(n), one) for one in np.eye(n)])  # (n, size * n)
        x = np.moveaxis(np.moveaxis(x, axis, -1) @ share, -1, axis)
    return x


# Attention


def attention(q, k, v, allowed):
    """softmax(Q Kᵀ / √d) V over the pairs of positions that are `allowed`."""
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])
    return softmax(np.where(allowed, scores, -1e30)) @ v


def multi_head_attention(x, allowed, query, key, value, output):
    """The last four are pairs of weights: kernels (D, N, d), biases (N, d) and, for the output,
    (N, d, D) and (D,), with N heads of d features."""
    q, k, v = (
        np.einsum("btd,dnk->bntk", x, w["kernel"]) + w["bias"][:, None] for w in (query, key, value)
    )
    heads = attention(q, k, v, allowed[:, None])  # (B, N, T, d)
    return np.einsum("bntk,nkd->btd", heads, output["kernel"]) + output["bias"]


# Recurrence


def lstm_step(x, h, c, kernel, recurrent_kernel, bias):
    i, f, g, o = np.split(x @ kernel + h @ recurrent_kernel + bias, 4, axis=-1)
    c = expit(f) * c + expit(i) * np.tanh(g)
    return expit(o) * np.tanh(c), c


def gru_step(x, h, kernel, recurrent_kernel, bias):
    """The variant with the reset gate after the matrix product, and a bias on each side."""
    x_z, x_r, x_g = np.split(x @ kernel + bias[0], 3, axis=-1)
    h_z, h_r, h_g = np.split(h @ recurrent_kernel + bias[1], 3, axis=-1)
    z, r = expit(x_z + h_z), expit(x_r + h_r)
    return (z * h + (1 - z) * np.tanh(x_g + r * h_g),)


def recurrent(step, states, x, mask, **weights):
    """The first state at every step (B, T, U); a masked step leaves the states as they are."""
    h = np.zeros((states, len(x), weights["recurrent_kernel"].shape[0]))
    outputs = []
    for t in range(x.shape[1]):
        h = np.where(mask[:, t, None], step(x[:, t], *h, **weights), h)
        outputs.append(h[0])
    return np.stack(outputs, axis=1)
