"""Cold processes: what an import costs, and what the first decision does, in processor time.

Every module is compiled beforehand, as pip leaves a package that it has installed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from statistics import median

import pyperf

FIRST_DECISION = """
from datetime import date
from residency import Account, Guard, Router, load_policy
guard = Guard(Router(load_policy("xmedius")))
acme = Account("acme", "Germany", "XMedius Europe SAS", setup_date=date(2021, 3, 1))
guard.enforce(acme, "xm-fax", to="aws:eu-west-1")
"""
YARDSTICK = "import attrs, cachetools"
PROGRAMS = {
    "nothing": "pass",
    "import residency": "import residency",
    "every public name": "from residency import *",
    "first decision": FIRST_DECISION,
}


_COMPILED = tempfile.TemporaryDirectory()
_ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
    "PYTHONPYCACHEPREFIX": _COMPILED.name,
}


def cold(program: str) -> float:
    """Return the processor time, in seconds, of a process that runs a program."""
    process = subprocess.Popen([sys.executable, "-c", program], env=_ENVIRONMENT)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the program failed: {program}")
    return usage.ru_utime + usage.ru_stime


def quotient(program: str, turns: int = 7) -> float:
    """Return the median cost of a program, in yardsticks timed in alternation with it."""
    cold(program)
    cold(YARDSTICK)
    return median(cold(program) / cold(YARDSTICK) for _ in range(turns))


if __name__ == "__main__":
    runner = pyperf.Runner()
    runner.bench_time_func("yardstick, in seconds", lambda loops: cold(YARDSTICK) * loops)
    for name, program in PROGRAMS.items():
        runner.bench_time_func(name, lambda loops, text=program: quotient(text) * loops)
