"""What goes wrong while a session runs. Each takes the session and does it to one of its sides.

Where a process is killed and started again, how many seconds that took is returned: on a busy machine
it is more than was asked for.
"""

import time


def rebind_nat(session, house):
    """The NAT forgets its mappings and gives others."""
    house.rebind()


def change_public_address(session, house):
    """The provider gives the house another address."""
    house.change_public_address(77)


def black_out(session, house, seconds):
    """The line of the house is cut for a while."""
    house.set_line(False)
    time.sleep(seconds)
    house.set_line(True)


def block_udp(session, house):
    """A firewall stops all UDP from one moment to the next."""
    house.set_udp(False)


def separate_houses(session):
    """The houses no longer reach each other, only the server."""
    session.world.separate_houses()


def crash_rendezvous(session, seconds):
    """The rendezvous server and its relay die, and are started again after a while."""
    start = time.monotonic()
    session.rendezvous_process.kill()
    time.sleep(seconds)
    session.start_rendezvous()
    return time.monotonic() - start


def crash_serving_node(session):
    """The serving node dies of SIGKILL and is started again at once."""
    session.serving_process.kill()
    session.start_serving()
