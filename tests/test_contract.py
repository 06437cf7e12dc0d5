"""The contract of the blocks: what every one of them promises, in every configuration.

It runs on any Keras backend that can train: test_backends.py tries another one.
"""

import ast
import inspect
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from configurations import ARGUMENTS, CONFIGURATIONS
from keras import layers, ops
from keras.src.backend.common.masking import get_keras_mask

import blocks
from blocks.teaching.check._contract import PROMISES
from blocks.teaching.check._contract._case import (
    as_array,
    distance,
    inner_layers,
    numbers,
    randomize,
    trained,
)
from blocks.teaching.check._contract._saving import keeps_every_argument, parameters
from blocks.teaching.check._contract._sequences import VALID, with_mask_on_input


def every(condition=lambda c: True):
    """Run a test with each configuration that meets the condition."""
    chosen = [c for c in CONFIGURATIONS if condition(c)]
    return pytest.mark.parametrize("config", chosen, ids=[c.id for c in chosen])


def asked(promise, config):
    """A promise and whom it is asked of, marked where Keras itself cannot keep it."""
    name, marks = f"{promise.__name__}-{config.id}", ()
    if (
        keras.backend.backend() == "tensorflow"
        and name == "unknown_sizes-upsampling-bilinear-size-3"
    ):
        reason = "UpSampling2D compares a size that is a tensor in Python: keras#22079"
        marks = pytest.mark.xfail(strict=True, reason=reason)  # passes: take the note from the docs
    return pytest.param(promise, config, id=name, marks=marks)


# Every promise, asked of every configuration that it applies to. `block_contract` asks the same.
# Nothing of it is counted as covered: counting takes a third more time, and all other tests
# together cover every line and branch without these.
@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("promise", "config"), [asked(p, c) for p in PROMISES for c in CONFIGURATIONS if p.applies(c)]
)
def test_promise(promise, config):
    promise(config)


def assert_close(actual, expected, tolerance=1e-5):
    np.testing.assert_allclose(as_array(actual), as_array(expected), rtol=0, atol=tolerance)


@every()
def test_number_of_weights(config):
    """Counted by hand: a bias too many, a kernel of the wrong size or a key too wide shows."""
    assert trained(config)[0].count_params() == config.weights


def test_every_public_block_is_here():
    assert {block.__name__ for block in ARGUMENTS} == set(blocks.__all__)


every_block = pytest.mark.parametrize("block", ARGUMENTS, ids=lambda block: block.__name__)


@every_block
def test_arguments_are_all_tested_away_from_their_defaults(block):
    given, expected = ARGUMENTS[block](), parameters(block)
    assert list(given) == list(expected)
    assert all(given[name] != p.default for name, p in expected.items())


LAYERS = [block for block in ARGUMENTS if inspect.isclass(block)]
FUNCTIONS = [block for block in ARGUMENTS if not inspect.isclass(block)]


@pytest.mark.parametrize("block", LAYERS, ids=lambda block: block.__name__)
def test_layer_keeps_every_argument(block):
    given = ARGUMENTS[block]()
    keeps_every_argument(block, given)
    if "activation" in given:  # kept as the function, which `call` uses
        assert block(**given).activation is keras.activations.get(given["activation"])


@pytest.mark.parametrize(
    ("block", "name"),
    [(block, name) for block in FUNCTIONS for name in parameters(block) if name != "name"],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_function_uses_every_argument(block, name):
    def config(arguments):
        return block(**{**arguments, "name": "same"}).get_config()

    given = ARGUMENTS[block]()
    expected = config(given)
    assert config(ARGUMENTS[block]()) == expected
    if name in ("units", "filters"):
        given[name] = 7
    elif name == "layer":
        given[name] = layers.Dense(7, name="inner")
    else:
        del given[name]
    assert config(given) != expected


@pytest.mark.parametrize("block", FUNCTIONS, ids=lambda block: block.__name__)
def test_function_names_its_block(block):
    arguments = ARGUMENTS[block]()
    assert block(**arguments).name == "named"
    del arguments["name"]
    keras.utils.clear_session(free_memory=False)
    names = [block(**arguments).name for _ in range(3)]
    assert names == [block.__name__, f"{block.__name__}_1", f"{block.__name__}_2"]


def test_initializer_instance_is_not_shared():
    block = blocks.dense_block([4, 4], kernel_initializer=keras.initializers.HeNormal())
    block.build((None, 4))
    first, second = (layer.kernel for layer in block.layers)
    assert distance(first, second) > 0.01


def dropout_rates(block):
    """The rates of all inner layers that drop something."""
    configs = [layer.get_config() for layer in inner_layers(block)[1:]]
    return [config[key] for config in configs for key in ("rate", "dropout") if key in config]


@pytest.mark.parametrize("block", [blocks.AttentionBlock, blocks.TransformerBlock])
def test_dropout_is_everywhere(block):
    """On the attention weights and on what every half of the block adds."""
    made = block(*(2, 8)[: 1 + (block is blocks.TransformerBlock)], dropout=0.25)
    made.build((None, 5, 4))
    rates = dropout_rates(made)
    assert set(rates) == {0.25}


# --- single blocks


def test_stochastic_depth_leaves_out_whole_examples():
    rate, examples = 0.3, 20_000
    block = blocks.StochasticDepth(rate, seed=1)
    x = 1 + np.abs(numbers((examples, 2, 3)))
    factor = as_array(block(x, training=True)) / x
    left_out, kept = factor == 0, np.isclose(factor, 1 / (1 - rate), rtol=1e-5)
    assert np.all(left_out | kept)
    assert np.all(left_out == left_out[:, :1, :1])
    assert abs(left_out.mean() - rate) < 4 * np.sqrt(rate * (1 - rate) / examples)
    assert abs(factor.mean() - 1) < 0.03


def test_stochastic_depth_draws_by_its_own_seed():
    def draw(seed):
        keras.utils.set_random_seed(0)
        return as_array(blocks.StochasticDepth(0.5, seed=seed)(np.ones((50, 1)), training=True))

    np.testing.assert_array_equal(draw(3), draw(3))
    assert distance(draw(3), draw(4)) > 0


def test_position_of_the_first_step_comes_first():
    block = randomize(built(blocks.PositionalEmbedding(6), (None, 4, 3)))
    positions = as_array(block(np.zeros((1, 6, 3))))[0]
    assert distance(positions, as_array(block.positions)) == 0
    assert_close(block(np.zeros((1, 4, 3)))[0], positions[:4])


def built(block, shape):
    block.build(shape)
    return block


class Own(layers.Layer):
    """A reader's layer, which leaves its output shape to Keras and has a weight of its own."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units))

    def call(self, inputs):
        return ops.matmul(inputs, self.kernel)


class OwnAround(layers.Layer):
    """A reader's layer without `build`: its inner layer is built when it is first called."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(units)

    def call(self, inputs):
        return self.dense(inputs)


@pytest.mark.parametrize("layer", [Own, OwnAround])
@pytest.mark.parametrize("merge", ["add", "concat"])
def test_skip_connection_around_a_layer_of_ones_own(layer, merge):
    inner = layer(4)
    block = blocks.SkipConnection(inner, merge)
    x = numbers((2, 3, 4))
    y = as_array(block(x))
    branch = as_array(inner(x))
    assert_close(y, x + branch if merge == "add" else np.concatenate([x, branch], axis=-1), 1e-6)
    assert len(block.weights) == len(inner.weights) > 0
    assert tuple(block.compute_output_shape((None, 3, 4))) == (None, *y.shape[1:])
    with pytest.raises(ValueError, match="`layer` must return a shape that fits"):
        blocks.SkipConnection(layer(5))(x)


def test_skip_connection_around_a_built_layer_keeps_its_weights():
    inner = randomize(built(layers.Dense(4), (None, 4)))
    expected = as_array(inner.kernel)
    block = built(blocks.SkipConnection(inner), (None, 4))
    np.testing.assert_array_equal(as_array(inner.kernel), expected)
    assert len(block.weights) == 2


@pytest.mark.parametrize("merge", ["add", "concat"])
def test_skip_connection_returns_its_own_dtype(merge):
    inner = layers.Dense(4, dtype="float32")
    block = blocks.SkipConnection(inner, merge, dtype="mixed_float16")
    assert keras.backend.standardize_dtype(block(numbers((2, 4))).dtype) == "float16"


@pytest.mark.parametrize("merge", ["add", "concat"])
def test_skip_connection_with_unknown_channels(merge):
    """A layer that keeps its input's shape asks for no known size."""
    block = blocks.SkipConnection(layers.Activation("tanh"), merge)
    assert tuple(block.compute_output_shape((None, 3, None))) == (None, 3, None)
    assert block(keras.Input((3, None))).shape == (None, 3, None)


@pytest.mark.parametrize("merge", ["add", "concat"])
@pytest.mark.filterwarnings("ignore:Layer '.*' .of type Conv1D. was passed an input with a mask")
def test_skip_connection_keeps_a_mask_that_its_layer_destroys(merge):
    block = blocks.SkipConnection(layers.Conv1D(4, 3, padding="same"), merge)
    y = with_mask_on_input(block, numbers((2, 5, 4)), VALID)
    np.testing.assert_array_equal(as_array(get_keras_mask(y)), VALID)


@pytest.mark.parametrize("strides", [1, (1, 1), [1, 1]])
@pytest.mark.parametrize("block", [blocks.ResidualBlock, blocks.BottleneckBlock])
def test_projection_only_where_the_shape_changes(block, strides):
    filters = 4 if block is blocks.ResidualBlock else 1
    assert built(block(filters, strides=strides), (None, 7, 5, 4)).projection is None
    assert built(block(filters, strides=strides), (None, 7, 5, 3)).projection is not None
    assert built(block(filters, strides=(1, 2)), (None, 7, 5, 4)).projection is not None


# --- the package


def sources():
    return sorted(Path(blocks.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.name)
def test_blocks_import_only_keras(path):
    allowed = {"blocks", "keras", *sys.stdlib_module_names}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names = [node.module]
        for name in names:
            assert name.split(".")[0] in allowed
            assert not name.startswith(("blocks.teaching", "keras.src"))
