"""Dense block: fully connected layers in a straight line, each with its activation."""

import keras
from keras import layers

from blocks import arguments


def dense_block(
    units,
    *,
    activation="relu",
    dropout=0.0,
    kernel_initializer="glorot_uniform",
    name=None,
):
    """Fully connected layers in a straight line: `h = activation(h @ W + b)`, once per layer.

    Args:
        units: Positive integer, or a sequence of them: the output features of each layer.
        activation: Name of a Keras activation, a function, or None for none; after every layer.
        dropout: Number in [0, 1): the fraction of each layer's outputs that is set to zero in
            training, the others being scaled by `1 / (1 - dropout)`. 0 adds no layer.
        kernel_initializer: Keras initializer of the kernels, by name. `"he_normal"` keeps the
            scale of the signal through many ReLU layers.
        name: Name of the block. By default `dense_block`, `dense_block_1`, …

    Input shape:
        `(batch, ..., features)`, with at least two axes.

    Output shape:
        `(batch, ..., units)`, with the last of `units`.

    Raises:
        ValueError: An argument is not of the kind above, or the input has not at least two axes
            with a known number of features; the message names it.

    Reference:
        Goodfellow, Bengio and Courville, Deep Learning (2016), chapter 6. Dropout: Srivastava
        et al., JMLR 15 (2014), section 4, with the scaling in training instead. This is not
        DenseNet's block, which concatenates.
    """
    units = arguments.positive_integers("units", units)
    activation = arguments.activation(activation)
    dropout = arguments.fraction("dropout", dropout)

    block = keras.Sequential(name=arguments.block_name("dense_block", name))
    for i, size in enumerate((units,) if isinstance(units, int) else units, start=1):
        block.add(
            layers.Dense(
                size,
                activation=activation,
                kernel_initializer=arguments.initializer("kernel_initializer", kernel_initializer),
                name=f"dense_{i}",
            )
        )
        if dropout:
            block.add(layers.Dropout(dropout, name=f"dropout_{i}"))
    return arguments.checked_input(block, min_ndim=2)
