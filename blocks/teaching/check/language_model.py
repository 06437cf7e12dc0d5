"""Checks of the exercises in the chapter on a language model from blocks."""

import numpy as np

from blocks.teaching.check._frame import exercise, expect, expect_close, expect_finite, expect_shape


def _softmax(scores):
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@exercise("Each row of x is a question at every place, and y has the answers.")
def pairs(answer):
    """`pairs(ids, steps)`: consecutive windows of a text, and the same one character later."""

    def ask(length, steps):
        ids = (7 * np.arange(length)) % 31  # neighbours differ, and so do the ends of windows
        count = (length - 1) // steps
        x, y = (ids[start : start + count * steps].reshape(count, steps) for start in (0, 1))
        result = answer(ids, steps)
        what = f"pairs(ids, {steps}), with {length} characters,"
        expect(
            isinstance(result, (tuple, list)) and len(result) == 2,
            "pairs returns two arrays: return x, y.",
        )
        first = np.asarray(result[0])
        expect(
            first.shape != (length - steps, steps) or count == length - steps,
            "The windows overlap: each one should begin where the one before ends.",
        )
        expect(
            not (length % steps == 0 and first.shape == (length // steps, steps)),
            "There is a window too many: the last character has no successor, so it can be a "
            "target and no input.",
        )
        expect_shape(result[0], (count, steps), f"x in {what}")
        expect_shape(result[1], (count, steps), f"y in {what}")
        expect_close(
            result[0],
            x,
            f"x in {what}",
            mistakes=[(y, "x begins one character late: it starts with ids[0].")],
            hint="Row 0 is ids[0], ids[1], … and row 1 goes on where row 0 ends.",
        )
        expect_close(
            result[1],
            y,
            f"y in {what}",
            mistakes=[
                (x, "y is x: the model would learn to repeat the character that it sees."),
                (
                    np.roll(x, -1, axis=1),
                    "np.roll brings the first character of each window back as its last target. "
                    "The last target is the first character of the next window.",
                ),
                (
                    np.roll(x.ravel(), -1).reshape(x.shape),
                    "The very last target is the first character of the text: np.roll goes "
                    "around. Cut y out of ids, one place later than x.",
                ),
                (
                    np.roll(x, 1, axis=1),
                    "y is shifted the wrong way: the target of a place is the character after it.",
                ),
                (
                    np.roll(x.ravel(), 1).reshape(x.shape),
                    "y is shifted the wrong way: the target of a place is the character after it.",
                ),
            ],
            hint="y[i, t] is the character that follows x[i, t] in the text.",
        )

    ask(24, 4)
    ask(26, 5)
    ask(8, 7)


@exercise("That many bytes an arithmetic coder would need, to within two or three.")
def compressed_bytes(answer):
    """`compressed_bytes(logits, targets)`: the size of the text under the model, in bytes."""
    rng = np.random.default_rng(3)
    logits = 3 * rng.normal(size=(5, 6, 5))  # the symbols are as many as the windows
    targets = rng.integers(5, size=(5, 6))

    def nats(logits, targets):
        p = _softmax(logits)
        return -np.log(np.take_along_axis(p, targets[..., np.newaxis], axis=-1))[..., 0]

    own = nats(logits, targets)
    right = own.sum() / np.log(2) / 8
    raw = np.take_along_axis(logits, targets[..., np.newaxis], axis=-1)
    e = np.exp(logits - logits.max(axis=0))
    windows = -np.log(np.take_along_axis(e / e.sum(axis=0), targets[..., np.newaxis], axis=-1))
    expect_close(
        answer(logits, targets),
        right,
        "compressed_bytes(logits, targets), with logits of shape (5, 6, 5)",
        mistakes=[
            (8 * right, "These are bits. A byte has eight of them."),
            (own.sum(), "These are nats. Divide by ln 2 to have bits, and by 8 to have bytes."),
            (own.sum() / 8, "Nats are not bits: divide by ln 2, or use np.log2."),
            (own.sum() * np.log(2) / 8, "A nat is more than a bit: divide by ln 2."),
            (own.mean() / np.log(2), "This is the mean, in bits per character. Add up instead."),
            (own.mean() / np.log(2) / 8, "This is the mean for a character. Add up instead."),
            (own.mean(), "This is the mean loss in nats. Add up, and turn nats into bytes."),
            (-right, "The sign is wrong: the logarithm of a probability is negative."),
            (
                -raw.sum() / np.log(2) / 8,
                "Logits are no logarithms of probabilities yet: the softmax is missing.",
            ),
            (
                windows.sum() / np.log(2) / 8,
                "The softmax runs over the windows. It belongs to the symbols, the last axis.",
            ),
        ],
        hint="The softmax of each place, the probability of its target, -log2 of it, the sum, / 8.",
    )
    large = expect_finite(
        lambda: answer(300 * logits, targets),
        "With large logits np.exp overflows, or a probability becomes 0 and has no logarithm. "
        "Subtract each place's largest logit first, and use log p = logit - log(sum(exp(logits))).",
    )
    z = 300 * logits
    z = z - z.max(axis=-1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    chosen = np.take_along_axis(log_p, targets[..., np.newaxis], axis=-1)
    expect_close(
        large,
        -chosen.sum() / np.log(2) / 8,
        "compressed_bytes with large logits",
        hint="Do not add a small number inside the logarithm: use logit - log(sum(exp(logits))).",
    )


@exercise("The tail is cut where the model is sure, and kept where it is not.")
def nucleus(answer):
    """`nucleus(probabilities, p)`: the smallest set that has p together, and 0 for the others."""
    probabilities = np.array([0.04, 0.3, 0.06, 0.4, 0.15, 0.05])
    order = np.argsort(-probabilities)

    def keep(count, *, renormalize=True, chosen=order):
        y = np.zeros_like(probabilities)
        y[chosen[:count]] = probabilities[chosen[:count]]
        return y / max(y.sum(), 0.01) if renormalize else y

    def ask(p, count):
        right = keep(count)
        rising = 1 + int(np.argmax(np.cumsum(probabilities[order[::-1]]) >= p))
        expect_close(
            answer(probabilities, p),
            right,
            f"nucleus({probabilities.tolist()}, {p})",
            mistakes=[
                (
                    keep(count, renormalize=False),
                    "What is kept does not add up to 1: divide by its sum.",
                ),
                (
                    keep(count - 1),
                    "The one that reaches p is missing: those kept have at least p together.",
                ),
                (keep(count + 1), "There is one too many: without it the sum is at least p too."),
                (probabilities, "Nothing is cut off."),
                (
                    right[order],
                    "The result is in sorted order. Put each probability back in its place.",
                ),
                (
                    keep(rising, chosen=order[::-1]),
                    "The least probable ones are kept. Begin with the most probable.",
                ),
            ],
            hint="Sort from the largest, add up until the sum is at least p, keep these, divide "
            "by their sum.",
        )

    ask(0.5, 2)
    ask(0.8, 3)
    ask(0.35, 1)
    ask(0.93, 5)


@exercise("A head that knows positions alone can look one character back.")
def previous_head(answer):
    """`previous_head(steps)`: kernels of queries and keys that look one position back."""

    def ask(steps):
        result = answer(steps)
        expect(
            isinstance(result, (tuple, list)) and len(result) == 2,
            "previous_head returns two kernels: return WQ, WK.",
        )
        WQ = expect_shape(result[0], (steps, steps), "WQ")
        WK = expect_shape(result[1], (steps, steps), "WK")
        scores = WQ @ WK.T / np.sqrt(steps)  # the positions are one-hot: x is the unit matrix
        weights = _softmax(np.where(np.tri(steps, dtype=bool), scores, -np.inf))
        t = np.arange(1, steps)
        looked = np.argmax(weights, axis=-1)
        ahead = np.diagonal(scores, 1) > scores.mean(axis=-1)[:-1]
        behind = np.diagonal(scores, -1) > scores.mean(axis=-1)[1:]
        expect(
            not ahead.all() or behind.any(),
            "The head looks one position ahead, where the mask forbids it. Shift the other way.",
        )
        expect(
            not np.allclose(weights[1:], (np.tri(steps) / np.arange(1, steps + 1)[:, None])[1:]),
            "The weights are spread evenly over the past: the score of the position before must "
            "be larger than the others.",
        )
        expect(
            not np.array_equal(looked[1:], t),
            "Each position looks at itself. One of the two kernels has to shift by one.",
        )
        expect(
            np.array_equal(looked[1:], t - 1),
            f"Position {t[looked[1:] != t - 1][:1]} looks somewhere else than one position back. "
            "The query of t and the key of t - 1 must be the pair with the large product.",
        )
        least = weights[t, t - 1].min()
        expect(
            least > 0.9,
            f"The head looks the right way, but softly: the smallest weight is {least:.2f}, and "
            "0.9 is asked for. Make the scores larger, and remember the division by √d.",
        )

    ask(8)
    ask(64)
