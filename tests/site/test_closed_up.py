"""Templates are read closed up: fewer blanks are sent, and the same words are drawn."""

import re

import pytest
from django.conf import settings
from django.template import Context, engines
from django.template.loader import get_template

from javar.theme.loaders import closed_up


def drawn(text: str, **values: object) -> str:
    """Return what a template draws, its blanks as a browser draws them."""
    made = engines["django"].from_string(text).template.render(Context(values))
    return re.sub(r"\s+", " ", made)


@pytest.mark.parametrize("shown", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        "one\n  {% if shown %}\n    two\n  {% endif %}\n  three",
        "one\n  {% if shown %}\n    two\n  {% else %}\n    or\n  {% endif %}\n  three",
        "{% for n in ns %}\n  {{ n }}\n{% endfor %}\nend",
        "one\n  {{ shown }}\n  two",
        '<a\n  class="btn"\n  href="/">one</a>\n<a\n  href="/">two</a>',
        "{% load i18n %}one\n  {% translate 'until' %}\n  two",
        "<b>one</b>\n<span>two</span>{% if shown %}\n  <i>x</i>{% endif %}\nthree",
        "{% if shown and 3 > 2 %}\n  more\n{% endif %}\nless",
    ],
)  # fmt: skip
def test_words_stay_apart_and_together_as_they_were(text: str, shown: bool) -> None:
    values = {"shown": shown, "ns": [1, 2]}

    assert drawn(closed_up(text), **values).strip() == drawn(text, **values).strip()


def test_attributes_stand_on_one_line() -> None:
    text = '<p\n  class="a"\n  {% if shown %}\n    lang="fa"\n    dir="rtl"\n  {% endif %}\n>x</p>'

    made = engines["django"].from_string(closed_up(text)).template.render(Context({"shown": True}))

    assert made == '<p class="a" lang="fa" dir="rtl">x</p>'


def test_blanks_beside_an_element_of_its_own_line_are_not_sent() -> None:
    text = "<ul>\n  {% for n in ns %}\n    <li>\n      {{ n }}\n    </li>\n  {% endfor %}\n</ul>\n"

    made = engines["django"].from_string(closed_up(text)).template.render(Context({"ns": [1, 2]}))

    assert made == "<ul><li>1</li><li>2</li></ul>"


@pytest.mark.parametrize("text", ["<pre>\n  a\n</pre>\n", "<textarea>\n\n a</textarea>\n"])
def test_text_whose_blanks_count_is_left_alone(text: str) -> None:
    assert closed_up(text) == text


def test_the_site_reads_its_own_templates_closed_up_and_no_others() -> None:
    own = get_template("theme/base.html").template
    upstream = get_template("wagtailadmin/skeleton.html").template

    assert "\n  " not in own.source
    assert str(settings.ROOT) in own.origin.name
    assert "\n    " in upstream.source
