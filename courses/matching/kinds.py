"""What matching tells people."""

from django.utils.translation import gettext_lazy as _

from courses.notices.kinds import declare

FIRM = ["matching.rank_applicants"]
OFFICE = ["matching.run_rounds"]

declare(
    "matching.ranking_opened",
    _("Wishes are closed: you can now rank the applicants of “%(vacancy)s”."),
    audience=FIRM,
)
declare(
    "matching.published",
    _(
        "The result of “%(round)s” is out: see your place and its reason, "
        "and answer until %(until)s."
    ),
    sms=_("Javar: the result of “%(round)s” is out. Answer until %(until)s: %(link)s"),
    legal=True,
)
declare(
    "matching.published_to_firm",
    _("The result of “%(round)s” is out: see who comes to “%(vacancy)s”."),
    audience=FIRM,
)
declare(
    "matching.proposed",
    _("“%(round)s” has been run and verified; another officer can publish it."),
    audience=OFFICE,
)
declare(
    "matching.withheld",
    _("“%(round)s” was run, but the verifier found faults; nothing was published."),
    audience=OFFICE,
)
declare(
    "matching.answer_soon",
    _("Say until %(until)s whether you take your place at “%(vacancy)s”; silence declines it."),
    sms=_("Javar: answer until %(until)s whether you take “%(vacancy)s”; silence declines it."),
    legal=True,
)
declare(
    "matching.place_accepted",
    _("A student has accepted the place “%(vacancy)s”."),
    audience=FIRM,
)
declare(
    "matching.place_given_up",
    _("A place at “%(vacancy)s” was not taken; the supplementary round can fill it."),
    audience=FIRM,
)
declare(
    "matching.place_lapsed",
    _("Your place at “%(vacancy)s” has lapsed: no answer came in time."),
    legal=True,
)
declare(
    "matching.ranking_closes_soon",
    _("%(count)s applicants of “%(vacancy)s” wait for your order until %(until)s."),
    sms=_("Javar: %(count)s applicants of “%(vacancy)s” wait for your order until %(until)s."),
    audience=FIRM,
)
declare(
    "matching.objection_raised",
    _("A student objects to the result of “%(round)s”; answer until %(until)s."),
    audience=["matching.answer_objections"],
)
declare(
    "matching.objection_answered",
    _("Your objection to the result of “%(round)s” has been answered."),
    sms=_("Javar: your objection to the result of “%(round)s” has been answered."),
    legal=True,
)
