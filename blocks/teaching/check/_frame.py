"""The frame that every check of an exercise is written in.

A check is a function named like what the learner writes. It takes the answer, asks of it what a
right answer must do, and stops at the first thing that is wrong:

    @exercise("The line that a right answer prints: what it has shown.")
    def double(answer):
        x = np.arange(3.0)
        expect_close(
            answer(x), 2 * x, "double(x)",
            mistakes=[(x**2, "This is the square of x.")],
        )

The frame looks after the rest. It tells the learner when there is no answer yet, when the answer
raises an error (and on which line), and when it changes its arguments, of which it gets copies. An
answer may be a function, which the check calls as if it were its own, a class, or a value.
"""

import functools
import inspect
import sysconfig
import traceback
from pathlib import Path

import numpy as np

_NOT_THE_LEARNERS = (
    str(Path(__file__).parents[2]),  # all of blocks
    *(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")),
)


class NotYet(AssertionError):
    """The answer is not right yet: the message says why. Notebooks show it without a traceback."""

    def _render_traceback_(self):
        return str(self).splitlines()


def exercise(shows):
    """Makes a check of a function that takes the answer and raises `NotYet` if it is wrong.

    Args:
        shows: what a right answer has shown, a sentence; it is printed after "✓ Right."
    """

    def decorate(check):
        @functools.wraps(check)
        def run(answer):
            _expect_something(answer, check.__name__)
            try:
                check(_Answer(answer) if inspect.isroutine(answer) else answer)
            except NotYet as not_yet:
                # without the frames of the check, also where tracebacks are shown
                raise not_yet.with_traceback(None) from None
            except NotImplementedError as error:
                raise NotYet(_nothing_here(check.__name__)) from error
            except Exception as error:
                raise NotYet(_explain(error)) from error
            print(f"✓ Right. {shows}")

        run.is_exercise = True
        return run

    return decorate


def expect(condition, message):
    """Goes on if the condition holds; else tells the learner the message."""
    if not condition:
        raise NotYet(f"✗ Not yet. {message}")


def expect_shape(value, shape, what):
    """Goes on if the value is an array of this shape, and returns it as a NumPy array.

    Args:
        value: what the learner's code gave: an array, a tensor, a number or lists of numbers.
        shape: the right shape.
        what: how the value came about, as the learner knows it: `"forward(x, weights)"`.
    """
    array = _as_array(value, what)
    expect(
        array.shape == tuple(shape),
        f"The shape of {what} is {array.shape}, it should be {tuple(shape)}.",
    )
    return array


def expect_close(value, right, what, *, mistakes=(), hint="", tolerance=1e-4):
    """Goes on if the value is the right one, and returns it as a NumPy array.

    Args:
        value: what the learner's code gave: an array, a tensor, a number or lists of numbers.
        right: the right value.
        what: how the value came about, as the learner knows it: `"forward(x, weights)"`.
        mistakes: pairs of the value that a common mistake gives, and the hint for it. Choose the
            inputs such that these values differ from the right one and from each other.
        hint: said of any other wrong value.
        tolerance: the difference that rounding may make, relative to 1 and to the right value.
    """
    array = _as_array(value, what)
    if _close(array, right, tolerance):
        return array
    for wrong, why in mistakes:
        expect(not _close(array, wrong, tolerance), f"{why}\n({_difference(array, right, what)})")
    raise NotYet(f"✗ Not yet. {_difference(array, right, what)} {hint}".rstrip())


def expect_finite(ask, hint):
    """Goes on if `ask()`, the answer to large numbers, did not overflow; returns an array.

    NumPy's own warnings, which would stand above the hint, are kept back.
    """
    with np.errstate(all="ignore"):
        array = np.asarray(ask())
    expect(np.all(np.isfinite(array)), hint)
    return array


class _Answer:
    """The learner's function: called on copies, not allowed to change them or to return nothing."""

    def __init__(self, function):
        self._function = function
        self.__name__ = function.__name__
        self.__signature__ = inspect.signature(function)

    def __call__(self, *args, **kwargs):
        try:
            bound = self.__signature__.bind(*args, **kwargs)
        except TypeError:
            expect(
                False,
                f"{self.__name__}{self.__signature__} is called here with "
                f"{len(args) + len(kwargs)} arguments. Take those that the task names.",
            )
        bound.arguments = {name: _copy(value) for name, value in bound.arguments.items()}
        before = {name: _copy(value) for name, value in bound.arguments.items()}
        result = self._function(*bound.args, **bound.kwargs)
        _expect_something(result, self.__name__)
        for name, value in bound.arguments.items():
            expect(
                _same(before[name], value),
                f"{self.__name__} changes its argument {name}. The caller may still need it: make "
                "a new array instead of writing into this one (mind +=, *= and x[...] = ...).",
            )
        return result


def _expect_something(value, name):
    if value is None or value is Ellipsis:
        raise NotYet(_nothing_here(name))


def _nothing_here(name):
    return (
        f"✗ Nothing here yet: {name} gives no answer. Write it in the cell above, with a return "
        "at its end if it is a function, run that cell, then this one again."
    )


def _explain(error):
    """What went wrong in the learner's code, and on which of its lines."""
    said = str(error).strip().split("\n\n")[0]  # Keras adds a report after a blank line
    said = f"{type(error).__name__}: {said}"
    own = [
        frame.line
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith(_NOT_THE_LEARNERS) and frame.line
    ]
    if not own:
        return f"✗ Not yet. The check cannot use your answer: {said}"
    return f"✗ Not yet. Your code stops with {said}\nin the line: {own[-1]}"


def _as_array(value, what):
    _expect_something(value, what)
    try:
        array = np.asarray(value)
        number = np.issubdtype(array.dtype, np.number) or array.dtype == bool
    except ValueError:  # lists of different lengths
        number = False
    expect(
        number,
        f"{what} should be an array or a number. It is of the type {type(value).__name__}: "
        f"{value!r:.60}",
    )
    return array


def _close(value, other, tolerance):
    other = np.asarray(other)
    return value.shape == other.shape and np.allclose(value, other, tolerance, tolerance)


def _difference(value, right, what):
    right = np.asarray(right)
    if value.shape != right.shape:
        return f"The shape of {what} is {value.shape}, it should be {right.shape}."
    if value.ndim == 0:
        return f"{what} is {value:.6g}, it should be {right:.6g}."
    gaps = np.abs(value.astype(float) - right.astype(float))
    worst = np.unravel_index(np.argmax(gaps), right.shape)
    place = ", ".join(map(str, worst))
    return (
        f"{what} differs from the right answer most at [{place}]: "
        f"it is {value[worst]:.4g} there, it should be {right[worst]:.4g}."
    )


def _copy(value):
    """A copy of arrays and random generators, within lists too; anything else as it is."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, np.random.Generator):
        twin = np.random.Generator(type(value.bit_generator)())
        twin.bit_generator.state = value.bit_generator.state
        return twin
    if isinstance(value, (list, tuple)):
        return type(value)(_copy(item) for item in value)
    return value


def _same(before, after):
    """Whether nothing was written into an argument; a random generator may have moved on."""
    if isinstance(before, np.ndarray):
        return np.array_equal(before, after, equal_nan=True)
    if isinstance(before, (list, tuple)):
        return len(before) == len(after) and all(map(_same, before, after))
    return True
