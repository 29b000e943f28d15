"""A sandbox for programs that models write: one run of a solution against its tests, isolated, limited and cleaned up.

Inside there are the system's and Python's own folders, read-only, and an empty folder that vanishes; no network, no
other process, no rights, no files of ours (see inside.py). Isolation is made of Linux namespaces, asked for as
root, as a user, or through bubblewrap: what works is found by trying it once. Standard library only. Must not know
tasks.

What no harness excludes whose tests share an interpreter with the solution: a program that searches the harness's
frames, or alters a module that the tests use, can pass tests that it should fail. What is excluded: leaving early,
printing, altering builtins, overriding the tests' helpers, and objects that equal everything.
"""

import ast
import marshal
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import warnings
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from types import CodeType
from typing import Literal

from mtalign.errors import SandboxError
from mtalign.verification.sandbox.inside import BOX, BOX_SIZE, CHECK, DEVICES

__all__ = ["WAYS", "Limits", "RunResult", "isolation", "parse", "run_tests"]

WAYS = ("namespaces", "user namespace", "bubblewrap")
_INSIDE = Path(__file__).with_name("inside.py")
_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/etc/ld.so.cache", "/nix/store")
_GRACE = 120.0  # seconds for the box to open and close, however busy the machine is
_PROBE = """
import os
isolated = not os.path.exists("/proc") and os.listdir(".") == []
try:
    open("/probe", "w")
    isolated = False
except OSError:
    pass
"""


@dataclass(frozen=True)
class Limits:
    """What a run may use; sizes in bytes."""

    cpu_seconds: int = 10  # of each process: a busy machine changes no outcome
    seconds: float = 30.0  # for what only waits
    memory: int = 512 << 20  # address space of each process
    file: int = 16 << 20
    processes: int = 8  # and threads, with the sandbox's own


@dataclass(frozen=True)
class RunResult:
    """How a run ended ("passed": all tests ran to their end; "uncompilable": no program is Python), and why."""

    how: Literal["passed", "failed", "uncompilable", "timeout"]
    reason: str = ""


def run_tests(
    programs: list[str],
    tests: str,
    takes: list[str],
    given: str = "",
    limits: Limits | None = None,
    allow_unisolated: bool = False,
) -> RunResult:
    """Run a solution, then its tests.

    Args:
        programs: readings of one solution; the first that compiles is run.
        tests: Python that raises unless the solution is right. Its comparisons see plain values only.
        takes: the names that the tests take from the solution; they see no other name of it.
        given: Python that runs in the tests' namespace before all else.
        limits: `Limits()` if None.
        allow_unisolated: where no isolation works, run with limits alone. Network and new processes are refused then,
            but what this user may read and write, so may the program.

    Raises:
        SandboxError: no isolation works here, or the sandbox failed.
        SyntaxError: the tests, or what is given, are no Python.
    """
    way, tried = isolation()
    if way is None and not allow_unisolated:
        raise SandboxError(
            f"no isolation works on this machine ({tried}), so no code that a model wrote is run here: allow user "
            "namespaces, or install bubblewrap, or accept the risk in the config (allow_unisolated)"
        )
    return _run(way, programs, _compile(tests), takes, _compile(given), limits or Limits())


@lru_cache(maxsize=1)
def isolation() -> tuple[str | None, str]:
    """The first of WAYS that works here, or None; and what was wrong with those before it."""
    tried = []
    for way in WAYS:
        try:
            outcome = _run(way, [_PROBE], _compile("assert isolated"), ["isolated"], _compile(""), Limits())
        except SandboxError as error:
            tried.append(f"{way}: {error}")
            continue
        if outcome.how == "passed":
            return way, "; ".join(tried)
        tried.append(f"{way}: {outcome.reason or outcome.how}")
    return None, "; ".join(tried)


def parse(source: str) -> ast.Module:
    """Other people's Python as a tree, without Python's warnings about their style.

    Raises:
        SyntaxError: it is none.
    """
    try:
        with warnings.catch_warnings(action="ignore"):
            return ast.parse(source)
    except (ValueError, RecursionError, MemoryError) as error:  # a null byte, half a character; or too deep
        raise SyntaxError(str(error)) from error


class _PlainOperands(ast.NodeTransformer):
    """Lets the comparisons of tests look at plain values only."""

    def visit_Compare(self, node: ast.Compare) -> ast.Compare:
        self.generic_visit(node)
        sides = [ast.Call(ast.Name(CHECK, ast.Load()), [side], []) for side in (node.left, *node.comparators)]
        return ast.Compare(sides[0], node.ops, sides[1:])


@lru_cache(maxsize=256)
def _compile(tests: str) -> CodeType:
    """Compiled here, since it is our own text; the solution is compiled inside, where it may well crash Python."""
    tree = ast.fix_missing_locations(_PlainOperands().visit(parse(tests)))
    return compile(tree, "<tests>", "exec", dont_inherit=True)


def _run(
    way: str | None, programs: list[str], tests: CodeType, takes: list[str], given: CodeType, limits: Limits
) -> RunResult:
    # Root gives each run a user of its own: nobody's, who owns no file and whose processes are easily counted.
    user = 2**30 + secrets.randbelow(2**29) if os.geteuid() == 0 else None
    if way is None and not _readable_by_all():
        user = None
    late_user = user if way == "namespaces" else None  # there, root builds the box first
    early_user = None if late_user else user
    limited = asdict(limits) | ({"processes": 0} if way is None else {})
    marker = secrets.token_hex(16)
    with nullcontext(BOX) if way else tempfile.TemporaryDirectory(prefix="mtalign-") as folder:
        if early_user and not way:
            os.chown(folder, early_user, early_user)
        job = {"programs": programs, "tests": tests, "takes": takes, "given": given, "marker": marker}
        job |= {"way": way, "folder": folder, "user": late_user, "visible": _visible(), "limits": limited}
        out, error = _start(_command(way), folder, early_user, marshal.dumps(job), limits.seconds + _GRACE)
    return _read(out, error, marker, limits)


def _command(way: str | None) -> list[str]:
    python = [os.path.realpath(sys.executable), "-s", "-S", "-P", "-B", "-X", "utf8"]
    if way != "bubblewrap":
        return [*python, str(_INSIDE)]
    command = shutil.which("bwrap")
    if command is None:
        raise SandboxError("not installed")
    shown = [
        argument
        for path in _visible()
        for argument in (("--symlink", os.readlink(path)) if os.path.islink(path) else ("--ro-bind", path)) + (path,)
    ]
    inside = f"/{_INSIDE.name}"
    return [
        *(command, "--unshare-all", "--die-with-parent", "--cap-drop", "ALL", *shown),
        *(argument for device in DEVICES for argument in ("--dev-bind", device, device)),
        *("--ro-bind", str(_INSIDE), inside, "--size", str(BOX_SIZE), "--tmpfs", BOX),
        *("--symlink", BOX, "/tmp", "--remount-ro", "/", *python, inside),
    ]


def _start(command: list[str], folder: str, user: int | None, job: bytes, seconds: float) -> tuple[bytes, bytes]:
    """What the keeper writes; it is killed after some time, or if this process is interrupted."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": folder, "TMPDIR": folder, "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"}
    if "LD_LIBRARY_PATH" in os.environ:  # some Pythons cannot start without
        environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
    become = {"user": user, "group": user, "extra_groups": []} if user else {}
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, cwd="/", env=environment, start_new_session=True, **become
        )
    except OSError as error:
        raise SandboxError(str(error)) from error
    with process:
        try:
            return process.communicate(job, seconds)
        except BaseException as error:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            return process.communicate()


def _read(out: bytes, error: bytes, marker: str, limits: Limits) -> RunResult:
    before, opened, ended = out.partition(b"open\n")
    if before or not opened:
        raise SandboxError(error.decode(errors="replace").strip()[-500:] or "the box did not open")
    late = RunResult("timeout", f"over {limits.seconds:g} seconds")
    if not ended:  # without namespaces of processes a program can stop or kill its keeper
        return late
    ended = marshal.loads(ended)
    if ended["late"]:
        return late
    if ended["signal"] and ended["cpu_seconds"] > limits.cpu_seconds - 0.5:
        return RunResult("timeout", f"over {limits.cpu_seconds} seconds of CPU time")
    if ended["signal"]:
        return RunResult("failed", f"killed by signal {ended['signal']}")
    _, marked, report = ended["report"].decode(errors="replace").partition(marker)
    return RunResult(*report.split("\n", 1)) if marked else RunResult("failed", "it ended before its tests did")


@lru_cache(maxsize=1)
def _visible() -> list[str]:
    """The system's libraries and Python's own folders, none inside another."""
    shown: list[str] = []
    for path in [*_SYSTEM, *map(os.path.realpath, (sys.base_prefix, sys.base_exec_prefix))]:
        if os.path.lexists(path) and not any(f"{path}/".startswith(f"{other}/") for other in shown):
            shown.append(path)
    return shown


@lru_cache(maxsize=1)
def _readable_by_all() -> bool:
    """Whether a user without rights can import Python's modules and this one's inside."""
    folders = {*Path(os.__file__).resolve().parents, *_INSIDE.resolve().parents}
    return all(folder.stat().st_mode & 0o001 for folder in folders)
