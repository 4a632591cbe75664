"""The blocks a lesson is written with."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError

from courses.kit.blocks import (
    FigureBlock,
    FormulaBlock,
    HeadingBlock,
    SafetyCardBlock,
    StepsBlock,
    TableBlock,
    TextBlock,
)


class QuestionBlock(blocks.StructBlock):
    """A question with one right answer, and why it is right."""

    question = blocks.CharBlock(label=_("question"), max_length=400)
    options = blocks.ListBlock(
        blocks.CharBlock(label=_("answer"), max_length=300), label=_("answers"), min_num=2
    )
    correct = blocks.IntegerBlock(
        label=_("number of the right answer"), min_value=1, help_text=_("1 for the first answer.")
    )
    explanation = blocks.CharBlock(label=_("why"), max_length=500)

    def clean(self, value: blocks.StructValue) -> blocks.StructValue:
        """Refuse a right answer that is not among the answers; a draft may be half written."""
        cleaned = super().clean(value)
        if self.is_deferred_validation:
            return cleaned
        if cleaned["correct"] > len(cleaned["options"]):
            raise StructBlockValidationError(
                block_errors={"correct": ValidationError(_("There is no answer of this number."))}
            )
        return cleaned


class QuizBlock(blocks.StructBlock):
    """The quiz that ends a lesson; grading belongs to `learning`."""

    questions = blocks.ListBlock(QuestionBlock(), label=_("questions"), min_num=1)

    class Meta:
        icon = "tick-inverse"
        label = _("quiz")
        template = "curricula/blocks/quiz.html"


class LessonBody(blocks.StreamBlock):
    """What a lesson is made of."""

    heading = HeadingBlock()
    text = TextBlock()
    steps = StepsBlock()
    table = TableBlock()
    figure = FigureBlock()
    formula = FormulaBlock()
    safety_card = SafetyCardBlock()
    quiz = QuizBlock()

    class Meta:
        block_counts = {"quiz": {"max_num": 1}}


def lines(label: Any) -> list[tuple[str, blocks.Block]]:
    """Return the one-block definition of a list of short lines."""
    return [("line", blocks.CharBlock(label=label, max_length=300))]
