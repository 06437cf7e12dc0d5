"""Downsampling and upsampling blocks: fewer or more pixels, with a convolution that learns how."""

import keras
from keras import layers

from blocks import arguments
from blocks.conv import conv_unit
from blocks.pooling import BlurPooling2D


def downsampling_block(
    filters,
    kernel_size=3,
    strides=2,
    *,
    method="conv",
    activation="relu",
    normalization="batch",
    name=None,
):
    """A feature map with `strides` times fewer pixels each way: `y = down(act(norm(conv(x))))`.

    With `method="conv"` the step is the convolution's, and there is no `down` after it.

    Args:
        filters: Positive integer: the output channels.
        kernel_size: Positive integer or pair: height and width of the kernel, in pixels.
        strides: Positive integer: how many times smaller height and width become.
        method: `"conv"`, the convolution moves in steps of `strides` (the cheapest); `"pool"`,
            it moves by 1 and the maximum of each window is kept; `"blur"`, it moves by 1 and
            its output is blurred before every `strides`-th pixel is kept (the least aliasing).
        activation: Name of a Keras activation, a function, or None for none.
        normalization: `"batch"`, `"layer"` (over the channels) or None.
        name: Name of the block. By default `downsampling_block`, `downsampling_block_1`, …

    Input shape:
        `(batch, height, width, channels)`, channels last.

    Output shape:
        `(batch, ceil(height / strides), ceil(width / strides), filters)`, by every method.

    Raises:
        ValueError: An argument is not of the kind above, or the input has not four axes with a
            known number of channels; the message names it.

    Reference:
        `"conv"`: Springenberg et al., arXiv:1412.6806. `"blur"`: Zhang, arXiv:1904.11486.
    """
    arguments.one_of("method", method, ("conv", "pool", "blur"))
    strides = arguments.positive_integer("strides", strides)

    step = strides if method == "conv" else 1
    unit = conv_unit(filters, kernel_size, step, activation, normalization)
    if method == "pool":
        unit.append(layers.MaxPooling2D(strides, padding="same", name="pool"))
    elif method == "blur":
        unit.append(BlurPooling2D(strides, name="blur"))
    block = keras.Sequential(unit, name=arguments.block_name("downsampling_block", name))
    return arguments.checked_input(block, ndim=4)


def upsampling_block(
    filters,
    kernel_size=None,
    size=2,
    *,
    method="nearest",
    activation="relu",
    normalization="batch",
    name=None,
):
    """A feature map with `size` times more pixels each way: `y = act(norm(conv(up(x))))`.

    With `method="transpose"` the convolution is transposed, and there is no `up` before it.

    Args:
        filters: Positive integer: the output channels.
        kernel_size: Positive integer or pair: height and width of the kernel, in pixels. By
            default 3 after a resize and `2 * size` when transposed: a transposed kernel that
            `size` does not divide reaches some pixels more often than others and leaves a
            checkerboard. One that it divides can still start with a checkerboard, or learn one.
        size: Positive integer: how many times larger height and width become.
        method: `"nearest"` or `"bilinear"`, resize, then convolve; `"transpose"`, one
            transposed convolution with steps of `size`. With Keras 3.15 on TensorFlow a compiled
            `"bilinear"` needs a height and width that are known beforehand (keras#22079).
        activation: Name of a Keras activation, a function, or None for none.
        normalization: `"batch"`, `"layer"` (over the channels) or None.
        name: Name of the block. By default `upsampling_block`, `upsampling_block_1`, …

    Input shape:
        `(batch, height, width, channels)`, channels last.

    Output shape:
        `(batch, size * height, size * width, filters)`.

    Raises:
        ValueError: An argument is not of the kind above, or the input has not four axes with a
            known number of channels; the message names it.

    Reference:
        Odena, Dumoulin and Olah, Deconvolution and Checkerboard Artifacts, Distill (2016).
        Transposed: Dumoulin and Visin, arXiv:1603.07285, chapter 4.
    """
    arguments.one_of("method", method, ("nearest", "bilinear", "transpose"))
    size = arguments.positive_integer("size", size)

    if method == "transpose":
        kernel_size = 2 * size if kernel_size is None else kernel_size
        unit = conv_unit(filters, kernel_size, size, activation, normalization, transpose=True)
    else:
        kernel_size = 3 if kernel_size is None else kernel_size
        unit = [
            layers.UpSampling2D(size, interpolation=method, name="upsample"),
            *conv_unit(filters, kernel_size, 1, activation, normalization),
        ]
    block = keras.Sequential(unit, name=arguments.block_name("upsampling_block", name))
    return arguments.checked_input(block, ndim=4)
