"""What matching tells people."""

from django.utils.translation import gettext_lazy as _

from courses.notices.kinds import declare

declare(
    "matching.ranking_opened",
    _("Wishes are closed: you can now rank the applicants of “%(vacancy)s”."),
)
declare("matching.published", _("The result of “%(round)s” is out: see your place and its reason."))
declare(
    "matching.published_to_firm",
    _("The result of “%(round)s” is out: see who comes to “%(vacancy)s”."),
)
declare(
    "matching.proposed", _("“%(round)s” has been run and verified; another officer can publish it.")
)
declare(
    "matching.withheld",
    _("“%(round)s” was run, but the verifier found faults; nothing was published."),
)
