"""The units under a real systemd: started, reloaded, watched, handed over, stopped."""

import os
import signal
import socket
import time

import pytest

from node import find_program, free_port
from systemd_manager import Manager, Unavailable

UNIT = "p2pfwd.service"
PROGRAM = "/usr/local/bin/p2pfwd"


@pytest.fixture(scope="module")
def manager():
    try:
        manager = Manager(find_program("p2pfwd"))
    except Unavailable as error:
        pytest.skip(str(error))
    yield manager
    manager.close()


class Service:
    """The unit as `p2pfwd service install` makes it, in one of the two scopes."""

    def __init__(self, manager, scope):
        self.manager = manager
        self.scope = f"--{scope}"
        self.address = f"127.0.0.1:{free_port(socket.SOCK_DGRAM)}"
        self.output = manager.check(PROGRAM, "service", "install", self.scope, "--", "--listen",
                                    self.address, "--permit", "localhost:80")

    def control(self, *words):
        return self.manager.check("systemctl", self.scope, *words)

    def show(self, name):
        return self.control("show", "--value", "-p", name, UNIT).strip()

    def wait_for(self, seconds=60, **properties):
        """Waits until the unit has all these properties."""
        deadline = time.monotonic() + seconds
        while (seen := {name: self.show(name) for name in properties}) != properties:
            assert time.monotonic() < deadline, (seen, self.manager.log()[-2000:])
            time.sleep(0.1)

    def kill(self, number):
        self.manager.check("kill", f"-{int(number)}", self.show("MainPID"))

    def is_successor(self):
        """Whether the main process is a program that went on with another one's state."""
        path = f"/proc/{self.show('MainPID')}/environ"
        return "P2PFWD_HANDOVER=" in self.manager.check("cat", path)


@pytest.fixture(params=["user", "system"])
def service(manager, request):
    service = Service(manager, request.param)
    yield service
    manager.check(PROGRAM, "service", "uninstall", service.scope)


def test_a_unit_lives_from_its_installation_to_its_removal(service):
    assert f"did: systemctl {'--user ' if service.scope == '--user' else ''}restart" \
        in service.output
    service.wait_for(ActiveState="active", StatusText="serving; no peer is connected", NRestarts="0")
    process = service.show("MainPID")

    # The reload is over when systemctl returns, and nothing else has changed.
    service.control("reload", UNIT)
    service.wait_for(ActiveState="active", SubState="running", MainPID=process,
                     StatusText="serving; no peer is connected")

    # Another program takes over in the same process, which stays the unit's main one.
    assert not service.is_successor()
    service.kill(signal.SIGUSR2)
    deadline = time.monotonic() + 30
    while not service.is_successor():
        assert time.monotonic() < deadline, service.manager.log()[-2000:]
        time.sleep(0.1)
    service.control("reload", UNIT)
    service.wait_for(ActiveState="active", SubState="running", MainPID=process, NRestarts="0",
                     StatusText="serving; no peer is connected")

    service.control("stop", UNIT)
    service.wait_for(ActiveState="inactive", Result="success")
    assert service.show("ExecMainStatus") == "0"


def test_one_that_hangs_is_started_anew(service):
    service.wait_for(ActiveState="active")
    folder = os.path.dirname(service.show("FragmentPath"))
    override = f"{folder}/{UNIT}.d"
    service.manager.check(
        "bash", "-c", f"mkdir -p {override} && "
        f"printf '[Service]\\nWatchdogSec=2\\nLimitCORE=0\\n' > {override}/short.conf")
    try:
        service.control("daemon-reload")
        service.control("restart", UNIT)
        service.wait_for(ActiveState="active", WatchdogUSec="2s")
        process = service.show("MainPID")

        service.kill(signal.SIGSTOP)

        service.wait_for(NRestarts="1", ActiveState="active")
        assert service.show("MainPID") != process
    finally:
        service.manager.check("rm", "-r", override)


def test_a_mistake_on_the_command_line_is_not_tried_again(service):
    service.wait_for(ActiveState="active")
    path = service.show("FragmentPath")
    service.manager.check("sed", "-i", "s/serve --listen [^ ]*/serve --listen nowhere/", path)
    service.control("daemon-reload")
    service.manager.run("systemctl", service.scope, "restart", UNIT)
    service.wait_for(ActiveState="failed", ExecMainStatus="2", NRestarts="0")
