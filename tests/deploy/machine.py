"""A bare Debian machine: a root of its own made by debootstrap, with its own processes and network.

Every command runs in namespaces of its own, so that at its end nothing stays mounted and nothing
runs, however it ends. Packages come from wherever this machine takes its own.
"""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOST = "javar.test"
# Inside the bare machine: where its operator lays the code, and the answers for the installer.
CHECKOUT, ANSWERS_FILE = "/srv/javar", "/srv/answers"
NEEDED = ("debootstrap", "unshare", "nsenter", "curl", "chroot")
RELEASE = "bookworm"
FRESH_FOR = 7 * 24 * 3600
STARTS_WITHIN = 600
SECRET_LINES = ("SECRET_KEY", "NATIONAL_CODE_KEY", "JAVAR_SECOND_FACTOR_KEYS")


def why_not() -> str:
    """Return why no such machine can be made here, or nothing."""
    if os.geteuid() != 0:
        return "a bare machine is made by root alone"
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        return f"a bare machine needs {', '.join(missing)}"
    allowed = subprocess.run(
        ["unshare", "--mount", "--pid", "--net", "--fork", "true"], capture_output=True, check=False
    )
    return "" if allowed.returncode == 0 else "this machine allows no namespaces"


def mirror() -> str:
    """Return where this machine takes Debian from."""
    apt = Path("/etc/apt")
    for path in [*sorted(apt.glob("sources.list.d/*.sources")), apt / "sources.list"]:
        if not path.exists():
            continue
        text = path.read_text()
        if found := re.search(r"^URIs:\s*(\S+/debian)/?\s*$", text, re.MULTILINE):
            return found[1]
        if found := re.search(r"^deb (?:\[[^]]*\] )?(\S+/debian)/? ", text, re.MULTILINE):
            return found[1]
    raise RuntimeError("this machine names no Debian mirror")


def bare_root(folder: Path) -> Path:
    """Return a root that debootstrap made, kept for a week."""
    base = folder / f"javar-{RELEASE}"
    ready = folder / f"javar-{RELEASE}.ready"
    if ready.exists() and time.time() - ready.stat().st_mtime < FRESH_FOR:
        return base
    shutil.rmtree(base, ignore_errors=True)
    subprocess.run(
        ["debootstrap", "--variant=minbase", "--include=systemd,ca-certificates", RELEASE,
         str(base), mirror()],
        check=True, capture_output=True,
    )  # fmt: skip
    ready.touch()
    return base


@dataclass
class Answer:
    """What curl saw."""

    status: int
    headers: dict[str, str]
    body: str


class Machine:
    """One bare machine; `install` makes a site of it, `serving` runs it."""

    def __init__(self, root: Path) -> None:
        """Take a root that is this machine's own."""
        self.root = root
        self.log = root.with_suffix(".log")
        self._net: int | None = None

    @classmethod
    def make(cls, folder: Path, cache: Path) -> "Machine":
        """Copy the bare root, and give it this machine's way to packages."""
        folder.mkdir(exist_ok=True)
        root = folder / "machine"
        subprocess.run(["cp", "-a", str(bare_root(cache)), str(root)], check=True)
        for path in ("etc/resolv.conf", "etc/hosts", "etc/pip.conf"):
            if Path("/", path).exists():
                shutil.copy(Path("/", path), root / path)
        bundle = "etc/ssl/certs/ca-certificates.crt"
        shutil.copy(Path("/", bundle), root / bundle)
        (root / "dev/shm").mkdir(exist_ok=True)
        (root / "dev/shm").chmod(0o1777)
        # No package starts a service by itself: nothing but the units is tried here.
        policy = root / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
        return cls(root)

    def lose_everything(self) -> None:
        """Throw the whole machine away and set up another; the caller keeps what it keeps."""
        subprocess.run(["rm", "-rf", str(self.root)], check=True)

    def bring_code(self) -> None:
        """Lay a copy of the working tree where an operator would."""
        there = self.root / CHECKOUT.lstrip("/")
        shutil.rmtree(there, ignore_errors=True)
        there.mkdir(parents=True)
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
            check=True, capture_output=True,
        ).stdout  # fmt: skip
        packed = subprocess.Popen(
            ["tar", "--null", "--ignore-failed-read", "-T", "-", "-cf", "-"], cwd=ROOT,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        unpacked = subprocess.Popen(["tar", "-C", str(there), "-xf", "-"], stdin=packed.stdout)
        assert packed.stdin is not None
        packed.stdin.write(listed)
        packed.stdin.close()
        assert unpacked.wait() == 0

    def _inside(self, *command: str, alone: bool = False) -> list[str]:
        spaces = ["--mount", "--pid", "--fork", "--kill-child", f"--mount-proc={self.root}/proc"]
        if alone:
            spaces.append("--net")
        return [
            "unshare", *spaces, "chroot", str(self.root), "/usr/bin/env", "-i",
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
            "HOME=/root", *command,
        ]  # fmt: skip

    def run(self, *command: str, check: bool = True) -> str:
        """Run a command to its end; return what it printed."""
        done = subprocess.run(
            self._inside(*command), capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if check and done.returncode != 0:
            raise AssertionError(
                f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
            )
        return done.stdout + done.stderr

    def install(self, *more: str, **answers: str) -> str:
        """Run the installer unattended, as an operator with a file of answers does."""
        file = self.root / ANSWERS_FILE.lstrip("/")
        file.touch(0o600)
        file.write_text("".join(f"{name}='{value}'\n" for name, value in answers.items()))
        script = f"{CHECKOUT}/deploy/install.sh"
        return self.run("sh", script, "--answers", ANSWERS_FILE, *more)

    def javar(self, *command: str) -> str:
        """Run a command of the site while it is not served, the database started if need be."""
        line = "for c in /etc/postgresql/*/main; do [ -d \"$c\" ] && pg_ctlcluster " \
            "$(basename $(dirname $c)) main start; done; exec javar \"$@\""  # fmt: skip
        return self.run("sh", "-c", line, "sh", *command)

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Run the units and nginx in a network of their own until the block ends."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                self._inside("python3", f"{CHECKOUT}/tests/deploy/units.py", alone=True),
                stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            )  # fmt: skip
            self._net = process.pid
            try:
                self._wait(process)
                yield
            finally:
                self._net = None
                # The first process inside is the only child; it stops what it started.
                children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
                for child in children.split():
                    os.kill(int(child), signal.SIGTERM)
                try:
                    process.wait(90)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < deadline:
            assert process.poll() is None, self.log.read_text()[-4000:]
            try:
                if self.get("/").status == 200:
                    return
            except AssertionError:
                pass
            time.sleep(1)
        raise AssertionError(f"the site did not answer: {self.log.read_text()[-4000:]}")

    def get(self, path: str, *more: str, scheme: str = "https", host: str = HOST) -> Answer:
        """Ask the served site from outside; its self-made certificate alone is trusted."""
        assert self._net is not None
        port = 443 if scheme == "https" else 80
        certificate = self.root / "etc/javar/self-made.crt"
        done = subprocess.run(
            ["nsenter", "--net", "--target", str(self._net), "curl", "--silent", "--show-error",
             "--max-time", "60", "--include", "--resolve", f"{host}:{port}:127.0.0.1",
             "--cacert", str(certificate), *more, f"{scheme}://{host}{path}"],
            capture_output=True, text=True, check=False,
            env={"PATH": os.environ["PATH"]},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        head, _blank, body = done.stdout.partition("\n\n")
        while body.startswith("HTTP/"):
            # A redirect was followed: the last answer counts.
            head, _blank, body = body.partition("\n\n")
        first, *lines = head.splitlines()
        headers = {
            name.strip().lower(): value.strip()
            for name, _colon, value in (line.partition(":") for line in lines)
        }
        return Answer(int(first.split()[1]), headers, body)

    def settings(self) -> dict[str, str]:
        """Return the lines of the environment file."""
        lines = (self.root / "etc/javar/env").read_text().splitlines()
        return {name: value for name, _e, value in (line.partition("=") for line in lines)}
