"""A short seed of `make bench`: it measures, and says so in a form that a machine can read. How fast is no matter here."""

import json
import subprocess
import sys
from pathlib import Path

from multivio.embedded.home import CHECKOUT


def test_it_measures_and_prints_a_line_for_each_figure(tmp_path: Path) -> None:
    out = tmp_path / "bench.jsonl"
    command = [sys.executable, "-m", "proof.bench", "--quick", "--only", "claims,lag", "--out", str(out)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr[-3000:]
    figures = [json.loads(line) for line in out.read_text().splitlines()]
    assert {"name", "value", "unit", "goal", "reached"} <= set.intersection(*(set(figure) for figure in figures))
    names = " ".join(figure["name"] for figure in figures)
    for words in ("claims a second", "at one instant", "over 4 s", "publications a second"):
        assert words in names
    assert all(figure["value"] > 0 for figure in figures)
    assert all((figure["reached"] is None) == (figure["goal"] is None) for figure in figures)
