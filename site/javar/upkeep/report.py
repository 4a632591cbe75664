"""What the keeper's page says: each thing that stands still as a sentence with what to do.

Written from the same looks as `/readyz`; it names no person, and of a message or a task no content.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from courses.kit import holds
from courses.kit.models import Heartbeat, Part, Seal
from courses.kit.rights import may
from courses.kit.steps import Step, Weight
from courses.kit.trail.guards import missing_guards
from courses.notices.actions.way_back import ASKED_LASTS
from courses.notices.queries import codes_by_share, outbox_health, ways_back_waiting_for
from courses.notices.rules import ended_shares
from courses.people.models import User
from javar.theme.wording import moment_words, number, percent
from javar.upkeep.backups import last_backup
from javar.upkeep.health import Look, look_at_all

# A nightly copy that is older than this has been missed.
BACKUP_LATE_AFTER = timedelta(hours=26)
# What deploy/install.sh leaves on a machine, and what a checkout has.
MANAGE = ".venv/bin/python manage.py" if settings.DEVELOPMENT else "javar"


@dataclass(frozen=True)
class Line:
    """One thing that needs a keeper: what, since when, why it matters, what to do."""

    title: str
    text: str
    since: datetime | None = None
    path: str = ""
    verb: str = ""
    command: str = ""


@dataclass(frozen=True)
class Fact:
    """One thing worth knowing: a moment or a few words."""

    label: str
    when: datetime | None = None
    words: str = ""


@dataclass(frozen=True)
class TaskRow:
    """A task that did not end well: its name, when, what the program said in one word."""

    task: DBTaskResult
    name: str
    when: datetime | None
    tries: int
    error: str
    has_failed: bool

    @classmethod
    def of(cls, task: DBTaskResult) -> Self:
        """Return what is shown of a task; never its arguments."""
        room, _tasks, name = task.task_path.removeprefix("courses.").rpartition(".tasks.")
        return cls(
            task, (f"{room}.{name}" if room else task.task_path).replace("_", " "),
            task.finished_at or task.started_at or task.enqueued_at, len(task.worker_ids),
            task.exception_class_path.rpartition(".")[2],
            task.status == TaskResultStatus.FAILED,
        )  # fmt: skip


def look(at: datetime) -> dict[str, Look]:
    """Look at everything; the looks by name."""
    return {look.name: look for look in look_at_all(at)}


def lines(looks: dict[str, Look], at: datetime) -> list[Line]:
    """Return everything that needs a keeper, the worst first."""
    return [
        *_held(), *_storage(looks), *_trail(), *_parts(looks, at), *_messages(looks, at),
        *_work(looks), *_backup(at), *_codes(at), *_witness(),
    ]  # fmt: skip


def facts(looks: dict[str, Look], at: datetime) -> list[Fact]:
    """Return how the site does, whether or not something needs a keeper."""
    good = (last_backup() or {}).get("good")
    beats = dict(Heartbeat.objects.values_list("part", "at"))
    sealed = Seal.objects.order_by("-number").defer("digests").first()
    made = datetime.fromisoformat(good["at"]) if good else None
    free = looks["disk"].numbers.get("free_percent")
    sent = sum(codes_by_share(at - timedelta(days=1)).values())
    return [
        _moment(_("Last good backup"), made),
        _moment(_("Audit trail sealed"), sealed.made_at if sealed else None),
        *(_moment(_heard_of(part), beats.get(part)) for part in Part),
        Fact(_("Free on the disk"), words=percent(free)),
        Fact(
            _("Codes sent in a day"),
            words=_("%(sent)s of %(most)s")
            % {"sent": number(sent), "most": number(settings.JAVAR_CODES_A_DAY)},
        ),
    ]


def next_steps(user: User, at: datetime) -> list[Step]:
    """Return what a keeper's own page says of the site: the worst thing that stands still."""
    if not may(user, "site.keep"):
        return []
    steps = []
    waiting = ways_back_waiting_for(user, since=at - ASKED_LASTS).first()
    if waiting:
        by = waiting.asked_at + ASKED_LASTS
        values = {"name": waiting.user, "until": moment_words(by, year=False)}
        text = _("Another keeper asks to let %(name)s in; it takes your approval by %(until)s.")
        path, verb = reverse("notices:way_back_list"), _("Look at it")
        title = _("Somebody waits to be let back in")
        steps.append(Step(Weight.SOMEBODY_WAITS_OUTSIDE, title, text % values, path, verb))
    found = lines(look(at), at)
    if found:
        path, verb = reverse("upkeep:upkeep_detail"), _("See what to do")
        steps.append(Step(Weight.SITE_STANDS_STILL, found[0].title, found[0].text, path, verb))
    return steps


def _moment(label: str, when: datetime | None) -> Fact:
    return Fact(label, when=when, words="" if when else _("never"))


def _heard_of(part: Part) -> str:
    return {
        Part.WORKER: _("Worker heard of"),
        Part.SCHEDULER: _("Scheduler heard of"),
        Part.RELAY: _("Relay heard of"),
    }[part]


def _held() -> Iterator[Line]:
    hold = holds.present()
    if hold is not None:
        yield Line(
            _("The site was restored and holds still"),
            _("No message leaves it until somebody has read what the restore found."),
            since=hold.since, path=reverse("notices:outbox_release"), verb=_("Read it"),
        )  # fmt: skip


def _storage(looks: dict[str, Look]) -> Iterator[Line]:
    disk = looks["disk"]
    if not disk.is_good:
        yield Line(
            _("The disk is nearly full"),
            _(
                "%(free)s megabytes are free, %(least)s are needed. When nothing is left, pages"
                " can still be read but nothing can be sent. Move old backups away, or give the"
                " disk more room."
            )
            % {
                "free": number(disk.numbers.get("free_mb", 0)),
                "least": number(settings.JAVAR_LEAST_DISK),
            },
            command=f"df -h {settings.VAR}",
        )
    if not looks["files_writable"].is_good:
        yield Line(
            _("The folder of the data takes no files"),
            _("Pictures and papers cannot be handed in. Look who owns it, and at the disk."),
            command=f"ls -ld {settings.VAR}",
        )
    if "database_writable" in looks and not looks["database_writable"].is_good:
        yield Line(
            _("The database takes nothing new"),
            _("It can only be read. Look at its file's rights, or whether it is a standby."),
        )
    if "migrations" in looks and not looks["migrations"].is_good:
        yield Line(
            _("The database is older than the program"),
            _("Some pages will fail until it is brought up to date."),
            command=f"{MANAGE} migrate",
        )


def _trail() -> Iterator[Line]:
    if missing_guards():
        yield Line(
            _("The audit trail is not guarded"),
            _("Its lines could be changed in the database: a trigger is missing. Find out who"
              " removed it, then bring the database up to date."),
            command=f"{MANAGE} verify_trail",
        )  # fmt: skip


def _parts(looks: dict[str, Look], at: datetime) -> Iterator[Line]:
    waits = {
        Part.WORKER: (_("The worker is not heard of"), _("Imports, rounds and search wait.")),
        Part.SCHEDULER: (
            _("The scheduler is not heard of"), _("Deadlines, reminders and clean-up wait."),
        ),
        Part.RELAY: (_("The relay is not heard of"), _("No SMS and no e-mail leaves the site.")),
    }  # fmt: skip
    comes_back = _("It is started again by itself; where it does not come, its log says why.")
    for part, (title, text) in waits.items():
        look = looks.get(str(part))
        if look is None or look.is_good:
            continue
        age = look.numbers["age_s"]
        yield Line(
            title,
            f"{text} {comes_back}",
            since=None if age is None else at - timedelta(seconds=age),
            command=f"systemctl status javar-{part}",
        )


def _messages(looks: dict[str, Look], at: datetime) -> Iterator[Line]:
    outbox = looks.get("outbox")
    if outbox is None:
        return
    path, verb = reverse("notices:outbox_detail"), _("See the messages")
    health = outbox_health(at=at, most=0)
    if not outbox.is_good and not outbox.numbers["held_after_restore"]:
        yield Line(
            ngettext("%(count)s message waits", "%(count)s messages wait", health.waiting)
            % {"count": number(health.waiting)},
            _("The gateway or the mail server does not answer. Nothing is lost; they are tried"
                " again."),
            since=at - timedelta(seconds=outbox.numbers["oldest_s"]), path=path, verb=verb,
        )  # fmt: skip
    if health.dead_count:
        yield Line(
            ngettext(
                "%(count)s message was given up", "%(count)s messages were given up",
                health.dead_count,
            ) % {"count": number(health.dead_count)},
            _("Look why, mend the address or the gateway, and let them be tried again."),
            path=path, verb=verb,
        )  # fmt: skip


def _work(looks: dict[str, Look]) -> Iterator[Line]:
    work = looks.get("tasks")
    if work is not None:
        late, broken = work.numbers["late"], work.numbers["stuck"] + work.numbers["failed"]
        if late:
            yield Line(
                ngettext("%(count)s task waits", "%(count)s tasks wait", late)
                % {"count": number(late)},
                _("The worker has much to do, or does not run."),
            )
        if broken:
            yield Line(
                ngettext(
                    "%(count)s task did not end well", "%(count)s tasks did not end well", broken
                ) % {"count": number(broken)},
                _("Each may be let run again: what it had done it does not do twice."),
                path="#tasks", verb=_("See the tasks"),
            )  # fmt: skip
    imports = looks.get("imports")
    if imports is not None and not imports.is_good:
        count = imports.numbers["stuck"]
        yield Line(
            ngettext("%(count)s import stands still", "%(count)s imports stand still", count)
            % {"count": number(count)},
            _("A school waits for it. It goes on from its row when the worker runs."),
        )


def _backup(at: datetime) -> Iterator[Line]:
    last = last_backup()
    good = (last or {}).get("good")
    command = f"{MANAGE} backup"
    if last is None or not good:
        yield Line(
            _("There is no backup"), _("If this machine is lost, everything is."), command=command
        )
        return
    made = datetime.fromisoformat(good["at"])
    if not last["ok"]:
        yield Line(
            _("The last backup failed"), _("The copy before it is kept."), since=made,
            command=command,
        )  # fmt: skip
    elif at - made > BACKUP_LATE_AFTER:
        yield Line(
            _("The last backup is old"), _("The nightly copy was missed."), since=made,
            command=command,
        )  # fmt: skip


def _codes(at: datetime) -> Iterator[Line]:
    ended = ended_shares(codes_by_share(at - timedelta(days=1)))
    if ended:
        yield Line(
            _("Today's ceiling of codes is reached"),
            _(
                "Until tomorrow no code goes out any more: %(shares)s. Somebody may be playing with"
                " the site; the ceiling is the setting JAVAR_CODES_A_DAY, and JAVAR_CODES_SHARE is"
                " what of it is kept for each."
            )
            % {"shares": "، ".join(str(share.label) for share in ended)},
            path=reverse("notices:outbox_detail"), verb=_("See the messages"),
        )  # fmt: skip


def _witness() -> Iterator[Line]:
    """Ask for somebody outside who holds the trail's heads; a machine being built needs none."""
    if not (settings.DEVELOPMENT or settings.JAVAR_TRAIL_MAIL):
        yield Line(
            _("Nobody outside gets the audit trail's head"),
            _("Who rules this machine could write the trail anew, unseen. Name an address of"
              " somebody without access to it in JAVAR_TRAIL_MAIL, in the file of settings, and"
              " start the site's services again."),
            command="systemctl restart javar-web javar-scheduler javar-worker",
        )  # fmt: skip
