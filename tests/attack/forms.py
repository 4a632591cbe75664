"""The forms of a page as a browser would send them, so that an attack can change one field."""

from html.parser import HTMLParser


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.files: list[str] = []
        self._select = self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        name = found.get("name", "")
        if tag == "option" and self._select:
            chosen = "selected" in found or self._select not in self.fields
            if chosen:
                self.fields[self._select] = found.get("value", "")
        if not name:
            return
        if tag == "select":
            self._select = name
        elif tag == "textarea":
            self._area = name
            self.fields[name] = ""
        elif tag in {"input", "button"}:
            kind = found.get("type", "")
            if kind == "file":
                self.files.append(name)
            elif kind not in {"checkbox", "radio"} or "checked" in found or name not in self.fields:
                self.fields[name] = found.get("value", "on" if kind == "checkbox" else "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] += data


def read_forms(page: str) -> tuple[dict[str, str], list[str]]:
    """Return what the forms of a page would send, and the names of their file fields."""
    reader = _Forms()
    reader.feed(page)
    reader.fields.pop("csrfmiddlewaretoken", None)
    return reader.fields, reader.files
