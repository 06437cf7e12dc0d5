"""The rules of the book: each yields a complaint for every place of a notebook that breaks it.

tests/test_book.py applies them to every notebook, and shows on a broken one that each can fail.
"""

import re
from html import unescape

MAX_LINES = 25  # of code in a cell, blank ones aside
MAX_SECONDS = 30
MAX_SECONDS_OF_WHOLE_MODELS = 60
WHOLE_MODELS = (
    "# A classifier from blocks",
    "# An image-to-image model from blocks",
    "# A language model from blocks",
    "# Beyond one machine",
    "# Choosing a block",
)
MIN_ALT = 40  # characters that say what a figure shows


def cells(notebook, kind):
    """The cells of one kind, with their place in the notebook counted from 1."""
    return [(n, cell) for n, cell in enumerate(notebook.cells, 1) if cell.cell_type == kind]


def tags(cell):
    return cell.metadata.get("tags", [])


def texts(cell):
    """Everything a cell put on the page as text: streams, plain text and HTML."""
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            yield output.text
        for kind, value in output.get("data", {}).items():
            if kind.startswith("text/"):
                yield value


def without_fences(markdown):
    """Markdown without fenced blocks."""
    return re.sub(r"^(```+|~~~+).*?^\1", "", markdown, flags=re.M | re.S)


def without_code(markdown):
    """Markdown without fenced blocks and code spans."""
    return re.sub(r"(`+).+?\1", "", without_fences(markdown), flags=re.S)


def run_in_order(notebook):
    for expected, (n, cell) in enumerate(cells(notebook, "code"), 1):
        if not cell.source.strip():
            yield f"cell {n} is empty"
        if cell.execution_count != expected:
            yield f"cell {n} has execution count {cell.execution_count}, expected {expected}"


def quiet(notebook):
    for n, cell in cells(notebook, "code"):
        for output in cell.outputs:
            if output.output_type == "error":
                yield f"cell {n} raised {output.ename}"
            if output.get("name") == "stderr":
                yield f"cell {n} wrote to stderr: {output.text[:80]}"


def plain_markdown(notebook):
    """Only Markdown that every reader renders: nothing of MyST's own."""
    patterns = {
        "directive": r"^\s*(```+|~~~+|:::+)\s*\{",
        "role": r"(?<![`\w])\{[a-z][\w:+-]*\}`[^`]+`",
        "label": r"^\([\w-]+\)=\s*$",
        "substitution": r"\{\{.+?\}\}",
        "comment": r"^%\s",
    }
    for n, cell in cells(notebook, "markdown"):
        math_free = re.sub(r"\$\$.+?\$\$|\$[^$\n]+\$", "", cell.source, flags=re.S)
        for name, pattern in patterns.items():
            if re.search(pattern, math_free, flags=re.M):
                yield f"cell {n} has a {name}, which is shown raw outside the built pages"
        if re.search(r"</summary>\n(?!\n)", cell.source):
            yield f"cell {n}: Markdown in <details> needs a blank line after </summary>"
        if cell.source.count("<details") != cell.source.count("</details>"):
            yield f"cell {n}: <details> is not closed in its cell"


def described(notebook):
    """Every figure and drawing says in words what it shows."""
    for n, cell in cells(notebook, "code"):
        kinds = {kind for output in cell.outputs for kind in output.get("data", {})}
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        if any(kind.startswith("image/") for kind in kinds) and len(alt) < MIN_ALT:
            yield f"cell {n}: the alt text has under {MIN_ALT} characters: {alt!r}"
        for text in texts(cell):
            for svg in re.findall(r"<svg.*?>", text, flags=re.S):
                label = re.search(r'aria-label="([^"]*)"', svg)
                hidden = 'aria-hidden="true"' in svg
                if not hidden and (not label or len(label[1]) < MIN_ALT):
                    yield f"cell {n} draws an <svg> without an aria-label that describes it"
            for image in re.findall(r"<img.*?>", text, flags=re.S):
                label = re.search(r'alt="([^"]*)"', image)
                if not label or len(label[1]) < MIN_ALT:
                    yield f"cell {n} shows an <img> without an alt that describes it"
    for n, cell in cells(notebook, "markdown"):
        if re.search(r"!\[\s*\]\(", without_code(cell.source)):
            yield f"cell {n} has an image without alt text"


def opening(notebook):
    """A title, then the cell that sets SEED, then the set-up cell."""
    headings = [
        line
        for _, cell in cells(notebook, "markdown")
        for line in re.findall(r"^# .+", without_code(cell.source), flags=re.M)
    ]
    if not notebook.cells[0].source.startswith("# ") or len(headings) != 1:
        yield f"a chapter has one title, on its first line; found {headings}"
    code = [cell for _, cell in cells(notebook, "code")]
    for cell, tag in zip(code, ("parameters", "setup")):
        if tags(cell) != [tag]:
            yield f"the first two code cells are tagged parameters and setup; {tag} is missing"
    if not re.fullmatch(r"SEED = 0( *#.*)?", code[0].source):
        yield f"the cell tagged parameters sets SEED = 0 and nothing else: {code[0].source!r}"


def exercises(notebook):
    """Each has a task, a hint, a folded solution and a check; no solution stands outside one."""
    sections, current = [], None
    for n, cell in enumerate(notebook.cells, 1):
        headings = []
        if cell.cell_type == "markdown":
            headings = re.findall(r"^#{1,3} .*", without_fences(cell.source), flags=re.M)
        for heading in headings:
            current = None
            if heading.startswith("### Exercise"):
                current = (heading, [])
                sections.append(current)
        if current:
            current[1].append(cell)
        elif {"solution", "check"} & set(tags(cell)):
            yield f"cell {n} is tagged {tags(cell)} outside an exercise"
    for number, (title, members) in enumerate(sections, 1):
        if not re.fullmatch(rf"### Exercise {number} (★☆☆|★★☆|★★★) \S.*", title):
            yield f"{title!r} is not '### Exercise {number} ★☆☆ Title'"
        if not any("<summary>Hint" in cell.source for cell in members):
            yield f"{title}: no hint in <details>"
        marked = [tag for cell in members for tag in tags(cell) if tag in ("solution", "check")]
        if marked != ["solution", "check"]:
            yield f"{title}: needs a cell tagged solution, then one tagged check; found {marked}"
        for cell in members:
            if "solution" in tags(cell):
                yield from (f"{title}: {complaint}" for complaint in solution(cell))


def solution(cell):
    marks = re.findall(r"^ *### (BEGIN|END) SOLUTION$", cell.source, flags=re.M)
    if not marks or marks != ["BEGIN", "END"] * (len(marks) // 2):
        yield "the solution is not between ### BEGIN SOLUTION and ### END SOLUTION"
    if "hide-cell" not in tags(cell):
        yield "the page does not fold the solution away (tag hide-cell)"
    if not cell.metadata.get("jupyter", {}).get("source_hidden"):
        yield "JupyterLab does not collapse the solution (jupyter.source_hidden)"


def links(notebook, path):
    """Links between the pages lead to files, and their anchors to headings."""
    for n, cell in cells(notebook, "markdown"):
        for target in re.findall(r"\]\(([^)\s]+)\)", without_code(cell.source)):
            if re.match(r"(https?|mailto):", target):
                continue
            name, _, anchor = target.partition("#")
            other = path.parent / name if name else path
            if not other.is_file():
                yield f"cell {n} links to {target}, which does not exist"
            elif anchor and anchor not in anchors(other.read_text(encoding="utf-8")):
                yield f"cell {n} links to {target}, which has no such heading"


def anchors(text):
    """The anchors of a page's headings, as Sphinx and the repositories' web views make them."""
    titles = re.findall(r'^[ "]*#{1,3} (.+?)(?:\\n",?|")?$', text, flags=re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def compared(notebook):
    """Few outputs are left uncompared, and those cells assert what they claim."""
    code = cells(notebook, "code")
    ignored = [(n, cell) for n, cell in code if "nbval-ignore-output" in tags(cell)]
    if len(ignored) > max(1, len(code) // 20):
        yield f"{len(ignored)} of {len(code)} cells are tagged nbval-ignore-output"
    for n, cell in ignored:
        if "assert " not in cell.source:
            yield f"cell {n} is tagged nbval-ignore-output and asserts nothing"
    for n, cell in code:
        if {"nbval-skip", "raises-exception"} & set(tags(cell)) or "NBVAL_" in cell.source:
            yield f"cell {n} is kept from the comparison: {tags(cell)}"


NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
# What is no claim about this chapter's results, and so is not looked for in its outputs:
NO_CLAIM = [
    r"\$\$.+?\$\$|\$[^$\n]+\$",  # formulas
    # a reference: the label and address of an outside link; the address may have brackets
    r"\[[^\]]*\]\(https?:(?:[^()\s]|\([^()\s]*\))*\)",
    r"\]\([^)\s]*\)|<[^>]*>|https?:\S+",  # addresses and HTML tags
    r"arXiv:\S+|doi:\S+|#\d+",  # identifiers
    r"\bpp?\. ?\d+([–-]\d+)?",  # pages
    r"\b(Keras|TensorFlow|Python|NumPy|Matplotlib|scikit-learn) \d[\d.]*",  # versions
    # a year: after a bracket, comma or word, and before punctuation or the end of the line
    r"(?<=[(\w,])[ ]?\b(19[4-9]\d|20[0-3]\d)(?=[).,;:*]|$)",
]


def numbers(text):
    """The numbers that stand by themselves in a text, with three or more significant digits."""
    for match in re.finditer(rf"(?<![\w.,])(?<![A-Za-z][-–])({NUMBER.pattern})(?![\w]|\.\d)", text):
        number = match[1].replace(",", "")
        if len(number.replace(".", "").lstrip("0")) >= 3:
            yield match[1], float(number)


def quoted_numbers(notebook):
    """A number of three or more digits in the prose is one that a cell of the chapter printed.

    Code spans, formulas, references and years are no claims about a result: see NO_CLAIM.
    """
    printed = set()
    for _, cell in cells(notebook, "code"):
        for text in texts(cell):
            labels = " ".join(re.findall(r'aria-label="([^"]*)"', text))
            visible = unescape(re.sub(r"<[^>]*>", " ", text) + " " + labels)
            printed |= {float(number.replace(",", "")) for number in NUMBER.findall(visible)}
    for n, cell in cells(notebook, "markdown"):
        prose = without_code(cell.source)
        for pattern in NO_CLAIM:
            prose = re.sub(pattern, " ", prose, flags=re.M | re.S)
        for shown, number in numbers(prose):
            if number not in printed:
                yield f"cell {n} quotes {shown}, which no cell of this chapter prints"


def short_cells(notebook):
    for n, cell in cells(notebook, "code"):
        lines = sum(bool(line.strip()) for line in cell.source.splitlines())
        if lines > MAX_LINES:
            yield f"cell {n} has {lines} lines, more than {MAX_LINES}"


def recorded(notebook):
    """tools/execute.py ran the notebook and wrote with what, when, and for how long."""
    book = notebook.metadata.get("book", {})
    for key in ("keras", "tensorflow", "executed", "seconds"):
        if key not in book:
            yield f"the metadata `book` lacks {key}: run tools/execute.py"
    whole = notebook.cells[0].source.startswith(WHOLE_MODELS)
    limit = MAX_SECONDS_OF_WHOLE_MODELS if whole else MAX_SECONDS
    if book.get("seconds", 0) >= limit:
        yield f"takes {book['seconds']} s, {limit} or more"
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        yield "the kernel is not python3"
    for n, cell in enumerate(notebook.cells, 1):
        if "execution" in cell.metadata:
            yield f"cell {n} stores the times of one run"


def portable(notebook):
    """No path of the machine it was run on."""
    pattern = r"(?<![\w.])(/home/|/Users/|/root/|/tmp/|/work/|/var/|/usr/)|[A-Z]:\\|site-packages"
    for n, cell in enumerate(notebook.cells, 1):
        for text in [cell.source, *texts(cell)]:
            found = re.search(pattern, text)
            if found:
                yield f"cell {n} names a path of one machine: {text[found.start() :][:60]!r}"


RULES = [
    run_in_order,
    quiet,
    plain_markdown,
    described,
    opening,
    exercises,
    compared,
    quoted_numbers,
    short_cells,
    recorded,
    portable,
]
