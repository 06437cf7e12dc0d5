"""Checks of the exercises in the chapter on recurrent blocks."""

import numpy as np
from keras import ops

from blocks.teaching.check._frame import exercise, expect, expect_close, expect_shape


@exercise("Keras counts the same, the GRU's second bias included.")
def count_parameters(answer):
    """`count_parameters(cell, features, units)`: the weights of a recurrent layer."""
    D, U = 5, 7
    one = D * U + U * U + U
    wrong_everywhere = [
        ("The recurrent kernel is missing: units × units for each gate.", D * U + U),
        ("The biases are missing.", D * U + U * U),
        ("The kernel reads the input: features × units for each gate.", 2 * U * U + U),
    ]
    for cell, dense, biases in (("simple", 1, 1), ("lstm", 4, 1), ("gru", 3, 2)):
        right = dense * (one + (biases - 1) * U)
        mistakes = [(dense * wrong, why) for why, wrong in wrong_everywhere]
        if cell == "lstm":
            mistakes += [
                (3 * one, "Three gates, and the candidate too: four dense layers."),
                (one, "These are the weights of one of the LSTM's four dense layers."),
            ]
        if cell == "gru":
            mistakes += [
                (3 * one, "With reset_after, the GRU has a second bias, beside its state."),
                (4 * one, "The GRU has two gates and a candidate: three dense layers."),
                (2 * (one + U), "Two gates, and the candidate too: three dense layers."),
                (one, "These are the weights of one of the GRU's three dense layers."),
            ]
        expect_close(
            answer(cell, D, U),
            right,
            f"count_parameters({cell!r}, {D}, {U})",
            mistakes=mistakes,
            hint="Each gate, and the candidate, is a dense layer on the input and on the state.",
        )


@exercise("It is what Keras does at a masked step: the state stays as it was.")
def masked_rnn(answer):
    """`masked_rnn(x, mask, W, R, b)`: the last state of a simple layer under a mask."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(3, 6, 4))
    W, R, b = rng.normal(size=(4, 5)), 0.5 * rng.normal(size=(5, 5)), rng.normal(size=5)
    # padding behind, in front, and a gap in the middle
    mask = np.array([[1, 1, 1, 1, 0, 0], [0, 0, 1, 1, 1, 1], [1, 1, 0, 1, 1, 0]], dtype=bool)

    def run(update, x=x):
        h = np.zeros((3, 5))
        for t in range(6):
            h = update(h, np.tanh(x[:, t] @ W + h @ R + b), mask[:, t, np.newaxis])
        return h

    what = "masked_rnn(x, mask, W, R, b)"
    right = run(lambda h, new, on: np.where(on, new, h))
    if np.shape(value := answer(x, mask, W, R, b)) == (3, 6, 5):
        expect(False, f"{what} returns the state at every step. Return the last one, of (3, 5).")
    until_gap = np.zeros((3, 5))
    running = np.ones((3, 1), dtype=bool)
    for t in range(6):
        running &= mask[:, t, np.newaxis]
        until_gap = np.where(running, np.tanh(x[:, t] @ W + until_gap @ R + b), until_gap)
    expect_close(
        value,
        right,
        what,
        mistakes=[
            (run(lambda h, new, on: new), "The mask is not used: every step changes the state."),
            (
                run(lambda h, new, on: new, x * mask[..., np.newaxis]),
                "The masked inputs are set to zero, and then read. A zero is an input too: it "
                "still changes the state, by the recurrent kernel and the bias.",
            ),
            (
                run(lambda h, new, on: np.where(on, new, 0)),
                "At a masked step the state is set to zero, and everything is forgotten. Keep "
                "the state of the step before.",
            ),
            (
                run(lambda h, new, on: np.where(on, h, new)),
                "The mask is the wrong way around: True means that the step counts.",
            ),
            (
                until_gap,
                "The loop stops at the first masked step. Steps that count may follow a gap.",
            ),
        ],
        hint="Where the mask is True take the new state, elsewhere the old one: np.where.",
    )


def _models():
    """Names, functions on arrays (B, T, D), and whether they are causal."""

    def model(function):
        return lambda x: ops.convert_to_tensor(function(np.asarray(x, dtype="float32")))

    def peek(x):  # the first output sees the third step, and nothing else looks ahead
        y = np.cumsum(x, axis=1)
        y[:, 0] += x[:, 2]
        return y

    def second(x):  # looks ahead at the second feature alone
        y = np.cumsum(x, axis=1)
        y[:, :-1] += x[:, 1:, 1:2]
        return y

    def from_the_end(x):
        return np.cumsum(x[:, ::-1], axis=1)[:, ::-1].copy()

    def centred(x):  # looks ahead, and does not see what is added to all features alike
        return from_the_end(x - x.mean(axis=-1, keepdims=True))

    return [
        ("adds up all steps so far", model(lambda x: np.cumsum(x, axis=1)), True),
        ("looks at each step alone", model(lambda x: 2 * x + 1), True),
        (
            "answers at every step with the sum of all steps before it",
            model(lambda x: np.cumsum(x, axis=1) - x),
            True,
        ),
        ("adds up from the end", model(from_the_end), False),
        ("subtracts the mean over time", model(lambda x: x - x.mean(axis=1, keepdims=True)), False),
        ("lets the first output see the third step, and no more", model(peek), False),
        ("looks one step ahead at the second feature alone", model(second), False),
        ("centres the features, and adds up from the end", model(centred), False),
    ]


@exercise("Run it on any model that claims not to see the future.")
def is_causal(answer):
    """`is_causal(model, x)`: whether no output depends on a later step."""
    x = np.random.default_rng(8).normal(size=(2, 6, 3)).astype("float32")
    results = []
    for name, model, right in _models():
        value = answer(model, x)
        expect(
            isinstance(value, (bool, np.bool_)),
            f"is_causal should return True or False. It returned {value!r:.60}",
        )
        results.append((name, bool(value), right))
    given = [value for _, value, _ in results]
    expect(
        not all(given), "is_causal calls every model causal, also one that adds up from the end."
    )
    expect(
        any(given),
        "is_causal calls no model causal. The step that you change may change its own output and "
        "those after it. Compare the outputs before it: y[:, :t].",
    )
    by_name = {name: value for name, value, _ in results}
    expect(
        by_name["adds up all steps so far"] or not by_name["adds up from the end"],
        "It is the wrong way around: change a step and look at the outputs before it.",
    )
    expect(
        by_name["looks at each step alone"] and by_name["adds up all steps so far"],
        "A model that looks at the current step is causal. Leave out the output of the step that "
        "you change: y[:, :t].",
    )
    expect(
        not by_name["lets the first output see the third step, and no more"],
        "One model lets its first output see the third step, and is_causal misses it. Changing "
        "the last step is not enough: change every step, one after another.",
    )
    expect(
        not by_name["looks one step ahead at the second feature alone"],
        "One model looks ahead at the second feature alone, and is_causal misses it. Change all "
        "features of a step.",
    )
    expect(
        not by_name["centres the features, and adds up from the end"],
        "One model that looks ahead subtracts the mean over features, as layer normalization does, "
        "and is_causal misses it. Change the features of a step by different amounts.",
    )
    for name, value, right in results:
        expect(
            value == right, f"A model that {name}: is_causal says {value}, it should be {right}."
        )


@exercise("Four gates by hand: an LSTM of one unit that remembers.")
def lamp(answer):
    """`lamp()`: the kernel (2, 4), recurrent kernel (1, 4) and bias (4,) of an LSTM for a lamp."""
    weights = answer()
    expect(
        isinstance(weights, (list, tuple)) and len(weights) == 3,
        "lamp should return three arrays: the kernel, the recurrent kernel and the bias.",
    )
    shapes = {"kernel": (2, 4), "recurrent kernel": (1, 4), "bias": (4,)}
    kernel, recurrent, bias = (
        expect_shape(w, shape, f"the {name}").astype(float)
        for w, (name, shape) in zip(weights, shapes.items(), strict=True)
    )

    def run(presses):
        """The state h and the forget gate after each press: 1 on, -1 off, 0 none."""
        h, c, track = np.zeros(1), np.zeros(1), []
        for press in presses:
            x = np.array([press == 1, press == -1], dtype=float)
            i, f, g, o = np.split(x @ kernel + h @ recurrent + bias, 4)
            i, f, o = (1 / (1 + np.exp(-np.clip(z, -500, 500))) for z in (i, f, o))
            c = f * c + i * np.tanh(g)
            h = o * np.tanh(c)
            track.append((h[0], f[0]))
        return np.array(track)

    def ends(presses, what, *, on, why):
        h = run(presses)[-1, 0]
        side = "above 0.5" if on else "below -0.5"
        expect(h > 0.5 if on else h < -0.5, f"{what}, h is {h:.2f}. It should be {side}. {why}")

    quiet = [0] * 200
    ends([1], "After a press of the on button", on=True, why=_WRITE)
    ends([-1], "After a press of the off button", on=False, why=_WRITE)
    ends(
        [1, *quiet],
        "200 quiet steps after a press of the on button",
        on=True,
        why="What does the forget gate do when nothing is pressed? Its bias decides: it has to be "
        "large and positive.",
    )
    ends([-1, *quiet], "200 quiet steps after a press of the off button", on=False, why=_QUIET)
    ends(
        [1, 1, 1, 1, -1],
        "After on, on, on, on, off",
        on=False,
        why="The cell counts presses: it adds them up. A press should first close the forget "
        "gate, so that it replaces the old value.",
    )
    ends([-1, -1, -1, -1, 1], "After off, off, off, off, on", on=True, why=_COUNT)
    rng = np.random.default_rng(2)
    presses = [1, *rng.choice([-1, 0, 1], p=[0.1, 0.8, 0.1], size=500)]
    last = np.array([press for press in presses])
    for t in range(1, len(last)):
        last[t] = last[t] or last[t - 1]
    h = run(presses)[:, 0]
    expect(
        np.all(h * last > 0.5),
        f"On a random stream, {np.mean(h * last <= 0.5):.0%} of the steps are wrong. "
        "Make the gates more decided: larger weights.",
    )


_WRITE = (
    "A press should open the input gate and send the candidate to 1 or -1, and the output gate "
    "should be open. The order of the columns is input, forget, candidate, output."
)
_QUIET = "Nothing pressed should write nothing: is the candidate's bias 0?"
_COUNT = "A press of either button should close the forget gate."
