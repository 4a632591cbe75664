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


class NameThePublicValue(Refusal):
    """An operator who alone knows the seed could try seeds until a friend wins."""

    code = "name_the_public_value"
    sentence = _("Name the public value that will be mixed into the lottery before opening.")


class PublicValueIsMissing(Refusal):
    """The lottery cannot be drawn before the value named at the opening is known."""

    code = "public_value_is_missing"
    sentence = _("Type in the public value named at the opening first.")


class AnotherOfficerRuns(Refusal):
    """Two officers: one freezes, another runs."""

    code = "another_officer_runs"
    sentence = _("You froze this round; another officer must run it.")


class EffectsWait(Refusal):
    """Whom a reserve hurts is looked at before anything goes out."""

    code = "effects_wait"
    sentence = _("Acknowledge first whom the reserves make worse off.")


class AnswersAreAhead(Refusal):
    """A supplementary round fills seats nobody can still accept."""

    code = "answers_are_ahead"
    sentence = _("Students still answer; a supplementary round opens after their deadline.")


class AnswerIsClosed(Refusal):
    """The window for answers has ended."""

    code = "answer_is_closed"
    sentence = _("The time for answers has ended.")


class PlaceIsGone(Refusal):
    """A workshop took the vacancy back after the result."""

    code = "place_is_gone"
    sentence = _("The workshop has taken this vacancy back; you may enter the supplementary round.")


class HasAPlace(Refusal):
    """Confirmed placements never move."""

    code = "has_a_place"
    sentence = _("You have accepted a place; this round is for those without one.")


class GaveAPlaceUp(Refusal):
    """Nobody declines a place of the main round to enter the supplementary one."""

    code = "gave_a_place_up"
    sentence = _(
        "You had a place in the main round and did not take it; "
        "its supplementary round is for those who had none."
    )


class RuleStands(Refusal):
    """Students chose knowing the rule."""

    code = "rule_stands"
    sentence = _("A scoring rule is published while students choose, and then stands.")


class RuleRanks(Refusal):
    """Who promised to rank by a rule does not rank otherwise."""

    code = "rule_ranks"
    sentence = _(
        "This vacancy ranks by its published scoring rule; "
        "you can still say with a reason who is not suitable."
    )


class NoSuchStanding(Refusal):
    """There are nine groups and four coded reasons."""

    code = "no_such_standing"
    sentence = _("Choose one of the groups, or one of the reasons.")


class OneObjection(Refusal):
    """An objection is answered before the next."""

    code = "one_objection"
    sentence = _("Your objection is being looked at; you will be told the answer.")


class AnotherOfficerAnswers(Refusal):
    """Nobody judges an objection to their own run."""

    code = "another_officer_answers"
    sentence = _("You ran this round; another officer must answer objections to it.")


class AnswerOwesAReason(Refusal):
    """Nobody is turned away without a reason."""

    code = "answer_owes_a_reason"
    sentence = _("Say in a few sentences what you found; the student will read it.")


class NothingToExplain(Refusal):
    """Only a wish somebody lost, and may have, has something that could have been different."""

    code = "nothing_to_explain"
    sentence = _("Nothing about this wish could have been different in this round.")


class NothingToCarryOver(Refusal):
    """No earlier wish takes part in the present round."""

    code = "nothing_to_carry_over"
    sentence = _("None of your earlier wishes takes part in this round, or all are on your list.")
