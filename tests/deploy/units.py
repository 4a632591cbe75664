"""Run inside a bare machine without systemd, as its first process: starts what the units say.

It reads the installed unit files and runs their ExecStartPre and ExecStart lines with their
environment, folder and umask as their user, then nginx; whatever ends is started again, as
`Restart=always` would. Nothing of the project is imported: the standard library alone.
"""

import fcntl
import os
import pwd
import re
import shlex
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

UNITS = Path("/etc/systemd/system")
SERVICES = ("javar-web", "javar-worker", "javar-scheduler", "javar-relay")
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1


def raise_loopback() -> None:
    """Bring up the only network this machine has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        asked = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(sock, SIOCGIFFLAGS, asked))[1]
        fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))


def lines_of(unit: str) -> dict[str, list[str]]:
    """Return a unit's settings; a name may stand several times."""
    found: dict[str, list[str]] = {}
    for line in (UNITS / f"{unit}.service").read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def unquoted(value: str) -> str:
    """Return what systemd reads: nothing is joined behind a closing quote as a shell would."""
    if value[:1] == '"' == value[-1:]:
        return re.sub(r'\\([\\"$`])', r"\1", value[1:-1])
    if value[:1] == "'" == value[-1:] and "'" not in value[1:-1]:
        return value[1:-1]
    raise ValueError(f"install.sh writes no such line: {value[:1]}…")


def environment(unit: dict[str, list[str]]) -> dict[str, str]:
    """Return what systemd would give the unit: its own lines, then the file's."""
    given = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    for line in unit.get("Environment", []):
        given.update(part.split("=", 1) for part in shlex.split(line))
    for path in unit.get("EnvironmentFile", []):
        for line in Path(path).read_text().splitlines():
            if line and not line.startswith("#"):
                name, _equals, value = line.partition("=")
                given[name] = unquoted(value)
    return given


def run(unit: dict[str, list[str]], command: str) -> subprocess.Popen[bytes]:
    """Start one line of a unit as the unit says."""
    user = pwd.getpwnam(unit["User"][0])

    return subprocess.Popen(
        shlex.split(command), cwd=unit["WorkingDirectory"][0], env=environment(unit),
        user=user.pw_uid, group=user.pw_gid, extra_groups=[], umask=int(unit["UMask"][0], 8),
    )  # fmt: skip


def start(name: str) -> subprocess.Popen[bytes]:
    """Do as the unit does: what comes before it, again until it succeeds; then the service."""
    unit = lines_of(name)
    for command in unit.get("ExecStartPre", []):
        while run(unit, command).wait() != 0:
            time.sleep(3)
    return run(unit, unit["ExecStart"][0])


def main() -> None:
    """Start everything, keep it running, stop it when asked to."""
    raise_loopback()
    os.umask(0o022)
    for cluster in Path("/etc/postgresql").glob("*/main"):
        version = cluster.parent.name
        subprocess.run(["pg_ctlcluster", version, "main", "start"], check=False)
    prepare = lines_of("javar-prepare")
    for command in prepare["ExecStart"]:
        if run(prepare, command).wait() != 0:
            sys.exit("javar-prepare failed")
    running = {name: start(name) for name in SERVICES}
    nginx = subprocess.Popen(["nginx", "-g", "daemon off;"])
    print("UNITS RUN", flush=True)

    def stop(number: int, frame: object) -> None:
        for process in (nginx, *running.values()):
            process.terminate()
        for process in (nginx, *running.values()):
            process.wait(30)
        for cluster in Path("/etc/postgresql").glob("*/main"):
            command = ["pg_ctlcluster", cluster.parent.name, "main", "stop", "-m", "fast"]
            subprocess.run(command, check=False)
        print("UNITS STOPPED", flush=True)
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    while True:
        time.sleep(1)
        for name, process in running.items():
            if process.poll() is not None:
                print(f"{name} ended with {process.returncode}", flush=True)
                running[name] = start(name)


if __name__ == "__main__":
    main()
