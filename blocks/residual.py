"""Residual blocks: convolutions that learn what to add to their input."""

import keras
from keras import layers

from blocks import arguments


class _Residual(layers.Layer):
    """What both blocks share: `y = activation(F(x) + shortcut(x))`; a subclass gives `F`."""

    def __init__(self, filters, kernel_size, strides, activation, **kwargs):
        super().__init__(**kwargs)
        self.filters = arguments.positive_integer("filters", filters)
        self.kernel_size = arguments.size_2d("kernel_size", kernel_size)
        self.strides = arguments.size_2d("strides", strides)
        self.activation = arguments.activation(activation)
        self.projection = None
        self.input_spec = layers.InputSpec(ndim=4)

    def conv(self, filters, kernel_size, strides=1, *, name):
        # No bias: the normalization that follows every convolution would cancel it.
        return layers.Conv2D(
            filters,
            kernel_size,
            strides,
            padding="same",
            use_bias=False,
            dtype=self.dtype_policy,
            name=name,
        )

    def norm(self, name):
        return layers.BatchNormalization(dtype=self.dtype_policy, name=name)

    def build(self, input_shape):
        channels = arguments.known_last_axis(input_shape)
        self.input_spec = layers.InputSpec(ndim=4, axes={-1: channels})
        build_in_line(self.branch_layers(), input_shape)
        output_channels = self.compute_output_shape(input_shape)[-1]
        if channels != output_channels or self.strides not in (1, (1, 1)):
            self.projection = self.conv(output_channels, 1, self.strides, name="projection")
            self.projection_norm = self.norm("projection_norm")
            build_in_line([self.projection, self.projection_norm], input_shape)

    def shortcut(self, x):
        return x if self.projection is None else self.projection_norm(self.projection(x))

    def call(self, inputs):
        return self.activation(self.branch(inputs) + self.shortcut(inputs))

    def compute_output_shape(self, input_shape):
        for layer in self.branch_layers():
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "activation": keras.activations.serialize(self.activation),
        }


def build_in_line(line, input_shape):
    """Build every layer of `line`, each for the shape that the one before it returns."""
    for layer in line:
        layer.build(input_shape)
        input_shape = layer.compute_output_shape(input_shape)


@keras.saving.register_keras_serializable(package="blocks")
class ResidualBlock(_Residual):
    """Two convolutions that learn what to add: `y = activation(F(x) + shortcut(x))`.

    `F(x) = norm(conv(activation(norm(conv(x)))))`. The shortcut is the input itself or, where
    `filters` or `strides` change its shape, a 1 × 1 convolution and batch normalization.

    Args:
        filters: Positive integer: the output channels.
        kernel_size: Positive integer or pair: height and width of both kernels, in pixels.
        strides: Positive integer or pair: the step of the first convolution, in pixels.
        activation: Name of a Keras activation, a function, or None for none.

    Input shape:
        `(batch, height, width, channels)`, channels last.

    Output shape:
        `(batch, ceil(height / strides), ceil(width / strides), filters)`.

    Raises:
        ValueError: An argument is not of the kind above, or the input has not four axes with a
            known number of channels; the message names it.

    Reference:
        He et al., Deep Residual Learning for Image Recognition, arXiv:1512.03385, figure 2 and
        equations 1 and 2 (shortcut option B).
    """

    def __init__(self, filters, kernel_size=3, strides=1, *, activation="relu", **kwargs):
        super().__init__(filters, kernel_size, strides, activation, **kwargs)
        self.conv1 = self.conv(self.filters, self.kernel_size, self.strides, name="conv1")
        self.norm1 = self.norm("norm1")
        self.conv2 = self.conv(self.filters, self.kernel_size, name="conv2")
        self.norm2 = self.norm("norm2")

    def branch_layers(self):
        return [self.conv1, self.norm1, self.conv2, self.norm2]

    def branch(self, x):  # (B, H, W, C)
        x = self.activation(self.norm1(self.conv1(x)))  # (B, H/strides, W/strides, filters)
        return self.norm2(self.conv2(x))  # (B, H/strides, W/strides, filters)


@keras.saving.register_keras_serializable(package="blocks")
class BottleneckBlock(_Residual):
    """A residual block that is narrow inside: `y = activation(F(x) + shortcut(x))`.

    `F` is 1 × 1 (down to `filters` channels), `kernel_size` (the only one that looks at
    neighbours) and 1 × 1 (up to `expansion * filters`), each with batch normalization, the
    first two with the activation. The shortcut is the input itself or, where the shape changes,
    a 1 × 1 convolution and batch normalization. The step is taken by the middle convolution,
    whose windows overlap; in the paper the first one takes it, and steps of 2 then never look
    at three pixels in four.

    Args:
        filters: Positive integer: the channels inside; the output has `expansion * filters`.
        kernel_size: Positive integer or pair: height and width of the middle kernel, in pixels.
        strides: Positive integer or pair: the step of the middle convolution, in pixels.
        expansion: Positive integer: output channels for each inner channel.
        activation: Name of a Keras activation, a function, or None for none.

    Input shape:
        `(batch, height, width, channels)`, channels last.

    Output shape:
        `(batch, ceil(height / strides), ceil(width / strides), expansion * filters)`.

    Raises:
        ValueError: An argument is not of the kind above, or the input has not four axes with a
            known number of channels; the message names it.

    Reference:
        He et al., arXiv:1512.03385, figure 5 (right). Place of the step: Goyal et al.,
        arXiv:1706.02677, section 5.1.
    """

    def __init__(
        self, filters, kernel_size=3, strides=1, *, expansion=4, activation="relu", **kwargs
    ):
        super().__init__(filters, kernel_size, strides, activation, **kwargs)
        self.expansion = arguments.positive_integer("expansion", expansion)
        self.conv1 = self.conv(self.filters, 1, name="conv1")
        self.norm1 = self.norm("norm1")
        self.conv2 = self.conv(self.filters, self.kernel_size, self.strides, name="conv2")
        self.norm2 = self.norm("norm2")
        self.conv3 = self.conv(self.expansion * self.filters, 1, name="conv3")
        self.norm3 = self.norm("norm3")

    def branch_layers(self):
        return [self.conv1, self.norm1, self.conv2, self.norm2, self.conv3, self.norm3]

    def branch(self, x):  # (B, H, W, C)
        x = self.activation(self.norm1(self.conv1(x)))  # (B, H, W, filters)
        x = self.activation(self.norm2(self.conv2(x)))  # (B, H/strides, W/strides, filters)
        return self.norm3(self.conv3(x))  # (B, H/strides, W/strides, expansion * filters)

    def get_config(self):
        return {**super().get_config(), "expansion": self.expansion}
