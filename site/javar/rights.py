"""Who may what of the site itself, beside what the rooms' own tables say."""

from courses.kit.rights import declare, keeps_the_site

declare(
    {
        # See what stands still and who came in; let a task run again.
        "site.keep": keeps_the_site,
    }
)
