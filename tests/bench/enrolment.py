"""Enrolment: the first minute of an intake, one person alone, and a seat that is passed on.

Everything goes through HTTP, each student with a session of their own, at a server as in
production. Beside a rush at the site stands the same rush at its first draft, turn by turn.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from courses.enrolment.models import Enrolment, Intake
from courses.enrolment.states import State
from tests import databases
from tests.bench.figures import SMALL, Figure, Say, middle, percentile
from tests.load import rushes
from tests.load.rushes import Answer, Rush, everybody_at_once, faults_of, press, serve
from tests.servers import Server

STUDENTS, SEATS, RUNS = (5, 2, 1) if SMALL else (500, 30, 5)
ALONE = 5 if SMALL else 200
CHAINS = 2 if SMALL else 30
LUCK = 3
NAIVE = "naive: counts and inserts"


@dataclass(frozen=True)
class World:
    """Students, the site, and the site as a first draft would be, on one database."""

    crowd: Rush
    site: Server
    naive: Server
    say: Say


@dataclass
class Rushes:
    """What several rushes at one server came to, a value each."""

    per_minute: list[float] = field(default_factory=list)
    p95: list[float] = field(default_factory=list)
    harm: list[int] = field(default_factory=list)

    def note(self, intake: Intake, answers: list[Answer]) -> None:
        """Add one rush: a redirect to one's place is a decision, anything else is harm."""
        begun = min(answer.begun for answer in answers)
        ended = max(answer.begun + answer.seconds for answer in answers)
        decided = sum(answer.status == 302 for answer in answers)
        admitted = Enrolment.objects.filter(intake=intake, state=State.ADMITTED).count()
        self.per_minute.append(decided / (ended - begun) * 60)
        self.p95.append(1000 * percentile([answer.seconds for answer in answers], 95))
        self.harm.append(max(0, admitted - SEATS) + len(answers) - decided)

    def __str__(self) -> str:
        return f"{self.per_minute[-1]:,.0f} a minute, p95 {self.p95[-1]:,.0f} ms"


def measured(say: Say) -> list[Figure]:
    """Measure all of it on a database of its own."""
    name = databases.own_name("bench")
    try:
        rushes.own_database("bench")
        with databases.using(name):
            say("students sign in")
            crowd = rushes.prepared(name, max(STUDENTS, ALONE, 2 * CHAINS))
            mutant = serve(name, "tests.load.mutants:application", MUTANT="count")
            with serve(name) as site, mutant as naive:
                world = World(crowd, site, naive, say)
                figures = [figure for measure in MEASURES for figure in measure(world)]
                if site.complaints():
                    raise SystemExit(f"the site complained:\n{site.complaints()}")
    finally:
        databases.drop(name)
    return figures


def rush(world: World) -> Iterator[Figure]:
    """Let everybody press at once, at the site and at its first draft in turn."""
    crowd = world.crowd.some(STUDENTS)
    # The first requests of a process load what the later ones find loaded.
    for server in (world.site, world.naive):
        everybody_at_once(crowd.some(40), crowd.intake(SEATS), server.url)
    site, naive = Rushes(), Rushes()
    for run in range(1, RUNS + 1):
        _rush_site(world, crowd, site)
        _rush_naive(world, crowd, naive)
        world.say(f"rush {run} of {RUNS}: {site}; naive {naive}, harm {naive.harm[-1]}")
    harm = [*naive.harm]
    # A first draft may get away with it, which proves nothing.
    for again in range(1, LUCK + 1):
        if any(harm):
            break
        world.say(f"the naive was lucky; once more, {again} of {LUCK}")
        _rush_naive(world, crowd, lucky := Rushes())
        harm += lucky.harm
    if not any(harm):
        world.say("the naive was lucky every time: its harm was not shown")
    yield Figure(
        "rush: decisions per minute", round(middle(site.per_minute)), "/min",
        NAIVE, round(middle(naive.per_minute)), runs=RUNS,
    )  # fmt: skip
    yield Figure(
        "rush: p95 latency", round(middle(site.p95)), "ms",
        NAIVE, round(middle(naive.p95)), runs=RUNS,
    )  # fmt: skip
    # Of the worst run, on both sides.
    yield Figure(
        "rush: seats oversold or errors", max(site.harm), "", NAIVE, max(harm), runs=RUNS
    )  # fmt: skip


def _rush_site(world: World, crowd: Rush, noted: Rushes) -> None:
    """Rush once and look at the books: the speed of what is wrong interests nobody."""
    intake = crowd.intake(SEATS)
    noted.note(intake, everybody_at_once(crowd, intake, world.site.url))
    faults = faults_of(intake, students=STUDENTS)
    if faults or noted.harm[-1]:
        raise SystemExit(f"after a rush: {'; '.join(faults) or 'not everybody was answered'}")


def _rush_naive(world: World, crowd: Rush, noted: Rushes) -> None:
    intake = crowd.intake(SEATS)
    noted.note(intake, everybody_at_once(crowd, intake, world.naive.url))


def alone(world: World) -> Iterator[Figure]:
    """Let one after the other look at the intake's page and apply; nobody else is there."""
    host, intake = urlsplit(world.site.url).netloc, world.crowd.intake(SEATS)
    looked, applied = [], []
    world.say(f"{ALONE} apply one at a time")
    for cookie in world.crowd.some(ALONE).cookies:
        page = f"/intakes/{intake.public_id}/"
        looked.append(_in_time(press(host, page, cookie, method="GET"), 200))
        applied.append(_in_time(press(host, f"{page}apply/", cookie), 302))
    faults = faults_of(intake, students=ALONE)
    if faults:
        raise SystemExit(f"after one at a time: {'; '.join(faults)}")
    for part in (50, 95):
        yield Figure(
            f"apply: one at a time, p{part}", round(percentile(applied, part), 1), "ms",
            "the intake's page, signed in", round(percentile(looked, part), 1), runs=ALONE,
        )  # fmt: skip


def chain(world: World) -> Iterator[Figure]:
    """Withdraw where somebody waits, who has the offer when the answer comes, and where nobody."""
    world.say(f"{CHAINS} seats are given up and passed on")
    waited, empty = world.crowd.intake(CHAINS), world.crowd.intake(CHAINS)
    everybody_at_once(world.crowd.some(2 * CHAINS), waited, world.site.url)
    everybody_at_once(world.crowd.some(CHAINS), empty, world.site.url)
    cookie_of = _cookies_by_student(world.crowd)
    passed, freed = [], []
    for with_next, alone_in in zip(_seated(waited), _seated(empty), strict=True):
        passed.append(_left(world, with_next, cookie_of[with_next.student_id]))
        offers = Enrolment.objects.filter(intake=waited, state=State.OFFERED).count()
        if offers != len(passed):
            raise SystemExit(f"after {len(passed)} withdrawals there are {offers} offers")
        freed.append(_left(world, alone_in, cookie_of[alone_in.student_id]))
    yield Figure(
        "offer chain: from a withdrawal to the next one's offer", round(middle(passed), 1), "ms",
        "a withdrawal where nobody waits", round(middle(freed), 1), runs=CHAINS,
    )  # fmt: skip


def _seated(intake: Intake) -> list[Enrolment]:
    return list(Enrolment.objects.filter(intake=intake, state=State.ADMITTED).order_by("pk"))


def _cookies_by_student(crowd: Rush) -> dict[int, str]:
    # The students were made in the order of their sessions.
    found = Enrolment.objects.filter(student__username__startswith="student-")
    names = dict(found.values_list("student", "student__username"))
    return {key: crowd.cookies[int(name.removeprefix("student-"))] for key, name in names.items()}


def _left(world: World, enrolment: Enrolment, cookie: str) -> float:
    path = f"/enrolments/{enrolment.public_id}/leave/"
    host = urlsplit(world.site.url).netloc
    return _in_time(press(host, path, cookie, form="reason="), 302)


def _in_time(answer: Answer, status: int) -> float:
    """Return the milliseconds of an answer that is the one expected."""
    if answer.status != status:
        raise SystemExit(f"an answer was {answer.status}, not {status}")
    return 1000 * answer.seconds


MEASURES: tuple[Callable[[World], Iterator[Figure]], ...] = (rush, alone, chain)
