"""Puts a script into a pinned Python environment that environment.sh makes."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def enter(name=None):
    """Starts the running script again inside the environment, unless it already runs there."""
    result = subprocess.run([HERE / "environment.sh"] + ([name] if name else []), stdout=subprocess.PIPE, text=True, check=True)
    python = Path(result.stdout.strip())
    if Path(sys.prefix).resolve() != python.parent.parent.resolve():
        os.execv(python, [str(python), *sys.argv])
