"""Puts a script into the pinned Python environment that environment.sh makes."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def enter():
    """Starts the running script again inside the environment, unless it already runs there."""
    result = subprocess.run([HERE / "environment.sh"], stdout=subprocess.PIPE, text=True, check=True)
    python = Path(result.stdout.strip())
    if Path(sys.prefix).resolve() != python.parent.parent.resolve():
        os.execv(python, [str(python), *sys.argv])
