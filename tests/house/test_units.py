"""The systemd units start what `manage.py serve` starts, and are shut in as written."""

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from javar.management.commands.serve import Command

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
