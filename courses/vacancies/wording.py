"""Which tone a vacancy's states have on the screen."""

from courses.vacancies.states import State

VACANCY_TONES: dict[str, str] = {State.PUBLISHED: "ok", State.DRAFT: "warn"}
