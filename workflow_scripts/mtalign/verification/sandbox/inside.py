"""The inside of the sandbox: a script that shuts itself in, runs one solution against its tests and says how it ended.

`sandbox` starts it and hands it one job. Two processes: the keeper builds the box, starts the clock and reports; the
runner gives up every right, then runs code that a model wrote. Where it is the first process of a process namespace,
nothing that it starts outlives it. Standard library only, and little of that, since each run imports it anew. Must not
know which answers are right, nor import anything of this package: inside, there is no such folder.
"""

import builtins
import ctypes
import marshal
import os
import resource
import signal
import struct
import sys
import time
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterator
from types import CodeType, ModuleType

BOX = "/box"  # the only folder that can be written to
BOX_SIZE = 64 << 20
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")
CHECK = "plain value"  # what compiled tests call `plain`: a name that no program can spell
_LIBC = ctypes.CDLL(None, use_errno=True)

# <linux/sched.h>
_NEW_MOUNTS, _NEW_NAME, _NEW_IPC = 0x00020000, 0x04000000, 0x08000000
_NEW_USER, _NEW_PROCESSES, _NEW_NETWORK = 0x10000000, 0x20000000, 0x40000000
# <linux/mount.h>
_READ_ONLY, _NO_SUID, _NO_DEVICES, _NO_EXEC, _REMOUNT = 1, 2, 4, 8, 32
_BIND, _RECURSIVE, _PRIVATE, _DETACH = 1 << 12, 1 << 14, 1 << 18, 2
# <linux/prctl.h>
_DEATH_SIGNAL, _DUMPABLE, _SECCOMP, _NO_NEW_RIGHTS = 1, 4, 22, 38


def _call(name: str, *arguments: bytes | int | None) -> None:
    """A function of the C library.

    Raises:
        OSError: it failed.
    """
    if getattr(_LIBC, name)(*(ctypes.c_ulong(a) if isinstance(a, int) else a for a in arguments)) < 0:
        raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")


# ---------------------------------------------------------------------------------------------------------- the keeper
def keep(job: dict) -> dict:
    """Build the box, let the runner run in it for some time, and tell what became of it.

    Args:
        job: as `sandbox` writes it.

    Returns:
        late: was it killed for its time? signal: of its death, or 0. cpu_seconds: what it took. report: what it wrote.
    """
    if job["way"] in ("namespaces", "user namespace"):
        _enter(job["visible"], with_user=job["way"] == "user namespace")
    _call("prctl", _DEATH_SIGNAL, int(signal.SIGKILL))
    _call("prctl", _DUMPABLE, 0)  # so that nobody reads or writes this process's memory and files
    receive, send = os.pipe()
    os.set_blocking(receive, False)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    print("open", flush=True)
    runner = os.fork()
    if runner == 0:
        try:
            _shut_in(job, send)
            os.write(send, _run(job))
        finally:
            os._exit(0)
    (_, status, usage), late = _wait(runner, job["limits"]["seconds"])
    try:
        report = os.read(receive, 1 << 16)
    except BlockingIOError:
        report = b""
    died = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    return {"late": late, "signal": died, "cpu_seconds": usage.ru_utime + usage.ru_stime, "report": report}


def _wait(process: int, seconds: float) -> tuple[tuple, bool]:
    """What wait4 says of a process once it has ended; and whether it had to be killed for its time."""
    end = time.monotonic() + seconds
    while not (ended := os.wait4(process, os.WNOHANG))[0]:
        left = end - time.monotonic()
        if left <= 0:
            os.kill(process, signal.SIGKILL)
            return os.wait4(process, 0), True
        signal.sigtimedwait({signal.SIGCHLD}, left)
    return ended, False


def _enter(visible: list[str], with_user: bool) -> None:
    """Go where there is nothing but the visible paths, read-only, and an empty box: no network, no other processes."""
    user, group = os.geteuid(), os.getegid()
    everything = _NEW_MOUNTS | _NEW_NAME | _NEW_IPC | _NEW_PROCESSES | _NEW_NETWORK
    _call("unshare", everything | (_NEW_USER if with_user else 0))
    if with_user:
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{user} {user} 1")
        _write("/proc/self/gid_map", f"{group} {group} 1")
    os.umask(0o022)
    _call("mount", None, b"/", None, _RECURSIVE | _PRIVATE, None)
    _call("mount", b"root", b"/tmp", b"tmpfs", _NO_SUID | _NO_DEVICES, b"mode=755,size=1m")
    os.mkdir("/tmp/old")
    _call("pivot_root", b"/tmp", b"/tmp/old")
    os.chdir("/")
    for path in [*visible, *DEVICES]:
        _show(path)
    os.mkdir(BOX)
    options = f"mode=777,nr_inodes=4096,size={BOX_SIZE}"
    _call("mount", b"box", BOX.encode(), b"tmpfs", _NO_SUID | _NO_DEVICES, options.encode())
    os.symlink(BOX, "/tmp")
    mounts = list(_mounts())
    _call("umount2", b"/old", _DETACH)
    os.rmdir("/old")
    for point in mounts:
        kept = os.statvfs(point).f_flag & (_NO_SUID | _NO_DEVICES | _NO_EXEC)  # what may not be taken away
        _call("mount", None, os.fsencode(point), None, _REMOUNT | _BIND | _READ_ONLY | kept, None)


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


def _show(path: str) -> None:
    """Make a path of the old root visible in the new one; what is not there stays away."""
    old = f"/old{path}"
    if not os.path.lexists(old):
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.islink(old):
        os.symlink(os.readlink(old), path)
        return
    if os.path.isdir(old):
        os.makedirs(path, exist_ok=True)
    else:
        _write(path, "")
    _call("mount", os.fsencode(old), os.fsencode(path), None, _BIND | _RECURSIVE, None)


def _mounts() -> Iterator[str]:
    """Where something is mounted, the box and the old root apart."""
    with open("/old/proc/self/mountinfo", "rb") as file:
        for line in file:
            point = os.fsdecode(line.split()[4].decode("unicode_escape").encode("latin-1"))  # a blank is written \040
            if point != BOX and not f"{point}/".startswith("/old/"):
                yield point


# ---------------------------------------------------------------------------------------------------------- the runner
def _shut_in(job: dict, send: int) -> None:
    """Give up every right, and every file but the one to report to."""
    null = os.open("/dev/null", os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.closerange(3, send)
    os.closerange(send + 1, 1 << 20)
    os.chdir(job["folder"])
    for name, most in (
        (resource.RLIMIT_AS, job["limits"]["memory"]),
        # A second more: the kernel counts for its limits in ticks, and may see more CPU time than wait4 tells.
        (resource.RLIMIT_CPU, job["limits"]["cpu_seconds"] + 1),
        (resource.RLIMIT_FSIZE, job["limits"]["file"]),
        (resource.RLIMIT_NPROC, job["limits"]["processes"]),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(name)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(name, (most, most))
    if job["user"]:
        os.setgroups([])
        os.setresgid(*[job["user"]] * 3)
        os.setresuid(*[job["user"]] * 3)
    _call("capset", struct.pack("II", 0x20080522, 0), bytes(24))
    _call("prctl", _DEATH_SIGNAL, int(signal.SIGKILL))
    _call("prctl", _NO_NEW_RIGHTS, 1, 0, 0, 0)
    _refuse_calls(alone=job["way"] is None)


# Of each kind of machine, from <asm/unistd.h>: its number in <linux/audit.h>; socket, ptrace, process_vm_writev,
# unshare, shmget, add_key, keyctl, io_uring_setup; and fork, vfork, clone, clone3, kill.
_CALLS = {
    "x86_64": (0xC000003E, (41, 101, 311, 272, 29, 248, 250, 425), (57, 58, 56, 435, 62)),
    "aarch64": (0xC00000B7, (198, 117, 271, 97, 194, 217, 219, 425), (220, 435, 129)),
}


def _refuse_calls(alone: bool) -> None:
    """Refuse system calls that reach past the box: sockets (some kinds know no namespaces), others' memory, keys.

    Namespaces isolate without this, so another kind of machine goes without it.

    Args:
        alone: no namespace isolates, so refuse to start or signal processes too.
    """
    architecture, calls, more = _CALLS.get(os.uname().machine, (0, (), ()))
    if not calls:
        return
    calls += more if alone else ()
    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06  # <linux/bpf_common.h>
    allow, refuse = 0x7FFF0000, 0x00050000 | 13  # EACCES
    steps = [(load, 0, 0, 4), (equal, 1, 0, architecture), (give, 0, 0, refuse), (load, 0, 0, 0)]
    steps += [(at_least, len(calls) + 1, 0, 1 << 30)]  # x86_64's second table
    steps += [(equal, len(calls) - i, 0, call) for i, call in enumerate(calls)]
    steps += [(give, 0, 0, allow), (give, 0, 0, refuse)]
    text = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    _call("prctl", _SECCOMP, 2, struct.pack("HxxxxxxQ", len(steps), ctypes.addressof(text)))


def _run(job: dict) -> bytes:
    """Run the first of the programs that compiles, then the tests; what to report begins with the job's marker.

    The tests have a namespace and builtins of their own, made before the solution runs: of the solution they see only
    the names that they take from it.
    """
    marker = job.pop("marker")
    tests = {"__name__": "tests", "__builtins__": dict(vars(builtins)), CHECK: plain}
    how, reason = "failed", ""
    try:
        exec(job["given"], tests)
        solution = next(_compiled(job["programs"]), None)
        if solution is None:
            how = "uncompilable"
        else:
            module = ModuleType("solution")
            sys.modules["solution"] = sys.modules["__main__"] = module
            exec(solution, vars(module))
            tests |= {name: vars(module)[name] for name in job["takes"] if name in vars(module)}
            exec(job["tests"], tests)
            how = "passed"
    except BaseException as error:
        reason = f"{type(error).__name__}: {error}"[:300]
    return f"{marker}{how}\n{reason}".encode(errors="replace")


def _compiled(programs: list[str]) -> Iterator[CodeType]:
    for program in programs:
        try:
            yield compile(program, "<solution>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
            continue


_ATOMS = (type(None), bool, int, float, complex, str, bytes, bytearray, range, type)
_COLLECTIONS = (list, tuple, set, frozenset, deque)
_MAPPINGS = (dict, Counter, OrderedDict, defaultdict)


def plain(value: object) -> object:
    """The value, if its equality can be believed: an object of the solution's own class may equal everything.

    Raises:
        TypeError: it is, or holds, an object of another class than Python's common ones.

    >>> plain([1, {"a": (2.5, None)}])
    [1, {'a': (2.5, None)}]
    """
    kind = type(value)
    if any(kind is known for known in _COLLECTIONS):
        for item in value:
            plain(item)
    elif any(kind is known for known in _MAPPINGS):
        for key, item in value.items():
            plain(key)
            plain(item)
    elif not any(kind is known for known in _ATOMS):
        raise TypeError("compared with an object of an unusual class")
    return value


if __name__ == "__main__":
    try:
        ended = keep(marshal.load(sys.stdin.buffer))
    except OSError as error:
        sys.exit(str(error))
    sys.stdout.buffer.write(marshal.dumps(ended))
