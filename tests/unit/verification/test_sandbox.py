"""The sandbox: whatever a program does, the outcome is right, nothing outside changes and nothing is left behind."""

import ctypes
import os
import signal
import socket
import tempfile
import threading
import time
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mtalign.errors import SandboxError
from mtalign.verification.sandbox import inside
from mtalign.verification.sandbox import runner as sandbox
from mtalign.verification.sandbox.runner import Limits, RunResult, isolation, run_tests

SHORT = Limits(cpu_seconds=1, seconds=2.5)
BECOME_REAPER = 36  # <linux/prctl.h>
isolated = pytest.mark.skipif(isolation()[0] is None, reason=f"no isolation works here: {isolation()[1]}")


def children() -> set[int]:
    """The processes that this one started, or inherited."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[1]) == os.getpid():
                found.add(int(stat.parent.name))
        except OSError:
            continue
    return found


@pytest.fixture(autouse=True)
def nothing_is_left(monkeypatch):
    """No process (orphans come to this one) and no folder outlives a run."""
    ctypes.CDLL(None).prctl(BECOME_REAPER, 1, 0, 0, 0)
    before = children()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield folder
        assert os.listdir(folder) == []
    end = time.monotonic() + 20
    while (new := children() - before) and time.monotonic() < end:
        for process in new:
            os.waitpid(process, os.WNOHANG)  # killed, and orphaned until now: init would have done this
    assert not new


@pytest.fixture(params=[*sandbox.WAYS, None])
def way(request, monkeypatch):
    """Each way that works here, and none."""
    monkeypatch.setattr(sandbox, "isolation", lambda: (request.param, "not asked"))
    try:
        assert solve("x = 1", "assert x == 1").how == "passed"
    except SandboxError as error:
        pytest.skip(f"{request.param} does not work here: {error}")
    return request.param


def solve(program: str, tests: str, takes: str = "f x", limits: Limits | None = None) -> RunResult:
    return run_tests([program], tests, takes.split(), limits=limits, allow_unisolated=True)


# ------------------------------------------------------------------------------------------------------------ outcomes
@pytest.mark.parametrize(
    ("program", "tests", "outcome"),
    [
        ("def f(x): return x + 1", "assert f(1) == 2", RunResult("passed")),
        ("def f(x): return x", "assert f(1) == 2, 'no'", RunResult("failed", "AssertionError: no")),
        ("def f(x): return y", "assert f(1) == 2", RunResult("failed", "NameError: name 'y' is not defined")),
        ("def g(x): return 2", "assert f(1) == 2", RunResult("failed", "NameError: name 'f' is not defined")),
        ("1 / 0", "pass", RunResult("failed", "ZeroDivisionError: division by zero")),
        ("def f(x) return 2", "assert f(1) == 2", RunResult("uncompilable")),
        ("x = '\0'", "pass", RunResult("uncompilable")),
        ("x = '\ud800'", "pass", RunResult("uncompilable")),
        ("x = input()", "pass", RunResult("failed", "EOFError: EOF when reading a line")),
        ("raise ValueError('é\ud800' * 200)".encode("unicode-escape").decode(), "pass", None),
        ("if __name__ == '__main__': 1 / 0", "pass", RunResult("passed")),
        (
            "from dataclasses import dataclass\n@dataclass\nclass P:\n  x: 'int'\nx = P(1).x",
            "assert x == 1",
            RunResult("passed"),
        ),
    ],
)
def test_outcomes(program, tests, outcome):
    assert solve(program, tests) == outcome or outcome is None


def test_every_way_works(way):
    assert solve("def f(): return 1", "assert f() == 1").how == "passed"
    assert solve("def f(): return 1", "assert f() == 2").how == "failed"
    assert solve("def f(:", "assert f() == 2").how == "uncompilable"


def test_the_first_program_that_compiles_is_run():
    outcome = run_tests(["x = ", "x = 1", "x = 2"], "assert x == 1", ["x"], allow_unisolated=True)
    assert outcome == RunResult("passed")


def test_the_tests_own_mistakes_are_not_the_programs():
    with pytest.raises(SyntaxError):
        solve("x = 1", "assert x = 1")


def test_equal_programs_get_equal_outcomes():
    program = "raise ValueError([{*'abcdefgh'}, hash('a')])"
    assert len({solve(program, "pass") for _ in range(3)}) == 1


def test_threads_do_not_mix_their_outcomes():
    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(lambda n: solve(f"x = {n}", "assert x % 2 == 0").how, range(12)))
    assert outcomes == ["passed", "failed"] * 6


# ---------------------------------------------------------------------------------------- tests that did not really run
LEAVES = {
    "exit": "import sys; sys.exit(0)",
    "hard exit": "import os; os._exit(0)",
    "SystemExit": "raise SystemExit",
    "interrupt": "raise KeyboardInterrupt",
    "abort": "import os; os.abort()",
    "generator": "raise GeneratorExit",
    "at exit": "import atexit, os; atexit.register(os._exit, 0); raise SystemExit(0)",
    "thread": "import os, threading; t = threading.Thread(target=os._exit, args=(0,)); t.start(); t.join()",
    "closed files": "import os; os.closerange(0, 100)",
    "says passed": "import os\nfor fd in range(64):\n  try: os.write(fd, b'passed\\n' * 9)\n  except OSError: pass\n"
    "os._exit(0)",
    "crash": "import ctypes; ctypes.string_at(0)",
    "deep": "exec('-' * 10**6 + '1')",
    "recursion": "import sys; sys.setrecursionlimit(10**9)\ndef g(): g()\ng()",
    "long error": "raise ValueError('x' * 10**7)",
    "error that cannot be shown": "class E(Exception):\n  def __str__(self): raise SystemExit(0)\nraise E",
}


@pytest.mark.parametrize("leave", LEAVES)
@pytest.mark.parametrize("within", [True, False], ids=["in the call", "at once"])
def test_leaving_early_is_failing(leave, within):
    body = "\n".join(f"  {line}" for line in LEAVES[leave].splitlines())
    program = f"def f():\n{body}\n  return 1" if within else f"{LEAVES[leave]}\ndef f(): return 1"
    assert solve(program, "assert f() == 1\nassert f() == 2", limits=SHORT).how in ("failed", "timeout")


LIAR = (
    "class Liar({base}):\n  __eq__ = __lt__ = __gt__ = __contains__ = lambda *_: True\n  __hash__ = {base}.__hash__\n"
)
CHEATS = {
    "equals everything": LIAR.format(base="object") + "def f(): return Liar()",
    "is a number that equals everything": LIAR.format(base="int") + "def f(): return Liar(2)",
    "holds what equals everything": LIAR.format(base="object") + "def f(): return [1, (Liar(), 2)]",
    "is a list that equals everything": LIAR.format(base="list") + "def f(): return Liar()",
    "is a key that equals everything": LIAR.format(base="str") + "def f(): return {Liar('a'): 1}",
    "a class that pretends": "class M(type):\n  __eq__ = lambda *_: True\n  __hash__ = int.__hash__\n"
    "class Liar(metaclass=M):\n  __class__ = int\n  __eq__ = lambda *_: True\ndef f(): return Liar()",
    "stays away from assertions": "import builtins; builtins.AssertionError = SystemExit\ndef f(): return 2",
    "alters builtins": "import builtins; builtins.abs = builtins.len = lambda x: 0\ndef f(): return 2",
    "alters builtins later": "def f():\n  import builtins; builtins.abs = lambda x: 0\n  return 2",
    "alters __builtins__": "__builtins__['abs'] = lambda x: 0\ndef f(): return 2",
    "shadows builtins": "def abs(x): return 0\ndef f(): return 2",
    "overrides the tests": "def same(a, b): return True\ncheck = same\ndef f(): return 2",
    "alters its main module": "import __main__; __main__.plain = __main__._run = lambda *_: b''\ndef f(): return 2",
    "excepthook": "import sys; sys.excepthook = lambda *_: None\ndef f(): return 2",
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_cheating_is_failing(cheat):
    same = "def same(a, b): return a == b\n"
    for test in ("assert f() == 1", "assert abs(f() - 1) < 1e-6", "assert same(f(), 1)", "assert f() in [1]"):
        outcome = run_tests([CHEATS[cheat]], test, ["f"], same, allow_unisolated=True)
        assert outcome.how == "failed", test


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.complex_numbers(),
        lambda inner: (
            st.lists(inner) | st.tuples(inner) | st.dictionaries(st.integers(), inner) | inner.map(lambda x: [x])
        ),
    )
)
def test_plain_values_pass_unchanged(value):
    assert inside.plain(value) is value


def test_plain_collections():
    for value in ({1, "a"}, frozenset([1]), deque([1]), Counter("aab"), range(3), int):
        assert inside.plain(value) is value
    for value in (object(), [object()], {1: object()}, {(1, object()): 1}, lambda: 1, RunResult("passed")):
        with pytest.raises(TypeError, match="unusual class"):
            inside.plain(value)


# --------------------------------------------------------------------------------------------------------- containment
@pytest.mark.parametrize(
    "program",
    [
        "while True: pass",
        "import time; time.sleep(1000)",
        "import signal\nfor n in range(1, 32):\n  try: signal.signal(n, 1)\n  except OSError: pass\nwhile True: pass",
        "while True:\n  try:\n    while True: pass\n  except BaseException: pass",
        "import threading; threading.Event().wait()",
        "10 ** 10 ** 10",
        "import re; re.match('(a*)*b', 'a' * 99)",
        "import os, time\nos.closerange(0, 100)\ntime.sleep(1000)",
    ],
)
def test_what_does_not_end_is_a_timeout(program):
    for limited in (f"def f():\n  exec({program!r})", program):
        assert solve(limited, "f()", limits=SHORT).how == "timeout"
    assert solve("x = 1", "assert x == 1").how == "passed"


BOMBS = {
    "fork bomb": "import os\nwhile True: os.fork()",
    "patient fork bomb": "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass",
    "daemons": "import os, time\nfor _ in range(5):\n  if os.fork() == 0:\n    os.setsid()\n"
    "    if os.fork() == 0: time.sleep(1000)\n    os._exit(0)\nraise ValueError",
    "thread bomb": "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(1000,)).start()",
    "subprocesses": "import subprocess\nsubprocess.run(['sleep', '1000'])\nraise ValueError",
    "10 GB": "x = b'x' * 10**10",
    "10 GB in pieces": "x = []\nwhile True: x.append(bytes(10**6))",
    "10 GB in numbers": "x = list(range(10**9))",
    "large children": "import os\nfor _ in range(20): os.fork()\nx = b'x' * 10**8\nraise ValueError",
    "gigabytes of output": "while True: print('x' * 10**6)",
    "gigabytes of errors": "import os\nwhile True: os.write(2, b'x' * 10**6)",
    "a large file": "f = open('a', 'wb')\nwhile True: f.write(b'x' * 10**6)",
    "many files": "for n in range(10**4): open(str(n), 'wb').write(b'x' * 10**6)",
    "signals for everyone": "import os\nos.kill(-1, 9)\nos.kill(os.getppid(), 19)\nraise ValueError",
    "stops": "import os\nos.kill(os.getpid(), 19)\nraise ValueError",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs_are_contained(way, bomb):
    if bomb == "many files" and way is None:
        pytest.skip("without isolation only the size of each file is limited")
    assert solve(BOMBS[bomb], "pass", limits=SHORT).how in ("failed", "timeout")
    assert solve("x = 1", "assert x == 1").how == "passed"


TRY = "def attempt(do, *args):\n  try: return [do(*args)]\n  except Exception: return None\n"


def never(way, program: str) -> None:
    """The program's `attempt` fails."""
    outcome = solve(f"{TRY}def f(): return attempt({program})", "assert f() == None")
    assert outcome == RunResult("passed"), program


@isolated
def test_nothing_outside_is_seen_or_written(way, nothing_is_left, monkeypatch):
    if way is None:
        pytest.skip("not promised without isolation")
    monkeypatch.setenv("SECRET", "1")
    with tempfile.NamedTemporaryFile() as secret:
        os.chmod(secret.name, 0o666)
        never(way, f"open, {secret.name!r}")
        never(way, f"open, {secret.name!r}, 'w'")
    python = os.path.realpath(os.__file__)
    for path in (nothing_is_left, Path.home() / ".config", "/home", "/proc", "/sys", "/etc/passwd", "/var", __file__):
        never(way, f"__import__('os').stat, {str(path)!r}")
    for path in ("/a", "/usr/a", "/usr/lib/a", "/dev/a", "/etc/a", f"{python}.a", python):
        never(way, f"open, {path!r}, 'a'")
    for call in ("environ.__getitem__, 'SECRET'", "setuid, 0", "chroot, '.'", "mknod, 'a', 0o60666, 64513"):
        never(way, f"__import__('os').{call}")


@isolated
def test_the_box_is_empty_and_its_own(way):
    write = "open('a', 'w').write('1'); x = open('a').read()"
    for _ in range(2):
        assert solve("import os; x = os.listdir() + os.listdir(os.environ['HOME'])", "assert x == []").how == "passed"
        assert solve(write, "assert x == '1'").how == "passed"
    assert solve("import tempfile; x = tempfile.TemporaryFile().write(b'1')", "assert x == 1").how == "passed"


@isolated
def test_no_process_outside_is_seen(way):
    if way is None:
        pytest.skip("not promised without isolation")
    program = f"import os\ndef f():\n  try: os.kill({os.getpid()}, 0)\n  except ProcessLookupError: return True"
    assert solve(program, "assert f() == True").how == "passed"
    assert solve("import os; x = os.getpid()", "assert x < 10").how == "passed"


def test_no_file_is_inherited(way):
    mine = os.open(__file__, os.O_RDONLY)
    os.set_inheritable(mine, True)
    program = "import os\nx = 0\nfor fd in range(3, 64):\n  try: os.fstat(fd); x += 1\n  except OSError: pass"
    try:
        assert solve(program, "assert x == 1").how == "passed"  # where it reports to
    finally:
        os.close(mine)


@pytest.mark.skipif(os.uname().machine not in inside._CALLS, reason="no list of system calls for this machine")
@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_UNIX", "AF_VSOCK", "AF_NETLINK", "AF_PACKET"])
def test_no_socket_opens(way, family):
    never(way, f"__import__('socket').socket, __import__('socket').{family}")


@isolated
def test_no_network_is_there_even_without_the_refused_calls(monkeypatch):
    """The namespace alone: a server of ours is out of reach."""
    code = Path(inside.__file__).read_text().replace('"x86_64": (', '"none": (').replace('"aarch64"', '"no"')
    with socket.create_server(("127.0.0.1", 0)) as server, tempfile.TemporaryDirectory(dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        (Path(folder) / "inside.py").write_text(code)
        monkeypatch.setattr(sandbox, "_INSIDE", Path(folder) / "inside.py")
        never(None, f"__import__('socket').create_connection, {server.getsockname()}, 2")
        assert solve("import socket; x = [n for _, n in socket.if_nameindex()]", "assert x == ['lo']").how == "passed"


# ------------------------------------------------------------------------------------------------- the sandbox's faults
def test_without_isolation_it_refuses(monkeypatch):
    monkeypatch.setattr(sandbox, "isolation", lambda: (None, "namespaces: no; bubblewrap: not installed"))
    with pytest.raises(SandboxError, match=r"no isolation works .*bubblewrap: not installed.*allow_unisolated"):
        run_tests(["x = 1"], "assert x == 1", ["x"])
    assert run_tests(["x = 1"], "assert x == 1", ["x"], allow_unisolated=True) == RunResult("passed")


def test_isolation_says_what_it_tried(monkeypatch):
    def refuse(way, *_):
        raise SandboxError(f"no {way}")

    monkeypatch.setattr(sandbox, "_run", refuse)
    tried = "namespaces: no namespaces; user namespace: no user namespace; bubblewrap: no bubblewrap"
    assert sandbox.isolation.__wrapped__() == (None, tried)
    monkeypatch.setattr(sandbox, "_run", lambda *_: RunResult("failed", "AssertionError"))
    assert sandbox.isolation.__wrapped__()[0] is None
    monkeypatch.setattr(sandbox, "_run", lambda way, *_: refuse(way) if way == "namespaces" else RunResult("passed"))
    assert sandbox.isolation.__wrapped__() == ("user namespace", "namespaces: no namespaces")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["/nonesuch"], "No such file"),
        (["/bin/false"], "did not open"),
        (["/bin/sh", "-c", "echo sorry >&2; exit 1"], "sorry"),
    ],
)
def test_a_broken_sandbox_gives_no_outcome(monkeypatch, command, message):
    monkeypatch.setattr(sandbox, "_command", lambda way: command)
    with pytest.raises(SandboxError, match=message):
        solve("x = 1", "assert x == 1")


def test_a_box_that_hangs_is_given_up(monkeypatch):
    monkeypatch.setattr(sandbox, "_GRACE", 0.1)
    monkeypatch.setattr(sandbox, "_command", lambda way: ["/bin/sleep", "1000"])
    with pytest.raises(SandboxError, match="did not open"):
        solve("x = 1", "assert x == 1", limits=Limits(seconds=0.1))


@pytest.mark.skipif(threading.current_thread() is not threading.main_thread(), reason="alarms ring in the main thread")
def test_an_interrupt_ends_the_box(way):
    def ring(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 1)
    try:
        with pytest.raises(KeyboardInterrupt):
            solve("import time; time.sleep(1000)", "pass")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
