"""Fixtures: homes with short paths, since those of sockets have 107 bytes."""

from __future__ import annotations

import tempfile
from typing import Iterator

import pytest


@pytest.fixture
def home() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="p2pfwd-") as path:
        yield path
