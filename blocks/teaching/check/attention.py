"""Checks of the exercises in the chapter on attention blocks."""

import numpy as np

from blocks.teaching.check._frame import exercise, expect, expect_close, expect_finite


def _softmax(scores, axis=-1):
    e = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


@exercise("Given to Keras as attention_mask, it is a causal mask with a sliding window.")
def window_mask(answer):
    """`window_mask(steps, window)`: row t may see column s."""

    def ask(steps, window):
        t = np.arange(steps)
        back = t[:, np.newaxis] - t
        expect_close(
            answer(steps, window),
            (back >= 0) & (back < window),
            f"window_mask({steps}, {window})",
            mistakes=[
                (
                    (-back >= 0) & (-back < window),
                    "This is transposed: each position sees those after it. Row t is the one that "
                    "looks, column s the one that is looked at.",
                ),
                (
                    (back >= 0) & (back <= window),
                    "The window is one too wide: it counts the position itself.",
                ),
                (
                    (back > 0) & (back <= window),
                    "A position sees itself too: the difference 0 is a yes.",
                ),
                (
                    (back > 0) & (back < window),
                    "A position sees itself too: the difference 0 is a yes.",
                ),
                (
                    np.abs(back) < window,
                    "The window reaches into the future: s may not be above t.",
                ),
                (back >= 0, "The window is missing: what lies too far back is a no."),
                (
                    ~((back >= 0) & (back < window)),
                    "Yes and no are swapped: True is for what may be seen.",
                ),
            ],
            hint="Position t sees s where t - s is at least 0 and below the window.",
        )

    ask(7, 3)
    ask(5, 1)
    ask(4, 9)


@exercise("It is what each head of a MultiHeadAttention computes.")
def masked_attention(answer):
    """`masked_attention(q, k, v, mask)`: scaled dot-product attention, with no weight on a no."""
    rng = np.random.default_rng(7)
    T = 5  # queries, keys and features are as many, so that transposed products fit too
    q, k, v = rng.normal(size=(3, T, T))
    t = np.arange(T)
    mask = np.isin((t - t[:, np.newaxis]) % T, (0, 1, 3))  # a yes and a no in each row and column

    def run(q, k, v, mask, scale=None):
        scores = q @ k.T / (np.sqrt(q.shape[-1]) if scale is None else scale)
        return _softmax(np.where(mask, scores, -np.inf)) @ v

    scores = q @ k.T / np.sqrt(T)
    weights = _softmax(scores)
    down = _softmax(np.where(mask, scores, -np.inf), axis=0)
    expect_close(
        answer(q, k, v, mask),
        run(q, k, v, mask),
        "masked_attention(q, k, v, mask)",
        mistakes=[
            (run(q, k, v, mask, scale=1), "The scale is missing: divide the scores by √d."),
            (run(q, k, v, mask, scale=T), "Divide by the root of d, not by d."),
            (
                weights @ v,
                "The mask has no effect. Set the scores to -np.inf where it is False.",
            ),
            (
                (weights * mask) @ v,
                "The weights are masked after the softmax: they no longer add up to 1, and the "
                "forbidden scores still count in its sum. Mask the scores.",
            ),
            (
                _softmax(scores + mask) @ v,
                "The mask's zeros and ones are added to the scores. A no has to become -np.inf.",
            ),
            (
                _softmax(scores * mask) @ v,
                "A score of 0 is no ban: e⁰ is 1. A no has to become -np.inf.",
            ),
            (
                run(q, k, v, mask.T),
                "The mask is transposed: row t of the mask belongs to query t.",
            ),
            (
                run(q, k, v, ~mask),
                "Yes and no are swapped: True is for what may be seen.",
            ),
            (
                run(k, q, v, mask),
                "Queries and keys are swapped: row t of the scores belongs to query t, q @ k.T.",
            ),
            (
                down @ v,
                "The softmax runs along the queries. The weights of one query add up to 1: use "
                "the last axis.",
            ),
            (
                np.exp(np.where(mask, scores, -np.inf)) @ v,
                "The weights do not add up to 1: divide each row by its sum.",
            ),
        ],
        hint="Scores q @ k.T / √d, -np.inf where the mask is False, softmax of each row, times v.",
    )
    q, k, v = rng.normal(size=(3, 4)), rng.normal(size=(6, 4)), rng.normal(size=(6, 2))
    mask = rng.random((3, 6)) < 0.6
    mask[:, 2] = True
    expect_close(
        answer(q, k, v, mask),
        run(q, k, v, mask),
        "masked_attention with 3 queries, 6 keys and another mask",
        hint="With as many queries as keys it was right. Use the mask that is given.",
    )
    large = expect_finite(
        lambda: answer(1000 * q, k, v, mask),
        "With large scores np.exp overflows. Subtract each row's largest score before it: the "
        "weights stay the same.",
    )
    expect_close(large, run(1000 * q, k, v, mask), "masked_attention with large scores")


@exercise("The dot product of two positions depends on nothing but how far they are apart.")
def sinusoids(answer):
    """`sinusoids(steps, features)`: sine and cosine waves, interleaved."""
    steps, features = 9, 6

    def waves(rates, even=np.sin, odd=np.cos, start=0):
        angles = np.arange(start, start + steps)[:, np.newaxis] * rates
        return np.stack([even(angles), odd(angles)], axis=-1).reshape(steps, -1)

    i = np.arange(0, features, 2)
    rates = 10_000.0 ** (-i / features)
    angles = np.arange(steps)[:, np.newaxis] * rates
    value = expect_close(
        answer(steps, features),
        waves(rates),
        f"sinusoids({steps}, {features})",
        mistakes=[
            (
                np.concatenate([np.sin(angles), np.cos(angles)], axis=-1),
                "The sines stand in the first half and the cosines in the second. Interleave "
                "them: sine, cosine, sine, cosine.",
            ),
            (
                waves(rates, np.cos, np.sin),
                "Sine and cosine are swapped: the even features are sines.",
            ),
            (waves(rates, start=1), "The first position is t = 0."),
            (
                waves(10_000.0 ** (-i / 2 / features)),
                "The exponent is 2i/D, where i counts pairs: 0, 2/D, 4/D, …",
            ),
            (
                waves(10_000.0 ** (-2 * i / features)),
                "The exponent of pair i is 2i/D. If you step through 0, 2, 4, …, that is 2i "
                "already.",
            ),
            (
                waves(10_000.0 ** (i / features)),
                "The angle is divided by the power of 10,000, not multiplied by it.",
            ),
            (
                waves(rates).T,
                "This is transposed: a row for each position, a column for each feature.",
            ),
        ],
        hint="Pair i has the angle t / 10000^(2i/D): its sine, then its cosine.",
    )
    products = value @ value.T
    expect(
        np.allclose(products[:-1, :-1], products[1:, 1:], atol=1e-3),
        "The dot product of two positions should depend on their distance alone.",
    )
    expect_close(answer(4, 2), waves(np.array([1.0]))[:4], "sinusoids(4, 2)")


@exercise("Any number of blocks, one at a time, and the same result: attention in little memory.")
def streamed(answer):
    """`streamed(q, blocks)`: attention over keys and values that come in blocks."""
    rng = np.random.default_rng(11)
    q = 2 * rng.normal(size=(4, 3))
    k, v = 2 * rng.normal(size=(12, 3)), rng.normal(size=(12, 2))

    def split(k, v, *places):
        return list(zip(np.split(k, places), np.split(v, places), strict=True))

    def whole(q, k, v, scale=3**0.5):
        return _softmax(q @ k.T / scale) @ v

    expect_close(
        answer(q, [(k, v)]),
        whole(q, k, v),
        "streamed(q, [(k, v)]), a single block",
        mistakes=[
            (whole(q, k, v, 1), "The scale is missing: divide the scores by √d."),
            (
                np.exp(q @ k.T / np.sqrt(3)) @ v,
                "The weights do not add up to 1: divide by the sum of the exponentials at the end.",
            ),
        ],
        hint="One block is ordinary attention: softmax(q kᵀ / √d) v.",
    )
    blocks = split(k, v, 3, 8)
    scores = [q @ part.T / np.sqrt(3) for part, _ in blocks]
    each = [_softmax(s) @ part for s, (_, part) in zip(scores, blocks, strict=True)]
    own = [np.exp(s - s.max(axis=-1, keepdims=True)) for s in scores]
    total = sum(e.sum(axis=-1, keepdims=True) for e in own)
    unscaled = sum(e @ part for e, (_, part) in zip(own, blocks, strict=True)) / total
    top, total, y = np.full((4, 1), -np.inf), 0.0, 0.0
    for s, (_, part) in zip(scores, blocks, strict=True):
        new = np.maximum(top, s.max(axis=-1, keepdims=True))
        e = np.exp(s - new)
        total = np.exp(top - new) * total + e.sum(axis=-1, keepdims=True)
        y, top = y + e @ part, new
    expect_close(
        answer(q, blocks),
        whole(q, k, v),
        "streamed(q, blocks), with blocks of 3, 5 and 4 rows",
        mistakes=[
            (
                np.mean(each, axis=0),
                "This is the mean of each block's own attention. A block with large scores must "
                "count for more.",
            ),
            (
                np.sum(each, axis=0),
                "Each block was divided by its own sum. Divide at the end.",
            ),
            (
                unscaled,
                "Each block's exponentials are relative to its own largest score. Correct the sums "
                "so far by e^(old - new) when the largest score changes.",
            ),
            (
                y / total,
                "The sum of the exponentials is corrected, the sum of the values is not. Multiply "
                "both by e^(old - new).",
            ),
            (each[-1], "Only the last block counts: carry the sums on from block to block."),
            (each[0], "Only the first block counts."),
        ],
        hint="With one block it was right. What happens to the sums when a larger score comes?",
    )
    expect_close(
        answer(q, split(k[::-1], v[::-1], 6)),
        whole(q, k, v),
        "streamed with the rows in reverse order",
        hint="The order of the rows does not matter to attention.",
    )
    large = expect_finite(
        lambda: answer(1000 * q, blocks),
        "With large scores np.exp overflows. Keep the largest score so far, and subtract it "
        "before np.exp.",
    )
    expect_close(large, whole(1000 * q, k, v), "streamed with large scores")
