#!/usr/bin/env python3
"""Runs every judge of the project and sums up what they say.

Steps that only compute run two at a time; those that look at the clock follow on a quiet machine.
What a step prints is shown when it ends, or at once where it is the only one. At the end stand the
names of all that failed, a table of the steps, and `N passed, N failed, N skipped`; the exit code
is 1 when something failed. Names of steps as arguments run just these.
"""

import dataclasses
import glob
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import verdicts
from verdicts import Verdict

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LANES = 2
STEP_SECONDS = 2400
SUPPRESSIONS = os.path.join(ROOT, "Tests/Tools/thread-sanitizer.suppressions")
# Unit tests above the core are built as they are: to optimise them takes longer than to run them.
PLAIN = ["--scratch-path", ".build-test"]
PLAIN_PART = {"P2PFWD_PART": "upper"}
# What is optimised: the simulation, and the programs that other tests run.
SCRATCH = ".build-optimised"
PROGRAMS = os.path.join(ROOT, SCRATCH, "release")
OPTIMISED = ["-c", "release", "--scratch-path", SCRATCH]
OPTIMISED_PART = {"P2PFWD_PART": "simulation"}
# Threads are the resolver's, and what is posted from them to an event loop.
THREADED = (r"^SRMUDPTests\.(EndpointDriver|EventLoop|MulticastSocket|ProbeServer|Resolver"
            r"|UDPSocket)Tests")


class Stopped(Exception):
    """The whole run is to end."""


class Runner:
    """Runs the commands of one step; what they print goes to the terminal or into memory."""

    running = set()
    ending = threading.Event()

    def __init__(self, is_live):
        self._is_live = is_live
        self.lines = []

    def say(self, line):
        self.lines.append(line)
        if self._is_live:
            print(line, flush=True)

    def run(self, command, environment=None):
        """Returns (exit code, output)."""
        if Runner.ending.is_set():
            raise Stopped
        self.say(f"$ {' '.join(command)}")
        # A session of its own, so that the command's children end with it.
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace", start_new_session=True,
            env={**os.environ, "SWIFT_BACKTRACE": "enable=no", **(environment or {})})
        Runner.running.add(process)

        def stop():
            self.say(f"stopped after {STEP_SECONDS} s")
            kill(process)

        timer = threading.Timer(STEP_SECONDS, stop)
        timer.start()
        output = []
        try:
            for line in process.stdout:
                line = verdicts.without_colours(line.rstrip("\n"))
                output.append(line)
                if not verdicts.is_noise(line):
                    self.say(line)
            return process.wait(), "\n".join(output)
        finally:
            timer.cancel()
            Runner.running.discard(process)

    @classmethod
    def end_all(cls):
        cls.ending.set()
        for process in list(cls.running):
            kill(process)


def kill(process):
    """Ends a command with its children."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def swift_test(runner, *words, environment=None):
    return verdicts.of_swift_test(*runner.run(["swift", "test", *words], environment))


def lint(runner):
    return verdicts.of_tool(*runner.run(
        ["swift", "format", "lint", "--strict", "--recursive", "Sources", "Tests",
         "Package.swift"]))


def build(runner):
    return verdicts.of_tool(*runner.run(
        ["swift", "build", *OPTIMISED, "--build-tests"], OPTIMISED_PART))


def unit(runner):
    return swift_test(runner, *PLAIN, environment=PLAIN_PART)


def simulation(runner):
    # Thousands of schedules: optimised code does in one minute what debug code does in ten.
    verdict = build(runner)
    if verdict.failed:
        return verdict
    # By itself `swift test` would build once more, with its flags in another order.
    return swift_test(runner, "--skip-build", *OPTIMISED, environment=OPTIMISED_PART)


def address_sanitizer(runner):
    # Optimised: what is tested takes many times as long otherwise.
    return sanitized(runner, "address", "core", "-c", "release")


def thread_sanitizer(runner):
    return sanitized(runner, "thread", "units", "--filter", THREADED)


def sanitized(runner, kind, part, *words):
    return swift_test(
        runner, *words, "--sanitize", kind, "--scratch-path", f".build-{kind}",
        environment={"P2PFWD_PART": part, "P2PFWD_SCHEDULES": "100",
                     "ASAN_OPTIONS": "detect_leaks=0",
                     "TSAN_OPTIONS": f"suppressions={SUPPRESSIONS}"})


def fuzz(runner):
    seconds = os.environ.get("FUZZ_SECONDS", "8")
    return verdicts.of_fuzzers(*runner.run(
        ["Tests/Fuzz/run", seconds], {
            "FUZZ_JOBS": "1", "FUZZ_EXPOSED_SECONDS": str(max(20, int(seconds)))}))


def end_to_end(runner):
    return shared_tests(runner, "Tests/EndToEndTests")


def python_client(runner):
    """The client's tests and, where mypy is there, its types."""
    folder = "clients/python"
    verdict = python_tests(runner, folder)
    python = python_for_tests()
    if subprocess.run([python, "-c", "import mypy"], capture_output=True).returncode != 0:
        runner.say("mypy is missing")
        verdict.add(Verdict(skipped=1))
        return verdict
    verdict.add(verdicts.of_tool(*runner.run(
        [python, "-m", "mypy", "--config-file", f"{folder}/pyproject.toml"])))
    return verdict


def javascript_client(runner):
    """The client's tests and, where TypeScript is there, its types."""
    folder = "clients/javascript"
    if not shutil.which("node"):
        runner.say("node is missing")
        return Verdict(skipped=1)
    files = sorted(glob.glob(f"{folder}/tests/*.test.mjs", root_dir=ROOT))
    verdict = verdicts.of_node_test(*runner.run(
        ["node", "--test", "--test-reporter", "tap", *files],
        {"NODE_PATH": "/usr/share/nodejs"}))
    if not shutil.which("tsc"):
        runner.say("tsc is missing")
        verdict.add(Verdict(skipped=1))
        return verdict
    verdict.add(verdicts.of_tool(*runner.run(["tsc", "-p", folder])))
    return verdict


def lab(runner):
    return shared_tests(runner, "Tests/Lab")


def shared_tests(runner, folder):
    """Most of it is waiting, so three workers share it; what fills the machine comes afterwards."""
    return python_tests(
        runner, folder, ["-m", "not alone", "-n", "3", "--dist", "worksteal"], ["-m", "alone"])


def python_tests(runner, folder, *selections):
    """Runs a folder's tests on the optimised programs: all, or one selection after the other."""
    code, output = runner.run(["swift", "build", *OPTIMISED], OPTIMISED_PART)
    if code != 0:
        return verdicts.of_tool(code, output)
    python = python_for_tests()
    if subprocess.run([python, "-c", "import pytest, xdist"], capture_output=True).returncode != 0:
        runner.say("pytest and pytest-xdist are missing")
        return Verdict(skipped=1)
    verdict = Verdict()
    for words in selections or [[]]:
        verdict.add(verdicts.of_pytest(*runner.run(
            [python, "-m", "pytest", "-q", "-rsfE", "--color=no", "--durations=10", folder, *words],
            {"P2PFWD_BIN_DIR": PROGRAMS})))
    return verdict


def python_for_tests():
    virtual = os.path.join(ROOT, ".venv/bin/python")
    return virtual if os.path.exists(virtual) else sys.executable


@dataclasses.dataclass
class Step:
    name: str
    work: Callable[[Runner], Verdict]
    # What must have ended before.
    after: tuple = ()
    verdict: Verdict = None
    seconds: float = 0

    def run(self, is_live):
        # In one piece, because the other lane may print at the same time.
        sys.stdout.write(f"\n=== {self.name} ===\n" if is_live else f"{self.name} begins\n")
        sys.stdout.flush()
        runner, start = Runner(is_live), time.monotonic()
        try:
            self.verdict = self.work(runner)
        except Exception as error:
            # A step that breaks is one that failed; the others go on.
            self.verdict = Verdict(failed=1, names=[repr(error)])
        self.seconds = time.monotonic() - start
        if not is_live:
            print("\n".join([f"\n=== {self.name} ===", *runner.lines, ""]), flush=True)

    @property
    def row(self):
        return f"{self.name:>18}  {self.seconds:5.0f} s  {self.verdict}"


COMPUTING = [
    Step("lint", lint),
    Step("build", build),
    Step("address-sanitizer", address_sanitizer),
    Step("unit", unit),
    Step("simulation", simulation, after=("build",)),
    Step("fuzz", fuzz),
    Step("thread-sanitizer", thread_sanitizer),
]
TIMED = [
    Step("end-to-end", end_to_end), Step("python-client", python_client),
    Step("javascript-client", javascript_client), Step("lab", lab),
]


def run_in_lanes(steps):
    """Runs steps as soon as those before them have ended, so many at a time as there are lanes."""
    waiting, active, condition = list(steps), set(), threading.Condition()

    def next_step():
        unfinished = {step.name for step in waiting} | active
        return next((step for step in waiting if not unfinished.intersection(step.after)), None)

    def lane():
        while True:
            with condition:
                while (step := next_step()) is None and waiting:
                    condition.wait()
                if step is None:
                    return
                waiting.remove(step)
                active.add(step.name)
            step.run(is_live=len(steps) == 1)
            with condition:
                active.remove(step.name)
                condition.notify_all()

    lanes = [threading.Thread(target=lane) for _ in range(min(LANES, len(steps)))]
    for thread in lanes:
        thread.start()
    for thread in lanes:
        thread.join()


def main():
    known = [step.name for step in COMPUTING + TIMED]
    chosen = sys.argv[1:] or known
    unknown = [name for name in chosen if name not in known]
    if unknown:
        print(f"unknown step {unknown[0]}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    # A shell that starts this in the background has interrupts ignored, also by all that is started
    # here; tests send some.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    start = time.monotonic()
    try:
        run_in_lanes([step for step in COMPUTING if step.name in chosen])
        for step in TIMED:
            if step.name in chosen:
                step.run(is_live=True)
    except KeyboardInterrupt:
        Runner.end_all()
        return 130
    return conclude([step for step in COMPUTING + TIMED if step.verdict],
                    time.monotonic() - start)


def conclude(steps, seconds):
    total = Verdict()
    for step in steps:
        total.add(step.verdict)
    print()
    for step in steps:
        for name in step.verdict.names:
            print(f"FAILED {step.name}: {name}")
    print("\n".join(step.row for step in steps))
    print(f"{'in all':>18}  {seconds:5.0f} s")
    print(total)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
