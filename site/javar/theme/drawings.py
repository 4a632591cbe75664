"""Line drawings and icons, set into the page as SVG so that they take the page's colours."""

import functools
import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "static" / "theme" / "drawings"
PARTS = re.compile(r"<svg\b(?P<attributes>[^>]*)>(?P<body>.*)</svg>", re.DOTALL)
# What names the drawing in its own file is said anew, in the reader's language, where it is used.
OWN_NAME = re.compile(r"<(title|desc)\b[^>]*>.*?</\1>", re.DOTALL)
OWN_ROLE = re.compile(r"\s(?:xmlns|role|aria-labelledby)=\"[^\"]*\"")
NAME = re.compile(r"[a-z0-9-]+")

# Paths on a grid of 24 by 24, stroked by the class `i`. Those that mean a direction are mirrored
# on right-to-left pages: they are drawn for left-to-right reading.
ICONS = {
    "back": '<path d="M20 12H5M11 6l-6 6 6 6"/>',
    "bell": '<path d="M6 17V11a6 6 0 0 1 12 0v6l1.500 2h-15zM10 21.500h4"/>',
    "book": '<path d="M12 6C9 4 6 4 3 5v14c3-1 6-1 9 1 3-2 6-2 9-1V5c-3-1-6-1-9 1zM12 6v14"/>',
    "briefcase": '<path d="M3 8h18v12H3zM9 8V5h6v3M3 13h18"/>',
    "calendar": '<path d="M4 6h16v14H4zM4 10.500h16M8 3v4M16 3v4"/>',
    "chart": '<path d="M4 20h16M7 17v-6M12 17V5M17 17v-9"/>',
    "check": '<path d="M4 12.500 9.500 18 20 6.500"/>',
    "clipboard": '<path d="M6 5h12v16H6zM9 3h6v4H9zM9 12h6M9 16h4"/>',
    "clock": '<circle cx="12" cy="12" r="8.500"/><path d="M12 7v5l3.500 2"/>',
    "cross": '<path d="M6 6l12 12M18 6 6 18"/>',
    "down": '<path d="M12 5v14M6 13l6 6 6-6"/>',
    "download": '<path d="M12 4v11M7 10.500l5 5 5-5M4 20h16"/>',
    "home": '<path d="M4 11 12 4l8 7v9h-5v-6H9v6H4z"/>',
    "list": '<path d="M9 6h12M9 12h12M9 18h12M4 6v.1M4 12v.1M4 18v.1"/>',
    "lock": '<path d="M5 11h14v10H5zM8 11V8a4 4 0 0 1 8 0v3"/>',
    "next": '<path d="M4 12h15M13 6l6 6-6 6"/>',
    "pencil": '<path d="M4 20l1-4.500L16 4.500l3.500 3.500L8.500 19zM13.500 7l3.500 3.500"/>',
    "people": (
        '<circle cx="9" cy="8" r="3.500"/><path d="M2.500 20c.6-4 3-6 6.500-6s6 2 6.500 6'
        'M16 5a3.500 3.500 0 0 1 0 6.500M18 14.500c2 .8 3.200 2.700 3.500 5.500"/>'
    ),
    "pin": (
        '<path d="M12 21c5-5 7-8 7-11a7 7 0 0 0-14 0c0 3 2 6 7 11z"/>'
        '<circle cx="12" cy="10" r="2.500"/>'
    ),
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "print": '<path d="M7 8V3h10v5M5 8h14v9h-3M8 17H5M8 14h8v7H8z"/>',
    "search": '<circle cx="11" cy="11" r="6.500"/><path d="m16 16 5 5"/>',
    "shield": '<path d="M12 3 20 6v6c0 5-4 8-8 9-4-1-8-4-8-9V6zM8.500 12l2.500 2.500 4.500-5"/>',
    "up": '<path d="M12 19V5M6 11l6-6 6 6"/>',
    "user": '<circle cx="12" cy="8" r="4"/><path d="M4 21c1-5 4-7 8-7s7 2 8 7"/>',
    "warning": '<path d="M12 3 22 20H2zM12 10v4M12 17.200v.1"/>',
}
DIRECTIONS = {"back", "next"}


def drawing_names() -> list[str]:
    """Return the names of all drawings, in order: what an editor may choose from."""
    return sorted(path.stem for path in FOLDER.glob("*.svg"))


@functools.cache
def drawing_parts(name: str) -> tuple[str, str] | None:
    """Return the attributes and the inside of a drawing, without its own name; None if unknown."""
    place = FOLDER / f"{name}.svg"
    if not NAME.fullmatch(name) or not place.is_file():
        return None
    found = PARTS.search(place.read_text(encoding="utf-8"))
    if found is None:
        return None
    attributes = OWN_ROLE.sub("", found["attributes"]).strip()
    return attributes, OWN_NAME.sub("", found["body"]).strip()
