"""Answers to the exercises of the chapter on custom blocks, right and wrong."""

import keras
from keras import layers, ops

register = keras.saving.register_keras_serializable(package="test_check_custom")


class _Block(layers.Layer):
    """What all answers share: masks are passed on, and the result has the input's shape."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def compute_output_shape(self, input_shape):
        return input_shape


@register
class Scale(_Block):
    shape = "each"
    trained = True
    initializer = staticmethod(keras.initializers.Constant)

    def __init__(self, start=1.0, **kwargs):
        super().__init__(**kwargs)
        self.start = start

    def build(self, input_shape):
        shape = {"each": input_shape[-1:], "one": (), "all": input_shape[1:]}[self.shape]
        self.scale = self.add_weight(
            name="scale",
            shape=shape,
            initializer=self.initializer(self.start),
            trainable=self.trained,
        )

    def call(self, inputs):
        return inputs * self.scale

    def get_config(self):
        return {**super().get_config(), "start": self.start}


@register
class Centre(_Block):
    def call(self, inputs, mask=None):
        x = ops.cast(inputs, self.variable_dtype)
        counts = ops.ones_like(x[..., :1])
        if mask is not None:
            counts = ops.cast(mask, x.dtype)[..., None]
        return inputs - ops.cast(self.mean(x, counts), inputs.dtype)

    def mean(self, x, counts):
        total = ops.sum(counts * x, axis=1, keepdims=True)
        return total / ops.sum(counts, axis=1, keepdims=True)


@register
class ReverseGradient(_Block):
    def __init__(self, strength=1.0, **kwargs):
        super().__init__(**kwargs)
        self.strength = strength

    def call(self, inputs):
        @ops.custom_gradient
        def reverse(x):
            return self.forward(x), self.backward

        return reverse(inputs)

    def forward(self, x):
        return ops.copy(x)

    def backward(self, upstream):
        return -self.strength * upstream

    def get_config(self):
        return {**super().get_config(), "strength": self.strength}


@register
class ByStopGradient(ReverseGradient):
    """The same without a custom gradient."""

    def call(self, inputs):
        return ops.stop_gradient((1 + self.strength) * inputs) - self.strength * inputs


@register
class Peak(_Block):
    trained = False

    def __init__(self, rate=0.1, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate

    def build(self, input_shape):
        self.peak = self.add_weight(
            name="peak", shape=input_shape[-1:], initializer="ones", trainable=self.trained
        )

    def call(self, inputs, mask=None, training=False):
        before = self.peak + 0
        if training:
            x = inputs
            if mask is not None:
                x = x * ops.cast(mask, x.dtype)[..., None]
            self.peak.assign(self.follow(self.peak, self.largest(x)))
        return inputs / ops.cast(self.used(before), inputs.dtype)

    def largest(self, x):
        return ops.max(ops.abs(x), axis=tuple(range(len(x.shape) - 1)))

    def follow(self, p, new):
        return p + self.rate * (ops.cast(new, p.dtype) - p)

    def used(self, before):
        return self.peak

    def get_config(self):
        return {**super().get_config(), "rate": self.rate}


SOLUTIONS = {"Scale": Scale, "Centre": Centre, "ReverseGradient": ReverseGradient, "Peak": Peak}
ALSO_RIGHT = [("ReverseGradient", ByStopGradient)]


def like(base, **members):
    """A registered subclass of a right answer that differs in the given members."""
    return register(type(f"Wrong{next(like.count)}", (base,), members))


like.count = iter(range(1000))


def nothing(self, inputs):
    pass


def ignoring(method):
    """A `call` that does not ask `training`: it trains always."""

    def call(self, inputs, mask=None, training=False):
        return method(self, inputs, mask, True)

    return call


def without(name):
    def get_config(self):
        return layers.Layer.get_config(self)

    return {"get_config": get_config}


class Unregistered(Scale):
    pass


def mean_of(axis, scale=1.0):
    return lambda self, x, counts: scale * ops.mean(x, axis=axis, keepdims=True)


def in_half_precision(self, x, counts):
    return Centre.mean(self, *(ops.cast(part, self.compute_dtype) for part in (x, counts)))


def over_all_steps(self, x, counts):
    return ops.sum(counts * x, axis=1, keepdims=True) / x.shape[1]


def over_the_batch(self, x, counts):
    count = ops.sum(counts)
    if bool(ops.all(counts == 1)):
        count = x.shape[1]
    return ops.sum(counts * x, axis=1, keepdims=True) / count


def without_mask(self, inputs):
    return inputs - ops.mean(inputs, axis=1, keepdims=True)


MISTAKES = [
    ("Scale", like(Scale, call=nothing), "`call` returns None"),
    ("Scale", like(Scale, initializer=lambda self, s: "ones"), "The numbers begin at 1"),
    ("Scale", like(Scale, initializer=lambda self, s: "zeros"), "The numbers begin at 0"),
    ("Scale", like(Scale, call=lambda self, x: x + self.scale), "This adds. Multiply."),
    ("Scale", like(Scale, shape="one"), "There is one number for all features"),
    ("Scale", like(Scale, shape="all"), "One for each feature, the last axis, is [(3,)]"),
    ("Scale", like(Scale, trained=False), "Leave trainable=False out"),
    ("Scale", like(Scale, **without("start")), "The config has no 'start'"),
    ("Scale", Unregistered, "Is the class registered"),
    (
        "Scale",
        like(Scale, compute_output_shape=layers.Layer.compute_output_shape),
        "There is no `compute_output_shape`",
    ),
    ("Centre", like(Centre, call=nothing), "`call` returns None"),
    ("Centre", like(Centre, mean=mean_of(2)), "Time is axis 1"),
    ("Centre", like(Centre, mean=mean_of(None)), "This is one mean of everything"),
    ("Centre", like(Centre, mean=mean_of((0, 1))), "This mean runs over the batch too"),
    (
        "Centre",
        like(Centre, call=lambda self, x, mask=None: ops.mean(x, axis=1, keepdims=True) + 0 * x),
        "This is the mean. Take it away from x.",
    ),
    ("Centre", like(Centre, call=without_mask), "`call` does not take `mask`"),
    ("Centre", like(Centre, mean=mean_of(1)), "The mask is not used"),
    ("Centre", like(Centre, mean=over_all_steps), "it is divided by all steps"),
    ("Centre", like(Centre, mean=over_the_batch), "The count runs over the batch"),
    ("Centre", like(Centre, mean=in_half_precision), "more than a sum can hold"),
    (
        "ReverseGradient",
        like(ReverseGradient, call=nothing),
        "`call` returns None",
    ),
    (
        "ReverseGradient",
        like(ReverseGradient, call=lambda self, x: -self.strength * x),
        "This turns the output around",
    ),
    (
        "ReverseGradient",
        like(ReverseGradient, call=lambda self, x: ops.stop_gradient(x)),
        "No gradient comes back at all",
    ),
    (
        "ReverseGradient",
        like(ReverseGradient, call=lambda self, x: ops.copy(x)),
        "Is the function decorated?",
    ),
    (
        "ReverseGradient",
        like(ReverseGradient, backward=lambda self, upstream: -upstream),
        "`strength` is not used",
    ),
    (
        "ReverseGradient",
        like(ReverseGradient, backward=lambda self, upstream: self.strength * upstream),
        "the wrong sign",
    ),
    (
        "ReverseGradient",
        like(ReverseGradient, backward=lambda self, upstream: 0 * upstream - self.strength),
        "The gradient of the result is left out",
    ),
    ("ReverseGradient", like(ReverseGradient, **without("strength")), "has no 'strength'"),
    ("Peak", like(Peak, call=nothing), "`call` returns None"),
    ("Peak", like(Peak, trained=True), "make it with trainable=False"),
    ("Peak", like(Peak, follow=lambda self, p, new: p), "In training p does not move"),
    (
        "Peak",
        like(Peak, largest=lambda self, x: ops.max(x, axis=tuple(range(len(x.shape) - 1)))),
        "Take the largest size",
    ),
    ("Peak", like(Peak, follow=lambda self, p, new: new), "p jumps to the peak"),
    (
        "Peak",
        like(Peak, follow=lambda self, p, new: self.rate * p + (1 - self.rate) * new),
        "The shares are swapped",
    ),
    (
        "Peak",
        like(Peak, largest=lambda self, x: ops.max(ops.abs(x)) + ops.zeros(x.shape[-1])),
        "This is one peak for all features",
    ),
    (
        "Peak",
        like(Peak, largest=lambda self, x: ops.mean(ops.abs(x), tuple(range(len(x.shape) - 1)))),
        "This follows the mean size",
    ),
    ("Peak", like(Peak, used=lambda self, before: before), "p is used before it moves"),
    ("Peak", like(Peak, call=ignoring(Peak.call)), "before any training"),
    (
        "Peak",
        like(
            Peak,
            call=lambda self, inputs, training=False: Peak.call(self, inputs, None, training),
        ),
        "the averages are taken over padding too",
    ),
    ("Peak", like(Peak, **without("rate")), "has no 'rate'"),
]
