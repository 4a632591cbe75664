"""How imports say no."""

from django.utils.translation import gettext_lazy as _

from courses.kit.refusal import Refusal


class ColumnsMissing(Refusal):
    """Nothing can be checked before the needed columns are known."""

    code = "columns_missing"
    sentence = _("Say which column holds: %(columns)s")


class RowsAreBad(Refusal):
    """All or none, and some are bad."""

    code = "rows_are_bad"
    sentence = _(
        "%(count)s rows have faults, so none was taken in. Mend the file, or leave them out."
    )


class RowsWait(Refusal):
    """All or none, and of some nobody has said who they are."""

    code = "rows_wait"
    sentence = _("%(count)s rows wait until you say who it is, so none was taken in.")


class NoSuchAnswer(Refusal):
    """Nothing of the kind was asked."""

    code = "no_such_answer"
    sentence = _("This is not an answer to what is asked of the line now; look at it again.")


class AnsweredOtherwise(Refusal):
    """Two people decided of one line, not the same."""

    code = "answered_otherwise"
    sentence = _("%(by)s has decided otherwise meanwhile; look at the line again.")


class HasToBeAskedAgain(Refusal):
    """What was decided was about somebody else than who is found now."""

    code = "has_to_be_asked_again"
    sentence = _(
        "What is known of this person has changed since; give the file once more and look."
    )


class NotDecided(Refusal):
    """Nobody said who it is."""

    code = "not_decided"
    sentence = _("Nobody has said who it is, so the line was left out.")


class TooManyAtOnce(Refusal):
    """All or none is one transaction."""

    code = "too_many_at_once"
    sentence = _(
        "“All rows or none” is possible up to %(most)s rows."
        " Choose to leave rows with faults out, or split the file."
    )


class TooLateToUndo(Refusal):
    """The day is over."""

    code = "too_late_to_undo"
    sentence = _("An import can be undone for one day; change the places one by one now.")


class FileForgotten(Refusal):
    """The file is deleted after a day."""

    code = "file_forgotten"
    sentence = _("The file has been deleted, as it holds personal data; choose it once more.")


class MovedOn(Refusal):
    """Somebody has gone on from what the import made."""

    code = "moved_on"
    sentence = _("This has been changed since the import, so it was kept.")
