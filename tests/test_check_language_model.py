"""Answers to the exercises of the chapter on a language model: right ones and wrong ones.

`tests/test_check_frame.py` gives every one of them to its check:

    pytest tests/test_check_frame.py -k language_model
"""

import numpy as np


def pairs(ids, steps):
    count = (len(ids) - 1) // steps
    return tuple(ids[i : i + count * steps].reshape(count, steps) for i in (0, 1))


def another_y(change):
    return lambda ids, steps: (pairs(ids, steps)[0], change(*pairs(ids, steps)))


def overlapping(ids, steps):
    windows = np.lib.stride_tricks.sliding_window_view(ids, steps)
    return windows[:-1], windows[1:]


def one_too_many(ids, steps):
    count = len(ids) // steps
    x = ids[: count * steps].reshape(count, steps)
    return x, np.roll(x.ravel(), -1).reshape(x.shape)


def nats(logits, targets, axis=-1):
    z = logits - logits.max(axis=axis, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=axis, keepdims=True))
    return -np.take_along_axis(log_p, targets[..., np.newaxis], axis=-1)


def compressed_bytes(logits, targets):
    return nats(logits, targets).sum() / np.log(2) / 8


def overflowing(logits, targets):
    e = np.exp(logits)
    p = np.take_along_axis(e / e.sum(axis=-1, keepdims=True), targets[..., np.newaxis], axis=-1)
    return -np.log2(p).sum() / 8


def with_a_floor(logits, targets):
    p = np.exp(-nats(logits, targets))
    return -np.log2(p + 1e-9).sum() / 8


def raw_logits(logits, targets):
    chosen = np.take_along_axis(logits, targets[..., np.newaxis], axis=-1)
    return -chosen.sum() / np.log(2) / 8


def nucleus(probabilities, p):
    order = np.argsort(probabilities)[::-1]
    count = np.searchsorted(np.cumsum(probabilities[order]), p) + 1
    return keep(probabilities, order[:count])


def keep(probabilities, places):
    y = np.zeros_like(probabilities)
    y[places] = probabilities[places]
    return y / y.sum()


def kept(more=0, sign=-1):
    """A nucleus that counts or sorts in its own way."""

    def answer(probabilities, p):
        order = np.argsort(sign * probabilities)
        count = 1 + int(np.argmax(np.cumsum(probabilities[order]) >= p))
        return keep(probabilities, order[: max(1, count + more)])

    return answer


def sorted_nucleus(probabilities, p):
    return np.sort(nucleus(probabilities, p))[::-1]


def single(probabilities, p):
    return keep(probabilities, probabilities >= min(p, probabilities.max()))


def unnormalized(probabilities, p):
    return np.where(nucleus(probabilities, p) > 0, probabilities, 0)


def previous_head(steps, scale=None, offset=1):
    if scale is None:
        scale = 10 * np.sqrt(steps)
    return scale * np.eye(steps), np.eye(steps, k=offset)


SOLUTIONS = {
    "pairs": pairs,
    "compressed_bytes": compressed_bytes,
    "nucleus": nucleus,
    "previous_head": previous_head,
}

# Other right answers: other ways, other types.
ALSO_RIGHT = [
    ("pairs", lambda ids, steps: [part.tolist() for part in pairs(ids, steps)]),
    ("compressed_bytes", lambda z, y: float(np.float64(compressed_bytes(z, y)))),
    ("nucleus", kept()),
    ("nucleus", lambda probabilities, p: nucleus(probabilities, p).tolist()),
    ("previous_head", lambda n: (np.eye(n, k=-1), 20 * n * np.eye(n))),
    ("previous_head", lambda n: (3 * np.sqrt(n) * np.eye(n), 4 * np.eye(n, k=1))),
]

# The check, a wrong answer, words of the hint that it must get.
MISTAKES = [
    ("pairs", lambda ids, steps: pairs(ids, steps)[0], "two arrays"),
    ("pairs", another_y(lambda x, y: x), "y is x"),
    ("pairs", another_y(lambda x, y: np.roll(x, -1, axis=1)), "as its last target"),
    ("pairs", another_y(lambda x, y: np.roll(x.ravel(), -1).reshape(x.shape)), "goes around"),
    ("pairs", another_y(lambda x, y: np.roll(x, 1, axis=1)), "the wrong way"),
    ("pairs", another_y(lambda x, y: np.roll(x.ravel(), 1).reshape(x.shape)), "the wrong way"),
    ("pairs", lambda ids, steps: pairs(ids, steps)[::-1], "one character late"),
    ("pairs", overlapping, "windows overlap"),
    ("pairs", one_too_many, "has no successor"),
    ("pairs", lambda ids, steps: [part[:-1] for part in pairs(ids, steps)], "The shape of x"),
    ("compressed_bytes", lambda z, y: 8 * compressed_bytes(z, y), "These are bits"),
    ("compressed_bytes", lambda z, y: nats(z, y).sum(), "These are nats"),
    ("compressed_bytes", lambda z, y: nats(z, y).sum() / 8, "Nats are not bits"),
    ("compressed_bytes", lambda z, y: nats(z, y).sum() * np.log(2) / 8, "more than a bit"),
    ("compressed_bytes", lambda z, y: nats(z, y).mean() / np.log(2), "bits per character"),
    ("compressed_bytes", lambda z, y: nats(z, y).mean() / np.log(2) / 8, "mean for a character"),
    ("compressed_bytes", lambda z, y: nats(z, y).mean(), "mean loss in nats"),
    ("compressed_bytes", lambda z, y: -compressed_bytes(z, y), "sign is wrong"),
    ("compressed_bytes", raw_logits, "softmax is missing"),
    (
        "compressed_bytes",
        lambda z, y: nats(z, y, axis=0).sum() / np.log(2) / 8,
        "runs over the windows",
    ),
    ("compressed_bytes", overflowing, "np.exp overflows"),
    ("compressed_bytes", with_a_floor, "a small number inside"),
    ("nucleus", unnormalized, "does not add up to 1"),
    ("nucleus", kept(more=-1), "The one that reaches p is missing"),
    ("nucleus", kept(more=1), "one too many"),
    ("nucleus", lambda probabilities, p: probabilities, "Nothing is cut off"),
    ("nucleus", sorted_nucleus, "sorted order"),
    ("nucleus", kept(sign=1), "least probable ones are kept"),
    ("nucleus", single, "The one that reaches p is missing"),
    ("nucleus", lambda probabilities, p: probabilities[:3], "The shape of"),
    ("previous_head", lambda n: 10 * n * np.eye(n), "two kernels"),
    ("previous_head", lambda n: previous_head(n - 1), "The shape of WQ"),
    ("previous_head", lambda n: (np.zeros((n, n)), np.eye(n, k=1)), "spread evenly"),
    ("previous_head", lambda n: previous_head(n, offset=0), "looks at itself"),
    ("previous_head", lambda n: previous_head(n, offset=-1), "one position ahead"),
    ("previous_head", lambda n: previous_head(n, offset=2), "somewhere else"),
    ("previous_head", lambda n: previous_head(n, scale=10), "softly"),
]
