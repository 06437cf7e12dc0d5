"""A Sphinx extension that makes the EPUB valid: well-formed pages that declare what is in them.

Notebooks hold HTML as browsers take it, and EPUB wants XHTML; and an e-reader must be told in the
table of contents which pages have formulas and drawings.
"""

import re
import shutil
from pathlib import Path

VOID = re.compile(r"<(area|br|col|hr|img|input|link|meta|source|wbr)\b([^>]*?)\s*/?>")
FOLDED = re.compile(r"<details\b(?! open)")
SUMMARY = re.compile(r"(<summary[^>]*>)\s*<p[^>]*>(.*?)</p>.*?(</summary>)", re.S)
STYLE = re.compile(r"<style>.*?</style>", re.S)
SHEETS = ("pygments.css", "epub.css", "fonts.css", "ebook.css")
ITEM = re.compile(r'href="([^"]+\.xhtml)" media-type="application/xhtml\+xml"')


def well_formed(app, pagename, templatename, context, doctree):
    if app.builder.name != "epub":
        return
    context["css_files"] = [
        sheet for sheet in context["css_files"] if Path(sheet.filename).name in SHEETS
    ]
    body = VOID.sub(r"<\1\2/>", STYLE.sub("", context.get("body", "")))
    body = body.replace('<mfrac displaystyle="false"', "<mfrac")  # newer than EPUB's MathML
    body = FOLDED.sub('<details open="open"', body)  # not every e-reader can unfold
    context["body"] = SUMMARY.sub(r"\1\2\3", body).replace("&nbsp;", "\u00a0")


def prepare(app):
    """Adds the style, and names in the package file the pages that have MathML or SVG."""
    if app.builder.name != "epub":
        return
    folder = Path(app.outdir, "_static")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(Path(__file__).with_name("ebook.css"), folder)
    app.add_css_file("ebook.css")
    pack = app.builder.build_epub

    def properties(item):
        page = Path(app.outdir, item[1]).read_text(encoding="utf-8")
        found = [name for name, tag in (("mathml", "<math"), ("svg", "<svg")) if tag in page]
        return f'{item[0]} properties="{" ".join(found)}"' if found else item[0]

    def declare_and_pack():
        package = Path(app.outdir, "content.opf")
        text = ITEM.sub(properties, package.read_text(encoding="utf-8"))
        package.write_text(text, encoding="utf-8")
        pack()

    app.builder.build_epub = declare_and_pack


def setup(app):
    app.connect("builder-inited", prepare)
    app.connect("html-page-context", well_formed, priority=900)  # after what others add
    return {"parallel_read_safe": True, "parallel_write_safe": True}
