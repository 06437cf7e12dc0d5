"""The contract of the blocks: what every one of them promises, in every configuration.

It runs on any Keras backend that can train: test_backends.py tries another one.
"""

import ast
import functools
import inspect
import json
import sys
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest
from configurations import ARGUMENTS, CONFIGURATIONS
from keras import layers, ops
from keras.src.backend.common.masking import get_keras_mask, set_keras_mask
from keras.src.testing import TestCase

import blocks


def every(condition=lambda c: True):
    """Run a test with each configuration that meets the condition."""
    chosen = [c for c in CONFIGURATIONS if condition(c)]
    return pytest.mark.parametrize("config", chosen, ids=[c.id for c in chosen])


def numbers(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def randomize(block, seed=0):
    """Give every weight of a block values that a fresh block does not have."""
    rng = np.random.default_rng(seed)
    for weight in block.weights:
        # kernels of both signs; the rest above 0: no variance is negative, no ReLU without input
        both_signs = "kernel" in weight.path or "positions" in weight.path
        weight.assign(
            rng.uniform(-1 if both_signs else 0.5, 1 if both_signs else 1.5, weight.shape)
        )
    return block


@functools.cache
def trained(config):
    """The built block with weights unlike any fresh one's, an input, and its output.

    Shared between tests, which leave it as it is.
    """
    block = config.make(name="block")
    block.build((None, *config.input_shape[1:]))
    randomize(block)
    x = numbers(config.input_shape)
    return block, x, as_array(block(x))


def as_array(tensor):
    return ops.convert_to_numpy(tensor.value if isinstance(tensor, keras.Variable) else tensor)


def values(variables):
    return {variable.path: as_array(variable).copy() for variable in variables}


def moved(before, after):
    """The paths of the variables whose values differ."""
    return {path for path in before if not np.array_equal(before[path], after[path])}


def assert_close(actual, expected, tolerance=1e-5):
    np.testing.assert_allclose(as_array(actual), as_array(expected), rtol=0, atol=tolerance)


def distance(one, other):
    return np.abs(as_array(one) - as_array(other)).max()


def inner_layers(block):
    return list(block._flatten_layers(include_self=True))


# --- shapes


@every(lambda c: c.is_layer)
def test_keras_layer_test(config):
    TestCase().run_layer_test(
        config.make,
        {},
        input_shape=config.input_shape,
        expected_output_shape=config.output_shape,
        run_training_check=False,  # test_compiled_training_step asks for more
    )


@every()
def test_output_shape(config):
    block, _, y = trained(config)
    assert y.shape == config.output_shape
    assert tuple(block.compute_output_shape(config.input_shape)) == config.output_shape
    assert tuple(config.make().compute_output_shape(config.input_shape)) == config.output_shape


@every()
def test_number_of_weights(config):
    """Counted by hand: a bias too many, a kernel of the wrong size or a key too wide shows."""
    assert trained(config)[0].count_params() == config.weights


@every()
def test_unknown_sizes(config):
    """Built without knowing batch, height, width or time, a block takes inputs of any."""
    _, x, y = trained(config)
    axes = len(config.input_shape)
    unknown = (None,) * (axes - 1) + config.input_shape[-1:]
    block = config.make(name="block")
    inputs = keras.Input(batch_shape=unknown)
    model = keras.Model(inputs, block(inputs))
    known_from = axes - 1 if len(config.output_shape) == axes else 1  # where an axis is dropped
    expected = (None,) * known_from + config.output_shape[known_from:]
    assert model.output_shape == expected
    assert tuple(block.compute_output_shape(unknown)) == expected
    assert_close(randomize(model)(x), y)
    other = (5, *(n + 1 for n in x.shape[1:-1]), x.shape[-1])
    assert tuple(model(numbers(other)).shape) == tuple(block.compute_output_shape(other))


@every()
def test_examples_do_not_meet(config):
    block, x, y = trained(config)
    assert_close(block(x[1:]), y[1:])


# --- configuration and saving


def as_text(block):
    return json.dumps(block.get_config(), sort_keys=True)


@every()
def test_config_round_trip(config):
    block, _, _ = trained(config)
    assert as_text(type(block).from_config(block.get_config())) == as_text(block)
    saved = json.dumps(keras.saving.serialize_keras_object(block))
    assert as_text(keras.saving.deserialize_keras_object(json.loads(saved))) == as_text(block)


def test_every_public_block_is_here():
    assert {block.__name__ for block in ARGUMENTS} == set(blocks.__all__)


every_block = pytest.mark.parametrize("block", ARGUMENTS, ids=lambda block: block.__name__)


def parameters(block):
    """The arguments of a block, without Keras's own that a layer passes on."""
    found = inspect.signature(block).parameters
    return {name: p for name, p in found.items() if p.kind is not p.VAR_KEYWORD}


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
    made = block(**given)
    config = made.get_config()
    assert set(config) == {"name", "trainable", "dtype", *given}
    for name, value in given.items():
        kept = keras.activations.get(value) if name == "activation" else value
        assert getattr(made, name) == kept
        if name == "layer":
            value = keras.saving.serialize_keras_object(value)
        assert config[name] == value
    assert block.from_config(config).get_config() == config


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


@keras.saving.register_keras_serializable(package="test_contract")
class Parent(keras.Model):
    """A subclassed model that builds its block itself."""

    def __init__(self, block, **kwargs):
        super().__init__(**kwargs)
        self.block = block

    def build(self, input_shape):
        if not self.block.built:
            self.block.build(input_shape)

    def call(self, inputs):
        return self.block(inputs)

    def get_config(self):
        block = keras.saving.serialize_keras_object(self.block)
        return {**super().get_config(), "block": block}

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "block": keras.saving.deserialize_keras_object(config["block"])})


def functional(block, shape):
    inputs = keras.Input(shape)
    return keras.Model(inputs, block(inputs))


PARENTS = {
    "sequential": lambda block, shape: keras.Sequential([keras.Input(shape), block]),
    "functional": functional,
    "subclassed": lambda block, shape: Parent(block),
}


@pytest.mark.parametrize("parent", PARENTS)
@every()
def test_save_and_load(config, parent, tmp_path):
    model = PARENTS[parent](config.make(), config.input_shape[1:])
    model.build((None, *config.input_shape[1:]))
    randomize(model)
    x = numbers(config.input_shape)
    model.save(tmp_path / "model.keras")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert len(loaded.weights) == len(model.weights)
    for weight, expected in zip(loaded.weights, model.weights, strict=True):
        np.testing.assert_array_equal(as_array(weight), as_array(expected))
    assert_close(loaded(x), model(x), 1e-6)
    assert as_text(loaded) == as_text(model)


# --- weights and dtypes


@every()
def test_weights_start_apart(config):
    """No two kernels of the same shape start with the same values."""
    block = config.make()
    block.build(config.input_shape)
    kernels = [as_array(w) for w in block.weights if "kernel" in w.path or "positions" in w.path]
    for i, one in enumerate(kernels):
        for other in kernels[:i]:
            assert one.shape != other.shape or not np.array_equal(one, other)


def test_initializer_instance_is_not_shared():
    block = blocks.dense_block([4, 4], kernel_initializer=keras.initializers.HeNormal())
    block.build((None, 4))
    first, second = (layer.kernel for layer in block.layers)
    assert distance(first, second) > 0.01


@pytest.fixture
def global_policy():
    yield keras.config.set_dtype_policy
    keras.config.set_dtype_policy("float32")


without_float64 = pytest.mark.skipif(
    keras.backend.backend() == "jax", reason="JAX has float64 only where a program turns it on"
)


@pytest.mark.parametrize(
    "policy", ["mixed_float16", pytest.param("float64", marks=without_float64)]
)
@every()
def test_dtype(config, policy, global_policy):
    """Every inner layer has the block's dtype, whether it was given to the block or is global."""
    if config.is_layer:
        block = config.make(dtype=policy)
    else:
        global_policy(policy)
        block = config.make()
    y = block(numbers(config.input_shape))
    assert {layer.dtype_policy.name for layer in inner_layers(block)} == {policy}
    compute, variable = {"mixed_float16": ("float16", "float32")}.get(policy, (policy, policy))
    assert keras.backend.standardize_dtype(y.dtype) == compute
    assert {keras.backend.standardize_dtype(w.dtype) for w in block.weights} <= {variable}
    assert np.isfinite(as_array(y)).all()


# --- training


@every()
def test_training_changes_what_it_should(config):
    """In inference nothing moves; in training every moving average and every source of noise."""
    block = config.make()
    block.build(config.input_shape)
    randomize(block)
    x = numbers(config.input_shape)
    weights = values(block.weights)
    y = as_array(block(x, training=False))
    np.testing.assert_array_equal(as_array(block(x)), y)
    assert not moved(weights, values(block.weights))
    before = values(block.variables)
    in_training = as_array(block(x, training=True))
    now_moved = moved(before, values(block.variables))
    if config.training:
        assert distance(in_training, y) > 0.01
        name = {"averages": "moving_", "noise": "seed_generator_state"}[config.training]
        assert now_moved == {path for path in before if name in path} != set()
    else:
        np.testing.assert_array_equal(in_training, y)
        assert not now_moved


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


class Counted(layers.Layer):
    """Returns its input, and counts how often Python runs its `call`."""

    def __init__(self):
        super().__init__()
        self.calls = 0

    def call(self, inputs):
        self.calls += 1
        return inputs


def product_loss(y_true, y_pred):
    return ops.mean(y_true * y_pred)


# A weight that no input gives a gradient: a key's bias adds the same to all scores of a query,
# and softmax takes no notice.
WITHOUT_GRADIENT = "attention/key/bias"


@every()
def test_compiled_training_step(config):
    """One step with XLA moves every weight, and those of a layer before; more trace nothing new."""
    keras.utils.set_random_seed(1)
    inputs = keras.Input(config.input_shape[1:])
    before = layers.Dense(config.input_shape[-1], use_bias=False, name="before")
    counted, block = Counted(), config.make(name="block")
    model = keras.Model(inputs, block(counted(before(inputs))))
    randomize(block)
    model.compile(keras.optimizers.SGD(1.0), product_loss, jit_compile=True)
    x, y = numbers(config.input_shape), numbers(config.output_shape, seed=1)
    start = values(model.trainable_weights)
    uncompiled = values(block.non_trainable_weights)
    loss = model.train_on_batch(x, y)
    for weight in model.trainable_weights:
        has_moved = distance(weight, start[weight.path]) > 1e-5
        assert has_moved == (WITHOUT_GRADIENT not in weight.path), weight.path
    calls = counted.calls
    for seed in (2, 3):
        model.train_on_batch(numbers(config.input_shape, seed), y)
    assert counted.calls == calls
    if config.training != "noise":  # in which XLA draws other numbers
        for weight in model.weights:
            weight.assign({**uncompiled, **start}[weight.path])
        assert_close(loss, product_loss(y, model(x, training=True)))


@every(lambda c: c.training == "noise")
def test_same_seed_same_noise(config):
    def draw(seed):
        keras.utils.set_random_seed(seed)
        block = config.make()
        return as_array(block(numbers(config.input_shape), training=True))

    np.testing.assert_array_equal(draw(3), draw(3))
    assert max(distance(draw(3), draw(seed)) for seed in range(4, 9)) > 0.01


@every(lambda c: c.training == "noise")
def test_noise_is_new_at_every_call(config):
    block, x, _ = trained(config)
    first = block(x, training=True)
    assert max(distance(block(x, training=True), first) for _ in range(9)) > 0.01


# --- masks and order in time

VALID = np.array([[True, True, False, True, False], [True, False, True, True, False]])


class MaskOf(layers.Layer):
    """The mask that reached this layer, as numbers; -1 where none did."""

    def __init__(self):
        super().__init__()
        self.supports_masking = True

    def call(self, inputs, mask=None):
        shape = ops.shape(inputs)[:2]
        return -ops.ones(shape) if mask is None else ops.cast(mask, "float32")


ignore_warning_of_sequential = pytest.mark.filterwarnings(
    # Keras says so of every Sequential inside a model, although its layers do use the mask
    "ignore:Layer '.*' .of type Sequential. was passed an input with a mask"
)


@ignore_warning_of_sequential
@every(lambda c: c.is_sequence)
def test_mask_is_passed_on(config):
    valid = VALID[:, : config.input_shape[1]]
    x = numbers(config.input_shape) * valid[..., None]
    inputs = keras.Input(config.input_shape[1:])
    outputs = MaskOf()(config.make()(layers.Masking()(inputs)))
    model = keras.Model(inputs, outputs)
    for training in (False, True):
        np.testing.assert_array_equal(as_array(model(x, training=training)), valid)


def with_mask_on_input(block, x, mask):
    x = ops.convert_to_tensor(x)
    set_keras_mask(x, ops.convert_to_tensor(mask))
    return block(x)


def with_mask_argument(block, x, mask):
    if isinstance(block, blocks.SkipConnection):
        block = keras.Sequential([block])
    return block(x, mask=ops.convert_to_tensor(mask))


@ignore_warning_of_sequential
@pytest.mark.parametrize("call", [with_mask_on_input, with_mask_argument])
@every(lambda c: c.masks)
def test_padding_changes_nothing(config, call):
    block, x, unmasked = trained(config)
    y = as_array(call(block, x, VALID))
    padded_otherwise = np.where(VALID[..., None], x, 10 * numbers(x.shape, seed=5))
    also = as_array(call(block, padded_otherwise, VALID))
    for i, valid in enumerate(VALID):
        kept = (i, valid) if config.is_sequence else i
        assert_close(also[kept], y[kept])
        assert_close(block(x[i : i + 1, valid])[0], y[kept])
        assert distance(unmasked[kept], y[kept]) > 1e-3  # the padding would show without the mask


@every(lambda c: c.looks_ahead is not None)
def test_looking_ahead(config):
    block, x, y = trained(config)
    for now in range(1, x.shape[1]):
        other = x.copy()
        other[:, now:] = numbers(x.shape, seed=7)[:, now:]
        changed = as_array(block(other))
        assert distance(changed[:, now:], y[:, now:]) > 1e-3
        if config.looks_ahead:
            assert distance(changed[:, :now], y[:, :now]) > 1e-3
        else:
            assert_close(changed[:, :now], y[:, :now], 1e-6)


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
