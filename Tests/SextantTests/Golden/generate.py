"""Writes help.txt from the built tool: python generate.py [path of sextant]."""

import os
import pathlib
import subprocess
import sys

here = pathlib.Path(__file__).parent
tool = sys.argv[1] if len(sys.argv) > 1 else here.parents[2] / ".build" / "release" / "sextant"
text = subprocess.run([tool, "--help"], check=True, capture_output=True, env=os.environ | {"COLUMNS": "80"})
(here / "help.txt").write_bytes(text.stdout)
