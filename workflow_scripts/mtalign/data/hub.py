"""The Hugging Face hub: which commit a source meant when it was first fetched, and the files of that commit.

A lock entry holds a source as the config asks for it, the full commit, and the sha256 of each file. It is made once and
kept under version control; whatever is fetched later must be what it says. Must not know what the files hold.

A source is {"hub": "org/name", "kind": "dataset" or "model", "revision": branch, tag or commit, "files": patterns}.
"""

import hashlib
import json
import shutil
from pathlib import Path

from huggingface_hub import constants, snapshot_download
from huggingface_hub.errors import LocalEntryNotFoundError, RepositoryNotFoundError, RevisionNotFoundError
from huggingface_hub.utils import filter_repo_objects

from mtalign.errors import InputError
from mtalign.parquet import replacing

__all__ = ["fetch", "lock", "read_lock"]


def lock(source: dict, path: Path) -> None:
    """Resolve a source, now, and write its lock entry.

    Raises:
        InputError: it cannot be fetched, or a pattern matches no file.
    """
    snapshot = _snapshot(source, source["revision"])
    there = sorted(file.relative_to(snapshot).as_posix() for file in snapshot.rglob("*") if file.is_file())
    names = set()
    for pattern in source["files"]:
        matched = set(filter_repo_objects(there, allow_patterns=pattern))
        if not matched:
            there_is = ", ".join(there) or "nothing"
            raise InputError(f"{source['hub']}: no file matches {pattern!r}; correct `files`: there is {there_is}")
        names |= matched
    files = {name: _sha256(snapshot / name) for name in sorted(names)}
    with replacing(path) as temporary:
        entry = {"source": source, "commit": snapshot.name, "sha256": files}
        temporary.write_text(json.dumps(entry, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def read_lock(path: Path, source: dict) -> dict:
    """The lock entry of a source.

    Raises:
        InputError: it is broken, or the config asks for something else by now.
    """
    accept = f"to lock it anew, delete {path} and run again"
    try:
        entry = json.loads(path.read_text(encoding="utf-8"))
        locked, _, _ = entry["source"], entry["commit"], entry["sha256"].items()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} is no lock entry ({error!r}): restore it, or {accept}") from error
    if locked != source:
        changed = [name for name in source if locked.get(name) != source[name]]
        said = "; ".join(f"{name} is {source[name]!r}, but {locked.get(name)!r} is locked" for name in changed)
        raise InputError(f"{source['hub']}: {said}. Correct the config, or {accept}")
    return entry


def fetch(entry: dict, folder: Path, lock_path: Path) -> None:
    """Copy the files of a lock entry into a folder.

    Raises:
        InputError: they cannot be fetched, or are not those that were locked.
    """
    source, commit = entry["source"], entry["commit"]
    snapshot = _snapshot(source, commit)
    for name, digest in entry["sha256"].items():
        where = f"{source['hub']} at {commit}: {name}"
        accept = f"to accept what is there now, delete {lock_path} and run again"
        if not (snapshot / name).is_file():
            raise InputError(f"{where} is missing, but it is locked; {accept}")
        copy = folder / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(snapshot / name, copy)
        if (found := _sha256(copy)) != digest:
            raise InputError(f"{where} has sha256 {found}, but {digest} is locked; {accept}")


def _snapshot(source: dict, revision: str) -> Path:
    """The folder in the hub's local cache that holds a revision, fetched where it is not there yet."""
    where = f"{source['hub']} ({source['kind']}, revision {revision})"
    try:
        folder = snapshot_download(
            source["hub"],
            repo_type=source["kind"],
            revision=revision,
            allow_patterns=source["files"],
            local_files_only=constants.HF_HUB_OFFLINE,  # a commit would be listed on the hub even if all is here
        )
    except RevisionNotFoundError as error:
        raise InputError(f"{where}: no such revision; correct `revision`, or the lock") from error
    except RepositoryNotFoundError as error:
        remedy = "correct `hub` or `kind`; where it is private or gated, ask for access and `hf auth login`"
        raise InputError(f"{where}: no such repository for you; {remedy}") from error
    except LocalEntryNotFoundError as error:
        said = f"not all of it is in {constants.HF_HUB_CACHE}, and the hub is out of reach"
        remedy = "run once with a network and HF_HUB_OFFLINE=0, or name a cache that holds it (HF_HUB_CACHE)"
        raise InputError(f"{where}: {said}; {remedy}") from error
    except OSError as error:  # of the network or the disk
        raise InputError(f"{where} cannot be fetched ({error}); try again") from error
    return Path(folder)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
