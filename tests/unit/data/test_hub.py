"""Locking and fetching with the real huggingface_hub: from folders in its cache's layout, offline, and from a small
server that speaks the hub's protocol."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.hub_cache import put
from tests.places import REPOSITORY

SCRIPTS = REPOSITORY / "workflow_scripts"
SOURCE = {"hub": "lab/set", "kind": "dataset", "revision": "main", "files": ["*.jsonl"]}
FIRST, SECOND = "1" * 40, "2" * 40
CONTENT = {"data/test.jsonl": b'{"a": 1}\n', "README.md": b"hello"}


class Study:
    """A folder in which sources are locked and fetched, with a cache of its own."""

    def __init__(self, folder: Path):
        self.folder, self.cache = folder, folder / "cache"
        self.lock, self.files = folder / "lock/set.json", folder / "sources/set"
        self.environment = {"HF_HUB_OFFLINE": "1"}

    def run(self, script: str, source: dict, *arguments: object) -> str:
        """The command line's last words: empty if it ended well."""
        command = [sys.executable, SCRIPTS / script, "--spec", json.dumps(source), *arguments]
        environment = os.environ | {"HF_HUB_CACHE": str(self.cache), "HF_HUB_ETAG_TIMEOUT": "3"} | self.environment
        done = subprocess.run([*map(str, command)], capture_output=True, text=True, env=environment)
        assert "Traceback" not in done.stderr, done.stderr
        return done.stderr.strip().splitlines()[-1] if done.returncode else ""

    def lock_source(self, source: dict = SOURCE) -> str:
        return self.run("lock_source.py", source, "--output", self.lock)

    def fetch_source(self, source: dict = SOURCE) -> str:
        return self.run("fetch_source.py", source, "--lock", self.lock, "--output", self.files)

    def fetched(self) -> dict[str, bytes]:
        return {str(p.relative_to(self.files)): p.read_bytes() for p in self.files.rglob("*") if p.is_file()}


@pytest.fixture
def study(tmp_path) -> Study:
    return Study(tmp_path)


@pytest.fixture
def locked(study) -> Study:
    put(study.cache, "lab/set", CONTENT, FIRST)
    assert study.lock_source() == ""
    return study


def test_the_first_fetch_locks_the_commit_and_the_hashes(locked):
    entry = json.loads(locked.lock.read_text())
    assert entry["source"] == SOURCE and entry["commit"] == FIRST
    assert entry["sha256"] == {"data/test.jsonl": hashlib.sha256(CONTENT["data/test.jsonl"]).hexdigest()}
    assert locked.fetch_source() == ""
    assert locked.fetched() == {"data/test.jsonl": CONTENT["data/test.jsonl"]}


def test_later_fetches_take_the_locked_commit(locked):
    before = locked.lock.read_bytes()
    put(locked.cache, "lab/set", {"data/test.jsonl": b"new"}, SECOND)
    assert locked.lock_source() == locked.fetch_source() == ""
    assert locked.lock.read_bytes() == before
    assert locked.fetched() == {"data/test.jsonl": CONTENT["data/test.jsonl"]}
    locked.lock.unlink()  # how the messages say that a change is accepted
    assert locked.lock_source() == locked.fetch_source() == ""
    assert locked.fetched() == {"data/test.jsonl": b"new"}


def test_changed_content_is_refused(locked):
    assert locked.fetch_source() == ""
    for blob in (locked.cache / "datasets--lab--set/blobs").iterdir():
        blob.write_bytes(b"evil")
    said = locked.fetch_source()
    assert f"lab/set at {FIRST}: data/test.jsonl has sha256 " in said and "is locked; to accept" in said
    assert f"delete {locked.lock} and run again" in said
    assert locked.fetched() == {"data/test.jsonl": CONTENT["data/test.jsonl"]}  # what was fetched before stays


def test_a_missing_file_is_named(locked):
    (locked.cache / f"datasets--lab--set/snapshots/{FIRST}/data/test.jsonl").unlink()
    assert f"lab/set at {FIRST}: data/test.jsonl is missing, but it is locked" in locked.fetch_source()
    assert not locked.files.exists()


def test_a_pattern_without_a_file_is_named(study):
    put(study.cache, "lab/set", CONTENT, FIRST)
    said = study.lock_source(SOURCE | {"files": ["*.jsonl", "*.parquet"]})
    assert "lab/set: no file matches '*.parquet'" in said and "there is README.md, data/test.jsonl" in said
    assert not study.lock.exists()


@pytest.mark.parametrize("change", [{"hub": "lab/other"}, {"revision": "v2"}, {"files": ["*"]}, {"kind": "model"}])
def test_a_config_that_asks_for_something_else_is_refused(locked, change):
    (name,) = change
    for said in (locked.lock_source(SOURCE | change), locked.fetch_source(SOURCE | change)):
        assert f"{name} is {change[name]!r}, but {SOURCE[name]!r} is locked" in said
        assert f"to lock it anew, delete {locked.lock}" in said


@pytest.mark.parametrize("content", ["", "[]", '{"source": 1}', '{"source": {}, "commit": "", "sha256": 7}'])
def test_a_broken_lock_is_named(locked, content):
    locked.lock.write_text(content)
    assert f"{locked.lock} is no lock entry" in locked.fetch_source()


def test_offline_without_a_cache(study):
    said = study.lock_source()
    assert "lab/set (dataset, revision main): not all of it is in" in said and "HF_HUB_OFFLINE=0" in said
    assert not study.lock.exists()


def test_models_are_another_kind_of_repository(study):
    put(study.cache, "lab/set", CONTENT, FIRST, "model")
    assert "revision main): not all of it is in" in study.lock_source()
    assert study.lock_source(SOURCE | {"kind": "model"}) == ""


# ------------------------------------------------------------------------------------------------------------- online


class Hub(BaseHTTPRequestHandler):
    """One data set, lab/set, at one commit, as the hub serves it."""

    def do_GET(self) -> None:
        self._answer(self._content())

    def do_HEAD(self) -> None:
        self._answer(self._content(), body=False)

    def _content(self) -> bytes | None:
        path = self.path.partition("?")[0]
        if path in (f"/api/datasets/lab/set/revision/{name}" for name in ("main", FIRST)):
            return json.dumps({"id": "lab/set", "sha": FIRST, "siblings": []}).encode()
        if path == f"/api/datasets/lab/set/tree/{FIRST}":
            files = [
                {"type": "file", "path": name, "size": len(content), "oid": hashlib.sha1(content).hexdigest()}
                for name, content in CONTENT.items()
            ]
            return json.dumps(files).encode()
        return CONTENT.get(path.removeprefix(f"/datasets/lab/set/resolve/{FIRST}/"))

    def _answer(self, content: bytes | None, body: bool = True) -> None:
        self.send_response(200 if content is not None else 404)
        if content is None:
            self.send_header("X-Error-Code", "RevisionNotFound" if "/lab/set/" in self.path else "RepoNotFound")
        else:
            self.send_header("ETag", f'"{hashlib.sha1(content).hexdigest()}"')
            self.send_header("X-Repo-Commit", FIRST)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        if content and body:
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def online(study):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    study.environment = {"HF_HUB_OFFLINE": "0", "HF_ENDPOINT": endpoint, "NO_PROXY": "127.0.0.1"}
    yield study
    server.shutdown()
    server.server_close()


def test_online(online):
    assert online.lock_source() == online.fetch_source() == ""
    assert online.fetched() == {"data/test.jsonl": CONTENT["data/test.jsonl"]}
    online.environment = {"HF_HUB_OFFLINE": "1"}
    shutil.rmtree(online.files)
    assert online.fetch_source() == ""
    assert online.fetched() == {"data/test.jsonl": CONTENT["data/test.jsonl"]}


def test_an_unknown_repository_is_named(online):
    said = online.lock_source(SOURCE | {"hub": "lab/unknown"})
    assert "lab/unknown (dataset, revision main): no such repository for you; correct `hub` or `kind`" in said


def test_an_unknown_revision_is_named(online):
    assert "lab/set (dataset, revision v9): no such revision" in online.lock_source(SOURCE | {"revision": "v9"})


def test_a_hub_out_of_reach_is_named(online):
    online.environment["HF_ENDPOINT"] = "http://127.0.0.1:9"  # nobody listens there
    assert "and the hub is out of reach" in online.lock_source()
