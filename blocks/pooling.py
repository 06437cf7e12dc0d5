"""Pooling block: one number for each window of a feature map, or for the whole map."""

import keras
from keras import layers, ops

from blocks import arguments

LOCAL = {"max": layers.MaxPooling2D, "average": layers.AveragePooling2D}
GLOBAL = {"max": layers.GlobalMaxPooling2D, "average": layers.GlobalAveragePooling2D}


def pooling_block(pool_size=2, strides=None, *, mode="max", name=None):
    """The maximum or mean of each window, per channel: `y = max(window)` or `y = mean(window)`.

    Args:
        pool_size: Positive integer or pair: height and width of the window, in pixels. None for
            the whole map, whatever its size: global pooling.
        strides: Positive integer or pair: the step from window to window, in pixels. By default
            `pool_size`, so that windows touch and do not overlap. None with global pooling.
        mode: `"max"` or `"average"`.
        name: Name of the block. By default `pooling_block`, `pooling_block_1`, …

    Input shape:
        `(batch, height, width, channels)`, channels last.

    Output shape:
        `(batch, floor((height - pool_size) / strides) + 1, …, channels)`: a window that does not
        fit is left out. With global pooling `(batch, channels)`.

    Raises:
        ValueError: An argument is not of the kind above, or `strides` is given with global
            pooling; the message names it.

    Reference:
        Average, there with a weight and a bias: LeCun et al., Proceedings of the IEEE 86 (1998),
        section II. Global: Lin, Chen and Yan, arXiv:1312.4400, section 3.2.
    """
    arguments.one_of("mode", mode, tuple(LOCAL))
    if pool_size is None:
        if strides is not None:
            raise ValueError(
                "`strides` must be None with global pooling (pool_size=None). "
                f"Received: strides={strides!r}"
            )
        layer = GLOBAL[mode](name="pool")
    else:
        layer = LOCAL[mode](
            arguments.size_2d("pool_size", pool_size),
            None if strides is None else arguments.size_2d("strides", strides),
            name="pool",
        )
    return keras.Sequential([layer], name=arguments.block_name("pooling_block", name))


@keras.saving.register_keras_serializable(package="blocks")
class BlurPooling2D(layers.Layer):
    """Blur, then keep every `strides`-th pixel: `y[i, j] = (k * x)[s * i, s * j]`.

    `k` is the 3 × 3 binomial kernel `[1, 2, 1]ᵀ [1, 2, 1] / 16`, the same for every channel. At
    strides of 2 it removes most of the fine detail that the smaller map cannot hold and that
    would otherwise come back as false patterns (aliasing). Edge pixels are repeated. There are
    no weights.

    Args:
        strides: Positive integer: the step between the pixels that are kept.

    Input shape:
        `(batch, height, width, channels)`, channels last.

    Output shape:
        `(batch, ceil(height / strides), ceil(width / strides), channels)`.

    Raises:
        ValueError: `strides` is not a positive integer, or the input has not four axes.

    Reference:
        Zhang, Making Convolutional Networks Shift-Invariant Again, arXiv:1904.11486, section 3.
    """

    def __init__(self, strides=2, **kwargs):
        super().__init__(**kwargs)
        self.strides = arguments.positive_integer("strides", strides)
        self.input_spec = layers.InputSpec(ndim=4)

    def call(self, inputs):
        x = ops.pad(inputs, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="symmetric")  # (B, H+2, W+2, C)
        row = ops.cast([0.25, 0.5, 0.25], x.dtype)
        kernel = ops.reshape(ops.outer(row, row), (3, 3, 1, 1))
        kernel = ops.tile(kernel, (1, 1, x.shape[-1], 1))  # (3, 3, C, 1)
        return ops.depthwise_conv(x, kernel, self.strides, data_format="channels_last")

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        height, width = (None if n is None else -(-n // self.strides) for n in (height, width))
        return batch, height, width, channels

    def get_config(self):
        return {**super().get_config(), "strides": self.strides}
