"""How enrolment says no."""

from django.utils.translation import gettext_lazy as _

from courses.kit.refusal import Refusal


class NotEligible(Refusal):
    """The intake's conditions, or its dates, say no."""

    code = "not_eligible"
    sentence = _("You cannot enrol here: %(reasons)s")


class IntakeClosed(Refusal):
    """The window closed between looking and asking."""

    code = "intake_closed"
    sentence = _("Enrolment is not open now.")


class TooManyOpen(Refusal):
    """Somebody asks everywhere at once."""

    code = "too_many_open"
    sentence = _("You may have %(most)s places or applications at a time; give one up first.")


class NoSeatsLeft(Refusal):
    """A transfer needs a free seat."""

    code = "no_seats_left"
    sentence = _("No seat is free there that you may take; you keep the one you have.")


class ReviewDecides(Refusal):
    """Nobody passes a review by coming from elsewhere."""

    code = "review_decides"
    sentence = _("Seats there are given by a review that is not decided yet; apply there instead.")


class FewerSeatsThanTaken(Refusal):
    """Seats cannot be taken away from people."""

    code = "fewer_seats_than_taken"
    sentence = _("%(taken)s seats are taken already; there cannot be fewer than that.")


class SecondPersonNeeded(Refusal):
    """After the opening nobody changes seats alone."""

    code = "second_person_needed"
    sentence = _("Enrolment has opened: a second person must approve another number of seats.")


class RuleOfThePast(Refusal):
    """What was asked of people is not rewritten."""

    code = "rule_of_the_past"
    sentence = _("What was asked until today stays as it was; choose today or a later day.")


class ChangeWaits(Refusal):
    """One change of a pool waits at a time."""

    code = "change_waits"
    sentence = _("A change of these seats already waits for its second person.")


class OfferOver(Refusal):
    """The offer was answered, or its time is over."""

    code = "offer_over"
    sentence = _("This offer is over; see the state of the place.")


class ConsentMissing(Refusal):
    """A minor's place needs a guardian."""

    code = "consent_missing"
    sentence = _("A guardian's consent is missing.")


class PapersMissing(Refusal):
    """The intake asks for papers."""

    code = "papers_missing"
    sentence = _("These papers are not in order yet: %(papers)s")


class ReviewUnfinished(Refusal):
    """Seats are given when every application has its points."""

    code = "review_unfinished"
    sentence = _("%(count)s applications have no full points yet.")


class StillOpen(Refusal):
    """A review decides when nobody can apply any more."""

    code = "still_open"
    sentence = _("People can still apply; decide after the closing.")


class NotYourGuardian(Refusal):
    """A consent comes from somebody who stands by the student."""

    code = "not_a_guardian"
    sentence = _("This person is not written down as the student's guardian.")


class ConsentStands(Refusal):
    """Who has agreed does not say no beside it."""

    code = "consent_stands"
    sentence = _("This guardian has agreed; the consent has to be taken back first.")


class NothingToRemind(Refusal):
    """Neither a consent, nor an answer, nor a paper is awaited."""

    code = "nothing_to_remind"
    sentence = _("Nobody has to act on this place now.")
