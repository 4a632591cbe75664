"""Markdown as the blocks of `kit.blocks`: how lessons and articles are written by hand.

`##` is a heading, a numbered list becomes steps, a pipe table a table, a picture
`![description](drawing:name "caption")` a figure with one of the site's drawings; a fence
```` ```formula ```` is a formula and ```` ```safety ```` a safety card (YAML: hazard, control,
under_18). All else is running text. Raw HTML stays text: its signs are shown as written.
"""

import re
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from courses.kit.persian import to_persian_digits
from courses.kit.seedfile import SeedError, SeedMap, parse

READER = MarkdownIt("commonmark", {"html": False}).enable("table")
# Wagtail's rich text stores bold and italic by these names.
_NAMES = (("strong", "b"), ("em", "i"))
UNDER_18 = ("supervised", "forbidden", "free")

Block = dict[str, Any]


def blocks_of(path: Path, text: str, *, shift: int = 0) -> list[Block]:
    """Return the raw blocks of a Markdown text; `shift` lines stood before it in the file."""
    tokens = READER.parse(text)
    blocks: list[Block] = []
    position = 0
    while position < len(tokens):
        end = _end_of(tokens, position)
        part = tokens[position : end + 1]
        _add(blocks, part, path, (part[0].map or [0])[0] + 1 + shift)
        position = end + 1
    return blocks


def _end_of(tokens: list[Token], start: int) -> int:
    """Return where the block that opens at `start` closes."""
    depth = 0
    for index in range(start, len(tokens)):
        depth += tokens[index].nesting
        if depth == 0:
            return index
    raise AssertionError("markdown-it closes what it opens")


def _add(blocks: list[Block], part: list[Token], path: Path, line: int) -> None:
    first = part[0]
    if figure := _figure(part):
        blocks.append({"type": "figure", "value": figure})
    elif any(child.type == "image" for token in part for child in token.children or []):
        raise SeedError(path, line, "a picture stands alone and is a drawing:name")
    elif first.type == "heading_open":
        if first.tag != "h2":
            raise SeedError(path, line, "headings here are written with two signs: ##")
        blocks.append({"type": "heading", "value": part[1].content})
    elif first.type == "ordered_list_open":
        blocks.append({"type": "steps", "value": [{"title": "", "text": text}
                                                  for text in _items(part)]})  # fmt: skip
    elif first.type == "table_open":
        blocks.append({"type": "table", "value": _table(part) | {"caption": _caption(blocks)}})
    elif first.type == "fence":
        blocks.append(_fence(first, path, line))
    elif blocks and blocks[-1]["type"] == "text":
        blocks[-1]["value"] += _html(part)
    else:
        blocks.append({"type": "text", "value": _html(part)})


def _html(part: list[Token]) -> str:
    html = READER.renderer.render(part, READER.options, {}).replace("\n", "")
    for theirs, ours in _NAMES:
        html = html.replace(f"<{theirs}>", f"<{ours}>").replace(f"</{theirs}>", f"</{ours}>")
    return html


def _inline(token: Token) -> str:
    return _html([token])


def _items(part: list[Token]) -> list[str]:
    """Return each item of a list as HTML paragraphs."""
    found, position = [], 1
    while position < len(part) - 1:
        end = _end_of(part, position)
        inner = part[position + 1 : end]
        for token in inner:
            token.hidden = False
        found.append(_html(inner))
        position = end + 1
    return found


def _table(part: list[Token]) -> dict[str, Any]:
    head: list[str] = []
    rows: list[list[str]] = []
    for index, token in enumerate(part):
        if token.type == "th_open":
            head.append(part[index + 1].content)
        elif token.type == "tr_open":
            rows.append([])
        elif token.type == "td_open":
            rows[-1].append(f"<p>{_inline(part[index + 1])}</p>")
    return {"head": head, "rows": [row for row in rows if row]}


def _caption(blocks: list[Block]) -> str:
    """Name a table after the heading above it; a second one below it is numbered."""
    heading = next((b["value"] for b in reversed(blocks) if b["type"] == "heading"), "جدول")
    taken = [b["value"]["caption"] for b in blocks if b["type"] == "table"]
    number, caption = 1, heading
    while caption in taken:
        number += 1
        caption = f"{heading} ({to_persian_digits(str(number))})"
    return caption


def _figure(part: list[Token]) -> dict[str, Any] | None:
    children = part[1].children if len(part) == 3 and part[1].type == "inline" else None
    if not children or len(children) != 1 or children[0].type != "image":
        return None
    image = children[0]
    source = re.fullmatch(r"drawing:([a-z0-9-]+)", str(image.attrs["src"]))
    if source is None:
        return None
    return {
        "image": None,
        "drawing": source[1],
        "alt": image.content,
        "caption": str(image.attrs.get("title", "")),
    }


def _fence(token: Token, path: Path, line: int) -> Block:
    kind = token.info.strip()
    if kind == "formula":
        return {"type": "formula", "value": {"expression": token.content.strip(), "note": ""}}
    if kind == "safety":
        card = parse(path, token.content, shift=line)
        if not isinstance(card, SeedMap):
            raise SeedError(path, line, "a safety card needs hazard, control and under_18")
        value = {
            "hazard": card.text("hazard"),
            "control": f"<p>{card.text('control')}</p>",
            "under_18": card.choice("under_18", UNDER_18),
        }
        card.done()
        return {"type": "safety_card", "value": value}
    raise SeedError(path, line, f"a fence is “formula” or “safety”, not “{kind}”")
