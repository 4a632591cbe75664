"""Texts written by hand become blocks; what has no block is refused with its line."""

from pathlib import Path
from typing import Any

import pytest

from courses.kit.markdown_blocks import blocks_of
from courses.kit.seedfile import SeedError

HERE = Path("lessons/one.md")


def blocks(text: str) -> list[dict[str, Any]]:
    """Return the blocks of a text whose head took four lines."""
    return blocks_of(HERE, text, shift=4)


def test_empty_text_has_no_blocks() -> None:
    assert blocks("\n\n") == []


def test_heading_stands_for_itself() -> None:
    assert blocks("## برش چرم\n") == [{"type": "heading", "value": "برش چرم"}]


def test_running_text_is_one_block_up_to_the_next_piece() -> None:
    assert blocks("One **two** *three* `four`.\n\n- a\n- b\n\n## Five\n\nSix [x](/y/).\n") == [
        {
            "type": "text",
            "value": "<p>One <b>two</b> <i>three</i> <code>four</code>.</p>"
            "<ul><li>a</li><li>b</li></ul>",
        },
        {"type": "heading", "value": "Five"},
        {"type": "text", "value": '<p>Six <a href="/y/">x</a>.</p>'},
    ]


def test_raw_html_never_becomes_html() -> None:
    assert blocks("a <b>b</b> <script>c</script>\n") == [
        {
            "type": "text",
            "value": "<p>a &lt;b&gt;b&lt;/b&gt; &lt;script&gt;c&lt;/script&gt;</p>",
        }
    ]


def test_numbered_list_becomes_steps() -> None:
    assert blocks("1. One **now**\n2. Two\n\n   more\n3. - a\n   - b\n") == [
        {
            "type": "steps",
            "value": [
                {"title": "", "text": "<p>One <b>now</b></p>"},
                {"title": "", "text": "<p>Two</p><p>more</p>"},
                {"title": "", "text": "<ul><li><p>a</p></li><li><p>b</p></li></ul>"},
            ],
        }
    ]


def test_table_is_named_after_its_heading_and_counted() -> None:
    table = "| a | b |\n|---|---|\n| **1** | 2 |\n| 3 | |\n\n"
    value = {
        "head": ["a", "b"],
        "rows": [["<p><b>1</b></p>", "<p>2</p>"], ["<p>3</p>", "<p></p>"]],
    }
    found = blocks(f"{table}## سایز\n\n{table}text\n\n{table}{table}")
    assert [block["type"] for block in found] == [
        "table",
        "heading",
        "table",
        "text",
        "table",
        "table",
    ]
    captions = ["جدول", "سایز", "سایز (۲)", "سایز (۳)"]
    assert [block["value"] for block in found if block["type"] == "table"] == [
        value | {"caption": caption} for caption in captions
    ]


def test_drawing_becomes_a_figure() -> None:
    assert blocks('![یک قالب](drawing:last-side "از بغل")\n\n![b](drawing:b2)\n') == [
        {
            "type": "figure",
            "value": {
                "image": None,
                "drawing": "last-side",
                "alt": "یک قالب",
                "caption": "از بغل",
            },
        },
        {
            "type": "figure",
            "value": {"image": None, "drawing": "b2", "alt": "b", "caption": ""},
        },
    ]


def test_formula_fence_keeps_its_signs() -> None:
    assert blocks("```formula\nEU = 1.5 * (L < 2)\n```\n") == [
        {"type": "formula", "value": {"expression": "EU = 1.5 * (L < 2)", "note": ""}}
    ]


def test_safety_fence_becomes_a_card() -> None:
    assert blocks("```safety\nhazard: چاقو\ncontrol: دستکش\nunder_18: supervised\n```\n") == [
        {
            "type": "safety_card",
            "value": {"hazard": "چاقو", "control": "<p>دستکش</p>", "under_18": "supervised"},
        }
    ]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("# One\n", 5, "headings here are written with two signs: ##"),
        ("a\n\n### One\n", 7, "headings here are written with two signs: ##"),
        ("One\n===\n", 5, "headings here are written with two signs: ##"),
        ("a\n\n```python\nx\n```\n", 7, "a fence is “formula” or “safety”, not “python”"),
        ("```\nx\n```\n", 5, "a fence is “formula” or “safety”, not “”"),
        ("```safety\n```\n", 5, "a safety card needs hazard, control and under_18"),
        ("```safety\n- a\n```\n", 5, "a safety card needs hazard, control and under_18"),
        ("```safety\nhazard: a\nunder_18: free\n```\n", 6, "“control” is missing"),
        ("a\n\n```safety\nhazard: a\ncontrol: b\nunder_18: sure\n```\n", 10,
         "“under_18” is “sure”; it must be one of forbidden, free, supervised"),
        ("```safety\nhazard: a\ncontrol: b\nunder_18: free\nmore: c\n```\n", 9,
         "“more” is not known here (known: control, hazard, under_18)"),
        ("```safety\nhazard: a\nhazard: b\n```\n", 7, "“hazard” stands here twice"),
        ("a\n\n![b](/media/b.png)\n", 7, "a picture stands alone and is a drawing:name"),
        ("![b](drawing:Two_Parts)\n", 5, "a picture stands alone and is a drawing:name"),
        ("a ![b](drawing:b)\n", 5, "a picture stands alone and is a drawing:name"),
        ("1. a\n2. ![b](drawing:b)\n", 5, "a picture stands alone and is a drawing:name"),
        ("- ![b](drawing:b)\n", 5, "a picture stands alone and is a drawing:name"),
    ],
)  # fmt: skip
def test_what_has_no_block_is_refused_with_its_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(SeedError) as caught:
        blocks(text)
    assert (caught.value.path, caught.value.line, caught.value.reason) == (HERE, line, reason)
