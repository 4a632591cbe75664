"""What every type of page says of itself to Wagtail."""

# A page is open to everybody or to whoever is signed in: no shared passwords, and no list of
# other schools' groups to choose from.
SIGNED_IN_ONLY = ["login"]
