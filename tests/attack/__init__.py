"""Attacks on a copy of the whole site: what a stranger with time and no manners would try.

`make test-attack` runs a tenth, `make test-deep` all of it.
"""
