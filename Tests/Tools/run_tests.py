#!/usr/bin/env python3
"""Runs every judge of the project in turn and sums up what they say.

The last line is `N passed, N failed, N skipped`; the exit code is 1 when something failed. Names
of steps as arguments run just these.
"""

import os
import re
import signal
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TESTED_WITH_SANITIZERS = "^(SRMUDPTests|SimulationTests)\\."
SUPPRESSIONS = os.path.join(ROOT, "Tests/Tools/thread-sanitizer.suppressions")
ANSI = re.compile(r"\x1b\[[0-9;]*m")


class Count:
    def __init__(self, passed=0, failed=0, skipped=0):
        self.passed, self.failed, self.skipped = passed, failed, skipped

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def run(command, environment=None, timeout=2400):
    """Runs a command with its output shown as it comes; returns (exit code, output)."""
    print(f"$ {' '.join(command)}", flush=True)
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace", start_new_session=True,
        env={**os.environ, "SWIFT_BACKTRACE": "enable=no", **(environment or {})})

    def end():
        print(f"stopped after {timeout} s", flush=True)
        # The command has a session of its own, so that its children end with it.
        os.killpg(process.pid, signal.SIGKILL)

    timer = threading.Timer(timeout, end)
    timer.start()
    lines = []
    try:
        for line in process.stdout:
            line = ANSI.sub("", line)
            lines.append(line)
            # Gold complains about every symbol of the address sanitizer; passed tests are counted.
            if "Cannot export local symbol" in line or re.match(r"^[✔◇]", line.strip()):
                continue
            sys.stdout.write(line)
            sys.stdout.flush()
        return process.wait(), "".join(lines)
    except KeyboardInterrupt:
        os.killpg(process.pid, signal.SIGINT)
        raise
    finally:
        timer.cancel()


def one(code):
    return Count(passed=1) if code == 0 else Count(failed=1)


def swift_test(*words, environment=None):
    code, output = run(["swift", "test", *words], environment)
    summary = re.findall(r"Test run with (\d+) tests?.* (?:passed|failed) after", output)
    total = sum(int(number) for number in summary)
    skipped = len(re.findall(r"(?m)^➜ +Test .* skipped[:.]", output))
    failed = len(re.findall(r"(?m)^✘ +Test (?!run ).* failed after [\d.]+ seconds", output))
    if code != 0 and failed == 0:
        # It did not compile, or it crashed: that is one failure beside what ran.
        failed, total = 1, total + 1
    return Count(max(total - failed - skipped, 0), failed, skipped)


def lint():
    return one(run(["swift", "format", "lint", "--strict", "--recursive", "Sources", "Tests",
                    "Package.swift"])[0])


def build():
    return one(run(["swift", "build", "--build-tests"])[0])


def unit():
    return swift_test("--skip", "^SimulationTests\\.")


def simulation():
    # Thousands of schedules: optimised code does in one minute what debug code does in ten.
    return swift_test(
        "-c", "release", "--scratch-path", ".build-simulation", "--filter", "^SimulationTests\\.",
        environment={"P2PFWD_CORE_ONLY": "1"})


def sanitized(kind):
    return swift_test(
        "--sanitize", kind, "--scratch-path", f".build-{kind}", "--filter", TESTED_WITH_SANITIZERS,
        environment={"P2PFWD_CORE_ONLY": "1", "P2PFWD_SCHEDULES": "100",
                     "ASAN_OPTIONS": "detect_leaks=0",
                     "TSAN_OPTIONS": f"suppressions={SUPPRESSIONS}"})


def fuzz():
    if not os.path.exists(os.path.join(ROOT, "Tests/Fuzz/run")):
        print("there are no fuzz targets")
        return Count(skipped=1)
    code, output = run(["Tests/Fuzz/run", os.environ.get("FUZZ_SECONDS", "20")])
    match = re.findall(r"(\d+) passed, (\d+) failed", output)
    count = Count(int(match[-1][0]), int(match[-1][1])) if match else Count()
    if code != 0 and count.failed == 0:
        count.failed = 1
    return count


def python_tests(folder, products=("p2pfwd", "impairer", "load")):
    """Runs the pytest tests of a folder on the optimised programs."""
    for product in products:
        if run(["swift", "build", "-c", "release", "--product", product])[0] != 0:
            return Count(failed=1)
    virtual = os.path.join(ROOT, ".venv/bin/python")
    python = virtual if os.path.exists(virtual) else sys.executable
    if subprocess.run([python, "-c", "import pytest"], capture_output=True).returncode != 0:
        print("pytest is missing")
        return Count(skipped=1)
    code, output = run([python, "-m", "pytest", "-q", "-rs", "--color=no", folder])
    tail = output.strip().splitlines()[-1] if output.strip() else ""

    def number(word):
        match = re.search(rf"(\d+) {word}", tail)
        return int(match.group(1)) if match else 0

    count = Count(number("passed"), number("failed") + number("error"), number("skipped"))
    if code not in (0, 5) and count.failed == 0:
        count.failed = 1
    return count


STEPS = {
    "lint": lint,
    "build": build,
    "unit": unit,
    "simulation": simulation,
    "address-sanitizer": lambda: sanitized("address"),
    "thread-sanitizer": lambda: sanitized("thread"),
    "fuzz": fuzz,
    "end-to-end": lambda: python_tests(
        "Tests/EndToEndTests", ("p2pfwd", "impairer", "load", "web-echo")),
    "lab": lambda: python_tests("Tests/Lab", ("p2pfwd", "impairer", "load", "mapper")),
}


def main():
    chosen = sys.argv[1:] or list(STEPS)
    unknown = [name for name in chosen if name not in STEPS]
    if unknown:
        print(f"unknown step {unknown[0]}; there are: {', '.join(STEPS)}", file=sys.stderr)
        return 2
    total, table = Count(), []
    for name in chosen:
        print(f"\n=== {name} ===", flush=True)
        start = time.monotonic()
        count = STEPS[name]()
        table.append(f"{name:>18}  {time.monotonic() - start:5.0f} s  {count}")
        total.add(count)
    print()
    print("\n".join(table))
    print(total)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
