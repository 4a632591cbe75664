"""One script, on both engines: production start, upgrade, backup, loss of everything, restore."""

import re
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.machine import CHECKOUT, HOST, SECRET_LINES, Machine, why_not

pytestmark = [pytest.mark.deep, pytest.mark.skipif(bool(why_not()), reason=why_not() or "-")]

ANSWERS = {
    "JAVAR_HOST": HOST,
    "EMAIL_HOST": "mail.javar.test",
    "EMAIL_HOST_PASSWORD": "a$pass`word",
    "JAVAR_SMS_URL": "https://gateway.javar.test/send",
    "JAVAR_SMS_HEADERS": '{"Authorization": "Bearer t0ken-of-the-gateway"}',
    "JAVAR_TRAIL_MAIL": "auditor@javar.test",
    "JAVAR_KEEPER": "parvin",
    "JAVAR_KEEPER_EMAIL": "parvin@javar.test",
}
PASSWORD = "chamedan-e-charmi-7"


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def machine(tmp_path: Path, engine: str) -> Iterator[Machine]:
    made = Machine.make(tmp_path, Path("/var/tmp"))  # noqa: S108 - root's own cache, a week long
    made.bring_code()
    yield made
    subprocess.run(["rm", "-rf", str(made.root)], check=False)


def mode(path: Path) -> str:
    return stat.filemode(path.stat().st_mode)


def begin(machine: Machine, jar: Path) -> None:
    """Follow the keeper's first link, choose a password, and be in."""
    link = (machine.root / "etc/javar/first-sign-in").read_text().strip()
    assert link.startswith(f"https://{HOST}/start/")
    path = link.removeprefix(f"https://{HOST}")
    cookies = ("--cookie", str(jar), "--cookie-jar", str(jar))
    form = machine.get(path, *cookies)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.body)
    assert token is not None
    chosen = machine.get(
        path, *cookies, "--header", f"Referer: {link}",
        "--data-urlencode", f"csrfmiddlewaretoken={token[1]}",
        "--data-urlencode", f"new_password1={PASSWORD}",
        "--data-urlencode", f"new_password2={PASSWORD}",
    )  # fmt: skip
    assert chosen.status == 302
    assert machine.get("/my/", *cookies, "--location").status == 200


def test_bare_machine_is_started_upgraded_lost_and_restored(
    machine: Machine, engine: str, tmp_path: Path
) -> None:
    begun = time.monotonic()
    said = machine.install(JAVAR_DATABASE=engine, **ANSWERS)
    print(f"installed in {time.monotonic() - begun:.0f} s")

    kept = machine.settings()
    for secret in (*(kept[name].strip('"') for name in SECRET_LINES), "a$pass", "t0ken-of"):
        assert secret not in said
    assert "systemd does not run here" in said
    assert "verified" in said
    etc, data = machine.root / "etc/javar", machine.root / "var/lib/javar"
    assert mode(etc / "env") == "-rw-r-----"
    assert mode(etc / "backup.key") == "-rw-------"
    assert mode(etc / "first-sign-in") == "-rw-------"
    assert mode(data / "private") == "drwx------"
    assert len({kept[name] for name in SECRET_LINES}) == 3
    picture, paper = data / "media/images/seen.png", data / "media/original_images/hidden.png"
    paper.parent.mkdir(parents=True, exist_ok=True)
    for path in (picture, paper, data / "private/paper.pdf"):
        path.write_text("a picture or a paper")

    with machine.serving():
        print(f"served after {time.monotonic() - begun:.0f} s")
        _ask_everything(machine)
        begin(machine, tmp_path / "jar")

    begun = time.monotonic()
    again = machine.install(JAVAR_DATABASE=engine, **ANSWERS)
    print(f"upgraded in {time.monotonic() - begun:.0f} s")

    assert "A copy of the data before the upgrade" in again
    assert "parvin has been here already" in again
    now = machine.settings()
    assert {name: now[name] for name in SECRET_LINES} == {n: kept[n] for n in SECRET_LINES}
    with machine.serving():
        cookies = ("--cookie", str(tmp_path / "jar"))
        assert machine.get("/my/", *cookies, "--location").status == 200
    assert _invented(machine) == "0 0"

    kept_apart = tmp_path / "another-disk"
    _back_up(machine, kept_apart)
    machine.lose_everything()
    begun = time.monotonic()
    fresh = _restored(tmp_path, kept_apart, engine)
    print(f"a new machine restored in {time.monotonic() - begun:.0f} s")
    with fresh.serving():
        print(f"serving again after {time.monotonic() - begun:.0f} s")
        assert fresh.get("/media/images/seen.png").body == "a picture or a paper"
        assert fresh.get("/media/original_images/hidden.png").status == 404
        # A copy may lie with strangers: everybody is signed out, and in again by their password.
        _sign_in(fresh, tmp_path / "jar-2")
    assert (fresh.root / "var/lib/javar/private/paper.pdf").read_text() == "a picture or a paper"
    assert fresh.settings()["NATIONAL_CODE_KEY"] == kept["NATIONAL_CODE_KEY"]
    subprocess.run(["rm", "-rf", str(fresh.root)], check=False)


def _back_up(machine: Machine, to: Path) -> None:
    """Make a copy, and carry it with settings and key away from the machine."""
    begun = time.monotonic()
    said = machine.javar("backup")
    print(f"backed up in {time.monotonic() - begun:.0f} s")
    assert "It is not encrypted" not in said
    to.mkdir()
    for path in ("var/backups/javar", "etc/javar"):
        subprocess.run(["cp", "-a", str(machine.root / path), str(to)], check=True)
        (to / "javar").rename(to / path.replace("/", "-"))


def _restored(folder: Path, kept: Path, engine: str) -> Machine:
    """Return another bare machine with the copy restored in it by the same one command."""
    fresh = Machine.make(folder / "second", Path("/var/tmp"))  # noqa: S108 - root's own cache
    fresh.bring_code()
    (fresh.root / "var/backups").mkdir(exist_ok=True)
    for path in ("var/backups/javar", "etc/javar"):
        source = kept / path.replace("/", "-")
        subprocess.run(["cp", "-a", str(source), str(fresh.root / path)], check=True)
    copy = sorted((fresh.root / "var/backups/javar").glob("javar-*"))[-1]
    inside = f"/{copy.relative_to(fresh.root)}"
    # Behind the restore something fails; the same command, or one without the copy, goes on.
    (fresh.root / CHECKOUT.lstrip("/") / "seeds/law.yaml").write_text("- [")
    with pytest.raises(AssertionError, match="was not prepared, nothing was started"):
        fresh.install("--restore", inside, JAVAR_DATABASE=engine, **ANSWERS)
    assert not (fresh.root / "var/lib/javar/.installed").exists()
    fresh.bring_code()
    said = fresh.install(JAVAR_DATABASE=engine, **ANSWERS)
    assert f"going on with the restore of {inside}" in said
    assert "was restored here already" in said
    assert "parvin has been here already" in said
    with pytest.raises(AssertionError, match="a restore never overwrites"):
        fresh.install("--restore", inside, JAVAR_DATABASE=engine, **ANSWERS)
    return fresh


def _sign_in(machine: Machine, jar: Path) -> None:
    """Sign the keeper in with the password of before the loss."""
    cookies = ("--cookie", str(jar), "--cookie-jar", str(jar))
    form = machine.get("/account/login/", *cookies)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.body)
    assert token is not None
    answer = machine.get(
        "/account/login/", *cookies, "--header", f"Referer: https://{HOST}/account/login/",
        "--data-urlencode", f"csrfmiddlewaretoken={token[1]}",
        "--data-urlencode", "login=parvin", "--data-urlencode", f"password={PASSWORD}",
    )  # fmt: skip
    assert answer.status == 302


def _ask_everything(machine: Machine) -> None:
    """Ask what nginx and the site answer to the outside."""
    home = machine.get("/")
    assert home.headers["strict-transport-security"].startswith("max-age=31536000")
    assert "server" not in home.headers or home.headers["server"] == "nginx"
    plain = machine.get("/vacancies/?q=1", scheme="http")
    assert (plain.status, plain.headers["location"]) == (301, f"https://{HOST}/vacancies/?q=1")
    with pytest.raises(AssertionError, match=r"(?i)empty reply|\(52\)"):
        machine.get("/", scheme="http", host="other.test")

    sheet = re.search(r'href="(/static/theme/javar\.[0-9a-f]{12}\.css)"', home.body)
    assert sheet is not None
    served = machine.get(sheet[1])
    assert (served.status, served.headers["cache-control"]) == (
        200, "public, max-age=31536000, immutable",
    )  # fmt: skip
    packed = machine.get(sheet[1], "--header", "Accept-Encoding: gzip", "--output", "/dev/null",
                         "--dump-header", "-")  # fmt: skip
    assert packed.headers["content-encoding"] == "gzip"

    assert machine.get("/media/images/seen.png").status == 200
    for path in (
        "/media/images/../private/paper.pdf", "/media/original_images/hidden.png",
        "/media/images/%2e%2e/original_images/hidden.png", "/private/paper.pdf",
        "/static/../private/paper.pdf", "/static../private/paper.pdf", "/media/images/x.svg",
    ):  # fmt: skip
        assert machine.get(path, "--path-as-is").status == 404, path
    assert machine.get("/account/login/").status == 200
    assert machine.get("/admin/").status == 302
    contact = machine.get("/.well-known/security.txt").body
    assert contact.startswith(f"Contact: mailto:security@{HOST}\n")
    # A visitor who claims to come by another name or scheme is not believed.
    forged = machine.get("/", "--header", "X-Forwarded-Host: evil.test",
                         "--header", "X-Forwarded-Proto: http")  # fmt: skip
    assert forged.status == 200
    assert "evil.test" not in forged.body
    logged = (machine.root / "var/log/nginx/javar.log").read_text()
    assert "GET /media 200" in logged
    assert "paper.pdf" not in logged


def _invented(machine: Machine) -> str:
    code = (
        "from courses.organisations.models import Organisation as o;"
        "from courses.vacancies.models import Vacancy as v;"
        "print('COUNTED', o.objects.count(), v.objects.count())"
    )
    printed = machine.javar("shell", "--no-imports", "-c", code)
    found = re.search(r"COUNTED (\d+ \d+)", printed)
    assert found is not None, printed
    return found[1]
