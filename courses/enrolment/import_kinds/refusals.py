"""Why a line of a file is not taken in."""

from django.utils.translation import gettext_lazy as _

from courses.kit.refusal import Refusal


class SomebodyElses(Refusal):
    """Two cells of a line stand for two people."""

    code = "somebody_elses"
    sentence = _("This belongs to somebody else who is registered already.")


class TooManyStrangers(Refusal):
    """A list of numbers must not become a list of names, one decision at a time."""

    code = "too_many_strangers"
    sentence = _(
        "In one day you have said of %(most)s people from outside your school that they are the "
        "same person. Go on tomorrow, or let them sign in and apply themselves."
    )


class WhoIsIt(Refusal):
    """Without a code or a number one cannot tell a person from a namesake."""

    code = "who_is_it"
    sentence = _("Write the national code, or the mobile where there is none.")


class GuardianIncomplete(Refusal):
    """A guardian is a name, a relation and a mobile."""

    code = "guardian_incomplete"
    sentence = _("A guardian needs a name, a relation and a mobile.")


class TwiceInTheFile(Refusal):
    """One person, two lines."""

    code = "twice_in_the_file"
    sentence = _("The same person stands in line %(line)s already.")


class SexMissing(Refusal):
    """A school for both does not say it."""

    code = "sex_missing"
    sentence = _("Write girl or boy.")


class WhichClass(Refusal):
    """A bundle of several classes, none of which is this intake."""

    code = "which_class"
    sentence = _("The bundle holds several classes; give this intake's one the code %(code)s.")
