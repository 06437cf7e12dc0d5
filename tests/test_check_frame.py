"""Tests of the checks of the exercises: of every check by its table of answers, and of the frame.

A chapter's table is `tests/test_check_<chapter>.py`. It holds `SOLUTIONS` (a right answer to each
exercise), `MISTAKES` (the check, a wrong answer, words of the hint that it gets) and, where an
exercise has right answers of several kinds, `ALSO_RIGHT`. `test_check_dense.py` is the example.
"""

import importlib.util
import pkgutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from blocks.teaching import check
from blocks.teaching.check._frame import NotYet, exercise, expect, expect_close, expect_shape


def load_table(chapter):
    path = Path(__file__).with_name(f"test_check_{chapter}.py")
    if not path.exists():  # the first test below will say so
        return SimpleNamespace(SOLUTIONS={}, MISTAKES=[])
    spec = importlib.util.spec_from_file_location(f"answers_{chapter}", path)
    table = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(table)
    return table


CHAPTERS = [module.name for module in pkgutil.iter_modules(check.__path__) if module.name[0] != "_"]
TABLES = {chapter: load_table(chapter) for chapter in CHAPTERS}
RIGHT = [
    pytest.param(chapter, name, answer, id=f"{chapter}-{name}-{number}")
    for chapter, table in TABLES.items()
    for number, (name, answer) in enumerate(
        [*table.SOLUTIONS.items(), *getattr(table, "ALSO_RIGHT", [])]
    )
]
WRONG = [
    pytest.param(chapter, name, answer, words, id=f"{chapter}-{name}-{words}")
    for chapter, table in TABLES.items()
    for name, answer, words in table.MISTAKES
]
NAMES = [
    pytest.param(chapter, name, id=f"{chapter}-{name}")
    for chapter, table in TABLES.items()
    for name in table.SOLUTIONS
]


def find(chapter, name):
    return getattr(getattr(check, chapter), name)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_exercise_has_a_solution_and_a_mistake(chapter):
    module, table = getattr(check, chapter), TABLES[chapter]
    exercises = {name for name, thing in vars(module).items() if hasattr(thing, "is_exercise")}
    where = f"in tests/test_check_{chapter}.py"
    assert exercises == set(table.SOLUTIONS), f"SOLUTIONS {where}"
    assert exercises == {name for name, _, _ in table.MISTAKES}, f"MISTAKES {where}"
    undocumented = {name for name in exercises if not getattr(module, name).__doc__}
    assert not undocumented


@pytest.mark.parametrize(("chapter", "name", "answer"), RIGHT)
def test_right_answer_passes(chapter, name, answer, capsys):
    find(chapter, name)(answer)
    assert capsys.readouterr().out.startswith("✓ Right. ")


@pytest.mark.parametrize(("chapter", "name"), NAMES)
@pytest.mark.parametrize("stub", [None, ..., lambda *args, **kwargs: None])
def test_stub_is_told_apart(chapter, name, stub):
    with pytest.raises(NotYet, match="^✗ Nothing here yet: "):
        find(chapter, name)(stub)


@pytest.mark.parametrize(("chapter", "name", "answer", "words"), WRONG)
def test_mistake_gets_its_hint(chapter, name, answer, words):
    with pytest.raises(NotYet) as caught:
        find(chapter, name)(answer)
    assert str(caught.value).startswith("✗ Not yet. ")
    assert words in str(caught.value)


def test_unknown_chapter():
    with pytest.raises(AttributeError, match="no checks for a chapter named 'cooking'"):
        check.cooking  # noqa: B018


def test_chapter_with_a_broken_import(tmp_path, monkeypatch):
    (tmp_path / "broken.py").write_text("import no_such_package\n")
    monkeypatch.setattr(check, "__path__", [*check.__path__, str(tmp_path)])
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        check.broken  # noqa: B018


@exercise("Twice is once and once again.")
def double(answer):
    """A check that prints little, to test the frame with."""
    x = np.array([1.0, 2.0])
    wrong = [(x**2, "This is the square.")]
    expect_close(answer(x), 2 * x, "double(x)", mistakes=wrong, hint="Add x to itself.")


def message_for(answer, check=double):
    with pytest.raises(NotYet) as caught:
        check(answer)
    return str(caught.value)


def test_right_answer_prints_one_line(capsys):
    double(lambda x: x + x)
    assert capsys.readouterr().out == "✓ Right. Twice is once and once again.\n"


def test_the_learner_may_print(capsys):
    def answer(x):
        print("x is", x)
        return 2 * x

    double(answer)
    assert capsys.readouterr().out.startswith("x is")


def test_message_is_all_that_a_notebook_shows():
    with pytest.raises(NotYet) as caught:
        double(lambda x: x**2)
    assert caught.value._render_traceback_() == [
        "✗ Not yet. This is the square.",
        "(double(x) differs from the right answer most at [0]: it is 1 there, it should be 2.)",
    ]
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_not_implemented_is_a_stub():
    def answer(x):
        raise NotImplementedError

    assert message_for(answer).startswith("✗ Nothing here yet: double gives no answer.")


def test_error_shows_the_learners_line():
    def answer(x):
        y = 2 * x
        return np.reshape(y, (3, 3))  # this line

    message = message_for(answer)
    assert "Your code stops with ValueError: cannot reshape" in message
    assert message.endswith("in the line: return np.reshape(y, (3, 3))  # this line")


def test_long_error_is_cut_at_the_first_blank_line():
    report = "Short.\n\nArguments received: a long report"

    def answer(x):
        raise ValueError(report)

    assert "ValueError: Short.\nin the line: raise" in message_for(answer)


def test_error_without_a_line_of_the_learner():
    message = message_for(3, check.dense.he_std)
    assert message.startswith("✗ Not yet. The check cannot use your answer: TypeError: ")


def test_wrong_signature():
    assert message_for(lambda: 1).endswith(
        "<lambda>() is called here with 1 arguments. Take those that the task names."
    )


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ("text", "should be an array or a number. It is of the type str: 'text'"),
        ([[1], [1, 2]], "should be an array or a number. It is of the type list"),
        (np.zeros((2, 1)), "The shape of double(x) is (2, 1), it should be (2,). Add x to itself."),
        ([2.0, 5.0], "most at [1]: it is 5 there, it should be 4. Add x to itself."),
        ([2.0, np.nan], "most at [1]: it is nan there"),
    ],
)
def test_wrong_result_is_described(result, words):
    assert words in message_for(lambda x: result)


def test_known_mistake_of_another_shape():
    @exercise("")
    def total(answer):
        expect_close(answer, 3, "total", mistakes=[([1, 2], "Add them up.")])

    assert message_for([1, 2], total).startswith("✗ Not yet. Add them up.\n(The shape of total is")
    assert message_for(4, total) == "✗ Not yet. total is 4, it should be 3."


def test_expect_shape():
    assert isinstance(expect_shape([[1, 2]], (1, 2), "x"), np.ndarray)
    with pytest.raises(NotYet, match=r"The shape of x is \(2,\), it should be \(1, 2\)."):
        expect_shape([1, 2], (1, 2), "x")


def test_truth_values_are_compared():
    @exercise("")
    def mask(answer):
        expect_close(answer, [True, False], "mask")

    mask(np.array([True, False]))
    assert "it is 0 there, it should be 1" in message_for([False, False], mask)


def test_class_is_given_as_it_is(capsys):
    @exercise("")
    def is_class(answer):
        expect(answer is dict, "Not the class.")

    is_class(dict)


def test_arguments_are_copies_and_must_not_change():
    x, rng = np.zeros(2), np.random.default_rng(0)

    @exercise("")
    def total(answer):
        answer([(x, 1)], rng)

    def writes(pairs, rng):
        pairs[0][0][0] = 1
        return 1

    assert "writes changes its argument pairs" in message_for(writes, total)
    assert "changes its argument pairs" in message_for(
        lambda pairs, rng: pairs.append(1) or 1, total
    )
    assert not x.any()

    total(lambda pairs, rng: rng.random())
    assert rng.random() == np.random.default_rng(0).random()
