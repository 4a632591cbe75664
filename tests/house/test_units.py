"""The systemd units start what `manage.py serve` starts, and are shut in as written."""

import ctypes
import itertools
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from javar.management.commands.serve import Command
from tests.deploy.units import unquoted

DEPLOY = Path(settings.ROOT) / "deploy"
UNITS = sorted((DEPLOY / "units").glob("*.service"))
PARTS = {"gunicorn": "web", "db_worker": "worker", "scheduler": "scheduler", "relay": "relay"}
# Where they listen and how long they may take to stop is each one's own.
OWN = {"--bind", "--graceful-timeout", "--worker-tmp-dir", "--pythonpath"}


def started_by(unit: str) -> list[str]:
    lines = (DEPLOY / "units" / f"javar-{unit}.service").read_text().splitlines()
    (command,) = (line for line in lines if line.startswith("ExecStart="))
    return shlex.split(command.removeprefix("ExecStart="))


def without_own(words: list[str]) -> list[str]:
    kept, skip = [], False
    for word in words:
        if not skip and word not in OWN:
            kept.append(Path(word).name if word.endswith(("/python", "manage.py")) else word)
        skip = word in OWN
    return kept[1:]


def test_units_start_what_serve_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASE_URL", "http://127.0.0.1:8000")
    served = Command()._commands("127.0.0.1", 8000)

    assert {name: without_own(words) for name, words in served} == {
        name: without_own(started_by(unit)) for name, unit in PARTS.items()
    }


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_unit_may_write_to_its_own_data_alone(unit: Path) -> None:
    lines = unit.read_text().splitlines()

    for wanted in (
        "User=javar", "NoNewPrivileges=yes", "CapabilityBoundingSet=", "ProtectSystem=strict",
        "ProtectHome=yes", "PrivateTmp=yes", "PrivateDevices=yes", "RestrictNamespaces=yes",
        "EnvironmentFile=/etc/javar/env", "AssertPathExists=/var/lib/javar/.installed",
        "StartLimitIntervalSec=0",
        "ReadWritePaths=/var/lib/javar /run/javar /var/backups/javar",
    ):  # fmt: skip
        assert lines.count(wanted) == 1, wanted
    assert not [line for line in lines if "SECRET" in line or "PASSWORD" in line]


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed here")
def test_shell_is_without_a_complaint() -> None:
    done = subprocess.run(
        ["shellcheck", DEPLOY / "install.sh", DEPLOY / "javar", Path(settings.ROOT) / ".ci/run"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.stdout == ""


def test_web_server_believes_no_visitor_about_where_they_come_from() -> None:
    proxy = (DEPLOY / "nginx/javar-proxy.conf").read_text()
    site = (DEPLOY / "nginx/javar.conf").read_text()

    assert "proxy_set_header X-Forwarded-For $remote_addr;" in proxy
    assert "proxy_set_header X-Forwarded-Proto $scheme;" in proxy
    assert "proxy_add_x_forwarded_for" not in proxy + site
    assert site.count("proxy_pass") == site.count("include snippets/javar-proxy.conf") == 1


def run_install(tmp_path: Path, commands: str) -> "subprocess.CompletedProcess[str]":
    """Run functions of the script on folders of one's own: settings here, data below."""
    script = (DEPLOY / "install.sh").read_text().replace("/etc/javar", str(tmp_path))
    script = script.replace("/var/lib/javar", str(tmp_path / "data"))
    script = script.removesuffix('main "$@"\n') + "chown() { :; }\n" + commands
    return subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)


def in_install(tmp_path: Path, commands: str) -> str:
    """Return what the functions print; they must end well."""
    done = run_install(tmp_path, commands)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_second_factors_have_keys_of_their_own_and_the_old_one_still_opens(tmp_path: Path) -> None:
    wanted = " ".join(
        f"{name}=x"
        for name in (
            "JAVAR_HOST", "JAVAR_DATABASE", "JAVAR_TLS_CERTIFICATE", "JAVAR_TLS_KEY", "EMAIL_HOST",
            "EMAIL_PORT", "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD", "DEFAULT_FROM_EMAIL",
            "JAVAR_SMS_URL", "JAVAR_SMS_METHOD", "JAVAR_SMS_HEADERS", "JAVAR_SMS_BODY",
            "JAVAR_TRAIL_MAIL", "JAVAR_SECURITY_CONTACT", "JAVAR_KEEPER", "JAVAR_KEEPER_EMAIL",
            "JAVAR_KEEPER_MOBILE",
        )
    )  # fmt: skip
    ask = "settings >/dev/null; kept JAVAR_SECOND_FACTOR_KEYS; echo; kept SECRET_KEY"
    (tmp_path / "env").write_text("")
    ours, secret = in_install(tmp_path, f"{wanted}; {ask}").split()
    assert len(ours) == 64
    assert ours != secret
    # A second run keeps them, and a site of before has its factors sealed with SECRET_KEY.
    assert in_install(tmp_path, f"{wanted}; {ask}").split() == [ours, secret]
    (tmp_path / "env").write_text("SECRET_KEY='of-before'\n")
    both, secret = in_install(tmp_path, f"{wanted}; {ask}").split()
    assert (both[64:], secret) == (",of-before", "of-before")


AWKWARD = 'it\'s a "x" \\ \\n $HOME `id` ${A} #; !% \'\' {"to": "{to}"} گذرواژه\\'


def read_by_systemd(path: Path) -> list[str]:
    """Read a file of settings with systemd's own function for EnvironmentFile=."""
    (library,) = Path("/usr/lib").glob("*/systemd/libsystemd-shared-*.so")
    systemd, libc = ctypes.CDLL(str(library)), ctypes.CDLL(None)
    libc.fopen.restype = ctypes.c_void_p
    found = ctypes.POINTER(ctypes.c_char_p)()
    file = ctypes.c_void_p(libc.fopen(str(path).encode(), b"r"))
    assert systemd.load_env_file(file, str(path).encode(), ctypes.byref(found)) == 0
    lines = itertools.takewhile(bool, (found[place] for place in itertools.count()))
    return [line.decode() for line in lines]


@pytest.mark.parametrize("value", [AWKWARD, "it's", "", " two  words "])
def test_setting_reads_alike_in_the_shell_and_in_systemd(tmp_path: Path, value: str) -> None:
    """Before, a password with an apostrophe was another one for the services."""
    (tmp_path / "env").write_text("")
    given = shlex.quote(value)

    said = in_install(tmp_path, f"put A {given}; put B {given}; kept A; printf '|'; kept B")

    assert said == f"{value}|{value}"
    line = (tmp_path / "env").read_text().splitlines()[0]
    assert unquoted(line.removeprefix("A=")) == value
    if list(Path("/usr/lib").glob("*/systemd/libsystemd-shared-*.so")):
        assert read_by_systemd(tmp_path / "env") == [f"A={value}", f"B={value}"]


@pytest.mark.parametrize(
    ("marks", "restore", "then"),
    [
        ([], "", "RESTORE="),
        ([], "copy", "RESTORE=copy"),
        (["data/.installed", ".installed"], "", "RESTORE="),
        (["data/.installed"], "copy", "a restore never overwrites"),
        # The keeper's account, say, was not made: the same command goes on behind the restore.
        (["data/.installed", "data/restored"], "copy", "going on behind the restore"),
        (["data/.installed", "data/restored"], "other", "a restore never overwrites"),
        ([".restore"], "", "going on with the restore of"),
        ([".restore"], "other", "RESTORE=other"),
        ([".installed"], "", "mount it"),
        ([".installed"], "copy", "RESTORE=copy"),
    ],
)
def test_installer_knows_where_an_earlier_run_stopped(
    tmp_path: Path, marks: list[str], restore: str, then: str
) -> None:
    """Before, a disk that was away was taken for a site to be made, and a restore never went on."""
    (tmp_path / "data").mkdir()
    copy = tmp_path / "copy"
    copy.touch()
    for mark in marks:
        (tmp_path / mark).write_text("copy\n" if mark == "data/restored" else f"{copy}\n")

    done = run_install(tmp_path, f"RESTORE={restore}; where_we_are; echo RESTORE=$RESTORE")

    refused = then in ("a restore never overwrites", "mount it")
    assert done.returncode == int(refused)
    assert then in (done.stderr if refused else done.stdout)
    if ".restore" in marks and not restore:
        copy.unlink()
        done = run_install(tmp_path, "where_we_are")
        assert (done.returncode, "Name one with --restore" in done.stderr) == (1, True)


def test_code_of_a_run_that_was_cut_off_is_taken_up_again(tmp_path: Path) -> None:
    """Before, the copy ahead of the upgrade was refused for want of the code, for ever."""
    for folder in ("old", "app.old", "app.new"):
        (tmp_path / folder).mkdir()
    (tmp_path / "app.old/whole").touch()
    done = run_install(
        tmp_path, f"CODE={tmp_path}/app SOURCE={tmp_path}/app VENVS={tmp_path}; code"
    )
    assert done.returncode != 0
    assert (tmp_path / "app/whole").exists()
    assert not (tmp_path / "app.new").exists()


@pytest.mark.parametrize(
    ("name", "value", "good"),
    [
        ("JAVAR_TRAIL_MAIL", "", True),
        ("JAVAR_TRAIL_MAIL", "auditor@elsewhere.example", True),
        ("JAVAR_TRAIL_MAIL", "auditor", False),
        ("JAVAR_TRAIL_MAIL", "a b@c", False),
        ("JAVAR_TRAIL_MAIL", "a@b@c", False),
        ("JAVAR_HOST", "school.example", True),
        ("JAVAR_HOST", "https://school.example", False),
        ("JAVAR_DATABASE", "mysql", False),
        ("JAVAR_TLS_CERTIFICATE", "/nowhere.crt", False),
    ],
)
def test_answer_is_looked_at_before_anything_is_done(
    tmp_path: Path, name: str, value: str, good: bool
) -> None:
    given = {
        "JAVAR_HOST": "a.example",
        "EMAIL_HOST": "m",
        "JAVAR_SMS_URL": "s",
        "JAVAR_KEEPER": "k",
    }
    lines = [f"{key}={shlex.quote(word)}" for key, word in (given | {name: value}).items()]

    done = run_install(tmp_path, "\n".join([*lines, f"questions </dev/null; echo ${name}"]))

    assert done.returncode == int(not good), done.stderr
    assert done.stdout == (f"{value}\n" if good else "")
    assert good or name in done.stderr or value in done.stderr


def test_who_types_a_wrong_answer_is_asked_again(tmp_path: Path) -> None:
    """Before, the last of twenty answers, mistyped, cost all of them."""
    questions = "JAVAR_UNATTENDED=no; questions; echo; echo $JAVAR_HOST/$JAVAR_DATABASE"
    script = (DEPLOY / "install.sh").read_text().replace("/etc/javar", str(tmp_path))
    file = tmp_path / "asks.sh"
    file.write_text(script.removesuffix('main "$@"\n') + questions)
    typed = ["-", "a.example", "mysql", "", "", "m", "", "", "a@a.example", "s", "", "", ""]
    done = subprocess.run(
        ["script", "-qec", f"sh {file}", "/dev/null"],
        input="\n".join([*typed, "auditor", "b@c.example", "", "k", "", ""]) + "\n",
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert "JAVAR_HOST is no host name: -" in done.stdout
    assert "JAVAR_DATABASE is sqlite or postgres." in done.stdout
    assert "JAVAR_TRAIL_MAIL is no e-mail address: auditor" in done.stdout
    assert "a.example/sqlite" in done.stdout
    # Without a certificate no key, without a name no password is asked for.
    assert "private key" not in done.stdout
    assert "Password there" not in done.stdout
