"""The EPUB: every page is well-formed, and the package declares what e-readers must know of it."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path

from test_book import NOTEBOOKS, ROOT

PACKAGE = "{http://www.idpf.org/2007/opf}"
HTML = "{http://www.w3.org/1999/xhtml}"
MATHML = "{http://www.w3.org/1998/Math/MathML}"


def test_epub(site):
    """Built beside the site, so that the pages are not read a second time."""
    folder = site.parents[1]
    command = [Path(sys.executable).with_name("jupyter-book"), "build", ROOT, "-W", "--keep-going"]
    command += ["--path-output", folder, "--builder", "custom", "--custom-builder", "epub"]
    build = subprocess.run(command, env=os.environ, capture_output=True, text=True)
    assert build.returncode == 0, build.stdout + build.stderr
    with zipfile.ZipFile(folder / "_build/epub/building-blocks.epub") as book:
        names = set(book.namelist())
        package = ElementTree.fromstring(book.read("content.opf"))
        pages = {name: ElementTree.fromstring(book.read(name)) for name in names if "xhtml" in name}
        nav = book.read("nav.xhtml").decode()
    assert "mimetype" in names
    for path in NOTEBOOKS:
        assert f"chapters/{path.stem}.xhtml" in pages and f"chapters/{path.stem}.xhtml" in nav
    for item in package.iter(f"{PACKAGE}item"):
        page = pages.get(item.get("href"))
        if page is not None and page.find(f".//{MATHML}math") is not None:
            assert "mathml" in item.get("properties", "").split(), item.get("href")
    for name, page in pages.items():
        assert all(folded.get("open") for folded in page.iter(f"{HTML}details")), name
        for image in page.iter(f"{HTML}img"):
            source = image.get("src")
            assert source.startswith("data:") or source.split("/")[-1] in {
                other.split("/")[-1] for other in names
            }, f"{name} lacks {source}"
            assert image.get("alt"), f"{name}: {source} has no alternative text"
