"""What a judge's output says: how many passed, failed and were skipped, and which failed."""

import dataclasses
import re

# As Swift Testing speaks of a test at its end.
ENDED = r"Test (?!run )(.+?)(?: with \d+ test cases?)? (passed|failed) after "
ANSI = re.compile(r"\x1b\[[0-9;]*m")
# More names than these help nobody.
NAME_LIMIT = 40
LINE_LIMIT = 300


@dataclasses.dataclass
class Verdict:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    # Of what failed, with the reason where it is known.
    names: list = dataclasses.field(default_factory=list)

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.names += other.names

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def without_colours(line):
    return ANSI.sub("", line)


def is_noise(line):
    """Gold complains about every symbol of the address sanitizer; passed tests are counted."""
    return "Cannot export local symbol" in line or line.lstrip()[:1] in ("✔", "◇")


def of_tool(code, output):
    """A tool that is one judgement as a whole, and names its complaints in lines of their own."""
    if code == 0:
        return Verdict(passed=1)
    return Verdict(failed=1, names=_complaints(output) or [f"exit code {code}"])


def of_swift_test(code, output):
    lines = output.splitlines()
    summary = re.findall(r"(?m)^. +Test run with (\d+) tests?.* (?:passed|failed) after", output)
    total = sum(int(number) for number in summary)
    skipped = len(re.findall(r"(?m)^➜ +Test .* skipped[:.]", output))
    ended = [match for line in lines if (match := re.match(rf"[✔✘] +{ENDED}", line))]
    failed = [match[1] for match in ended if match[2] == "failed"]
    names = [f"{test}{_first_issue(lines, test)}" for test in failed]
    count = len(failed)
    if code != 0 and (not failed or not summary):
        # It did not compile, or it crashed: that is one failure beside what ran.
        count, total = count + 1, total + 1
        names += _crash(lines) or _complaints(output) or [f"exit code {code}"]
    return Verdict(max(total - count - skipped, 0), count, skipped, names[:NAME_LIMIT])


def _first_issue(lines, test):
    """Its arguments, where it stands and what was expected."""
    beginning = re.compile(rf"✘ +Test {re.escape(test)} recorded an issue (.*)")
    match = next(filter(None, map(beginning.match, lines)), None)
    return f" {match[1][:LINE_LIMIT]}" if match else ""


def _crash(lines):
    """The tests that began and did not end, and the last words of the program."""
    words = [line for line in lines if re.search(
        r"Fatal error|Precondition failed|ERROR: \w+Sanitizer|WARNING: ThreadSanitizer"
        r"|SUMMARY: |unexpected signal", line)]
    if not words:
        return []
    begun = {match[1] for line in lines
             if (match := re.match(r"◇ +Test (?!run )(.+) started\.", line))}
    ended = {match[1] for line in lines if (match := re.match(rf"[✔✘] +{ENDED}", line))}
    return [line[:LINE_LIMIT] for line in words[:3]] + sorted(
        f"under way at the end: {name}" for name in begun - ended)


def _complaints(output):
    found = re.findall(r"(?m)^.*\berror: .*$", output)
    return [line.strip()[:LINE_LIMIT] for line in dict.fromkeys(found)][:5]


def of_fuzzers(code, output):
    counts = re.findall(r"(?m)^(\d+) passed, (\d+) failed$", output)
    passed, failed = map(int, counts[-1]) if counts else (0, 0)
    names = re.findall(r"(?m)^(.+: FAILED.*)$", output)
    if code != 0 and failed == 0:
        failed, names = 1, names or _complaints(output) or [f"exit code {code}"]
    return Verdict(passed, failed, names=names[:NAME_LIMIT])


def of_node_test(code, output):
    """`node --test` in the format TAP."""
    def number(word):
        match = re.search(rf"(?m)^# {word} (\d+)$", output)
        return int(match[1]) if match else 0

    failed = number("fail") + number("cancelled")
    names = [name for name in re.findall(r"(?m)^ *not ok \d+ - (.+)$", output)
             if not name.endswith(".mjs")]
    if code != 0 and failed == 0:
        failed, names = 1, names or _complaints(output) or [f"exit code {code}"]
    return Verdict(number("pass"), failed, number("skipped"), names[:NAME_LIMIT])


def of_pytest(code, output):
    tail = output.strip().splitlines()[-1] if output.strip() else ""

    def number(word):
        match = re.search(rf"(\d+) {word}", tail)
        return int(match[1]) if match else 0

    failed = number("failed") + number("error")
    names = [line[:LINE_LIMIT] for line in re.findall(r"(?m)^(?:FAILED|ERROR) (.+)$", output)]
    # 5: no test was collected.
    if code not in (0, 5) and failed == 0:
        failed, names = 1, names or _complaints(output) or [f"exit code {code}: {tail}"]
    return Verdict(number("passed"), failed, number("skipped"), names[:NAME_LIMIT])
