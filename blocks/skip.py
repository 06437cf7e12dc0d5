"""Skip connection: any layer, with its input added or concatenated to its output."""

import keras
from keras import layers, ops

from blocks import arguments


@keras.saving.register_keras_serializable(package="blocks")
class SkipConnection(layers.Layer):
    """A way around a layer: `y = x + layer(x)`, or `y = concat(x, layer(x))` on the last axis.

    A mask on the input is passed on.

    Args:
        layer: Keras layer (or model): the branch that the skip goes around. To add, it must
            return the shape that it takes; to concatenate, only the last axis may differ.
        merge: `"add"` or `"concat"`.

    Input shape:
        What `layer` takes.

    Output shape:
        With `"add"` the input's; with `"concat"` the input's, the last axis longer by that of
        the layer's output.

    Raises:
        ValueError: An argument is not of the kind above, or the layer's output does not fit its
            input; the message names it.

    Reference:
        Add: He et al., arXiv:1512.03385, equation 1. Concatenate: Huang et al.,
        arXiv:1608.06993, equation 2.
    """

    def __init__(self, layer, merge="add", **kwargs):
        super().__init__(**kwargs)
        self.layer = arguments.layer("layer", layer)
        self.merge = arguments.one_of("merge", merge, ("add", "concat"))
        self.supports_masking = True
        self.input_spec = self.layer.input_spec or layers.InputSpec(min_ndim=1)

    def build(self, input_shape):
        self.compute_output_shape(input_shape)  # a misfit is an error before any weight exists
        if not self.layer.built:
            self.layer.build(input_shape)
        if self.layer.weights:  # they were made for this many features
            self.input_spec = layers.InputSpec(min_ndim=1, axes={-1: input_shape[-1]})

    def call(self, inputs):
        branch = ops.cast(self.layer(inputs), self.compute_dtype)
        if self.merge == "add":
            return inputs + branch
        return ops.concatenate([inputs, branch], axis=-1)

    def branch_shape(self, input_shape):
        try:
            return self.layer.compute_output_shape(input_shape)
        except NotImplementedError:  # the layer leaves it to Keras, which builds it and looks
            return self.layer(keras.Input(batch_shape=input_shape)).shape

    def compute_output_shape(self, input_shape):
        branch_shape = self.branch_shape(input_shape)
        known = slice(None) if self.merge == "add" else slice(-1)
        pairs = zip(input_shape[known], branch_shape[known], strict=False)
        if len(input_shape) != len(branch_shape) or any(
            a != b and a is not None and b is not None for a, b in pairs
        ):
            raise ValueError(
                f"`layer` must return a shape that fits its input, to {self.merge} the two. "
                f"Received: layer={self.layer.name}, which takes shape={tuple(input_shape)} "
                f"and returns shape={tuple(branch_shape)}"
            )
        if self.merge == "add":
            return input_shape
        sizes = input_shape[-1], branch_shape[-1]
        return (*input_shape[:-1], None if None in sizes else sum(sizes))

    def get_config(self):
        return {
            **super().get_config(),
            "layer": keras.saving.serialize_keras_object(self.layer),
            "merge": self.merge,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "layer": keras.saving.deserialize_keras_object(config["layer"])})
