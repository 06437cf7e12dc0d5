# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "brotli==1.2.1",
#     "fontpkg-source-serif-4==4.4",
#     "fonttools==4.68.0",
#     "ziamath==0.13",
# ]
# ///
"""Writes _static/fonts.css: the book's letters and its mathematics, less what no page can need.

uv run tools/fonts.py

takes the fonts from pinned packages. They stand in the style sheet itself, so that the text never
moves when they arrive, and so that a browser finds them for pages that are opened as files.
"""

import base64
import io
from importlib.resources import files
from pathlib import Path

from fontTools import subset
from fontTools.varLib import instancer

TARGET = Path(__file__).resolve().parent.parent / "_static" / "fonts.css"
SERIF = files("fontpkg_source_serif_4") / "files"
MATH = files("ziamath") / "fonts" / "STIXTwoMath-Regular.ttf"

LATIN = [*range(0x20, 0x7F), *range(0xA0, 0x100)]
TEXT = [*LATIN, *map(ord, "ŁłŒœŠšŸŽž–—‘’“”„…•†‹›€™−≈≠≤≥←→↑↓")]
GREEK = [*range(0x391, 0x3AA), *range(0x3B1, 0x3CA), 0x3D1, 0x3D5, 0x3F5]
ITALIC = [*range(0x1D434, 0x1D468), 0x210E, *range(0x1D6E2, 0x1D71C)]  # letters, Greek
BOLD = [*range(0x1D400, 0x1D434), *range(0x1D468, 0x1D49C)]
SIGNS = "¬±·×÷‖′″…⁡⁢−∂∇∈∉∏∑−∗∘√∝∞∣∥∧∨∩∪∫∼≈≠≡≤≥≪≫⊂⊆⊕⊗⊙⊤⊥⋅⋯⋮⋱⌈⌉⌊⌋←→↑↓↔↦⇐⇒⇔⟨⟩⏞⏟⟵⟶ℒℓℝℕℤℂ𝔼ℙ𝟙ℰ𝒪𝒟𝒩𝒳𝒴¯‾ˆ˜˙^~→"
ACCENTS = [*range(0x300, 0x30D), 0x332, 0x338, 0x20D7]
FORMULAS = [*range(0x20, 0x7F), *GREEK, *ITALIC, *BOLD, *ACCENTS, *map(ord, SIGNS)]

HEAD = """\
/* Written by tools/fonts.py. Both fonts under the SIL Open Font License 1.1, openfontlicense.org.
   Book Serif: a part of Source Serif 4, copyright 2014-2023 Adobe, adobe.com.
   Book Math: a part of STIX Two Math, copyright 2001-2021 The STIX Fonts Project Authors. */
"""
FACE = """\
@font-face {{
  font-family: "{family}"; font-style: {style}; font-weight: {weight};
  src: url("data:font/woff2;base64,{data}") format("woff2");
  unicode-range: {characters};
}}
"""


def ranges(characters):
    """CSS's notation for a set of characters."""
    spans = []
    for character in sorted(set(characters)):
        if spans and character == spans[-1][1] + 1:
            spans[-1][1] = character
        else:
            spans.append([character, character])
    return ", ".join(f"U+{a:X}" if a == b else f"U+{a:X}-{b:X}" for a, b in spans)


def face(family, style, weight, path, characters, features, axes=None):
    options = subset.Options(layout_features=features, hinting=False, notdef_outline=True)
    font = subset.load_font(path, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    if axes:
        font = instancer.instantiateVariableFont(font, axes)
    for name in (1, 3, 4, 6, 16):  # the licence reserves the name of the whole font
        font["name"].setName(family.replace(" ", ""), name, 3, 1, 0x409)
    font.flavor = "woff2"
    stored = io.BytesIO()
    font.save(stored)
    print(f"{family} {style}: {len(stored.getvalue()):,} bytes")
    data = base64.b64encode(stored.getvalue()).decode()
    found = ranges(set(characters) & set(font.getBestCmap()))
    return FACE.format(family=family, style=style, weight=weight, data=data, characters=found)


def main():
    text = ["kern", "liga", "ccmp", "mark", "locl"]
    upright, slanted = "SourceSerif4[opsz,wght].ttf", "SourceSerif4-Italic[opsz,wght].ttf"
    faces = [
        face("Book Serif", "normal", "400 700", SERIF / upright, TEXT, text,
             {"opsz": 14, "wght": (400, 700)}),
        face("Book Serif", "italic", "400 700", SERIF / slanted, TEXT, text,
             {"opsz": 14, "wght": 400}),
        face("Book Math", "normal", "400", MATH, FORMULAS, ["ccmp", "dtls"]),
    ]  # fmt: skip
    TARGET.write_text(HEAD + "".join(faces), encoding="utf-8")


if __name__ == "__main__":
    main()
