"""The states of a round, of a place it gave and of an objection, and the moves between them.

An open round has two deadlines: wishes close, then firms see who asked for them and rank until
their own deadline. Only then may it be frozen; from the freeze on nothing that enters the result
can change. The result is published with a window in which students say whether they take their
place; silence declines.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.kit.moves import Move, Moves
from courses.kit.refusal import AlreadyDone


class State(models.TextChoices):
    """Where a round stands."""

    DRAFT = "draft", _("draft")
    OPEN = "open", _("open")
    FROZEN = "frozen", _("frozen")
    RUNNING = "running", _("running")
    PROPOSED = "proposed", _("proposed")
    PUBLISHED = "published", _("published")
    CLOSED = "closed", _("closed")


ORDER = list(State)

MOVES = Moves(
    [
        Move("open_round", [State.DRAFT], State.OPEN, "officer"),
        Move("freeze_round", [State.OPEN], State.FROZEN, "officer"),
        Move("start_run", [State.FROZEN], State.RUNNING, "another officer than who froze it"),
        Move("propose", [State.RUNNING], State.PROPOSED, "the verifier, when clean"),
        Move("withhold", [State.RUNNING], State.FROZEN, "the verifier, when not"),
        Move("publish_round", [State.PROPOSED], State.PUBLISHED, "the approval of another officer"),
        Move("close_round", [State.PUBLISHED], State.CLOSED, "officer"),
    ]
)


class Phase(models.TextChoices):
    """What an open round is doing at a moment."""

    WISHES = "wishes", _("students choose")
    RANKING = "ranking", _("firms rank")
    READY = "ready", _("ready to be frozen")


class Stage(models.TextChoices):
    """What a run is doing; its page shows it while people wait."""

    QUEUED = "queued", _("waiting for the worker")
    READING = "reading", _("reading the frozen round")
    DRAWING = "drawing", _("drawing the lottery")
    SOLVING = "solving", _("solving")
    JUDGING = "judging", _("checking with the second program")
    EXPLAINING = "explaining", _("writing a reason for every wish")
    COMPARING = "comparing", _("solving again without each reserve")
    WRITING = "writing", _("writing the result")
    DONE = "done", _("done")


STAGES = list(Stage)


class Unsuitable(models.TextChoices):
    """The coded reasons a firm may give for not accepting an applicant; each is contestable."""

    HOURS = "hours", _("the days or hours do not fit the school's")
    DISTANCE = "distance", _("too far without transport")
    SKILLS = "skills", _("a skill needed from the first day is missing")
    OTHER = "other", _("another reason, written below")


class Criterion(models.TextChoices):
    """What a published scoring rule may count; each is computed from what the site knows."""

    LESSONS = "lessons", _("finished lessons")
    QUIZZES = "quizzes", _("results of quizzes")
    NEARNESS = "nearness", _("nearness of home")


class Answer(models.TextChoices):
    """What became of a place that a round gave."""

    UNPLACED = "unplaced", _("no place")
    OFFERED = "offered", _("waits for an answer")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")
    LAPSED = "lapsed", _("lapsed")
    WITHDRAWN = "withdrawn", _("withdrawn")


ANSWERS = Moves(
    [
        Move("accept_place", [Answer.OFFERED], Answer.ACCEPTED, "student"),
        Move("decline_place", [Answer.OFFERED], Answer.DECLINED, "student"),
        Move("lapse_place", [Answer.OFFERED], Answer.LAPSED, "time"),
        Move("withdraw_place", [Answer.ACCEPTED], Answer.WITHDRAWN, "student"),
    ],
    field="answer",
)


# Somebody had the place and let it go.
GIVEN_UP = frozenset({Answer.DECLINED, Answer.LAPSED, Answer.WITHDRAWN})


class Ruling(models.TextChoices):
    """Where an objection stands."""

    OPEN = "open", _("waits for an answer")
    UPHELD = "upheld", _("upheld")
    REJECTED = "rejected", _("not upheld")


_ANOTHER_OFFICER = "an officer who did not run the round"

OBJECTIONS = Moves(
    [
        Move("uphold", [Ruling.OPEN], Ruling.UPHELD, _ANOTHER_OFFICER, line="answer_objection"),
        Move("reject", [Ruling.OPEN], Ruling.REJECTED, _ANOTHER_OFFICER, line="answer_objection"),
    ],
    overtaken=AlreadyDone,
)
