"""How notices say no."""

from django.utils.translation import gettext_lazy as _

from courses.kit.refusal import Refusal


class BeingSent(Refusal):
    """A relay holds the message at this moment."""

    code = "being_sent"
    sentence = _("This message is being sent at this moment; look again in a few minutes.")


class AlreadyIn(Refusal):
    """The account has an owner."""

    code = "already_in"
    sentence = _("This person has signed in already, or has a password; nothing was sent.")


class TwoKeepersNeeded(Refusal):
    """The account is more than a student of the asking registrar's school."""

    code = "two_keepers_needed"
    sentence = _(
        "You can let in only whose one role is student at your school. Whoever has another role "
        "too, or no place yet, is let in by two keepers of the site: one asks, another approves. "
        "Tell a keeper."
    )


class SecondKeeperNeeded(Refusal):
    """Nobody lets anybody in alone, or themselves."""

    code = "second_keeper_needed"
    sentence = _("Another keeper has to do this: not who asked, and not whose account it is.")


class TooManyWaysBack(Refusal):
    """So many links in one day are no help to students any more."""

    code = "too_many_ways_back"
    sentence = _("You have made %(most)s such links in one day; go on tomorrow.")


class LinkOver(Refusal):
    """The link was used, or its time has passed."""

    code = "link_over"
    sentence = _("This link is over; ask your school for another one.")


class WrongCode(Refusal):
    """Other digits were sent."""

    code = "wrong_code"
    sentence = _("This is not the code; look at the newest message.")


class CodeOver(Refusal):
    """The code was used, tried too often, or its time has passed."""

    code = "code_over"
    sentence = _("This code is over; ask for another one.")


class EmailIsAnothers(Refusal):
    """Whoever asks holds the address, so that they may know: it is proven by another account."""

    code = "email_is_anothers"
    sentence = _(
        "This e-mail already belongs to another account. Sign in there and remove it first."
    )


class NotTwoKeepers(Refusal):
    """One person alone, or the account's own, may not take a second factor away."""

    code = "not_two_keepers"
    sentence = _("Two keepers of the site are needed, and neither may be the account's owner.")
