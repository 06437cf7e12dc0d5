"""Attention blocks: every position of a sequence takes what it needs from the others."""

import keras
from keras import layers, ops

from blocks import arguments


@keras.saving.register_keras_serializable(package="blocks")
class AttentionBlock(layers.Layer):
    """Self-attention on the normalized input, added to the input: `y = x + MHA(norm(x))`.

    Each head computes `softmax(Q Kᵀ / sqrt(key_dim)) V`. Masked positions are not attended to,
    and the mask is passed on; what stands at them in the output has no meaning.

    Args:
        num_heads: Positive integer: how many ways of looking run side by side.
        key_dim: Positive integer: features of each head's queries, keys and values. By default
            `features / num_heads`, which must then be whole.
        dropout: Number in [0, 1): in training, the fraction of attention weights, and of the
            result's features, that is set to zero.
        causal: Whether a position sees only itself and those before it.

    Input shape:
        `(batch, time, features)`.

    Output shape:
        The input's.

    Raises:
        ValueError: An argument is not of the kind above; the input has not three axes with a
            known number of features; or `num_heads` does not divide it and `key_dim` is None.

    Reference:
        Vaswani et al., Attention Is All You Need, arXiv:1706.03762, equation 1 and section 3.2;
        normalization first: Xiong et al., arXiv:2002.04745, figure 1 (b).
    """

    def __init__(self, num_heads, key_dim=None, *, dropout=0.0, causal=False, **kwargs):
        super().__init__(**kwargs)
        self.num_heads = arguments.positive_integer("num_heads", num_heads)
        if key_dim is not None:
            key_dim = arguments.positive_integer("key_dim", key_dim)
        self.key_dim = key_dim
        self.dropout = arguments.fraction("dropout", dropout)
        self.causal = arguments.boolean("causal", causal)
        self.norm = layers.LayerNormalization(epsilon=1e-5, dtype=self.dtype_policy, name="norm")
        self.drop = layers.Dropout(self.dropout, dtype=self.dtype_policy, name="drop")
        self.supports_masking = True
        self.input_spec = layers.InputSpec(ndim=3)

    def build(self, input_shape):
        features = arguments.known_last_axis(input_shape)
        if self.key_dim is None and features % self.num_heads:
            raise ValueError(
                f"`num_heads` must divide the input's features ({features}) unless `key_dim` is "
                f"given. Received: num_heads={self.num_heads}"
            )
        self.input_spec = layers.InputSpec(ndim=3, axes={-1: features})
        self.attention = layers.MultiHeadAttention(
            self.num_heads,
            features // self.num_heads if self.key_dim is None else self.key_dim,
            dropout=self.dropout,
            dtype=self.dtype_policy,
            name="attention",
        )
        self.norm.build(input_shape)
        self.attention.build(input_shape, input_shape)
        self.drop.build(input_shape)

    def call(self, inputs, mask=None):
        h = self.norm(inputs)  # (B, T, D)
        h = self.attention(h, h, value_mask=mask, use_causal_mask=self.causal)  # (B, T, D)
        return inputs + self.drop(h)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "key_dim": self.key_dim,
            "dropout": self.dropout,
            "causal": self.causal,
        }


@keras.saving.register_keras_serializable(package="blocks")
class TransformerBlock(layers.Layer):
    """Attention, then two dense layers at each position, each added to its input.

    `h = x + MHA(norm(x))` and `y = h + activation(norm(h) @ W₁ + b₁) @ W₂ + b₂`. An encoder
    block, or with `causal=True` a decoder block without cross-attention, as in GPT. Masked
    positions are not attended to, and the mask is passed on; what stands at them in the output
    has no meaning.

    Args:
        num_heads: Positive integer that divides the input's features: the attention heads.
        intermediate_dim: Positive integer: features between the two dense layers, commonly four
            times the input's.
        activation: Name of a Keras activation, a function, or None for none.
        dropout: Number in [0, 1): in training, the fraction of attention weights, and of the
            features of each half's result, that is set to zero.
        causal: Whether a position sees only itself and those before it.

    Input shape:
        `(batch, time, features)`.

    Output shape:
        The input's.

    Raises:
        ValueError: An argument is not of the kind above, the input has not three axes with a
            known number of features, or `num_heads` does not divide it.

    Reference:
        Vaswani et al., arXiv:1706.03762, figure 1; normalization first: Xiong et al.,
        arXiv:2002.04745, figure 1 (b); GELU: Hendrycks and Gimpel, arXiv:1606.08415.
    """

    def __init__(
        self,
        num_heads,
        intermediate_dim,
        *,
        activation="gelu",
        dropout=0.0,
        causal=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.num_heads = arguments.positive_integer("num_heads", num_heads)
        self.intermediate_dim = arguments.positive_integer("intermediate_dim", intermediate_dim)
        self.activation = arguments.activation(activation)
        self.dropout = arguments.fraction("dropout", dropout)
        self.causal = arguments.boolean("causal", causal)
        self.attention_block = AttentionBlock(
            self.num_heads,
            dropout=self.dropout,
            causal=self.causal,
            dtype=self.dtype_policy,
            name="attention_block",
        )
        self.norm = layers.LayerNormalization(epsilon=1e-5, dtype=self.dtype_policy, name="norm")
        self.expand = layers.Dense(
            self.intermediate_dim, self.activation, dtype=self.dtype_policy, name="expand"
        )
        self.drop = layers.Dropout(self.dropout, dtype=self.dtype_policy, name="drop")
        self.supports_masking = True
        self.input_spec = layers.InputSpec(ndim=3)

    def build(self, input_shape):
        features = arguments.known_last_axis(input_shape)
        self.input_spec = layers.InputSpec(ndim=3, axes={-1: features})
        self.contract = layers.Dense(features, dtype=self.dtype_policy, name="contract")
        self.attention_block.build(input_shape)
        self.norm.build(input_shape)
        self.expand.build(input_shape)
        self.contract.build(self.expand.compute_output_shape(input_shape))
        self.drop.build(input_shape)

    def call(self, inputs, mask=None):
        x = self.attention_block(inputs, mask=mask)  # (B, T, D)
        h = self.contract(self.expand(self.norm(x)))  # (B, T, intermediate) → (B, T, D)
        return x + self.drop(h)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "intermediate_dim": self.intermediate_dim,
            "activation": keras.activations.serialize(self.activation),
            "dropout": self.dropout,
            "causal": self.causal,
        }


@keras.saving.register_keras_serializable(package="blocks")
class PositionalEmbedding(layers.Layer):
    """A learned vector for each position, added to the input: `y[t] = x[t] + p[t]`.

    Attention without a causal mask cannot tell an order; this is what gives it one. A mask on
    the input is passed on.

    Args:
        max_length: Positive integer: the longest sequence, in time steps, that will come.

    Input shape:
        `(batch, time, features)`, with `time` at most `max_length`.

    Output shape:
        The input's.

    Raises:
        ValueError: `max_length` is not a positive integer, the input has not three axes with a
            known number of features, or it is longer than `max_length`.

    Reference:
        Gehring et al., Convolutional Sequence to Sequence Learning, arXiv:1705.03122, section
        3.1.
    """

    def __init__(self, max_length, **kwargs):
        super().__init__(**kwargs)
        self.max_length = arguments.positive_integer("max_length", max_length)
        self.supports_masking = True
        self.input_spec = layers.InputSpec(ndim=3)

    def build(self, input_shape):
        features = arguments.known_last_axis(input_shape)
        self.compute_output_shape(input_shape)  # too long is an error before any weight exists
        self.input_spec = layers.InputSpec(ndim=3, axes={-1: features})
        self.positions = self.add_weight(
            name="positions", shape=(self.max_length, features), initializer="uniform"
        )

    def call(self, inputs):
        self.compute_output_shape(inputs.shape)
        return inputs + self.positions[: ops.shape(inputs)[1]]  # (B, T, D) + (T, D)

    def compute_output_shape(self, input_shape):
        if input_shape[1] is not None and input_shape[1] > self.max_length:
            raise ValueError(
                f"`inputs` must have at most max_length={self.max_length} time steps. "
                f"Received: shape={tuple(input_shape)}"
            )
        return input_shape

    def get_config(self):
        return {**super().get_config(), "max_length": self.max_length}
