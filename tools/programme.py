"""A Sphinx extension that computes the programmes of workshops from the minutes of the chapters.

A programme names its chapters. What each takes stands in its notebook's metadata, `book.minutes`:
to read, to run, to explain, and for each exercise. Exercises are added while the day lasts, the
first of every chapter before the second of any; a break comes after an hour and a half at most.
"""

import math
import re
from typing import NamedTuple

from places import Chapter, chapters

MARK = "<!-- programmes -->"
START = 9 * 60
WELCOME, END, FREE = 10, 10, 10  # minutes; the last for each half day
BREAK, LUNCH = 15, 60
SITTING = 90  # minutes without a break, unless one explanation is longer
NOON = 12 * 60 + 45  # lunch is over before what would end later


class Programme(NamedTuple):
    title: str
    length: int  # minutes of a day
    days: list  # the chapters of each


PROGRAMMES = [
    Programme("Half a day", 210, [["layers", "sequential"]]),
    Programme("One day", 420, [["layers", "sequential", "blocks", "first_model"]]),
    Programme(
        "Two days",
        420,
        [
            ["layers", "sequential", "blocks", "first_model"],
            ["dense", "conv", "residual", "attention"],
        ],
    ),
]


class Row(NamedTuple):
    start: int  # minutes after midnight
    minutes: int
    what: str
    chapter: Chapter | None = None
    exercises: tuple = ()  # their places, from 0


def minutes(chapter):
    """What the notebook's metadata says, or None where it says nothing yet."""
    return chapter.book.get("minutes")


def exercises(chapter):
    return [place for place in chapter.places if place.heading.startswith("Exercise ")]


def rows(taught, chosen, lunch):
    """The rows of a day: its chapters, how many exercises of each, and whether it has a lunch."""
    work = []
    for chapter, count in zip(taught, chosen):
        needs = minutes(chapter)
        work.append((math.ceil(needs["explain"] + needs["run"]), "Explaining", chapter, ()))
        if count:
            total = math.ceil(sum(needs["exercises"][:count]))
            work.append((total, "Exercises", chapter, tuple(range(count))))
    day = [Row(START, WELCOME, "Welcome and set-up check")]
    clock, sitting = START + WELCOME, WELCOME
    for length, what, chapter, numbers in work:
        pause = None
        if lunch and clock + length > NOON:
            pause, lunch = Row(clock, LUNCH, "Lunch"), False
        elif sitting + length > SITTING and sitting > BREAK:
            pause = Row(clock, BREAK, "Break")
        if pause:
            day.append(pause)
            clock, sitting = clock + pause.minutes, 0
        day.append(Row(clock, length, what, chapter, numbers))
        clock, sitting = clock + length, sitting + length
    day.append(Row(clock, END, "Questions, notes, what comes next"))
    return day


def end(day):
    return day[-1].start + day[-1].minutes


def latest(programme):
    """When the last row must end, so that some minutes are left free."""
    return START + programme.length - FREE * round(programme.length / 210)


def plan(programme, book):
    """The days of a programme, each a list of rows, with as many exercises as there is time for.

    Every chapter has its first one, whether or not it fits: see `latest`.
    """
    days, lunch = [], programme.length > 300
    for names in programme.days:
        taught = [book[name] for name in names]
        chosen = [1] * len(taught)
        for number in range(1, max(len(minutes(c)["exercises"]) for c in taught)):
            for place, chapter in enumerate(taught):
                more = [count + (n == place) for n, count in enumerate(chosen)]
                room = chosen[place] == number < len(minutes(chapter)["exercises"])
                if room and end(rows(taught, more, lunch)) <= latest(programme):
                    chosen = more
        days.append(rows(taught, chosen, lunch))
    return days


def clock(time):
    return f"{time // 60:02}:{time % 60:02}"


def words(row):
    """What a row of the table says, with links as from a page in teaching/."""
    if row.chapter is None:
        return row.what
    file = f"../{row.chapter.file}"
    if not row.exercises:
        return f"{row.what}: [{row.chapter.title}]({row.chapter.name}.md)"
    places = [exercises(row.chapter)[number] for number in row.exercises]
    links = [f"[{place.heading.split()[1]}]({file}#{place.anchor})" for place in places]
    return f"Exercise{'s' * (len(links) > 1)} {', '.join(links)} of {row.chapter.title}"


def beforehand(programme, book):
    """What learners must have read, since the programme does not teach it: a sentence, or none."""
    taught = [name for names in programme.days for name in names]
    needed = {
        name: book[name]
        for chapter in taught
        for name in re.findall(r"\]\(chapters/(\w+)\.ipynb", book[chapter].needs)
        if name in book and name not in taught
    }
    if not needed:
        return []
    read = [
        f"[{chapter.title}](../{chapter.file}) ({minutes(chapter)['read']:g} minutes)"
        for chapter in needed.values()
    ]
    return [f"To be read before: {', '.join(read)}.", ""]


def tables(book):
    """Every programme as a heading and a table for each day."""
    lines = []
    for programme in PROGRAMMES:
        if not all(name in book for names in programme.days for name in names):
            continue  # tests/test_programme.py says which minutes are missing
        days = plan(programme, book)
        for number, day in enumerate(days, 1):
            title = programme.title + (f": day {number}" if len(days) > 1 else "")
            lines += [f"### {title}", "", *(beforehand(programme, book) if number == 1 else [])]
            lines += ["| Time | Minutes | What |", "|---|--:|---|"]
            lines += [
                f"| {clock(row.start)}–{clock(row.start + row.minutes)} | {row.minutes} "
                f"| {words(row)} |"
                for row in day
            ]
            lines.append("")
    return "\n".join(lines)


def spell(number):
    return "half a" if number == 0.5 else f"{number:g}"


def line(chapter):
    """The minutes of one chapter in a sentence."""
    needs = minutes(chapter)
    each = ", ".join(f"{n:g}" for n in needs["exercises"])
    run = f"{spell(needs['run'])} minute{'s' * (needs['run'] > 1)}"
    return (
        f"*[{chapter.title}](../{chapter.file}) takes {needs['explain']:g} minutes to explain and "
        f"{run} to run; its exercises take {each} minutes. Reading it takes {needs['read']:g}.*"
    )


def complete(app, docname, content):
    folder, _, name = docname.rpartition("/")
    if folder != "teaching":
        return
    book = {chapter.name: chapter for chapter in chapters(app) if minutes(chapter)}
    if MARK in content[0]:
        content[0] = content[0].replace(MARK, tables(book))
    elif name in book:
        title, _, rest = content[0].partition("\n")
        content[0] = f"{title}\n\n{line(book[name])}\n{rest}"


def setup(app):
    app.connect("source-read", complete)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
