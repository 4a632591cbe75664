"""The page of ASVS 5 level 2: every section stands in it once, and what it names is there."""

import re
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.ROOT)
PAGE = (ROOT / "deploy" / "ASVS.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if re.match(r"\| \d", line)
]
# The sections of version 5.0.0 that ask for something at level 1 or 2.
SECTIONS = re.findall(
    r"\S+",
    "1.1 1.2 1.3 1.4 1.5 2.1 2.2 2.3 2.4 3.2 3.3 3.4 3.5 3.7 4.1 4.2 4.3 4.4 5.1 5.2 5.3 5.4 "
    "6.1 6.2 6.3 6.4 6.5 6.6 6.8 7.1 7.2 7.3 7.4 7.5 7.6 8.1 8.2 8.3 8.4 9.1 9.2 "
    "10.1 10.2 10.3 10.4 10.5 10.6 10.7 11.1 11.2 11.3 11.4 11.5 11.6 12.1 12.2 12.3 "
    "13.1 13.2 13.3 13.4 14.1 14.2 14.3 15.1 15.2 15.3 16.1 16.2 16.3 16.4 16.5 17.1 17.2 17.3",
)


def test_every_section_is_judged_once() -> None:
    assert [row[0] for row in ROWS] == SECTIONS
    assert {row[2] for row in ROWS} == {"met", "partly", "gap", "n/a"}


def test_every_judgement_has_its_reason() -> None:
    assert [row[0] for row in ROWS if len(row) != 4 or len(row[3]) < 12] == []


def test_every_file_that_is_named_exists() -> None:
    named = set(
        re.findall(r"`((?:tests|courses|site|deploy|seeds)/[\w./-]+|[\w.-]+\.(?:md|txt))`", PAGE)
    )
    assert len(named) > 40
    assert {path for path in named if not (ROOT / path).exists()} == set()
