"""The demo's accounts. They exist only where JAVAR_DEMO is on."""

PASSWORD = "javar-demo"  # noqa: S105 - public on purpose; production refuses to start with it

ACCOUNTS = {
    "demo-student": "a student: lessons, wishes, result",
    "demo-teacher": "a teacher of the girls' school: a class's progress",
    "demo-editor": "an editor of the same school: writes in /admin/",
    "demo-registrar": "its registrar: intakes and who enrolled",
    "demo-counsellor": "its counsellor: students whom a round left without a place",
    "demo-firm": "the owner of a bag studio: vacancies and applicants",
    "demo-officer": "an officer: opens and freezes a round, another one runs it",
    "demo-officer-2": "a second officer: two people see every result before the public",
    "demo-admin": "keeps the whole site, in /admin/",
}
