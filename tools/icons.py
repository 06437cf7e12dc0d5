"""A Sphinx extension that draws the theme's icons with a style sheet of a few kilobytes.

The theme's templates name icons of Font Awesome, whose script is two thirds of a default page. Each
name here is drawn as a mask in the text's colour, from the Octicons that sphinx-design contains.
"""

from pathlib import Path
from urllib.parse import quote

from sphinx_design.icons import get_octicon_data

ICONS = {  # the theme's name: the Octicon's
    "angle-left": "chevron-left",
    "angle-right": "chevron-right",
    "arrow-up": "arrow-up",
    "bars": "three-bars",
    "circle-half-stroke": "circle",
    "code": "code",
    "download": "download",
    "file": "file",
    "file-pdf": "file-badge",
    "github": "mark-github",
    "gitlab": "git-branch",
    "lightbulb": "light-bulb",
    "list": "list-unordered",
    "magnifying-glass": "search",
    "moon": "moon",
    "rocket": "rocket",
    "sun": "sun",
    "xmark": "x",
}
HALF = '<path d="M8 1.5v13a6.5 6.5 0 0 0 0-13Z"/>'  # fills a half of the circle

RULES = """\
/* Written by tools/icons.py: the theme's icons, from Octicons by GitHub, MIT licence. */
i[class*="fa-"], span[class*="fa-"] {
  display: inline-block; width: 1em; height: 1em; vertical-align: -0.125em;
  background: currentColor; mask: var(--icon) center / contain no-repeat;
}
i[class*="fa-"]::before, span[class*="fa-"]::before { content: none !important; }
i.fa-lg { font-size: 1.125em; }
@media (forced-colors: active) { [class*="fa-"] { background: ButtonText; } }
"""


def style_sheet():
    octicons, rules = get_octicon_data(), [RULES]
    for name, octicon in ICONS.items():
        path = octicons[octicon]["heights"]["16"]["path"]
        path += HALF if name == "circle-half-stroke" else ""
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">{path}</svg>'
        rules.append(f'.fa-{name} {{ --icon: url("data:image/svg+xml,{quote(svg)}"); }}\n')
    return "".join(rules)


def write(app):
    if app.builder.name == "html":
        folder = Path(app.outdir, "_static")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "icons.css").write_text(style_sheet(), encoding="utf-8")
        app.add_css_file("icons.css")


def setup(app):
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
