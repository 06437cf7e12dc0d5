"""Wrong arguments and inputs: each is a `ValueError` that names it, before any weight exists."""

import copy
import re

import keras
import numpy as np
import pytest
from configurations import ARGUMENTS, CONFIGURATIONS
from keras import layers, ops
from test_contract import every

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
from blocks.teaching.check._contract._case import numbers
from blocks.teaching.check._contract._saving import parameters

NAN = float("nan")

# What is wrong for an argument that must be …
COUNT = [0, -1, 2.0, 2.5, True, "2", None, [2]]
COUNTS = [0, -1, 2.0, True, "2", None, [], (), [4, 0], [4, 2.5], [4, True], [[4]], {4: 2}]
SIZE = [0, -1, 3.0, True, "3", None, (), (3,), (3, 3, 3), (3, 0), (3, 1.5), "33"]
SHARE = [-0.1, 1.0, 1, 2, NAN, True, False, "0.5", None, [0.5]]
POSITIVE = [0, -0.1, NAN, True, "0.1", None]
FLAG = [0, 1, "True", None]
ACTIVATION = ["no_such_activation", 3, [], {}, {"class_name": "Dense", "config": {}}]
OPTION = ["no_such_option", "", 3, True, ["max"]]
LAYER = [None, "dense", layers.Dense, np.tanh, [layers.Dense(3)]]


def given(values):
    """The wrong values without None, for an argument that may be None."""
    return [value for value in values if value is not None]


WRONG_ARGUMENTS = {
    dense_block: {
        "units": COUNTS,
        "activation": ACTIVATION,
        "dropout": SHARE,
        "kernel_initializer": ["no_such_initializer", 3, None, []],
    },
    conv_block: {
        "filters": COUNTS,
        "kernel_size": SIZE,
        "strides": SIZE,
        "activation": ACTIVATION,
        "normalization": OPTION,
    },
    batch_norm_block: {
        "layer": LAYER,
        "activation": ACTIVATION,
        "momentum": SHARE,
        "epsilon": POSITIVE,
    },
    layer_norm_block: {"layer": LAYER, "activation": ACTIVATION, "epsilon": POSITIVE},
    recurrent_block: {
        "units": COUNTS,
        "cell": [*OPTION, "rnn", None],
        "bidirectional": FLAG,
        "return_sequences": FLAG,
        "dropout": SHARE,
    },
    pooling_block: {
        "pool_size": given(SIZE),
        "strides": given(SIZE),
        "mode": [*OPTION, None],
    },
    BlurPooling2D: {"strides": [*COUNT, (2, 2)]},
    downsampling_block: {
        "filters": COUNT,
        "kernel_size": SIZE,
        "strides": [*COUNT, (2, 2)],
        "method": [*OPTION, "max", None],
        "activation": ACTIVATION,
        "normalization": OPTION,
    },
    upsampling_block: {
        "filters": COUNT,
        "kernel_size": given(SIZE),
        "size": [*COUNT, (2, 2)],
        "method": [*OPTION, "bicubic", None],
        "activation": ACTIVATION,
        "normalization": OPTION,
    },
    ResidualBlock: {
        "filters": COUNT,
        "kernel_size": SIZE,
        "strides": SIZE,
        "activation": ACTIVATION,
    },
    BottleneckBlock: {
        "filters": COUNT,
        "kernel_size": SIZE,
        "strides": SIZE,
        "expansion": COUNT,
        "activation": ACTIVATION,
    },
    SkipConnection: {"layer": LAYER, "merge": [*OPTION, "multiply", None]},
    AttentionBlock: {
        "num_heads": COUNT,
        "key_dim": given(COUNT),
        "dropout": SHARE,
        "causal": FLAG,
    },
    TransformerBlock: {
        "num_heads": COUNT,
        "intermediate_dim": COUNT,
        "activation": ACTIVATION,
        "dropout": SHARE,
        "causal": FLAG,
    },
    PositionalEmbedding: {"max_length": COUNT},
    SqueezeExcitation: {"ratio": COUNT, "activation": ACTIVATION},
    StochasticDepth: {"rate": SHARE, "seed": [1.5, "1", True, [1]]},
}


def test_wrong_arguments_are_tested_for_every_argument():
    assert {block: set(names) for block, names in WRONG_ARGUMENTS.items()} == {
        block: set(parameters(block)) - {"name"} for block in ARGUMENTS
    }


@pytest.mark.parametrize(
    ("block", "name"),
    [(block, name) for block, names in WRONG_ARGUMENTS.items() for name in names],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_wrong_argument(block, name):
    for value in WRONG_ARGUMENTS[block][name]:
        with pytest.raises(ValueError) as caught:
            block(**{**ARGUMENTS[block](), name: value})
        assert str(caught.value).startswith(f"`{name}` must be "), repr(value)
        assert str(caught.value).endswith(f"Received: {name}={value!r}")


def test_global_pooling_has_no_strides():
    with pytest.raises(ValueError, match=r"^`strides` must be None .* Received: strides=2$"):
        pooling_block(None, strides=2)


@pytest.mark.parametrize("one", [np.int64(3), np.int32(3), 3])
def test_integers_of_numpy_are_integers(one):
    assert ResidualBlock(one, (one, one)).get_config()["kernel_size"] == (3, 3)
    assert dense_block([one, one]).layers[1].units == 3
    assert StochasticDepth(np.float32(0.5), seed=one).get_config()["seed"] == 3


def assert_refused(block, x, *patterns):
    """A first call with `x` is an error that says what `patterns` say, and makes no weight."""
    with pytest.raises(ValueError) as caught:
        block(x)
    for pattern in patterns:
        assert re.search(pattern, str(caught.value)), str(caught.value)
    assert block.weights == []


@every()
def test_too_few_axes(config):
    axes = config.axes - 1
    shape = config.input_shape[len(config.input_shape) - axes :]
    assert_refused(
        config.make(),
        numbers(shape),
        rf"^Input 0 with name 'None' of layer '\w+' is incompatible .* found ndim={axes}\. "
        rf"Full shape received: {re.escape(str(shape))}$",
    )


# Blocks around a layer that they are given: it decides what they take.
AROUND = "batch_norm", "layer_norm", "skip"


@every(lambda c: c.axes == len(c.input_shape) and not c.id.startswith((*AROUND, "dense")))
def test_too_many_axes(config):
    shape = (2, *config.input_shape)
    assert_refused(
        config.make(),
        numbers(shape),
        rf"^Input 0 with name 'None' of layer '\w+' is incompatible .* found ndim={len(shape)}\. "
        rf"Full shape received: {re.escape(str(shape))}$",
    )


@every()
def test_several_inputs(config):
    x = numbers(config.input_shape)
    assert_refused(config.make(), [x, x], r"expects 1 input\(s\), but it received 2 input tensors")


@every()
def test_other_channels_after_building(config):
    block = config.make()
    block(numbers(config.input_shape))
    *others, channels = config.input_shape
    weights = len(block.weights)
    if not weights:
        assert block(numbers((*others, channels + 1))).shape[-1] == channels + 1
        return
    with pytest.raises(ValueError) as caught:
        block(numbers((*others, channels + 1)))
    # a block says it of itself, a normalization block lets the layer that it was given say it
    name = "inner" if "norm_block" in block.name else block.name
    assert re.search(
        rf"Input 0 with name 'None' of layer '{name}' is incompatible with the layer: expected "
        rf"axis -1 of input shape to have value {channels}, but received input with shape "
        rf"\({others[0]}, .*{channels + 1}\)",
        str(caught.value),
    )
    assert len(block.weights) == weights


@every(lambda c: c.weights and not c.id.startswith(AROUND))
def test_unknown_channels(config):
    shape = (None, *config.input_shape[1:-1], None)
    block = config.make()
    expected = (
        r"^`inputs` must have a known size on the last axis",
        rf"Received: shape={re.escape(str(shape))}$",
    )
    assert_refused(block, keras.Input(batch_shape=shape), *expected)
    assert_refused(keras.Sequential([block]), keras.Input(batch_shape=shape), *expected)
    assert block(numbers(config.input_shape)).shape == config.output_shape  # and none is spoilt


@every(lambda c: not c.is_layer and c.weights and not c.id.startswith(AROUND))
def test_checked_block_is_an_ordinary_sequential(config):
    """What checks the input leaves no trace in a copy, in a file or in the list of layers."""
    block = config.make()
    x = numbers(config.input_shape)
    y = ops.convert_to_numpy(block(x))
    for twin in (copy.deepcopy(block), keras.Sequential.from_config(block.get_config())):
        assert type(twin) is type(block) is keras.Sequential
        assert [layer.name for layer in twin.layers] == [layer.name for layer in block.layers]
        twin.set_weights(block.get_weights())
        np.testing.assert_array_equal(ops.convert_to_numpy(twin(x)), y)


@pytest.mark.parametrize("block", [AttentionBlock(3), TransformerBlock(3, 8)])
def test_heads_that_do_not_divide_the_features(block):
    assert_refused(
        block,
        numbers((2, 5, 4)),
        r"^`num_heads` must divide the input's features \(4\) unless `key_dim` is given\. "
        r"Received: num_heads=3$",
    )


@pytest.mark.parametrize("wrap", [numbers, lambda shape: keras.Input(shape[1:])])
def test_sequence_longer_than_its_positions(wrap):
    message = r"^`inputs` must have at most max_length=3 time steps\. Received: shape=\(.*, 4, 2\)$"
    block = PositionalEmbedding(3)
    assert_refused(block, wrap((2, 4, 2)), message)
    block(wrap((2, 3, 2)))
    with pytest.raises(ValueError, match="at most max_length=3"):
        block(wrap((2, 4, 2)))


MISFITS = {
    "channels": (layers.Dense, {"units": 5}, "add", (2, 7, 3), (2, 7, 5)),
    "size": (layers.Conv2D, {"filters": 3, "kernel_size": 3}, "add", (2, 7, 5, 3), (2, 5, 3, 3)),
    "size-concat": (
        layers.Conv2D,
        {"filters": 4, "kernel_size": 3},
        "concat",
        (2, 7, 5, 3),
        (2, 5, 3, 4),
    ),
    "axes": (layers.Flatten, {}, "add", (2, 7, 3), (2, 21)),
    "axes-concat": (layers.LSTM, {"units": 3}, "concat", (2, 7, 3), (2, 3)),
    "more-axes": (layers.Reshape, {"target_shape": (3, 1)}, "concat", (2, 3), (2, 3, 1)),
}


@pytest.mark.parametrize("misfit", MISFITS)
def test_skip_connection_around_a_layer_that_does_not_fit(misfit):
    layer, arguments, merge, before, after = MISFITS[misfit]
    assert_refused(
        SkipConnection(layer(**arguments, name="inner"), merge),
        numbers(before),
        rf"^`layer` must return a shape that fits its input, to {merge} the two\. "
        rf"Received: layer=inner, which takes shape={re.escape(str(before))} and returns "
        rf"shape={re.escape(str(after))}$",
    )


def test_window_larger_than_the_map():
    assert_refused(pooling_block(8), numbers((2, 7, 5, 3)), "output size would be zero or negative")


def test_every_configuration_has_its_own_name():
    names = [config.id for config in CONFIGURATIONS]
    assert len(set(names)) == len(names)
