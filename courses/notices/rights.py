"""Who keeps what the site tells people, and the ways back into accounts."""

from courses.kit.rights import declare, keeps_the_site

declare(
    {
        # See how the outbox does, never what it says; try a message again; end a hold.
        "notices.keep_outbox": keeps_the_site,
        # Ask for a link into any account, and approve what another keeper asked.
        "notices.give_ways_back": keeps_the_site,
        # Be one of the two who take a second factor away.
        "notices.reset_factors": keeps_the_site,
    }
)
