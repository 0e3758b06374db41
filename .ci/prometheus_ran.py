"""Fails if the tests with a real Prometheus did not run although this machine can have one: prometheus_ran.py JUNIT."""

import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path


def offered() -> bool:
    """True if PATH or apt has a prometheus."""
    if shutil.which("prometheus") or Path(".tools/prometheus-bin/prometheus").exists():
        return True
    if not shutil.which("apt-cache"):
        return False
    policy = subprocess.run(["apt-cache", "policy", "prometheus"], capture_output=True, text=True, check=False).stdout
    return "Candidate:" in policy and "Candidate: (none)" not in policy


def prometheus_cases(report: Path) -> list[ET.Element]:
    """The test cases that carry the marker; ``tests/conftest.py`` writes it down as a property."""
    cases = ET.parse(report).iter("testcase")
    return [case for case in cases if case.find("properties/property[@name='needs'][@value='prometheus']") is not None]


def main() -> int:
    cases = prometheus_cases(Path(sys.argv[1]))
    skipped = [case for case in cases if case.find("skipped") is not None]
    print(f"tests with a real Prometheus: {len(cases) - len(skipped)} ran, {len(skipped)} skipped")
    if offered() and (skipped or not cases):
        for case in skipped:
            print(f"  skipped: {case.get('classname')}.{case.get('name')}")
        print("a prometheus can be had here, so these must run")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
