"""Tested building blocks for neural networks in Keras 3: what the chapters of the book import.

A straight line of layers is a function that returns a named `keras.Sequential`; a block with a
branch, a mask, a shape decided by its input or mathematics of its own is a `keras.layers.Layer`.
"""

from blocks.attention import AttentionBlock, PositionalEmbedding, TransformerBlock
from blocks.conv import conv_block
from blocks.custom import SqueezeExcitation, StochasticDepth
from blocks.dense import dense_block
from blocks.norm import batch_norm_block, layer_norm_block
from blocks.pooling import BlurPooling2D, pooling_block
from blocks.recurrent import recurrent_block
from blocks.residual import BottleneckBlock, ResidualBlock
from blocks.sampling import downsampling_block, upsampling_block
from blocks.skip import SkipConnection

__all__ = [
    "AttentionBlock",
    "BlurPooling2D",
    "BottleneckBlock",
    "PositionalEmbedding",
    "ResidualBlock",
    "SkipConnection",
    "SqueezeExcitation",
    "StochasticDepth",
    "TransformerBlock",
    "batch_norm_block",
    "conv_block",
    "dense_block",
    "downsampling_block",
    "layer_norm_block",
    "pooling_block",
    "recurrent_block",
    "upsampling_block",
]
