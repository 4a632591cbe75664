"""What enrolment tells people."""

from django.utils.translation import gettext_lazy as _

from courses.notices.kinds import CODES, GUARDIANS, also_told, declare

GROUP = "enrolment"
REGISTRARS = ["enrolment.keep_intakes"]

# Registrars give ways back too, and are told when they have given many.
also_told("notices.ways_back_ceiling", *REGISTRARS)

declare(
    "enrolment.submitted",
    _("Your application to “%(programme)s”, %(school)s, has arrived and is under review."),
    group=GROUP,
)
declare(
    "enrolment.held",
    _("A seat in “%(programme)s”, %(school)s, is kept for you until %(due)s: your guardian has "
      "to consent by then."),
    sms=_("Javar: a seat in “%(programme)s” is kept until %(due)s; your guardian has to consent."),
    legal=True,
    group=GROUP,
)  # fmt: skip
declare(
    "enrolment.admitted",
    _("You have a seat in “%(programme)s”, %(school)s."),
    sms=_("Javar: you have a seat in “%(programme)s”, %(school)s."),
    group=GROUP,
)
declare(
    "enrolment.waitlisted",
    _("“%(programme)s” is full; you are on the waiting list with number %(sequence)s."),
    group=GROUP,
)
declare(
    "enrolment.offered",
    _("A seat became free for you in “%(programme)s”, %(school)s. Answer until %(due)s."),
    sms=_("Javar: a seat in “%(programme)s” is offered to you until %(due)s. Accept or decline: "
          "%(link)s"),
    legal=True,
    urgent=True,
    group=GROUP,
)  # fmt: skip
declare(
    "enrolment.offer_reminder",
    _("The seat offered to you in “%(programme)s”, %(school)s, lapses at %(due)s."),
    sms=_(
        "Javar: the seat offered to you in “%(programme)s” lapses at %(due)s. Sign in to answer."
    ),
    legal=True,
    urgent=True,
    group=GROUP,
)
declare(
    "enrolment.guardian_missing",
    _("Your seat in “%(programme)s”, %(school)s, waits for a guardian's consent: write down who "
      "your guardian is."),
    sms=_("Javar: your seat in “%(programme)s” waits for a guardian's consent. Sign in and write "
          "down who your guardian is."),
    legal=True,
    group=GROUP,
)  # fmt: skip
declare(
    "enrolment.papers_missing",
    _("For your seat in “%(programme)s”, %(school)s, these papers are still missing: %(papers)s"),
    sms=_("Javar: for your seat in “%(programme)s” papers are missing: %(papers)s"),
    group=GROUP,
)
declare(
    "enrolment.accepted",
    _("You accepted the seat in “%(programme)s”, %(school)s."),
    group=GROUP,
)
declare(
    "enrolment.declined",
    _("You declined the seat in “%(programme)s”, %(school)s."),
    group=GROUP,
)
declare(
    "enrolment.offered_lapsed",
    _("The offer of a seat in “%(programme)s”, %(school)s, has lapsed without an answer."),
    sms=_("Javar: the offer of a seat in “%(programme)s” has lapsed."),
    legal=True,
    group=GROUP,
)
declare(
    "enrolment.held_lapsed",
    _("No consent came in time: the seat in “%(programme)s”, %(school)s, went to the next."),
    sms=_("Javar: no consent came in time; the seat in “%(programme)s” went to the next."),
    legal=True,
    group=GROUP,
)
declare(
    "enrolment.waitlisted_lapsed",
    _("The waiting list of “%(programme)s”, %(school)s, has closed and nobody is called any more."),
    group=GROUP,
)
declare(
    "enrolment.enrolled",
    _("You are enrolled in “%(programme)s”, %(school)s."),
    group=GROUP,
)
declare(
    "enrolment.withdrawn",
    _("You have left “%(programme)s”, %(school)s."),
    group=GROUP,
)
declare(
    "enrolment.deferred",
    _("“%(programme)s”, %(school)s, has been put off; apply to a later intake when you can."),
    group=GROUP,
)
declare(
    "enrolment.refused",
    _("Your application to “%(programme)s”, %(school)s, was refused: %(reason)s"),
    legal=True,
    group=GROUP,
)
declare(
    "enrolment.refused_by_points",
    _("Your application to “%(programme)s”, %(school)s, did not reach the published least points."),
    legal=True,
    group=GROUP,
)
declare(
    "enrolment.consent_refused",
    _("Your guardian does not consent: the application to “%(programme)s”, %(school)s, has ended."),
    legal=True,
    group=GROUP,
)
declare(
    "enrolment.consent_taken_back",
    _("A consent was taken back: the seat in “%(programme)s”, %(school)s, is kept until %(due)s."),
    sms=_("Javar: a consent was taken back; the seat in “%(programme)s” is kept until %(due)s."),
    legal=True,
    group=GROUP,
)
declare(
    "enrolment.consent_taken_back_here",
    _("A guardian took a consent back in “%(programme)s”."),
    group=GROUP,
    audience=REGISTRARS,
)
declare(
    "enrolment.consent_waits",
    _("Somebody agreed by the link for “%(programme)s”, %(school)s. The school first looks at "
      "whether this number is your guardian's."),
    group=GROUP,
)  # fmt: skip
declare(
    "enrolment.consent_waits_here",
    _("A consent in “%(programme)s” came through a number that may not be the guardian's: look "
      "at it."),
    group=GROUP,
    audience=REGISTRARS,
)  # fmt: skip
declare(
    "enrolment.consent_code",
    _("Javar: %(code)s is the code to take a consent back or to give it anew. Tell it nobody."),
    legal=True,
    urgent=True,
    group=CODES,
    audience=GUARDIANS,
)
declare(
    "enrolment.paper_returned",
    _("A paper for “%(programme)s” came back: %(remark)s"),
    group=GROUP,
)
declare(
    "enrolment.seats_asked",
    _("Another number of seats in “%(programme)s” waits for a second person: you can decide."),
    group=GROUP,
    audience=[*REGISTRARS, "enrolment.decide_all_seats"],
)
declare(
    "enrolment.seats_approved",
    _("The new number of seats in “%(programme)s” was approved."),
    group=GROUP,
    audience=REGISTRARS,
)
declare(
    "enrolment.seats_refused",
    _("The new number of seats in “%(programme)s” was refused."),
    group=GROUP,
    audience=REGISTRARS,
)
declare(
    "enrolment.consent_asked",
    _("%(school)s asks for your consent to what %(student)s learns there: %(link)s"),
    sms=_("Javar: %(school)s asks for your consent to what %(student)s learns there: %(link)s"),
    legal=True,
    group=GROUP,
    audience=GUARDIANS,
)
declare(
    "enrolment.consent_reminder",
    _("The seat of %(student)s at %(school)s still waits for your consent: %(link)s"),
    sms=_("Javar: the seat of %(student)s at %(school)s still waits for your consent: %(link)s"),
    legal=True,
    group=GROUP,
    audience=GUARDIANS,
)
