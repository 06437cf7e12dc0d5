"""Normalization blocks: a layer, the normalization of its outputs, and the activation."""

import keras
from keras import layers

from blocks import arguments


def batch_norm_block(layer, *, activation="relu", momentum=0.99, epsilon=1e-3, name=None):
    """A layer, batch normalization and activation: `y = activation(gamma * z + beta)`.

    `z = (layer(x) - mean) / sqrt(variance + epsilon)`, for each feature (the last axis) on its
    own. In training the mean and variance are those of the batch, taken over all other axes,
    masked time steps left out; in inference they are moving averages of what training saw.

    Args:
        layer: Keras layer whose outputs are normalized. A bias that it adds last would have no
            effect, as the mean is subtracted: pass `use_bias=False`.
        activation: Name of a Keras activation, a function, or None for none; after the
            normalization.
        momentum: Number in [0, 1): the share of the old moving average that each step keeps.
        epsilon: Number above 0, added to the variance.
        name: Name of the block. By default `batch_norm_block`, `batch_norm_block_1`, …

    Input shape:
        What `layer` takes.

    Output shape:
        What `layer` returns, with the features on the last axis.

    Raises:
        ValueError: An argument is not of the kind above; the message names it.

    Reference:
        Ioffe and Szegedy, arXiv:1502.03167, algorithms 1 and 2.
    """
    normalization = normalization_layer(
        "batch",
        momentum=arguments.fraction("momentum", momentum),
        epsilon=arguments.positive_number("epsilon", epsilon),
        name="norm",
    )
    return _norm_block("batch_norm_block", name, layer, normalization, activation)


def layer_norm_block(layer, *, activation="relu", epsilon=1e-3, name=None):
    """A layer, layer normalization and activation: `y = activation(gamma * z + beta)`.

    `z = (layer(x) - mean) / sqrt(variance + epsilon)`, with mean and variance over the last axis
    of each position of each example on its own: the same in training and in inference.

    Args:
        layer: Keras layer whose outputs are normalized.
        activation: Name of a Keras activation, a function, or None for none; after the
            normalization.
        epsilon: Number above 0, added to the variance.
        name: Name of the block. By default `layer_norm_block`, `layer_norm_block_1`, …

    Input shape:
        What `layer` takes.

    Output shape:
        What `layer` returns, with the features on the last axis.

    Raises:
        ValueError: An argument is not of the kind above; the message names it.

    Reference:
        Ba, Kiros and Hinton, arXiv:1607.06450, equations 3 and 4.
    """
    normalization = normalization_layer(
        "layer", epsilon=arguments.positive_number("epsilon", epsilon), name="norm"
    )
    return _norm_block("layer_norm_block", name, layer, normalization, activation)


def normalization_layer(kind, **kwargs):
    """The Keras layer for `kind`, "batch" or "layer", with the given arguments."""
    return {"batch": layers.BatchNormalization, "layer": layers.LayerNormalization}[kind](**kwargs)


def _norm_block(prefix, name, layer, normalization, activation):
    activation = arguments.activation(activation)
    block = keras.Sequential(
        [arguments.layer("layer", layer), normalization],
        name=arguments.block_name(prefix, name),
    )
    if activation is not keras.activations.linear:
        block.add(layers.Activation(activation, name="activation"))
    return block
