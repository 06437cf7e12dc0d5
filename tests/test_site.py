"""The pages as a browser shows them: opened as files with the network cut, light and dark."""

import functools
import gzip
import mimetypes
import re
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import book_rules as rules
import icons
import nbformat
import pytest
import yaml
from axe_playwright_python.base import AXE_SCRIPT
from axe_playwright_python.sync_playwright import Axe
from test_book import NOTEBOOKS, ROOT, toc_files

FIRST_VISIT, NEXT_PAGE = 300_000, 60_000  # gzipped bytes, images aside
IMAGES = {".png", ".svg", ".jpg", ".ico"}
HOST = "http://book.test"  # answered from the folder of the site

TOC = toc_files(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8")))
PAGES = [*TOC, "search", "genindex"]
WATCH_SHIFTS = """
    window.shifts = [];
    new PerformanceObserver((list) => window.shifts.push(...list.getEntries()))
      .observe({type: "layout-shift", buffered: true});
"""
# What moves once the text is there. Before, a table settles its columns while its rows come in.
SHIFT = """() => {
  const [{domInteractive}] = performance.getEntriesByType("navigation");
  return window.shifts.filter((entry) => entry.startTime > domInteractive)
    .reduce((sum, entry) => sum + entry.value, 0);
}"""
# The contrast of a text hangs on its look and on what is behind it, and a page has thousands of
# texts in a few looks: axe-core is asked about three of each, and not about single signs, of which
# it says nothing. Code loses its other colours, so that axe-core need not walk through them.
THREE_OF_EACH_LOOK = """() => {
  document.querySelector(".bd-sidebar-primary").scrollTop = 0;
  const grounds = new Map([[null, ""]]), samples = {};
  const ground = (element) => {
    if (!grounds.has(element)) {
      const {backgroundColor, backgroundImage, opacity} = getComputedStyle(element);
      const own = [backgroundColor, backgroundImage, opacity].join();
      const behind = ground(element.parentElement);
      grounds.set(element, own === "rgba(0, 0, 0, 0),none,1" ? behind : behind + own);
    }
    return grounds.get(element);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!/\\S/.test(texts.currentNode.data) || !/\\S\\s*\\S/.test(element.textContent)) continue;
    if (!element.checkVisibility({visibilityProperty: true})) continue;
    const {color, fontSize, fontWeight} = getComputedStyle(element);
    const sample = samples[[color, fontSize, fontWeight, ground(element)]] ??= new Set();
    if (sample.size < 3) sample.add(element);
  }
  const fields = document.querySelectorAll("input, select, textarea");
  for (const sample of [fields, ...Object.values(samples)])
    for (const element of sample) element.setAttribute("data-contrast", "");
  const spans = ".highlight span:not(:has(*)):not([data-contrast])";
  for (const span of document.querySelectorAll(spans)) span.replaceWith(span.textContent);
  document.body.normalize();
}"""
AXE = Axe(
    AXE_SCRIPT + ';axe.configure({rules: [{id: "color-contrast", selector: "[data-contrast]"}]});'
)
# Elements that the theme's templates mean as icons and that no rule of icons.css draws.
UNDRAWN = """() => [...document.querySelectorAll('i[class*="fa-"], span[class*="fa-"]')]
    .filter((icon) => getComputedStyle(icon).maskImage === "none").map((icon) => icon.className)"""
# What sticks out at the right, of the page itself or of something that cannot be scrolled.
CUT_OFF = """() => [...document.querySelectorAll("main *")]
    .filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0
      && ["hidden", "clip"].includes(getComputedStyle(e).overflowX)).map((e) => e.className)
    .concat(document.documentElement.scrollWidth > innerWidth + 1 ? ["the page"] : [])"""


class Visit:
    """One page in a fresh browser, and what it asked for and complained of."""

    def __init__(self, browser, mode, **context):
        self.context = browser.new_context(color_scheme=mode, offline=True, **context)
        self.page = self.context.new_page()
        self.page.add_init_script(WATCH_SHIFTS)
        self.requests, self.complaints = [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("requestfailed", lambda request: self.complaints.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self.hear)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.context.close()

    def hear(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def open_file(self, site, name, query=""):
        self.page.goto((site / f"{name}.html").as_uri() + query)

    def open_late(self, site, name):
        """As from a slow server: every image arrives after the page has been drawn."""
        waiting, drawn = [], False

        def answer(route):
            path = site / unquote(urlsplit(route.request.url).path).lstrip("/")
            if path.suffix in IMAGES and not drawn:
                waiting.append(route)
            else:
                route.fulfill(path=path, content_type=mimetypes.guess_type(path)[0])

        self.page.route(f"{HOST}/**", answer)
        self.page.goto(f"{HOST}/{name}.html", wait_until="domcontentloaded")
        self.page.wait_for_timeout(150)
        drawn = True
        for route in waiting:
            answer(route)
        self.page.wait_for_load_state("load")

    def axe(self):
        self.page.evaluate(THREE_OF_EACH_LOOK)
        options = {"preload": False, "resultTypes": ["violations"]}
        found = AXE.run(self.page, options=options).response["violations"]
        return [f"{v['id']}: {node['html'][:200]}" for v in found for node in v["nodes"]]


def files(urls):
    paths = {Path(unquote(urlsplit(url).path)) for url in urls if url.startswith("file:")}
    return {path for path in paths if path.suffix not in IMAGES}


@functools.cache
def gzipped_file(path):
    return len(gzip.compress(path.read_bytes()))


def gzipped(paths):
    return sum(map(gzipped_file, paths))


@pytest.fixture(scope="session")
def landing(browser, site):
    """The files of the landing page: what a reader has already at the next page."""
    with Visit(browser, "light") as visit:
        visit.open_file(site, TOC[0])
        return files(visit.requests)


@pytest.mark.parametrize("name", PAGES)
def test_page(browser, site, landing, record_property, name):
    with Visit(browser, "light", viewport={"width": 1280, "height": 900}) as visit:
        visit.open_file(site, name)
        asked = files(visit.requests)
        outside = [url for url in visit.requests if not url.startswith(("file:", "data:"))]
        undrawn, cut_off = visit.page.evaluate(UNDRAWN), visit.page.evaluate(CUT_OFF)
        requests, violations, complaints = len(visit.requests), visit.axe(), visit.complaints
    with Visit(browser, "dark", viewport={"width": 390, "height": 4000}) as visit:
        visit.open_late(site, name)
        dark = visit.page.evaluate("document.documentElement.dataset.theme")
        outside += [url for url in visit.requests if not url.startswith((HOST, "data:"))]
        shift = visit.page.evaluate(SHIFT)
        cut_off += visit.page.evaluate(CUT_OFF)
        violations += visit.axe()
        complaints += visit.complaints
    first, following = gzipped(asked), gzipped(asked - landing)
    row = [name, requests, first, following, len(outside), len(complaints), len(violations), shift]
    record_property("page", row)
    assert not outside, "asks for something outside the site"
    assert not complaints, "the console complains"
    assert not violations, "axe-core finds barriers"
    assert not undrawn, "icons that icons.css does not draw"
    assert not cut_off, "wider than the page"
    assert dark == "dark"
    assert shift < 0.001, "the layout moves"
    assert first <= FIRST_VISIT and following <= NEXT_PAGE


def search(browser, site, words):
    with Visit(browser, "light") as visit:
        visit.open_file(site, "search", f"?q={words}")
        visit.page.wait_for_function("document.querySelector('.search-summary')?.innerText")
        visit.page.wait_for_timeout(300)  # the excerpts
        assert not visit.complaints
        return visit.page.locator("ul.search > li").all_inner_texts()


def test_search_finds_the_words_of_the_book_and_shows_them(browser, site):
    found = search(browser, site, "receptive field")
    assert any("Convolutional blocks" in result for result in found)
    assert any("pixels" in result for result in found), "no excerpt"
    assert any("glossary" in result.lower() for result in search(browser, site, "equivariance"))
    assert any("blocks.dense_block" in result for result in search(browser, site, "dense_block"))


@pytest.mark.parametrize("fragment", ["viewBox", "mathrm", "currentColor", "rgba", "tfrac", "1437"])
def test_search_does_not_find_fragments_of_markup(browser, site, fragment):
    assert search(browser, site, fragment) == []


def test_formulas_are_drawn_with_the_books_font(browser, site):
    with Visit(browser, "light") as visit:
        visit.open_file(site, "chapters/dense")
        visit.page.wait_for_function("document.fonts.status === 'loaded'")
        fonts = "[...document.fonts].filter((f) => f.status === 'loaded').map((f) => f.family)"
        assert any("Book Math" in family for family in visit.page.evaluate(fonts))
        root = visit.page.locator("math:has(msqrt)").first.bounding_box()
        assert root["width"] > root["height"] > 15


def test_every_formula_is_mathml_with_letters_that_the_font_has(site):
    style = (ROOT / "_static/fonts.css").read_text(encoding="utf-8")
    spans = re.search(r'"Book Math".*?unicode-range: ([^;]+)', style, flags=re.S)[1]
    has = set()
    for first, last in re.findall(r"U\+([0-9A-F]+)(?:-([0-9A-F]+))?", spans):
        has |= set(range(int(first, 16), int(last or first, 16) + 1))
    for path in NOTEBOOKS:
        page = (site / f"chapters/{path.stem}.html").read_text(encoding="utf-8")
        formulas = re.findall(r"<math.*?</math>", page, flags=re.S)
        text = unescape(re.sub(r"<[^>]+>", "", "".join(formulas)))
        missing = {c for c in text if ord(c) not in has and c not in "\u2061\u2062\u2063\u00a0"}
        assert not missing, f"{path.stem}: add {missing} to tools/fonts.py and run it"
        prose = "".join(
            rules.without_code(cell.source)
            for _, cell in rules.cells(nbformat.read(path, as_version=4), "markdown")
        )
        written = re.findall(r"\$\$.+?\$\$|(?<!\\)\$[^$\n]+\$", prose, flags=re.S)
        assert len(formulas) == len(written), f"{path.stem}: a formula is not MathML"


def test_chapter_on_paper(browser, site):
    with Visit(browser, "dark", viewport={"width": 720, "height": 1000}) as visit:
        visit.open_file(site, "chapters/dense")
        visit.page.emulate_media(media="print")
        seen = "(e) => e.checkVisibility({contentVisibilityAuto: true}) && e.clientHeight > 0"
        for hidden in (".bd-sidebar-primary", ".bd-header-article", ".prev-next-footer"):
            assert not visit.page.locator(hidden).first.evaluate(seen), hidden
        solutions = visit.page.locator("details.hide pre")
        assert solutions.count() > 3
        assert all(solutions.nth(n).evaluate(seen) for n in range(solutions.count()))
        wide = "(all) => all.filter((e) => e.scrollWidth > e.clientWidth + 1).length"
        assert visit.page.locator("main pre").evaluate_all(wide) == 0, "code is cut off"
        ink = "getComputedStyle(document.querySelector('.bd-article h2')).color"
        assert visit.page.evaluate(ink) == "rgb(0, 0, 0)", "dark pages print dark"


# ------------------------------------------------------------------------- without a browser


def test_foot_of_a_chapter_says_what_its_notebook_records(site):
    for path in NOTEBOOKS:
        book = nbformat.read(path, as_version=4).metadata["book"]
        page = (site / f"chapters/{path.stem}.html").read_text(encoding="utf-8")
        foot = re.search(r'<p class="last-run">(.+?)</p>', page, flags=re.S)[1]
        versions = f"with Keras {book['keras']} and TensorFlow {book['tensorflow']}"
        assert versions in foot and f"took {book['seconds']} second" in foot
        year, _, day = book["executed"].split("-")
        assert re.search(rf"\b{int(day)} [A-Z][a-z]+ {year}", foot)


def test_pages_of_reference_name_every_chapter_and_every_block(site):
    timetable = (site / "timetable.html").read_text(encoding="utf-8")
    missing = [
        path.stem for path in NOTEBOOKS if f'href="chapters/{path.stem}.html"' not in timetable
    ]
    api = (site / "api.html").read_text(encoding="utf-8")
    public = re.findall(r'^    "(\w+)",', (ROOT / "blocks/__init__.py").read_text("utf-8"), re.M)
    missing += [name for name in public if f'id="blocks.{name}"' not in api]
    assert public and not missing
    assert api.count("Explained in") == len(public), "each block leads to the chapter about it"


def test_code_leads_to_the_documentation_and_the_documentation_back(site):
    chapter = (site / "chapters/dense.html").read_text(encoding="utf-8")
    assert 'href="../api.html#blocks.dense_block"' in chapter
    entry = (site / "api.html").read_text(encoding="utf-8").split('id="blocks.dense_block"')[1]
    assert 'href="chapters/dense.html"' in entry.split('<dl class="py')[0]


PAPERS = re.compile(
    r"https://(?:arxiv\.org|(?:dx\.)?doi\.org|jmlr\.org|proceedings\.|papers\.|openreview\.net)\S*"
)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_paper_is_in_the_bibliography(path):
    known = (ROOT / "bibliography.md").read_text(encoding="utf-8")
    links = [
        address
        for _, cell in rules.cells(nbformat.read(path, as_version=4), "markdown")
        for address in re.findall(r"\]\(((?:[^()\s]|\([^()\s]*\))+)\)", cell.source)
    ]
    missing = [link for link in links if PAPERS.match(link) and f"({link})" not in known]
    assert not missing, "add to bibliography.md"


def test_icons_are_those_of_the_theme():
    sheet = icons.style_sheet()
    assert all(f".fa-{name} {{" in sheet for name in icons.ICONS) and len(sheet) < 20_000
