"""Every block in several configurations: the one table that the tests of `blocks` go through."""

from dataclasses import dataclass

from keras import layers

from blocks import (
    AttentionBlock,
    BlurPooling2D,
    BottleneckBlock,
    PositionalEmbedding,
    ResidualBlock,
    SkipConnection,
    SqueezeExcitation,
    StochasticDepth,
    TransformerBlock,
    batch_norm_block,
    conv_block,
    dense_block,
    downsampling_block,
    layer_norm_block,
    pooling_block,
    recurrent_block,
    upsampling_block,
)
from blocks.teaching.check._contract import Case


@dataclass(frozen=True)
class Configuration(Case):
    """A block, an input for it, and what a test may expect of the two."""

    weights: int = 0  # how many numbers there are in all weights together
    fewest_axes: int = 0  # that the input may have, where it is not the number it has here

    @property
    def axes(self):
        return self.fewest_axes or len(self.input_shape)


def in_block_dtype(layer, arguments):
    """`layer()`, for a block that is made with `arguments`, with the same dtype."""
    return layer(**{key: arguments[key] for key in ("dtype",) if key in arguments})


IMAGE = (2, 7, 5, 3)
SQUARE = (2, 7, 5, 4)
SEQUENCE = (2, 5, 3)
EVEN = (2, 5, 4)

CONFIGURATIONS = [
    # --- dense.py
    Configuration("dense", lambda **kw: dense_block(5, **kw), (3, 4), (3, 5), weights=25),
    Configuration(
        "dense-stacked-dropout",
        lambda **kw: dense_block(
            [6, 5], activation="tanh", dropout=0.5, kernel_initializer="he_normal", **kw
        ),
        (2, 3, 4),
        (2, 3, 5),
        training="noise",
        fewest_axes=2,
        weights=65,
    ),
    Configuration(
        "dense-linear",
        lambda **kw: dense_block((3,), activation=None, **kw),
        (3, 4),
        (3, 3),
        weights=15,
    ),
    # --- conv.py
    Configuration(
        "conv",
        lambda **kw: conv_block(4, **kw),
        IMAGE,
        (2, 7, 5, 4),
        training="averages",
        weights=124,
    ),
    Configuration(
        "conv-pairs-layernorm",
        lambda **kw: conv_block(4, (3, 1), (2, 1), activation="tanh", normalization="layer", **kw),
        IMAGE,
        (2, 4, 5, 4),
        weights=44,
    ),
    Configuration(
        "conv-stacked-strides-plain",
        lambda **kw: conv_block([4, 6], 2, 2, activation=None, normalization=None, **kw),
        IMAGE,
        (2, 4, 3, 6),
        weights=154,
    ),
    # --- norm.py
    Configuration(
        "batch_norm",
        lambda **kw: batch_norm_block(layers.Dense(4, use_bias=False, name="inner"), **kw),
        (5, 3),
        (5, 4),
        training="averages",
        weights=28,
    ),
    Configuration(
        "batch_norm-conv-linear",
        lambda **kw: batch_norm_block(
            layers.Conv2D(4, 2, strides=2, use_bias=False, name="inner"),
            activation=None,
            momentum=0.5,
            epsilon=0.1,
            **kw,
        ),
        IMAGE,
        (2, 3, 2, 4),
        training="averages",
        weights=64,
    ),
    Configuration(
        "layer_norm",
        lambda **kw: layer_norm_block(layers.Dense(4, name="inner"), **kw),
        SEQUENCE,
        (2, 5, 4),
        fewest_axes=2,
        weights=24,
    ),
    Configuration(
        "layer_norm-conv",
        lambda **kw: layer_norm_block(
            layers.Conv2D(4, 3, name="inner"), activation="tanh", epsilon=0.1, **kw
        ),
        IMAGE,
        (2, 5, 3, 4),
        weights=120,
    ),
    Configuration(
        "batch_norm-sequence",
        lambda **kw: batch_norm_block(
            layers.Dense(4, use_bias=False, name="inner"), activation="tanh", **kw
        ),
        SEQUENCE,
        (2, 5, 4),
        training="averages",
        fewest_axes=2,
        weights=28,
    ),
    # --- recurrent.py
    Configuration(
        "lstm", lambda **kw: recurrent_block(4, **kw), SEQUENCE, (2, 4), masks=True, weights=128
    ),
    Configuration(
        "gru-sequences",
        lambda **kw: recurrent_block(4, cell="gru", return_sequences=True, **kw),
        SEQUENCE,
        (2, 5, 4),
        masks=True,
        looks_ahead=False,
        weights=108,
    ),
    Configuration(
        "lstm-stacked-bidirectional-sequences",
        lambda **kw: recurrent_block([4, 2], bidirectional=True, return_sequences=True, **kw),
        SEQUENCE,
        (2, 5, 4),
        masks=True,
        looks_ahead=True,
        weights=432,
    ),
    Configuration(
        "gru-stacked-bidirectional-dropout",
        lambda **kw: recurrent_block((2, 4), cell="gru", bidirectional=True, dropout=0.5, **kw),
        SEQUENCE,
        (2, 8),
        training="noise",
        masks=True,
        weights=324,
    ),
    Configuration(
        "lstm-stacked-dropout",
        lambda **kw: recurrent_block([3, 4], dropout=0.5, **kw),
        SEQUENCE,
        (2, 4),
        training="noise",
        masks=True,
        weights=212,
    ),
    # --- pooling.py
    Configuration("pooling-max", lambda **kw: pooling_block(**kw), IMAGE, (2, 3, 2, 3)),
    Configuration(
        "pooling-average-overlapping-pairs",
        lambda **kw: pooling_block((3, 2), (2, 1), mode="average", **kw),
        IMAGE,
        (2, 3, 4, 3),
    ),
    Configuration("pooling-global-max", lambda **kw: pooling_block(None, **kw), IMAGE, (2, 3)),
    Configuration(
        "pooling-global-average",
        lambda **kw: pooling_block(None, mode="average", **kw),
        IMAGE,
        (2, 3),
    ),
    Configuration("blur", lambda **kw: BlurPooling2D(**kw), IMAGE, (2, 4, 3, 3)),
    Configuration("blur-strides-3", lambda **kw: BlurPooling2D(3, **kw), IMAGE, (2, 3, 2, 3)),
    # --- sampling.py
    Configuration(
        "downsampling-conv",
        lambda **kw: downsampling_block(4, **kw),
        IMAGE,
        (2, 4, 3, 4),
        training="averages",
        weights=124,
    ),
    Configuration(
        "downsampling-pool-strides-3",
        lambda **kw: downsampling_block(
            4, (3, 1), 3, method="pool", activation="tanh", normalization="layer", **kw
        ),
        IMAGE,
        (2, 3, 2, 4),
        weights=44,
    ),
    Configuration(
        "downsampling-blur-plain",
        lambda **kw: downsampling_block(
            4, 2, method="blur", activation=None, normalization=None, **kw
        ),
        IMAGE,
        (2, 4, 3, 4),
        weights=52,
    ),
    Configuration(
        "upsampling-nearest",
        lambda **kw: upsampling_block(4, **kw),
        (2, 3, 5, 3),
        (2, 6, 10, 4),
        training="averages",
        weights=124,
    ),
    Configuration(
        "upsampling-bilinear-size-3",
        lambda **kw: upsampling_block(
            4, (3, 1), 3, method="bilinear", activation="tanh", normalization="layer", **kw
        ),
        (2, 3, 2, 3),
        (2, 9, 6, 4),
        weights=44,
    ),
    Configuration(
        "upsampling-transpose",
        lambda **kw: upsampling_block(4, method="transpose", **kw),
        (2, 3, 5, 3),
        (2, 6, 10, 4),
        training="averages",
        weights=208,
    ),
    Configuration(
        "upsampling-transpose-size-3-plain",
        lambda **kw: upsampling_block(
            4, 3, 3, method="transpose", activation=None, normalization=None, **kw
        ),
        (2, 3, 2, 3),
        (2, 9, 6, 4),
        weights=112,
    ),
    # --- residual.py
    Configuration(
        "residual",
        lambda **kw: ResidualBlock(4, **kw),
        SQUARE,
        SQUARE,
        training="averages",
        weights=320,
    ),
    Configuration(
        "residual-channels",
        lambda **kw: ResidualBlock(4, **kw),
        IMAGE,
        (2, 7, 5, 4),
        training="averages",
        weights=312,
    ),
    Configuration(
        "residual-strides",
        lambda **kw: ResidualBlock(4, strides=2, **kw),
        SQUARE,
        (2, 4, 3, 4),
        training="averages",
        weights=352,
    ),
    Configuration(
        "residual-pairs",
        lambda **kw: ResidualBlock(4, (3, 1), (1, 2), activation="tanh", **kw),
        SQUARE,
        (2, 7, 3, 4),
        training="averages",
        weights=160,
    ),
    Configuration(
        "bottleneck",
        lambda **kw: BottleneckBlock(1, **kw),
        SQUARE,
        SQUARE,
        training="averages",
        weights=41,
    ),
    Configuration(
        "bottleneck-channels",
        lambda **kw: BottleneckBlock(2, expansion=3, **kw),
        IMAGE,
        (2, 7, 5, 6),
        training="averages",
        weights=136,
    ),
    Configuration(
        "bottleneck-strides",
        lambda **kw: BottleneckBlock(1, strides=2, **kw),
        SQUARE,
        (2, 4, 3, 4),
        training="averages",
        weights=73,
    ),
    Configuration(
        "bottleneck-pairs",
        lambda **kw: BottleneckBlock(2, (1, 3), (2, 1), expansion=2, activation="tanh", **kw),
        SQUARE,
        (2, 4, 5, 4),
        training="averages",
        weights=92,
    ),
    # --- skip.py
    Configuration(
        "skip-add",
        lambda **kw: SkipConnection(
            in_block_dtype(lambda **d: layers.Dense(3, name="inner", **d), kw), **kw
        ),
        SEQUENCE,
        SEQUENCE,
        fewest_axes=2,
        weights=12,
    ),
    Configuration(
        "skip-concat",
        lambda **kw: SkipConnection(
            in_block_dtype(lambda **d: layers.Conv2D(2, 3, padding="same", name="inner", **d), kw),
            "concat",
            **kw,
        ),
        IMAGE,
        (2, 7, 5, 5),
        weights=56,
    ),
    Configuration(
        "skip-add-recurrent",
        lambda **kw: SkipConnection(
            in_block_dtype(lambda **d: layers.GRU(3, return_sequences=True, name="inner", **d), kw),
            **kw,
        ),
        SEQUENCE,
        SEQUENCE,
        masks=True,
        looks_ahead=False,
        weights=72,
    ),
    Configuration(
        "skip-concat-attention",
        lambda **kw: SkipConnection(
            in_block_dtype(lambda **d: AttentionBlock(1, dropout=0.5, name="inner", **d), kw),
            "concat",
            **kw,
        ),
        SEQUENCE,
        (2, 5, 6),
        training="noise",
        masks=True,
        looks_ahead=True,
        weights=54,
    ),
    # --- attention.py
    Configuration(
        "attention",
        lambda **kw: AttentionBlock(2, **kw),
        EVEN,
        EVEN,
        masks=True,
        looks_ahead=True,
        weights=88,
    ),
    Configuration(
        "attention-key_dim-causal",
        lambda **kw: AttentionBlock(2, 5, causal=True, **kw),
        SEQUENCE,
        SEQUENCE,
        masks=True,
        looks_ahead=False,
        weights=159,
    ),
    Configuration(
        "attention-dropout",
        lambda **kw: AttentionBlock(2, dropout=0.5, **kw),
        EVEN,
        EVEN,
        training="noise",
        masks=True,
        looks_ahead=True,
        weights=88,
    ),
    Configuration(
        "transformer",
        lambda **kw: TransformerBlock(2, 7, **kw),
        EVEN,
        EVEN,
        masks=True,
        looks_ahead=True,
        weights=163,
    ),
    Configuration(
        "transformer-causal-dropout",
        lambda **kw: TransformerBlock(1, 7, activation="relu", dropout=0.5, causal=True, **kw),
        SEQUENCE,
        SEQUENCE,
        training="noise",
        masks=True,
        looks_ahead=False,
        weights=112,
    ),
    Configuration(
        "positional", lambda **kw: PositionalEmbedding(6, **kw), SEQUENCE, SEQUENCE, weights=18
    ),
    # --- custom.py
    Configuration("squeeze", lambda **kw: SqueezeExcitation(**kw), IMAGE, IMAGE, weights=10),
    Configuration(
        "squeeze-ratio-2",
        lambda **kw: SqueezeExcitation(2, activation="tanh", **kw),
        SQUARE,
        SQUARE,
        weights=22,
    ),
    Configuration(
        "stochastic_depth",
        lambda **kw: StochasticDepth(0.5, **kw),
        SEQUENCE,
        SEQUENCE,
        training="noise",
        fewest_axes=1,
    ),
    Configuration(
        "stochastic_depth-images-rate-0",
        lambda **kw: StochasticDepth(0, **kw),
        IMAGE,
        IMAGE,
        fewest_axes=1,
    ),
]

# Every constructor argument of every block with a value that is not its default.
ARGUMENTS = {
    dense_block: lambda: {
        "units": [5, 6],
        "activation": "tanh",
        "dropout": 0.25,
        "kernel_initializer": "he_normal",
        "name": "named",
    },
    conv_block: lambda: {
        "filters": [5, 6],
        "kernel_size": (2, 5),
        "strides": (3, 2),
        "activation": "tanh",
        "normalization": "layer",
        "name": "named",
    },
    batch_norm_block: lambda: {
        "layer": layers.Dense(3, name="inner"),
        "activation": "tanh",
        "momentum": 0.25,
        "epsilon": 0.125,
        "name": "named",
    },
    layer_norm_block: lambda: {
        "layer": layers.Dense(3, name="inner"),
        "activation": "tanh",
        "epsilon": 0.125,
        "name": "named",
    },
    recurrent_block: lambda: {
        "units": [5, 6],
        "cell": "gru",
        "bidirectional": True,
        "return_sequences": True,
        "dropout": 0.25,
        "name": "named",
    },
    pooling_block: lambda: {
        "pool_size": (3, 5),
        "strides": (1, 4),
        "mode": "average",
        "name": "named",
    },
    downsampling_block: lambda: {
        "filters": 5,
        "kernel_size": (2, 5),
        "strides": 3,
        "method": "blur",
        "activation": "tanh",
        "normalization": "layer",
        "name": "named",
    },
    upsampling_block: lambda: {
        "filters": 5,
        "kernel_size": (2, 5),
        "size": 3,
        "method": "bilinear",
        "activation": "tanh",
        "normalization": "layer",
        "name": "named",
    },
    ResidualBlock: lambda: {
        "filters": 5,
        "kernel_size": (2, 5),
        "strides": (3, 2),
        "activation": "tanh",
    },
    BottleneckBlock: lambda: {
        "filters": 5,
        "kernel_size": (2, 5),
        "strides": (3, 2),
        "expansion": 3,
        "activation": "tanh",
    },
    SkipConnection: lambda: {"layer": layers.Dense(3, name="inner"), "merge": "concat"},
    AttentionBlock: lambda: {"num_heads": 3, "key_dim": 5, "dropout": 0.25, "causal": True},
    TransformerBlock: lambda: {
        "num_heads": 3,
        "intermediate_dim": 5,
        "activation": "tanh",
        "dropout": 0.25,
        "causal": True,
    },
    PositionalEmbedding: lambda: {"max_length": 9},
    BlurPooling2D: lambda: {"strides": 3},
    SqueezeExcitation: lambda: {"ratio": 3, "activation": "tanh"},
    StochasticDepth: lambda: {"rate": 0.25, "seed": 3},
}
