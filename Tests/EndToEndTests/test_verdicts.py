"""What failed is counted and named, whichever judge says so and however it ends."""

import os
import sys

import pytest

from node import ROOT

sys.path.insert(0, os.path.join(ROOT, "Tests/Tools"))

import verdicts

pytestmark = pytest.mark.tools

TESTS = """\
◇ Test run started.
◇ Test "a" started.
◇ Test "b of many" started.
◇ Test c() started.
➜ Test "d" skipped.
✔ Test "a" passed after 0.001 seconds.
✘ Test "b of many" recorded an issue with 1 argument target → x at B.swift:3:9: Expectation failed
✘ Test "b of many" with 3 test cases failed after 0.002 seconds with 1 issue.
"""
SUMMARY = "✘ Test run with 4 tests in 2 suites failed after 0.5 seconds with 1 issue.\n"


def counts(verdict):
    return verdict.passed, verdict.failed, verdict.skipped


def test_a_failed_test_is_named_with_its_place():
    verdict = verdicts.of_swift_test(
        1, TESTS + "✔ Test c() passed after 0.003 seconds.\n" + SUMMARY)

    assert counts(verdict) == (2, 1, 1)
    assert verdict.names == [
        '"b of many" with 1 argument target → x at B.swift:3:9: Expectation failed']


def test_what_ran_during_a_crash_is_named_beside_what_had_failed():
    verdict = verdicts.of_swift_test(1, TESTS + "A/B.swift:7: Fatal error: index out of range\n")

    assert counts(verdict) == (0, 2, 1)
    assert verdict.names[1:] == [
        "A/B.swift:7: Fatal error: index out of range", "under way at the end: c()"]


def test_what_does_not_compile_is_one_failure():
    verdict = verdicts.of_swift_test(1, "[1/2] Compiling\nA.swift:1:2: error: no such type\n")

    assert counts(verdict) == (0, 1, 0)
    assert verdict.names == ["A.swift:1:2: error: no such type"]


def test_all_is_well():
    output = "✔ Test run with 9 tests in 2 suites passed after 0.5 seconds.\n"

    assert counts(verdicts.of_swift_test(0, output)) == (9, 0, 0)
    assert counts(verdicts.of_tool(0, "")) == (1, 0, 0)
    assert counts(verdicts.of_fuzzers(0, "A: Done\n12 passed, 0 failed")) == (12, 0, 0)
    assert counts(verdicts.of_pytest(0, "..\n2 passed, 1 skipped in 3s")) == (2, 0, 1)


def test_failed_tests_of_javascript_are_named():
    output = ("ok 1 - one\nnot ok 2 - two\nok 3 - three # SKIP no ws\n"
              "# pass 1\n# fail 1\n# cancelled 0\n# skipped 1\n")
    verdict = verdicts.of_node_test(1, output)

    assert counts(verdict) == (1, 1, 1)
    assert verdict.names == ["two"]
    assert counts(verdicts.of_node_test(1, "SyntaxError")) == (0, 1, 0)


def test_a_fuzz_target_is_named():
    verdict = verdicts.of_fuzzers(1, "A: Done 7 runs\nB: FAILED: timeout\n1 passed, 1 failed")

    assert counts(verdict) == (1, 1, 0)
    assert verdict.names == ["B: FAILED: timeout"]


def test_failed_and_broken_python_tests_are_named():
    output = "F.E\nFAILED a.py::b - assert 1\nERROR c.py::d - OSError\n1 failed, 1 passed, 1 error"
    verdict = verdicts.of_pytest(1, output)

    assert counts(verdict) == (1, 2, 0)
    assert verdict.names == ["a.py::b - assert 1", "c.py::d - OSError"]


@pytest.mark.parametrize("judge", [
    verdicts.of_tool, verdicts.of_swift_test, verdicts.of_fuzzers, verdicts.of_pytest])
def test_silence_is_no_success(judge):
    verdict = judge(-9, "")

    assert counts(verdict) == (0, 1, 0)
    assert len(verdict.names) == 1
