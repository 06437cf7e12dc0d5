"""Promises about numbers: their dtype, what training changes, what learns, and how it compiles."""

import contextlib
import logging
import warnings

import keras
import numpy as np
from keras import layers, ops

from blocks.teaching.check._contract._case import (
    as_array,
    distance,
    equal,
    inner_layers,
    moved,
    numbers,
    promise,
    randomize,
    same,
    trained,
    values,
)
from blocks.teaching.check._frame import NotYet, expect

NOISE = "seed_generator_state"  # in the path of what a source of noise remembers


@contextlib.contextmanager
def global_policy(policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def policies():
    # JAX has float64 only where a program turns it on
    return ["mixed_float16"] + ["float64"] * (keras.backend.backend() != "jax")


@promise(
    "Its parts work in its own dtype, in half precision too.",
    hint="In mixed precision the input arrives as float16: cast constants with "
    "ops.cast(value, inputs.dtype), and make the parts with dtype=self.dtype_policy.",
)
def dtype(case):
    """Every inner layer has the block's dtype, whether it was given to the block or is global."""
    for policy in policies():
        if case.is_layer:
            block = case.make(dtype=policy)
            y = block(numbers(case.input_shape))
        else:
            with global_policy(policy):
                block = case.make()
                y = block(numbers(case.input_shape))
        for layer in inner_layers(block):
            found = layer.dtype_policy.name
            expect(
                found == policy,
                f"The block was made with dtype={policy!r}, its part {layer.name!r} works in "
                f"{found}. A policy does not reach parts by itself: pass dtype=self.dtype_policy "
                "to each, and pass **kwargs on to super().__init__.",
            )
        compute, variable = {"mixed_float16": ("float16", "float32")}.get(policy, (policy, policy))
        found = keras.backend.standardize_dtype(y.dtype)
        expect(
            found == compute,
            f"With dtype={policy!r} the result is {found}, it should be {compute}. Something in "
            "`call` widens it: a NumPy constant, a cast, or a float32 tensor.",
        )
        for weight in block.weights:
            found = keras.backend.standardize_dtype(weight.dtype)
            expect(
                found == variable,
                f"With dtype={policy!r} the weight {weight.path} is {found}, it should be "
                f"{variable}. Leave the dtype to add_weight.",
            )
        expect(np.isfinite(as_array(y)).all(), f"With dtype={policy!r} the result is not finite.")


@promise(
    "`training` changes what it should, and nothing else.",
    hint="Is it an error of `call` with training=True?",
)
def training(case):
    """In inference nothing moves; in training every moving average and every source of noise."""
    block = case.make()
    block.build(case.input_shape)
    randomize(block)
    x = numbers(case.input_shape)
    before = values(block.variables)
    y = as_array(block(x, training=False))
    expect(
        same(block(x), y),
        "block(x) and block(x, training=False) differ. Where nobody says `training`, it is "
        "inference: let the default be False, and write no training=True into `call`.",
    )
    # Keras's own recurrent layers draw a dropout mask in inference too, and do not use it
    changed = {path for path in moved(before, values(block.variables)) if NOISE not in path}
    expect(not changed, f"In inference {_names(changed)} changes. Ask `training` first.")
    in_training = as_array(block(x, training=True))
    changed = moved(before, values(block.variables))
    should = {w.path for w in block.non_trainable_weights} if "averages" in case.training else set()
    if "averages" in case.training:
        expect(should, 'training="averages", and there is no weight with trainable=False.')
    if "noise" in case.training:
        noise = {path for path in before if NOISE in path}
        expect(
            noise,
            'training="noise", and there is no source of noise that Keras finds. Keep a '
            "keras.random.SeedGenerator as an attribute, and pass it as `seed`.",
        )
        should |= noise
    expect(
        should <= changed,
        f"In training {_names(should - changed)} should change and does not. Does `call` declare "
        "`training`, and do its parts get no training=False?",
    )
    expect(
        changed <= should,
        f"In training {_names(changed - should)} changes. If it should, say so with "
        'training="averages" (weights with trainable=False) or training="noise".',
    )
    if case.training:
        expect(
            distance(in_training, y) > 0.01,
            f"training={case.training!r}, and a call with training=True returns what inference "
            "does.",
        )
    else:
        expect(
            same(in_training, y),
            "block(x, training=True) returns something else than block(x). If it should, say so "
            'with training="averages" or training="noise".',
        )


def _names(paths):
    return " and ".join(sorted(paths))


def has_noise(case):
    return "noise" in case.training


@promise("The same seed gives the same noise.", applies=has_noise, hint="See `training`.")
def same_seed_same_noise(case):
    def draw(seed):
        keras.utils.set_random_seed(seed)
        block = case.make()
        block.build(case.input_shape)
        randomize(block)  # the same weights for every seed: what differs is noise
        return as_array(block(numbers(case.input_shape), training=True))

    expect(
        same(draw(3), draw(3)),
        "After keras.utils.set_random_seed(3) the noise differs from run to run. It must come "
        "from keras.random with a SeedGenerator, not from a generator of your own.",
    )
    expect(
        max(distance(draw(3), draw(seed)) for seed in range(4, 9)) > 0.01,
        "After keras.utils.set_random_seed with another number the noise is the same. A fixed "
        "integer as `seed` draws the same numbers in every block and every run.",
    )


@promise("Noise is new at every call.", applies=has_noise, hint="See `training`.")
def noise_is_new(case):
    block, x, _ = trained(case)
    first = block(x, training=True)
    expect(
        max(distance(block(x, training=True), first) for _ in range(9)) > 0.01,
        "Ten calls in training draw the same numbers. An integer as `seed` starts anew at every "
        "call: make keras.random.SeedGenerator(seed) once, in `__init__`, and pass that.",
    )


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


@contextlib.contextmanager
def quiet():
    """Without warnings of what a promise says itself, or of many models in one process."""
    logger = logging.getLogger("tensorflow")  # which warns where functions are traced often
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Gradients do not exist")
            yield
    finally:
        logger.setLevel(level)


def _step(model, x, y):
    """The loss of one step of training."""
    with quiet():
        try:
            return model.train_on_batch(x, y, return_dict=True)["loss"]
        except ValueError as error:
            if "No gradients provided" not in str(error):
                raise
    raise NotYet(
        "✗ Not yet. No gradient comes back through the block: nothing before it could learn. A "
        "cast to whole numbers, a comparison, an argmax, a stop_gradient or a detour through NumPy "
        "cuts it off."
    )


@promise(
    "Compiled with XLA it trains: each trainable weight gets a gradient, and Python runs once.",
    hint="A compiled step works with symbolic tensors: keep to keras.ops, and decide nothing by "
    "the values of a tensor with a Python `if`.",
)
def compiled_training_step(case):
    """One step with XLA moves every weight, and those of a layer before; more trace nothing new."""
    keras.utils.set_random_seed(1)
    inputs = keras.Input(case.input_shape[1:])
    before = layers.Dense(case.input_shape[-1], use_bias=False, name="before")
    counted, block = Counted(), case.make(name="block")
    model = keras.Model(inputs, block(counted(before(inputs))))
    randomize(block)
    model.compile(keras.optimizers.SGD(1.0), product_loss, jit_compile=True)
    x, y = numbers(case.input_shape), numbers(case.result_shape, seed=1)
    start = values(model.trainable_weights)
    uncompiled = values(block.non_trainable_weights)
    loss = _step(model, x, y)
    for weight in model.trainable_weights:
        has_moved = distance(weight, start[weight.path]) > 1e-5
        what = f"the weight {weight.path}" if "before/" not in weight.path else "the input"
        expect(
            has_moved or WITHOUT_GRADIENT in weight.path,
            f"No gradient reaches {what}: a training step leaves it as it is. A cast to whole "
            "numbers, a comparison, a stop_gradient or a detour through NumPy cuts it off; a "
            "weight that should not learn is made with trainable=False.",
        )
        assert not (has_moved and WITHOUT_GRADIENT in weight.path), weight.path
    calls = counted.calls
    for seed in (2, 3):
        _step(model, numbers(case.input_shape, seed), y)
    expect(
        counted.calls == calls,
        "Every training step traces the block anew, which is slow. Look for Python numbers or new "
        "objects that change from call to call.",
    )
    if not has_noise(case):  # in which XLA draws other numbers
        for weight in model.weights:
            weight.assign({**uncompiled, **start}[weight.path])
        uncompiled_loss = product_loss(y, model(x, training=True)) + sum(model.losses)
        expect(
            equal(loss, uncompiled_loss),
            "Compiled, it computes something else than as plain Python does: something in `call` "
            "is decided when it is traced, as a Python number from random or a counter is.",
        )
