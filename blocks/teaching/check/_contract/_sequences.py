"""Promises about sequences: masks, padding, and the order in time."""

import contextlib
import inspect
import warnings

import keras
import numpy as np
from keras import layers, ops
from keras.src.backend.common.masking import set_keras_mask

from blocks.teaching.check._contract._case import (
    as_array,
    distance,
    equal,
    moved,
    numbers,
    promise,
    randomize,
    same,
    trained,
    values,
)
from blocks.teaching.check._frame import expect

VALID = np.array([[True, True, False, True, False], [True, False, True, True, False]])


class MaskOf(layers.Layer):
    """The mask that reached this layer, as numbers; -1 where none did."""

    def __init__(self):
        super().__init__()
        self.supports_masking = True

    def call(self, inputs, mask=None):
        shape = ops.shape(inputs)[:2]
        return -ops.ones(shape) if mask is None else ops.cast(mask, "float32")


@contextlib.contextmanager
def without_warning_of_sequential():
    # Keras warns of every Sequential inside a model, although its layers do use the mask
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Layer '.*' .of type Sequential. was passed an input")
        yield


def valid(case):
    return np.resize(VALID, case.input_shape[:2])


@promise(
    "A mask on the input is passed on.",
    applies=lambda case: case.is_sequence,
    hint="A mask is a tensor of truth values of shape (batch, time), or None.",
)
def mask_is_passed_on(case):
    mask = valid(case)
    x = numbers(case.input_shape) * mask[..., None]
    inputs = keras.Input(case.input_shape[1:])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras warns of a mask that is lost; so does this promise
        outputs = MaskOf()(case.make()(layers.Masking()(inputs)))
        model = keras.Model(inputs, outputs)
        arrived = [model(x, training=training) for training in (False, True)]
    expect(
        all(same(found, mask) for found in arrived),
        "The mask of the input does not reach the next layer, which will read padding as if it "
        "were data. Set self.supports_masking = True in `__init__`.",
    )


def steps_mix(case):
    """Whether a time step of the result depends on another one of the input."""
    block, x, y = trained(case)
    for now in range(x.shape[1]):
        other = x.copy()
        other[:, now] = numbers(x.shape, seed=7)[:, now]
        rest = np.arange(x.shape[1]) != now
        if not equal(as_array(block(other))[:, rest], y[:, rest], 1e-6):
            return True
    return False


@promise(
    "No time step of the result depends on another step of the input.",
    applies=lambda case: case.is_sequence and not case.masks,
    hint="It cannot take the sequence.",
)
def steps_do_not_meet(case):
    expect(
        not steps_mix(case),
        "A step of the result depends on other steps, and so padding at those steps can change "
        "it. Let `call` take `mask` and leave masked steps out, and say masks=True: then the "
        "contract tests that padding changes nothing.",
    )


def with_mask_on_input(block, x, mask, **kwargs):
    x = ops.convert_to_tensor(x)
    set_keras_mask(x, ops.convert_to_tensor(mask))
    return block(x, **kwargs)


def with_mask_argument(block, x, mask):
    if "mask" not in inspect.signature(block.call).parameters:
        block = keras.Sequential([block])
    return block(x, mask=ops.convert_to_tensor(mask))


@promise(
    "Padding changes nothing.",
    applies=lambda case: case.masks,
    hint="`mask` is None where there is none, else of shape (batch, time): mask[..., None] fits "
    "an input of shape (batch, time, features).",
)
def padding_changes_nothing(case):
    block, x, unmasked = trained(case)
    for call in (with_mask_on_input, with_mask_argument):
        with without_warning_of_sequential():
            _padding_changes_nothing(case, block, x, unmasked, call)


def _padding_changes_nothing(case, block, x, unmasked, call):
    mask = valid(case)
    y = as_array(call(block, x, mask))
    padded_otherwise = np.where(mask[..., None], x, 10 * numbers(x.shape, seed=5))
    also = as_array(call(block, padded_otherwise, mask))
    for i, kept_steps in enumerate(mask):
        kept = (i, kept_steps) if case.is_sequence else i
        expect(
            equal(also[kept], y[kept]),
            "Other numbers at masked steps give another result: padding is read as if it were "
            "data. Does `call` take `mask`, and use it before it sums, averages or compares steps?",
        )
        expect(
            equal(block(x[i : i + 1, kept_steps])[0], y[kept]),
            "A padded sequence with its mask gives another result than the same sequence without "
            "padding. Where a mean is taken, divide by the number of steps that count.",
        )
        expect(
            distance(unmasked[kept], y[kept]) > 1e-3,
            "A mask changes nothing at all, and masks=True says that it should.",
        )


@promise(
    "In training, padding moves no average.",
    applies=lambda case: case.is_sequence and "averages" in case.training,
    hint="It cannot take a mask in training.",
)
def padding_moves_no_average(case):
    mask = valid(case)
    x = numbers(case.input_shape)
    padded_otherwise = np.where(mask[..., None], x, 10 * numbers(x.shape, seed=5))
    averages = []
    for inputs in (x, padded_otherwise):
        keras.utils.set_random_seed(1)
        block = case.make(name="block")
        block.build((None, *case.input_shape[1:]))
        randomize(block)
        with_mask_on_input(block, inputs, mask, training=True)
        averages.append(values(block.non_trainable_weights))
    changed = moved(*averages)
    expect(
        not changed,
        f"Other numbers at masked steps move {' and '.join(sorted(changed))} to another place: "
        "the averages are taken over padding too. Give masked steps a weight of 0 in every sum "
        "and every count.",
    )


@promise(
    "It looks ahead in time only if it should.",
    applies=lambda case: case.looks_ahead is not None,
    hint="It cannot take the sequence.",
)
def looking_ahead(case):
    block, x, y = trained(case)
    for now in range(1, x.shape[1]):
        other = x.copy()
        other[:, now:] = numbers(x.shape, seed=7)[:, now:]
        changed = as_array(block(other))
        expect(
            distance(changed[:, now:], y[:, now:]) > 1e-3,
            f"Other inputs from step {now} on do not change the result from there on.",
        )
        before = distance(changed[:, :now], y[:, :now])
        if case.looks_ahead:
            expect(
                before > 1e-3,
                f"looks_ahead=True, and other inputs from step {now} on do not change what comes "
                "before.",
            )
        else:
            expect(
                before <= 1e-6,
                f"Other inputs from step {now} on change the result before it: the block looks "
                "ahead. Trained to predict what comes next, it would read the answer. Mind means, "
                "norms and softmaxes over the time axis, and `same` padding.",
            )
