"""Grading, as pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass

from courses.curricula.syllabus import Question, Syllabus

# Three of five: enough to show the lesson was read; marks are given by assessors, not by this.
PASS_SHARE = (3, 5)


@dataclass(frozen=True)
class Graded:
    """A graded question: the chosen and the right answer (from 1), and why."""

    question: Question
    chosen: int | None

    @property
    def right(self) -> bool:
        """Whether the chosen answer is the right one."""
        return self.chosen == self.question.correct


def grade(questions: Sequence[Question], answers: dict[str, int]) -> list[Graded]:
    """Grade answers given by question number (from 1, as text); a missing one is wrong."""
    return [
        Graded(question, answers.get(str(number)))
        for number, question in enumerate(questions, start=1)
    ]


def passes(score: int, out_of: int) -> bool:
    """Tell whether a score passes; a lesson without questions passes by being read."""
    numerator, denominator = PASS_SHARE
    return score * denominator >= out_of * numerator


def teaches_wholly(syllabus: Syllabus) -> bool:
    """Tell whether every module of a version consists of lessons here.

    Such a programme is completed by its lessons; any other needs marks from assessors.
    """
    return bool(syllabus.modules) and all(module.lessons for module in syllabus.modules)
