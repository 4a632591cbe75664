"""What is fast, and against what: `make bench`, or one part of it with `make bench ONLY=enrolment`.

Every figure stands beside a peer's of the same minutes on the same machine, measured turn by turn;
where what was measured did not do what it is for, no figure is printed.

A part is a module here with `measured(say)`, named in `parts.PARTS`. Each database engine gets a
process of its own (`child`), for the settings read `DATABASE_URL` once; the process that starts
them (`__main__`) knows nothing of Django.
"""
