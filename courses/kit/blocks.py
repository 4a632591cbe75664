"""StreamField blocks that know no room: text, steps, table, figure, formula, safety card.

Each renders with a theme component; the values are plain enough to be frozen into a snapshot and
rendered again years later.
"""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageChooserBlock

TEXT_FEATURES = ["bold", "italic", "code", "ul", "ol", "link"]


class HeadingBlock(blocks.CharBlock):
    """A heading inside a lesson."""

    class Meta:
        icon = "title"
        label = _("heading")
        template = "kit/blocks/heading.html"


class TextBlock(blocks.RichTextBlock):
    """Running text."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(features=TEXT_FEATURES, **kwargs)

    class Meta:
        icon = "pilcrow"
        label = _("text")
        template = "kit/blocks/text.html"


class StepBlock(blocks.StructBlock):
    """One step of a procedure."""

    title = blocks.CharBlock(label=_("what to do"), required=False, max_length=120)
    text = blocks.RichTextBlock(label=_("how"), features=TEXT_FEATURES)


class StepsBlock(blocks.ListBlock):
    """A procedure, step by step."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(StepBlock(), **kwargs)

    class Meta:
        icon = "list-ol"
        label = _("steps")
        template = "kit/blocks/steps.html"


class TableBlock(blocks.StructBlock):
    """A small table: a head and rows of short texts."""

    # Not shown: it tells somebody who listens to the page which table this is.
    caption = blocks.CharBlock(label=_("what the table shows"), max_length=200)
    head = blocks.ListBlock(blocks.CharBlock(label=_("column")), label=_("head"))
    rows = blocks.ListBlock(
        blocks.ListBlock(
            blocks.RichTextBlock(label=_("cell"), features=["bold", "code"], required=False),
            label=_("row"),
        ),
        label=_("rows"),
    )

    class Meta:
        icon = "table"
        label = _("table")
        template = "kit/blocks/table.html"


class FigureBlock(blocks.StructBlock):
    """A picture with its caption and a text for those who do not see it."""

    image = ImageChooserBlock(label=_("picture"), required=False)
    drawing = blocks.CharBlock(
        label=_("drawing of the house"),
        required=False,
        help_text=_("The name of one of the site's line drawings, instead of a picture."),
    )
    alt = blocks.CharBlock(label=_("description for those who do not see it"), max_length=300)
    caption = blocks.CharBlock(label=_("caption"), required=False, max_length=300)

    class Meta:
        icon = "image"
        label = _("figure")
        template = "kit/blocks/figure.html"


class FormulaBlock(blocks.StructBlock):
    """A formula, shown left to right in both languages."""

    expression = blocks.TextBlock(label=_("formula"), rows=2)
    note = blocks.CharBlock(label=_("note"), required=False, max_length=300)

    class Meta:
        icon = "code"
        label = _("formula")
        template = "kit/blocks/formula.html"


class SafetyCardBlock(blocks.StructBlock):
    """What may hurt at this work, and what to do about it."""

    hazard = blocks.CharBlock(label=_("hazard"), max_length=200)
    control = blocks.RichTextBlock(label=_("what to do"), features=TEXT_FEATURES)
    under_18 = blocks.ChoiceBlock(
        label=_("under 18"),
        choices=[
            ("supervised", _("with a supervisor")),
            ("forbidden", _("forbidden")),
            ("free", _("no limit")),
        ],
        default="supervised",
    )

    class Meta:
        icon = "warning"
        label = _("safety card")
        template = "kit/blocks/safety_card.html"
