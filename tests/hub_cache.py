"""A repository in the hub's cache, as huggingface_hub lays it out."""

import hashlib
import os
from pathlib import Path


def put(cache: Path, repository: str, files: dict[str, bytes], commit: str, kind: str = "dataset") -> None:
    """Write a commit of a repository; `main` is that commit from now on."""
    root = cache / f"{kind}s--{repository.replace('/', '--')}"
    for name, content in files.items():
        blob = root / "blobs" / hashlib.sha256(content).hexdigest()
        link = root / "snapshots" / commit / name
        for path in (blob, link, root / "refs" / "main"):
            path.parent.mkdir(parents=True, exist_ok=True)
        blob.write_bytes(content)
        link.symlink_to(os.path.relpath(blob, link.parent))
    (root / "refs" / "main").write_text(commit)
