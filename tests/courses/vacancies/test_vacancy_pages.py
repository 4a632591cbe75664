"""The firm's pages: what is typed is kept, what is wrong is said at its field."""

from typing import Any

import pytest

from courses.skills.models import Occupation, Skill
from courses.vacancies.models import Vacancy
from courses.vacancies.states import State
from tests.cast import Bodies, MakeVacancy, People, SignIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def typed(
    occupation: Occupation, skills: dict[str, Skill], statute: None, people: People
) -> dict[str, Any]:
    """What an owner types, with a Persian keyboard."""
    return {
        "title_fa": "كارآموز کیف‌دوزی", "title_en": "", "occupation": occupation.code,
        "skills": [skills["skiving"].code], "seats": "۲", "days": ["Sat", "Tue"],
        "starts_at": "۸:۳۰", "ends_at": "13:30", "hours_per_day": "۵٫۵", "load_kg": "",
        "starts_on": "۱۴۰۵/۱۱/۲", "ends_on": "1406-02-10", "minimum_age": "۱۵", "maximum_age": "",
        "legal_basis": "school_practicum", "wage_rial": "", "duties": "دوخت دسته",
    }  # fmt: skip


def post(people: People, bodies: Bodies, signed_in: SignIn, data: dict[str, Any]) -> Any:
    path = f"/my-firm/{bodies.firm.public_id}/vacancies/new/"
    return signed_in(people.owner).post(path, data)


def test_persian_digits_and_letters_are_understood(
    people: People, bodies: Bodies, signed_in: SignIn, typed: dict[str, Any]
) -> None:
    response = post(people, bodies, signed_in, typed | {"load_kg": "۲٫۵", "publish": "1"})
    vacancy = Vacancy.objects.get()
    assert response.status_code == 302
    assert (vacancy.title_fa, vacancy.seats, str(vacancy.hours_per_day)) == (
        "کارآموز کیف‌دوزی", 2, "5.50",
    )  # fmt: skip
    assert (vacancy.starts_on.isoformat(), vacancy.state) == ("2027-01-22", State.PUBLISHED)
    assert str(vacancy.starts_at) == "08:30:00"


def test_a_draft_is_saved_changed_and_published(
    people: People, bodies: Bodies, signed_in: SignIn, typed: dict[str, Any]
) -> None:
    post(people, bodies, signed_in, typed | {"load_kg": "0", "draft": "1"})
    draft = Vacancy.objects.get()
    assert draft.state == State.DRAFT
    client = signed_in(people.owner)
    path = f"/vacancies/{draft.public_id}/change/"
    shown = client.get(path).content.decode()
    assert 'value="1405/11/02"' in shown
    assert 'value="08:30"' in shown
    client.post(path, typed | {"load_kg": "0", "seats": "4", "draft": "1"})
    client.post(f"/vacancies/{draft.public_id}/publish/")
    draft.refresh_from_db()
    assert (draft.seats, draft.state, Vacancy.objects.count()) == (4, State.PUBLISHED, 1)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title_fa": ""}, "title_fa"),
        ({"seats": "سه تا"}, "seats"),
        ({"seats": "0"}, "seats"),
        ({"starts_on": "1405/13/01"}, "starts_on"),
        ({"ends_on": "1404/01/01"}, "ends_on"),
        ({"starts_at": "صبح"}, "starts_at"),
        ({"ends_at": "07:00"}, "ends_at"),
        ({"ends_at": "23:00"}, "ends_at"),
        ({"hours_per_day": "7"}, "hours_per_day"),
        ({"days": []}, "days"),
        ({"days": ["Fri"]}, "days"),
        ({"load_kg": "12"}, "load_kg"),
        ({"minimum_age": "14"}, "minimum_age"),
        ({"minimum_age": "18", "maximum_age": "17"}, "maximum_age"),
        ({"legal_basis": "adult_work"}, "legal_basis"),
        ({"legal_basis": "contract_trainee"}, "wage_rial"),
        ({"legal_basis": "contract_trainee", "wage_rial": "1", "ends_on": "1409/01/01"}, "ends_on"),
        ({"skills": []}, "skills"),
        ({"occupation": "none"}, "occupation"),
        ({"skills": ["9" * 20]}, "skills"),
        ({"duties": ""}, "duties"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrong_input_is_422_at_its_field_and_keeps_everything(
    people: People, bodies: Bodies, signed_in: SignIn, typed: dict[str, Any],
    change: dict[str, Any], field: str,
) -> None:  # fmt: skip
    data = typed | {"load_kg": "0", "title_en": "Kept as typed", "publish": "1"} | change
    response = post(people, bodies, signed_in, data)
    page = response.content.decode()
    assert response.status_code == 422
    assert f'href="#id_{field}"' in page
    assert f'id="id_{field}"' in page
    assert "Kept as typed" in page
    for name, value in data.items():
        if isinstance(value, str) and value and name not in {"publish", "occupation"}:
            assert value in page, name
    assert not Vacancy.objects.exists()


def test_hazardous_skill_is_refused_for_minors_by_name(
    people: People, bodies: Bodies, signed_in: SignIn, typed: dict[str, Any],
    skills: dict[str, Skill],
) -> None:  # fmt: skip
    data = typed | {"load_kg": "0", "skills": [skills["press"].code]}
    response = post(people, bodies, signed_in, data)
    page = response.content.decode()
    assert response.status_code == 422
    assert 'href="#id_skills"' in page
    assert "«press»" in page


def test_what_is_not_in_the_form_is_not_written(
    people: People, bodies: Bodies, signed_in: SignIn, typed: dict[str, Any]
) -> None:
    forged = {"state": "published", "firm": bodies.other_firm.pk, "is_sample": "1", "code": "x"}
    post(people, bodies, signed_in, typed | {"load_kg": "0", "draft": "1"} | forged)
    vacancy = Vacancy.objects.get()
    assert (vacancy.state, vacancy.firm, vacancy.is_sample) == (State.DRAFT, bodies.firm, False)
    assert vacancy.code != "x"


def test_taking_back_owes_a_reason_and_happens_once(
    vacancy: Vacancy, people: People, signed_in: SignIn
) -> None:
    client = signed_in(people.owner)
    path = f"/vacancies/{vacancy.public_id}/take-back/"
    assert client.post(path, {"reason": ""}).status_code == 422
    assert client.post(path, {"reason": "تعطیلی"}).status_code == 302
    vacancy.refresh_from_db()
    assert vacancy.state == State.WITHDRAWN
    assert client.post(path, {"reason": "دوباره"}).status_code == 409
    # The public no longer knows of it; its firm does.
    assert signed_in(None).get(f"/vacancies/{vacancy.public_id}/").status_code == 404
    assert client.get(f"/vacancies/{vacancy.public_id}/").status_code == 200


def test_list_filters_pages_and_keeps_the_question(
    make_vacancy: MakeVacancy, signed_in: SignIn
) -> None:
    for _number in range(13):
        make_vacancy()
    client = signed_in(None)
    first = client.get("/vacancies/", {"q": "کیف", "under18": "1"})
    assert (len(first.context["shown"]), first.context["seats"]) == (12, 26)
    assert "q=%DA%A9%DB%8C%D9%81" in first.content.decode()
    assert len(client.get("/vacancies/", {"page": "2"}).context["shown"]) == 1
    for odd in ("0", "-1", "x", "99"):
        assert client.get("/vacancies/", {"page": odd}).status_code == 200
    assert client.get("/vacancies/", {"group": "none'--"}).status_code == 200
