"""Real nodes, where the program is built."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import tempfile
import threading
import time
from typing import List, Optional

import p2pfwd

START_SECONDS = 20


def find_program() -> Optional[str]:
    """The program in $P2PFWD_BIN_DIR; None without one."""
    folder = os.environ.get("P2PFWD_BIN_DIR")
    if folder is None:
        return None
    path = os.path.join(folder, "p2pfwd")
    return path if os.access(path, os.X_OK) else None


def offers_control(program: str) -> bool:
    """Whether the program is one whose nodes can be driven."""
    text = subprocess.run([program, "--help"], capture_output=True, text=True, timeout=20).stdout
    return re.search(r"^  stop ", text, re.MULTILINE) is not None


class RealNode:
    """A home, and the node that serves it."""

    def __init__(self, program: str, *permits: str) -> None:
        self._program = program
        self._folder = tempfile.TemporaryDirectory(prefix="p2pfwd-")
        self.home = os.path.join(self._folder.name, "home")
        self._permits = permits
        self._process: Optional[subprocess.Popen[bytes]] = None
        self._log = open(os.path.join(self._folder.name, "log"), "w+b")

    def check(self, *words: str, text: str = "") -> str:
        """Runs a command that must succeed; returns what it prints."""
        done = subprocess.run(
            [self._program, "--home", self.home, *words], input=text, capture_output=True,
            text=True, timeout=30)
        assert done.returncode == 0, f"{words}: {done.stderr}"
        return done.stdout

    def start(self) -> None:
        words: List[str] = []
        for permit in self._permits:
            words += ["--permit", permit]
        self._process = subprocess.Popen(
            [self._program, "--home", self.home, "serve", "--listen", "127.0.0.1:0", *words],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self._process.poll() is None and time.monotonic() < end, self.log()
            time.sleep(0.02)

    def _answers(self) -> bool:
        """Whether the node has started in whole."""
        try:
            with p2pfwd.Node(self.home, timeout=START_SECONDS) as node:
                node.info()
                return True
        except p2pfwd.NodeNotRunning:
            return False

    def log(self) -> str:
        self._log.seek(0)
        return self._log.read().decode(errors="replace")

    def wait(self) -> int:
        """Waits for the end of the process; returns its exit code."""
        assert self._process
        return self._process.wait(START_SECONDS)

    def remove(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()
        self._folder.cleanup()


class EchoServer:
    """Answers each connection with what it says, in capitals."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    @staticmethod
    def _serve(connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(65_536):
                    connection.sendall(data.upper())
            except OSError:
                pass
