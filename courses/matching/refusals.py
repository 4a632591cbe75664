"""Why a move in a round is refused."""

from django.utils.translation import gettext_lazy as _

from courses.kit.refusal import Refusal


class NotTheTime(Refusal):
    """The round's phase does not allow this."""

    code = "not_the_time"
    sentence = _("This is not possible at this point of the round.")


class WishesAreClosed(Refusal):
    """The students' deadline has passed."""

    code = "wishes_are_closed"
    sentence = _("The deadline for wishes has passed; your list counts as it stands.")


class ListIsFull(Refusal):
    """There is a longest list."""

    code = "list_is_full"
    sentence = _("Your list already has %(longest)s wishes; take one out first.")


class NotInThisRound(Refusal):
    """The vacancy does not take part."""

    code = "not_in_this_round"
    sentence = _("This vacancy does not take part in the round.")


class NotAStudent(Refusal):
    """Only students of a school take part."""

    code = "not_a_student"
    sentence = _("Only students of a school take part in a round.")


class RankingIsClosed(Refusal):
    """Firms rank between the two deadlines."""

    code = "ranking_is_closed"
    sentence = _("Applicants can be ranked only between the two deadlines of the round.")


class DeadlinesAreAhead(Refusal):
    """Nobody's time may be cut short by freezing."""

    code = "deadlines_are_ahead"
    sentence = _("The round can be frozen only after both deadlines.")


class AnotherOfficerPublishes(Refusal):
    """Two officers: one runs, another publishes."""

    code = "another_officer_publishes"
    sentence = _("You ran this round; another officer must publish it.")


class NothingToMatch(Refusal):
    """A round without vacancies cannot be opened."""

    code = "nothing_to_match"
    sentence = _("No published vacancy begins after this round; there is nothing to match.")


class DeadlineMustMove(Refusal):
    """A new deadline lies in the future and in order."""

    code = "deadline_must_move"
    sentence = _("The new deadlines must lie ahead, and firms' after students'.")
