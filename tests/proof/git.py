"""Which code runs: its commit, and whether anything was changed since."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("ledger", "txserver", "terminal", "bench", "pyproject.toml", "requirements.lock")
"""What is proved; everything else is how."""
WRITTEN = {"docs/proof-report.md", "docs/campaigns.json"}
"""What proofs write themselves: no change of the code."""


def git(*arguments: str, root: Path = ROOT) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
    return done.stdout.rstrip()


def commit(root: Path = ROOT) -> str:
    """Forty hexadecimal digits; empty where there is no repository."""
    return git("rev-parse", "HEAD", root=root)


def changed(root: Path = ROOT) -> list[str]:
    """Files that differ from the commit or are not in it, but for what proofs write."""
    lines = git("status", "--porcelain", "--untracked-files=all", root=root).splitlines()
    return [line[3:] for line in lines if line[3:] not in WRITTEN]


def changed_since(before: str, root: Path = ROOT) -> list[str] | None:
    """Files of the proofs that differ between a commit and this one; None where the product differs, or nobody can say.

    `before`: forty hexadecimal digits.
    """
    known = subprocess.run(["git", "cat-file", "-e", before], cwd=root, capture_output=True, check=False)
    if not before or known.returncode:
        return None
    files = git("diff", "--name-only", before, "HEAD", root=root).splitlines()
    if any(file.partition("/")[0] in PRODUCT for file in files):
        return None
    return [file for file in files if file.startswith("tests/")]
