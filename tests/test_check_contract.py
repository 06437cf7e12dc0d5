"""Every promise of the contract can be broken, and says so: a broken block for each, its hint."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

import blocks
from blocks.teaching import check
from blocks.teaching.check import _contract
from blocks.teaching.check._contract import Case, _learning, _saving, _sequences, _shapes
from blocks.teaching.check._frame import NotYet

register = keras.saving.register_keras_serializable(package="test_check_contract")
SHAPE = (2, 5, 3)


@register
class Good(layers.Layer):
    """`y = x + dense(x) * scale`, which keeps every promise; the broken ones differ in one thing.

    What `call` returns is `result`, which most of them replace.
    """

    def __init__(self, units, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.activation = keras.activations.get(activation)
        self.supports_masking = True
        self.expand = layers.Dense(units, activation, dtype=self.dtype_policy, name="expand")

    def build(self, input_shape):
        features = input_shape[-1]
        self.contract = layers.Dense(features, dtype=self.dtype_policy, name="contract")
        self.expand.build(input_shape)
        self.contract.build((*input_shape[:-1], self.units))

    def call(self, inputs, mask=None, training=False):
        return self.result(inputs, self.contract(self.expand(inputs)), mask, training)

    def result(self, x, h, mask, training):
        return x + h

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "activation": keras.activations.serialize(self.activation),
        }


ARGUMENTS = {"units": 4, "activation": "tanh"}


def variant(result=None, *, base=Good, **members):
    """A registered subclass that differs from `base` in the given methods."""
    if result is not None:
        members["result"] = result
    return register(type(f"Broken{variant.count()}", (base,), members))


variant.count = iter(range(1000)).__next__


def no_config(self):
    raise NotImplementedError


def config_without(name):
    def get_config(self):
        config = Good.get_config(self)
        del config[name]
        return config

    return variant(get_config=get_config)


def config_with(**extra):
    return variant(get_config=lambda self: {**Good.get_config(self), **extra})


def with_init(after, **members):
    """A variant with something done at the end of `__init__`."""

    def __init__(self, units, activation=None, **kwargs):
        Good.__init__(self, units, activation, **kwargs)
        after(self)

    return variant(__init__=__init__, **members)


def with_weight(name="moving_size", result=None, *, trainable=False, **options):
    """A variant with one more weight of a single number."""

    def build(self, input_shape):
        Good.build(self, input_shape)
        options.setdefault("initializer", "ones")
        self.extra = self.add_weight(name=name, shape=(), trainable=trainable, **options)

    return variant(result, build=build)


class NoKeywords(Good):
    def __init__(self, units=3, activation=None):
        super().__init__(units, activation)


class Unregistered(Good):
    pass


@register
class Renamed(Good):
    def __init__(self, units, activation=None, **kwargs):
        super().__init__(units, activation, **kwargs)
        self.size = self.units
        del self.units


@register
class Growing(Good):
    """Made from its config, it has one unit more."""

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "units": config["units"] + 1})


@register
class Forgetful(Good):
    """`build` leaves a child out."""

    def build(self, input_shape):
        self.contract = layers.Dense(input_shape[-1], dtype=self.dtype_policy, name="contract")
        self.expand.build(input_shape)


@register
class Twins(Good):
    """Two kernels of one shape from one initializer object."""

    def build(self, input_shape):
        initializer = keras.initializers.GlorotUniform()
        self.expand = layers.Dense(3, kernel_initializer=initializer, dtype=self.dtype_policy)
        self.contract = layers.Dense(3, kernel_initializer=initializer, dtype=self.dtype_policy)
        self.expand.build(input_shape)
        self.contract.build(input_shape)


@register
class FixedTime(Good):
    """A weight as long as the sequence."""

    def build(self, input_shape):
        super().build(input_shape)
        self.extra = self.add_weight(name="extra", shape=(input_shape[1] or 1, 1))

    def result(self, x, h, mask, training):
        return x + h * self.extra


@register
class Shortens(Good):
    """Says that a sequence which is not of length 5 is cut by one step."""

    def compute_output_shape(self, input_shape):
        if input_shape[1] in (5, None):
            return input_shape
        return (input_shape[0], input_shape[1] - 1, input_shape[2])


@register
class Floats(Good):
    """A child that keeps to float32."""

    def __init__(self, units, activation=None, **kwargs):
        super().__init__(units, activation, **kwargs)
        self.expand = layers.Dense(units, activation, name="expand")


@register
class Noisy(Good):
    """Gaussian noise in training."""

    fixed = None

    def __init__(self, units, activation=None, seed=None, **kwargs):
        super().__init__(units, activation, **kwargs)
        self.seed = seed
        self.generator = keras.random.SeedGenerator(self.fixed or seed)

    def result(self, x, h, mask, training):
        if not training:
            return x + h
        return x + h + keras.random.normal(ops.shape(x), dtype=x.dtype, seed=self.generator)

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}


@register
class FixedNoise(Noisy):
    """Draws the same numbers in every block."""

    fixed = 3


@register
class OwnNoise(Noisy):
    """Its noise comes from elsewhere than its generator, which moves on all the same."""

    draws = np.random.default_rng(0)

    def result(self, x, h, mask, training):
        if not training:
            return x + h
        self.generator.next()
        return x + h + ops.cast(self.draws.normal(), x.dtype)


@register
class StaleNoise(Noisy):
    """An integer seed in `call`: the same numbers at every call."""

    def result(self, x, h, mask, training):
        if not training:
            return x + h
        seed = 1 + int(np.sum(self.generator.state.numpy()[:1]) % 7)
        self.generator.next()
        return x + h + keras.random.normal(x.shape, dtype=x.dtype, seed=seed)


@register
class Follows(Good):
    """A weight that follows the inputs in training, and leaves masked steps out."""

    leaves_out = True

    def build(self, input_shape):
        super().build(input_shape)
        self.extra = self.add_weight(name="size", shape=(), initializer="ones", trainable=False)

    def result(self, x, h, mask, training):
        if training:
            valid = ops.ones_like(x[..., 0])
            if mask is not None and self.leaves_out:
                valid = ops.cast(mask, x.dtype)
            self.extra.assign(ops.sum(valid[..., None] * x**2) / ops.sum(valid))
        return x + h * self.extra


@register
class FollowsPadding(Follows):
    leaves_out = False


@register
class Mean(Good):
    """The mean over the steps that count is added."""

    divide_by_all = use_mask = False

    def result(self, x, h, mask, training):
        valid = ops.ones_like(h[..., :1])
        if mask is not None and not self.use_mask:
            valid = ops.cast(mask, h.dtype)[..., None]
        count = ops.sum(ops.ones_like(valid) if self.divide_by_all else valid, 1, keepdims=True)
        return x + ops.sum(valid * h, axis=1, keepdims=True) / count


@register
class Running(Good):
    """Adds up what came before."""

    def result(self, x, h, mask, training):
        return ops.cumsum(h, axis=1)


def mean_of_batch(self, x, h, mask, training):
    return x + ops.mean(h, axis=0, keepdims=True)


def static(self, x, h, mask, training):
    return x + h + np.arange(x.shape[1])[:, None]


def nothing(self, x, h, mask, training):
    pass


def one_less(self, x, h, mask, training):
    return (x + h)[:, :-1]


def drops(default):
    def call(self, inputs, mask=None, training=default):
        return inputs * (2 if training else 1)

    return variant(call=call)


def widened(self, x, h, mask, training):
    return ops.cast(x + h, "float32" if self.compute_dtype == "float16" else x.dtype)


def infinite(self, x, h, mask, training):
    return (
        x + h + ops.mean(ops.ones_like(x)[..., :1] * (70_000 - 1) * ops.ones_like(x), -1)[..., None]
    )


def counts(when):
    def result(self, x, h, mask, training):
        if when is None or bool(training) is when:
            self.extra.assign(self.extra + 1)
        return x + h * (self.extra if when else 1)

    return result


def load_nothing(self):
    self.expand.load_own_variables = lambda store: None


calls = {"draws": 0}


def grows(self):
    calls["draws"] += 1
    if calls["draws"] % 2:
        self.sometimes = True


# What is wrong, by the promise that finds it: the class, its arguments, what is expected of it,
# and words of the hint.
BROKEN = {
    "keeps_every_argument": {
        "no such argument": (Good, {**ARGUMENTS, "size": 3}, {}, "which `__init__` does not name"),
        "argument left out": (Good, {"units": 4}, {}, "a value for `activation` that is not its"),
        "argument at its default": (
            Good,
            {"units": 4, "activation": None},
            {},
            "is not its default",
        ),
        "no **kwargs": (NoKeywords, ARGUMENTS, {}, "takes no **kwargs"),
        "no config": (variant(get_config=no_config), ARGUMENTS, {}, "There is no `get_config`"),
        "config lacks one": (config_without("activation"), ARGUMENTS, {}, "has no 'activation'"),
        "config lacks the name": (config_without("name"), ARGUMENTS, {}, "has no 'name'"),
        "config has more": (config_with(size=3), ARGUMENTS, {}, "has ['size'], which `__init__`"),
        "config is wrong": (config_with(units=3), ARGUMENTS, {}, "config says units=3, and 4 was"),
        "attribute missing": (
            variant(
                base=Renamed,
                get_config=lambda self: {
                    **layers.Layer.get_config(self),
                    "units": 4,
                    "activation": "tanh",
                },
            ),
            ARGUMENTS,
            {},
            "There is no attribute `units`",
        ),
        "attribute changed": (
            with_init(lambda self: setattr(self, "units", 5)),
            ARGUMENTS,
            {},
            "The attribute `units` is 5, and 4 was given",
        ),
        "config makes another": (Growing, ARGUMENTS, {}, "made from the config has another config"),
    },
    "output_shape": {
        "returns nothing": (variant(nothing), ARGUMENTS, {}, "`call` returns None"),
        "another shape": (Good, ARGUMENTS, {"output_shape": (2, 5, 4)}, "it should give (2, 5, 4)"),
        "shape not as said": (variant(one_less), ARGUMENTS, {}, "says (2, 5, 3), a call returns"),
        "no output shape": (
            variant(compute_output_shape=lambda self, shape: no_config(self)),
            ARGUMENTS,
            {},
            "There is no `compute_output_shape`",
        ),
    },
    "build_makes_every_weight": {
        "child not built": (Forgetful, ARGUMENTS, {}, "After `build` the block has 2 weights"),
    },
    "unknown_sizes": {
        "static length": (variant(static), ARGUMENTS, {}, "take them from ops.shape(inputs)"),
        "weight as long as the input": (
            FixedTime,
            ARGUMENTS,
            {},
            "it returns other values than built",
        ),
        "wrong where unknown": (
            variant(compute_output_shape=lambda self, shape: (shape[0], 5, shape[2])),
            ARGUMENTS,
            {},
            "turns the shape (None, None, 3) into (None, 5, 3)",
        ),
        "wrong where new": (Shortens, ARGUMENTS, {}, "Given (5, 6, 3), another shape, it returns"),
    },
    "examples_do_not_meet": {
        "mean over the batch": (variant(mean_of_batch), ARGUMENTS, {}, "runs over axis 0"),
    },
    "config_round_trip": {
        "unregistered": (Unregistered, ARGUMENTS, {}, "Is the class registered"),
    },
    "weights_start_apart": {
        "equal kernels": (Twins, ARGUMENTS, {}, "start with the same values"),
    },
    "save_and_load": {
        "weights not loaded": (with_init(load_nothing), ARGUMENTS, {}, "than were saved"),
    },
    "dtype": {
        "child in float32": (Floats, ARGUMENTS, {}, "pass dtype=self.dtype_policy"),
        "result in float32": (variant(widened), ARGUMENTS, {}, "the result is float32, it should"),
        "weight in float16": (
            with_weight(
                "gamma",
                lambda self, x, h, mask, training: x + h * ops.cast(self.extra, x.dtype),
                trainable=True,
                dtype="float16",
            ),
            ARGUMENTS,
            {},
            "Leave the dtype to add_weight",
        ),
        "overflow": (variant(infinite), ARGUMENTS, {}, "the result is not finite"),
    },
    "training": {
        "training by default": (drops(True), ARGUMENTS, {}, "let the default be False"),
        "changes in inference": (
            with_weight(result=counts(None)),
            ARGUMENTS,
            {"training": "averages"},
            "In inference",
        ),
        "changes unannounced": (
            with_weight(result=counts(True)),
            ARGUMENTS,
            {},
            'If it should, say so with training="averages"',
        ),
        "training unannounced": (
            drops(False),
            ARGUMENTS,
            {},
            "returns something else than block(x)",
        ),
        "training does nothing": (
            with_weight(result=lambda self, x, h, mask, training: x + h * self.extra),
            ARGUMENTS,
            {"training": "averages"},
            "should change and does not",
        ),
        "no average": (Good, ARGUMENTS, {"training": "averages"}, "no weight with trainable=False"),
        "no noise": (Good, ARGUMENTS, {"training": "noise"}, "no source of noise that Keras finds"),
        "noise does nothing": (
            variant(
                lambda self, x, h, mask, training: (training and self.generator.next(), x + h)[1],
                base=Noisy,
            ),
            {**ARGUMENTS, "seed": 1},
            {"training": "noise"},
            "returns what inference does",
        ),
    },
    "same_seed_same_noise": {
        "noise of its own": (
            OwnNoise,
            {**ARGUMENTS, "seed": 1},
            {"training": "noise"},
            "the noise differs from run to run",
        ),
        "one noise for all": (
            FixedNoise,
            {**ARGUMENTS, "seed": 1},
            {"training": "noise"},
            "with another number the noise is the same",
        ),
    },
    "mask_is_passed_on": {
        "mask lost": (
            with_init(lambda self: setattr(self, "supports_masking", False)),
            ARGUMENTS,
            {},
            "self.supports_masking = True",
        ),
    },
    "steps_do_not_meet": {
        "steps meet": (Mean, ARGUMENTS, {}, "and say masks=True"),
    },
    "padding_changes_nothing": {
        "mask not used": (
            variant(base=Mean, use_mask=True),
            ARGUMENTS,
            {"masks": True},
            "is read as",
        ),
        "divides by all": (
            variant(base=Mean, divide_by_all=True),
            ARGUMENTS,
            {"masks": True},
            "divide by the number of steps that count",
        ),
        "mask without effect": (Good, ARGUMENTS, {"masks": True}, "A mask changes nothing at all"),
    },
    "padding_moves_no_average": {
        "averages padding": (
            FollowsPadding,
            ARGUMENTS,
            {"training": "averages"},
            "the averages are taken over padding too",
        ),
    },
    "looking_ahead": {
        "looks ahead": (
            Mean,
            ARGUMENTS,
            {"masks": True, "looks_ahead": False},
            "would read the answer",
        ),
    },
    "keras_layer_test": {
        "sometimes more": (with_init(grows), ARGUMENTS, {}, "Keras's own test of layers says"),
    },
    "compiled_training_step": {
        "constant learned": (
            with_weight("gamma", trainable=True),
            ARGUMENTS,
            {},
            "No gradient reaches the weight",
        ),
        "gradient stopped": (
            variant(call=lambda self, inputs, mask=None, training=False: ops.round(inputs)),
            ARGUMENTS,
            {},
            "No gradient comes back through the block",
        ),
    },
}


PROMISES = {promise.__name__: promise for promise in _contract.PROMISES}


def is_asked(promise, more):
    """Whether a promise is asked of the blocks above, all of which take sequences."""
    training = more.get("training", "")
    return {
        "same_seed_same_noise": training == "noise",
        "noise_is_new": training == "noise",
        "steps_do_not_meet": "masks" not in more,
        "padding_changes_nothing": "masks" in more,
        "padding_moves_no_average": training == "averages",
        "looking_ahead": "looks_ahead" in more,
    }.get(promise, True)


@pytest.mark.parametrize(
    ("promise", "broken"), [(promise, name) for promise in BROKEN for name in BROKEN[promise]]
)
def test_broken_block_gets_its_hint(promise, broken, capsys):
    block, given, more, words = BROKEN[promise][broken]
    with pytest.raises(NotYet) as caught:
        check.block_contract(block, given, input_shape=SHAPE, **more)
    assert str(caught.value).startswith("✗ Not yet. ")
    assert words in str(caught.value)
    kept = capsys.readouterr().out.splitlines()
    if promise == "keeps_every_argument":
        assert kept == []
        return
    assert f"✓ {PROMISES[promise].kept}" not in kept  # and it is the next after those kept
    before = list(PROMISES)[: list(PROMISES).index(promise)]
    assert kept[1:] == [f"✓ {PROMISES[p].kept}" for p in before if is_asked(p, more)]


def test_every_promise_is_shown_to_be_broken():
    alone = {"noise_is_new"}  # below, as another promise finds it first
    assert set(BROKEN) | alone == {"keeps_every_argument", *PROMISES}


@register
class Double(layers.Layer):
    """Takes no arguments but Keras's own, so it needs neither `__init__` nor `get_config`."""

    supports_masking = True

    def call(self, inputs):
        return 2.0 * inputs

    def compute_output_shape(self, input_shape):
        return input_shape


KEPT = {
    "plain": (Good, ARGUMENTS, {"output_shape": SHAPE}, 14),
    "no arguments": (Double, None, {"output_shape": SHAPE}, 14),
    "noise": (Noisy, {**ARGUMENTS, "seed": 3}, {"training": "noise"}, 16),
    "averages": (Follows, ARGUMENTS, {"training": "averages"}, 15),
    "masks": (Mean, ARGUMENTS, {"masks": True, "looks_ahead": True}, 15),
    "holds a layer": (
        blocks.SkipConnection,
        {"layer": layers.Dense(2), "merge": "concat"},
        {"output_shape": (2, 5, 5)},
        14,
    ),
    "finds the mask on its input": (
        blocks.SkipConnection,
        {"layer": layers.GRU(3, return_sequences=True), "merge": "concat"},
        {"masks": True, "looks_ahead": False},
        15,
    ),
    "function": (blocks.dense_block, {"units": [4, 6]}, {"output_shape": [2, 5, 6]}, 12),
}


@pytest.mark.parametrize("kept", KEPT)
def test_good_block_prints_a_line_for_each_promise(kept, capfd):
    block, given, more, count = KEPT[kept]
    check.block_contract(block, given, input_shape=SHAPE, **more)
    out, err = capfd.readouterr()
    *lines, end = out.splitlines()
    assert all(line.startswith("✓ ") and line.endswith(".") for line in lines)
    assert len(lines) == len(set(lines)) == count
    assert end == f"{block.__name__} keeps all {count} promises."
    assert err == ""


@pytest.mark.parametrize("nothing", [None, ...])
def test_nothing_here_yet(nothing):
    with pytest.raises(NotYet, match="^✗ Nothing here yet"):
        check.block_contract(nothing, input_shape=SHAPE)


def test_block_instead_of_class():
    with pytest.raises(NotYet, match="Give the class itself"):
        check.block_contract(3, input_shape=SHAPE)


def test_error_in_the_block_shows_its_line_and_the_hint():
    def call(self, inputs, mask=None, training=False):
        return ops.reshape(inputs, (7, 7))  # this line

    with pytest.raises(NotYet) as caught:
        check.block_contract(variant(call=call), ARGUMENTS, input_shape=SHAPE)
    first, *_, hint = str(caught.value).splitlines()
    assert first.startswith("✗ Not yet. Your code stops with")
    assert "in the line: return ops.reshape(inputs, (7, 7))" in str(caught.value)
    assert hint == _shapes.output_shape.hint


def case(block, **more):
    return Case(block.__name__, lambda **kw: block(**ARGUMENTS, **kw), SHAPE, **more)


def broken_by(promise, *arguments, **keywords):
    with pytest.raises(NotYet) as caught:
        promise(*arguments, **keywords)
    return str(caught.value)


# What another promise would find first, asked of one promise alone


def test_config_of_the_loaded_block():
    assert "has another config" in broken_by(_saving.config_round_trip, case(Growing))


def test_noise_that_starts_anew():
    message = broken_by(_learning.noise_is_new, case(StaleNoise, training="noise"))
    assert "An integer as `seed` starts anew at every call" in message


def test_looking_ahead_that_does_not():
    assert "looks_ahead=True" in broken_by(
        _sequences.looking_ahead, case(Running, looks_ahead=True)
    )
    _sequences.looking_ahead(case(Running, looks_ahead=False))
    constant = variant(lambda self, x, h, mask, training: ops.zeros_like(x))
    assert "do not change the result from there on" in broken_by(
        _sequences.looking_ahead, case(constant, looks_ahead=False)
    )


def test_block_that_is_traced_at_every_step():
    tf.config.run_functions_eagerly(True)
    try:
        message = broken_by(_learning.compiled_training_step, case(Good))
    finally:
        tf.config.run_functions_eagerly(False)
    assert "Every training step traces the block anew" in message


def test_other_error_of_a_training_step_stays_what_it_is():
    def result(self, x, h, mask, training):
        if not tf.executing_eagerly():
            raise ValueError("not so")
        return x + h

    with pytest.raises(ValueError, match="not so"):
        _learning.compiled_training_step(case(variant(result)))


def test_block_that_is_another_when_compiled():
    block = variant(
        lambda self, x, h, mask, training: x + h * (1.0 if tf.executing_eagerly() else 2.0)
    )
    message = broken_by(_learning.compiled_training_step, case(block))
    assert "Compiled, it computes something else" in message
