"""Two custom blocks: one that weighs channels, one that behaves differently in training."""

import keras
from keras import layers, ops

from blocks import arguments


@keras.saving.register_keras_serializable(package="blocks")
class SqueezeExcitation(layers.Layer):
    """Channels weighed by what the whole map shows: `y = x * s`, each channel by one number.

    `s = sigmoid(activation(mean(x) @ W₁ + b₁) @ W₂ + b₂)`, between 0 and 1, with the mean over
    height and width; one for each channel of each example.

    Args:
        ratio: Positive integer: how many times fewer features there are between the two dense
            layers than channels; at least one is kept.
        activation: Name of a Keras activation, a function, or None for none; between the two.

    Input shape:
        `(batch, height, width, channels)`, channels last.

    Output shape:
        The input's.

    Raises:
        ValueError: An argument is not of the kind above, or the input has not four axes with a
            known number of channels; the message names it.

    Reference:
        Hu et al., Squeeze-and-Excitation Networks, arXiv:1709.01507, equations 2 to 4.
    """

    def __init__(self, ratio=16, *, activation="relu", **kwargs):
        super().__init__(**kwargs)
        self.ratio = arguments.positive_integer("ratio", ratio)
        self.activation = arguments.activation(activation)
        self.input_spec = layers.InputSpec(ndim=4)

    def build(self, input_shape):
        channels = arguments.known_last_axis(input_shape)
        self.input_spec = layers.InputSpec(ndim=4, axes={-1: channels})
        hidden = max(1, channels // self.ratio)
        self.squeeze = layers.Dense(
            hidden, self.activation, dtype=self.dtype_policy, name="squeeze"
        )
        self.excite = layers.Dense(channels, "sigmoid", dtype=self.dtype_policy, name="excite")
        self.squeeze.build((None, channels))
        self.excite.build((None, hidden))

    def call(self, inputs):
        scale = ops.mean(inputs, axis=(1, 2), keepdims=True)  # (B, 1, 1, C)
        scale = self.excite(self.squeeze(scale))  # (B, 1, 1, C/ratio) → (B, 1, 1, C)
        return inputs * scale

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "ratio": self.ratio,
            "activation": keras.activations.serialize(self.activation),
        }


@keras.saving.register_keras_serializable(package="blocks")
class StochasticDepth(layers.Layer):
    """A branch left out at random in training: `y = x * keep / (1 - rate)`, `keep` 0 or 1.

    `keep` is drawn for each example on its own and is 0 with probability `rate`. In inference
    `y = x`. Put it at the end of a residual branch, before the addition. A mask on the input is
    passed on.

    Args:
        rate: Number in [0, 1): the probability that an example's branch is left out.
        seed: Integer for the same draws in every run, or None.

    Input shape:
        Any, with the batch on the first axis.

    Output shape:
        The input's.

    Raises:
        ValueError: An argument is not of the kind above; the message names it.

    Reference:
        Huang et al., Deep Networks with Stochastic Depth, arXiv:1603.09382, equation 2, drawn
        for each example instead of each batch and scaled in training instead of in inference.
    """

    def __init__(self, rate, *, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.rate = arguments.fraction("rate", rate)
        self.seed = seed if seed is None else arguments.integer("seed", seed)
        self.seed_generator = keras.random.SeedGenerator(self.seed)
        self.supports_masking = True
        self.input_spec = layers.InputSpec(min_ndim=1)

    def call(self, inputs, training=False):
        if not training or self.rate == 0:
            return inputs
        shape = (ops.shape(inputs)[0],) + (1,) * (len(inputs.shape) - 1)  # (B, 1, …, 1)
        ones = ops.ones(shape, dtype=inputs.dtype)
        return inputs * keras.random.dropout(ones, self.rate, seed=self.seed_generator)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}
