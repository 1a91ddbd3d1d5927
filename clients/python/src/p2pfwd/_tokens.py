"""Tokens of the web endpoint: given, or made by the node."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from typing import Any, Mapping, Optional
from urllib.parse import urlsplit, urlunsplit

from p2pfwd._errors import Error


class TokenRefused(Error):
    """The node accepts no such token, or makes none for this program."""


class TokenSource:
    """Where the token for a link comes from. Blocks; may be used from several threads."""

    def __init__(
        self, url: str, permissions: Mapping[str, Any], token: Optional[str], timeout: float
    ) -> None:
        """`url`: any of the server; `permissions`: of a token that is made."""
        parts = urlsplit(url)
        scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
        self._url = urlunsplit((scheme, parts.netloc, "/v0/token", "", ""))
        self._permissions = permissions
        self._is_given = token is not None
        self._token = token
        self._timeout = timeout
        self._lock = threading.Lock()

    def get(self) -> str:
        with self._lock:
            if self._token is None:
                self._token = self._make()
            return self._token

    def forget(self) -> bool:
        """The token is not accepted; returns whether another one can be had."""
        with self._lock:
            if not self._is_given:
                self._token = None
            return not self._is_given

    def _make(self) -> str:
        body = json.dumps(self._permissions).encode()
        request = urllib.request.Request(
            self._url, body, {"Content-Type": "application/json"}, method="PUT")
        try:
            answer = self._answer(request)
        except urllib.error.HTTPError as error:
            if error.code != 405:
                raise TokenRefused(_reason(error)) from None
            # Older servers make tokens by GET alone.
            try:
                answer = self._answer(urllib.request.Request(self._url))
            except urllib.error.HTTPError as refusal:
                raise TokenRefused(_reason(refusal)) from None
        token = answer.get("token") if isinstance(answer, dict) else None
        if not isinstance(token, str):
            raise Error("the node's answer has no token")
        return token

    def _answer(self, request: urllib.request.Request) -> Any:
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as response:
                return json.load(response)
        except urllib.error.HTTPError:
            raise
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise Error(f"no token from {urlsplit(self._url).netloc}: {reason}") from None


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        answer = json.load(error)
        if isinstance(answer, dict) and isinstance(answer.get("detail"), str):
            return str(answer["detail"])
    except (OSError, ValueError):
        pass
    return f"the node answered {error.code}"
