"""Convolutional block: convolution, normalization and activation, once or several times."""

import keras
from keras import layers

from blocks import arguments
from blocks.norm import normalization_layer


def conv_block(
    filters,
    kernel_size=3,
    strides=1,
    *,
    activation="relu",
    normalization="batch",
    name=None,
):
    """Convolutions in a straight line: `h = activation(norm(conv(h)))`, once per convolution.

    The convolutions use `same` padding. They have a bias only without normalization, which
    brings one of its own.

    Args:
        filters: Positive integer, or a sequence of them: the output channels of each convolution.
        kernel_size: Positive integer or pair: height and width of every kernel, in pixels.
        strides: Positive integer or pair: the step of the first convolution, in pixels; the
            others move by 1.
        activation: Name of a Keras activation, a function, or None for none.
        normalization: `"batch"`, `"layer"` (over the channels) or None.
        name: Name of the block. By default `conv_block`, `conv_block_1`, …

    Input shape:
        `(batch, height, width, channels)`, channels last.

    Output shape:
        `(batch, ceil(height / strides), ceil(width / strides), filters)`, with the last of
        `filters`.

    Raises:
        ValueError: An argument is not of the kind above, or the input has not four axes with a
            known number of channels; the message names it.

    Reference:
        Simonyan and Zisserman, arXiv:1409.1556, table 1; with the normalization of Ioffe and
        Szegedy, arXiv:1502.03167, section 3.2.
    """
    filters = arguments.positive_integers("filters", filters)
    strides = arguments.size_2d("strides", strides)

    block = keras.Sequential(name=arguments.block_name("conv_block", name))
    for i, size in enumerate((filters,) if isinstance(filters, int) else filters, start=1):
        for layer in conv_unit(
            size, kernel_size, strides if i == 1 else 1, activation, normalization, suffix=f"_{i}"
        ):
            block.add(layer)
    return arguments.checked_input(block, ndim=4)


def conv_unit(
    filters, kernel_size, strides, activation, normalization, *, transpose=False, suffix=""
):
    """The layers of one convolution (or transposed convolution), normalization and activation."""
    activation = arguments.activation(activation)
    arguments.one_of("normalization", normalization, ("batch", "layer", None))
    convolution = layers.Conv2DTranspose if transpose else layers.Conv2D
    unit = [
        convolution(
            arguments.positive_integer("filters", filters),
            arguments.size_2d("kernel_size", kernel_size),
            strides,
            padding="same",
            use_bias=normalization is None,
            name=f"conv{suffix}",
        )
    ]
    if normalization is not None:
        unit.append(normalization_layer(normalization, name=f"norm{suffix}"))
    if activation is not keras.activations.linear:
        unit.append(layers.Activation(activation, name=f"activation{suffix}"))
    return unit
