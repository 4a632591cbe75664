"""Nonsense to every address, by every method, as eight people: never an error of the program."""

import json
import os
import random
import time
import traceback
from copy import deepcopy
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from courses.people.models import User
from tests import databases
from tests.attack.addresses import Address, Names, patterns
from tests.attack.forms import read_forms
from tests.attack.nasty import FIELDS, NASTY

pytestmark = [pytest.mark.attack, pytest.mark.django_db, pytest.mark.usefixtures("sown_site")]

DEEP = os.environ.get("JAVAR_DEEP") == "1"
PEOPLE = (
    None, "demo-student", "demo-teacher", "demo-registrar", "demo-firm", "demo-officer",
    "demo-editor", "demo-admin",
)  # fmt: skip
EACH = 2_500 if DEEP else 250
SLOW_SECONDS = 2.0
ADMINS = {"demo-editor", "demo-admin"}
# Who is attacked once more with everything on that the demo leaves off.
GUARDED = "demo-registrar"
DEMO_PASSWORD = "javar-demo"
# Doors where what somebody knows is asked again; their presses are counted together.
COUNTED = (
    "account_change_password", "account_set_password", "account_reauthenticate",
    "accounts:contact_change", "accounts:contact_remove", "accounts:contact_password",
)  # fmt: skip
# What it is asked for is whether the site is ready; here no worker and no scheduler runs.
TELLS_OF_ITSELF = ("readyz", 503)


class Attacker:
    """Somebody who sends nonsense, the same in every run."""

    def __init__(self, who: str | None) -> None:
        """Sign in, unless it is a stranger."""
        self.client = Client(raise_request_exception=False)
        if who:
            self.client.force_login(User.objects.get(username=who))
        self.luck = random.Random(f"{who} 1405")
        self.names = Names.there()
        self.forms: dict[str, tuple[dict[str, str], list[str]]] = {}

    def nasty(self) -> str:
        return self.luck.choice(NASTY)

    def send(self, address: Address) -> tuple[str, HttpResponseBase]:
        """Send one request; return what it was, and the answer."""
        path = self.names.fill(address, self.luck)
        how = self.luck.random()
        if how < 0.25:
            asked = {self.luck.choice(FIELDS): self.nasty() for _field in range(4)}
            path += ("&" if "?" in path else "?") + urlencode(asked, errors="surrogatepass")
            return f"GET {path}", self.client.get(path)
        if how < 0.4:
            parts = path.strip("/").split("/")
            bent = quote(self.nasty().encode("utf-8", "surrogatepass")[:300], safe="")
            parts[self.luck.randrange(len(parts))] = bent
            path = "/" + "/".join(parts) + "/"
            return f"GET {path}", self.client.get(path)
        if how < 0.45:
            method = self.luck.choice(["put", "patch", "delete", "options", "head", "trace"])
            return f"{method} {path}", getattr(self.client, method)(path)
        if how < 0.5:
            body = self.luck.choice(["{", "[]", json.dumps({"a": self.nasty()}), "\ud800"])
            raw = body.encode("utf-8", "surrogatepass")
            sent = self.client.post(path, raw, content_type="application/json")
            return f"POST json {path}", sent
        return self._post(path)

    def _post(self, path: str) -> tuple[str, HttpResponseBase]:
        if path not in self.forms:
            page = self.client.get(path)
            text = "" if page.streaming else page.content.decode(errors="replace")
            self.forms[path] = read_forms(text) if page.status_code < 300 else ({}, [])
        fields, files = self.forms[path]
        sent: dict[str, object] = dict(fields) or {
            self.luck.choice(FIELDS): self.nasty() for _field in range(6)
        }
        # All nonsense finds the doors; one wrong field in a whole form finds what lies behind.
        several = len(sent) if self.luck.random() < 0.3 else self.luck.randint(1, 3)
        for name in self.luck.sample(sorted(sent), min(several, len(sent))):
            if self.luck.random() < 0.15:
                del sent[name]
            else:
                sent[name] = (
                    [self.nasty(), self.nasty()] if self.luck.random() < 0.1 else self.nasty()
                )
        for name in files:
            content = self.nasty().encode("utf-8", "surrogatepass")
            sent[name] = SimpleUploadedFile(
                self.luck.choice(["a.jpg", "a.csv", "a.pdf", "x"]), content
            )
        ajax = {"HTTP_X_REQUESTED_WITH": "XMLHttpRequest"} if self.luck.random() < 0.3 else {}
        clean = {name: value for name, value in sent.items() if value is not None}
        return f"POST {path} {clean!r}"[:2_000], self.client.post(path, _sendable(clean), **ajax)


def _sendable(fields: dict[str, object]) -> dict[str, object]:
    """Halves of signs cannot be written into a form; send what a broken program would."""

    def mended(value: object) -> object:
        if isinstance(value, str):
            return value.encode("utf-8", "replace").decode()
        return [mended(one) for one in value] if isinstance(value, list) else value

    return {mended(name): mended(value) for name, value in fields.items()}  # type: ignore[misc]


@pytest.mark.parametrize("who", PEOPLE, ids=[who or "stranger" for who in PEOPLE])
def test_no_nonsense_is_an_error_of_the_program(who: str | None) -> None:
    attack(Attacker(who), who or "stranger")


def test_nor_where_second_factors_are_demanded_and_presses_counted(settings: Any) -> None:
    settings.JAVAR_MFA = settings.JAVAR_RATE_LIMITS = True
    attacker = Attacker(None)
    come_in(attacker.client, GUARDED)

    attack(attacker, f"guarded-{GUARDED}")

    # What every press of a door adds is taken back above: only here is the end of it met.
    press = dict.fromkeys(("oldpassword", "password1", "password2"), "wrong-1405")
    statuses = [
        attacker.client.post(reverse("account_change_password"), press).status_code
        for _press in range(11)
    ]
    assert statuses == [422] * 10 + [429]
    attack(attacker, f"counted-{GUARDED}", at=COUNTED)


def come_in(client: Client, username: str) -> None:
    """Sign in with a password and an app's code, as production demands it."""
    secret = generate_totp_secret()
    TOTP.activate(User.objects.get(username=username), secret)
    client.post(reverse("account_login"), {"login": username, "password": DEMO_PASSWORD})
    code = f"{hotp_value(secret, int(time.time()) // 30):06}"
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert client.get("/my/").status_code == 200


def attack(attacker: Attacker, who: str, *, at: tuple[str, ...] = ()) -> None:
    """Send nonsense everywhere, or only at some views; no answer may be an error."""
    everywhere = patterns()
    own = [one for one in everywhere if not one.route.startswith("/admin/")]
    admin = [one for one in everywhere if one.route.startswith("/admin/")]
    own = [one for one in own if not at or one.name in at]
    errors: list[str] = []
    slow: list[str] = []
    refused = 0
    known_by = deepcopy(attacker.client.cookies)
    for number in range(EACH // 5 if at else EACH):
        # The admin has most of the addresses; who may enter it spends half of the time there.
        share = 0.5 if who in ADMINS else 0.1
        inside = attacker.luck.random() < share and not at
        address = attacker.luck.choice(admin if inside else own)
        begun = time.monotonic()
        with databases.undone():
            what, answer = attacker.send(address)
            if answer.streaming:
                b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        took = time.monotonic() - begun
        # What was undone signed nobody out either: else all after it came from a stranger.
        attacker.client.cookies = deepcopy(known_by)
        if answer.status_code >= 500 and (address.name, answer.status_code) != TELLS_OF_ITSELF:
            info = getattr(answer, "exc_info", None)
            last = "".join(traceback.format_exception(*info)[-3:]) if info else ""
            errors.append(f"{number} {address.name} {answer.status_code} {what}\n{last}")
        if answer.status_code == 429:
            refused += 1
            ours = answer.has_header("Retry-After") and b"<main" in answer.content
            errors += [] if ours else [f"{number} {address.name} bare 429 {what}"]
        if took > SLOW_SECONDS:
            slow.append(f"{took:.1f} s {who} {what[:300]}")
    write_lines(f"slow-{who}.txt", slow)
    assert errors == [], f"{len(errors)} of {EACH}:\n" + "\n".join(errors[:10])
    assert refused or not at


def write_lines(name: str, lines: list[str]) -> None:
    """Keep what was slow for a reader; machines differ, so it is not judged here."""
    folder = Path(settings.VAR) / "attack"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("\n".join(lines) + "\n" * bool(lines))
    for line in lines:
        print(line)
