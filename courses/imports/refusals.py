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
