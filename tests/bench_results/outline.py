"""The outline of a JSON document: its keys, and for each value its type, or the unit and statistics of a metric.

    python -m tests.bench_results.outline TOOL FILE...  > tests/bench_results/peer_outlines/NAME.json

makes one outline from files that a real tool wrote, so that ours can be held against it. It holds no figures.
"""

import json
import sys
from pathlib import Path

Outline = dict[str, object]
FOLDER = Path(__file__).parent / "peer_outlines"


def of(value: object) -> object:
    """Numbers are all ``number``; a list is the outline of its members, merged."""
    if isinstance(value, dict):
        return _metric(value) if "unit" in value else {key: of(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [merged([of(inner) for inner in value])] if value else []
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, int | float) else type(value).__name__


def _metric(value: Outline) -> Outline:
    return {"unit": value["unit"], **{key: of(inner) for key, inner in value.items() if key != "unit"}}


def merged(outlines: list[object]) -> object:
    """Keys of all, also inside lists; where they differ otherwise, the first."""
    if all(isinstance(outline, list) for outline in outlines):
        members = [member for outline in outlines if isinstance(outline, list) for member in outline]
        return [merged(members)] if members else []
    if not all(isinstance(outline, dict) for outline in outlines):
        return outlines[0]
    whole: Outline = {}
    for outline in outlines:
        assert isinstance(outline, dict)
        for key, inner in outline.items():
            whole[key] = merged([whole[key], inner]) if key in whole else inner
    return whole


def strange(ours: object, theirs: object, path: str = "") -> list[str]:
    """Every path of ours that theirs has not, or has as something else."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return [line for key, inner in ours.items() for line in strange(inner, theirs.get(key), f"{path}.{key}")]
    if isinstance(ours, list) and isinstance(theirs, list):
        return strange(ours[0], theirs[0], f"{path}[]") if ours and theirs else []
    return [] if ours == theirs else [f"{path}: ours is {ours}, theirs is {theirs}"]


def read(name: str) -> Outline:
    """One that is kept, without the name of its tool."""
    kept: Outline = json.loads((FOLDER / f"{name}.json").read_text())["outline"]
    return kept


if __name__ == "__main__":
    found = merged([of(json.loads(Path(name).read_text())) for name in sys.argv[2:]])
    assert isinstance(found, dict)
    lines = [f"  {json.dumps(key)}: {json.dumps(inner)}" for key, inner in found.items()]
    print(f'{{"tool": {json.dumps(sys.argv[1])}, "outline": {{', ",\n".join(lines), "}}", sep="\n")
