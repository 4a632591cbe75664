"""The demo's accounts. They exist only where JAVAR_DEMO is on."""

PASSWORD = "javar-demo"  # noqa: S105 - public on purpose; production refuses to start with it

ACCOUNTS = {
    "demo-student": "a student: lessons, wishes, result",
    "demo-teacher": "a teacher of the girls' school: a class's progress",
    "demo-editor": "an editor of the same school: writes in /admin/",
    "demo-registrar": "its registrar: intakes and who enrolled",
    "demo-firm": "the owner of a bag studio: vacancies and applicants",
    "demo-officer": "an officer: opens, freezes and runs a round",
    "demo-officer-2": "a second officer: publishes it",
    "demo-admin": "keeps the whole site, in /admin/",
}
