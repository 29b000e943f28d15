"""A real Slurm on this machine, for the tests: two nodes that are this host, with two pretended GPUs each.

    python tests/slurm/cluster.py install|start|stop      (root, Debian)

Loopback only, authenticated by munge; no database, cgroups or systemd. Must not know the study.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

NODES, GPUS, CPUS, MEMORY_MB = 2, 2, 2, 14000
_ETC = Path("/etc/slurm")  # nowhere else: Snakemake's plugin takes SLURM_CONF out of a job's environment
_FOLDER = Path("/run/mtalign-slurm")
_MARK = "# Made by tests/slurm/cluster.py; its `stop` removes this file.\n"
_DAEMONS = ["munged", "slurmctld", *(f"slurmd.n{i}" for i in range(1, NODES + 1))]

_CONF = """ClusterName=lab
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort=26817
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
ReturnToService=2
MinJobAge=600
MpiDefault=none
SchedulerParameters=sched_interval=5,bf_interval=5,defer
GresTypes=gpu
NodeName=n[1-{nodes}] NodeHostname={host} NodeAddr=127.0.0.1 Port=[27001-{last_port}] CPUs={cpus} \
RealMemory={memory} Gres=gpu:{gpus} State=UNKNOWN
PartitionName=main Nodes=n[1-{nodes}] Default=YES MaxTime=INFINITE State=UP
"""
# A pretended GPU has to be a character device.
_GRES = "AutoDetect=off\nNodeName=n[1-{nodes}] Name=gpu File=/dev/tty[1-{gpus}]\n"


def why_not() -> str | None:
    """Why this machine cannot run the cluster, or None."""
    if os.geteuid() != 0:
        return "starting a Slurm of our own needs root"
    if not all(map(shutil.which, ("munged", "slurmctld", "slurmd"))):
        return "Slurm is not installed: `make test-slurm` does that on Debian"
    conf = _ETC / "slurm.conf"
    if conf.exists() and not conf.read_text().startswith(_MARK):
        return f"{conf} is not ours: this machine has a Slurm of its own"
    return None


def install() -> None:
    """Install Debian's packages, where they are missing; nothing without root or apt-get (the tests say why then)."""
    if os.geteuid() != 0 or shutil.which("slurmctld") or not shutil.which("apt-get"):
        return
    options = ["-y", "-qq", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", *options, "slurm-wlm", "munge"]):
        subprocess.run(["apt-get", *command], env=environment, check=True)


def start() -> None:
    """Start the cluster, and return when its nodes take jobs.

    Raises:
        RuntimeError: it cannot run here, or its nodes are not up in time.
    """
    if problem := why_not():
        raise RuntimeError(problem)
    stop()
    for folder in ("state", "spool"):
        (_FOLDER / folder).mkdir(parents=True)
    _FOLDER.chmod(0o755)  # munge refuses a folder that others can write to
    host = socket.gethostname().partition(".")[0]
    values = {"host": host, "folder": _FOLDER, "nodes": NODES, "gpus": GPUS, "cpus": CPUS, "memory": MEMORY_MB}
    _ETC.mkdir(exist_ok=True)
    for name, text in (("slurm.conf", _CONF), ("gres.conf", _GRES)):
        (_ETC / name).write_text(_MARK + text.format(last_port=27000 + NODES, **values))
    key = _FOLDER / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o600)
    files = {"key": "munge.key", "pid": "munged.pid", "log": "munged.log", "seed": "munged.seed"}
    options = [f"--{option}-file={_FOLDER}/{name}" for option, name in files.items()]
    _run("munged", f"--socket={_FOLDER}/munge.socket", *options)
    _run("slurmctld")
    for i in range(1, NODES + 1):
        _run("slurmd", "-N", f"n{i}")
    deadline = time.monotonic() + 60
    while _run("sinfo", "--noheader", "--format=%D", "--states=idle").strip() != str(NODES):
        if time.monotonic() > deadline:
            raise RuntimeError(f"the nodes are not up after a minute: see {_FOLDER}/*.log")
        time.sleep(0.2)


def stop() -> None:
    """Stop the cluster and remove what it left; nothing where none runs."""
    if (_FOLDER / "slurmctld.pid").exists():
        subprocess.run(["scancel", "--user=root"], capture_output=True, timeout=30)
        deadline = time.monotonic() + 40  # a job that does not listen is killed after 30 s
        while time.monotonic() < deadline and subprocess.run(["squeue", "--noheader"], capture_output=True).stdout:
            time.sleep(0.2)
    for daemon in reversed(_DAEMONS):
        _end(_FOLDER / f"{daemon}.pid")
    for path in (_ETC / "slurm.conf", _ETC / "gres.conf"):
        if path.exists() and path.read_text().startswith(_MARK):
            path.unlink()
    shutil.rmtree(_FOLDER, ignore_errors=True)


def _end(pid_file: Path) -> None:
    """End the daemon that wrote this file, if it still runs."""
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text())
    command = Path(f"/proc/{pid}/comm")
    for kind, seconds in ((signal.SIGTERM, 10), (signal.SIGKILL, 5)):
        deadline = time.monotonic() + seconds
        while command.exists() and command.read_text().strip() == pid_file.name.partition(".")[0]:
            os.kill(pid, kind)
            if time.monotonic() > deadline:
                break
            time.sleep(0.2)


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


if __name__ == "__main__":
    try:
        {"install": install, "start": start, "stop": stop}[sys.argv[1]]()
    except (IndexError, KeyError):
        sys.exit(__doc__)
    except RuntimeError as error:
        sys.exit(f"error: {error}")
