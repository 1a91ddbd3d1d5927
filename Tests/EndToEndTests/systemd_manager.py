"""A systemd of our own: PID 1 of a namespace, with units, state and cgroups that nobody else sees."""

import os
import shutil
import signal
import subprocess
import tempfile
import time

SYSTEMD = "/lib/systemd/systemd"
TOOLS = ("unshare", "nsenter", "systemctl", "mount")

# What basic.target needs of the machine is not ours to start.
SETUP = r"""
set -e
mount --make-rprivate /
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /etc/systemd/system
mount -t tmpfs tmpfs /var/lib
mount -t tmpfs tmpfs /usr/local/bin
cp "$PROGRAM" /usr/local/bin/p2pfwd
chmod 755 /usr/local/bin/p2pfwd
mount -t tmpfs tmpfs /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p /run/user/0
chmod 700 /run/user/0
cp /etc/passwd /run/passwd
echo 'p2pfwd:x:64001:64001::/var/lib/p2pfwd:/usr/sbin/nologin' >> /run/passwd
mount --bind /run/passwd /etc/passwd
cp /etc/group /run/group
echo 'p2pfwd:x:64001:' >> /run/group
mount --bind /run/group /etc/group
cd /etc/systemd/system
for target in sysinit basic multi-user default network-online shutdown; do
    printf '[Unit]\nDefaultDependencies=no\n' > $target.target
done
cat > user-manager.service <<END
[Service]
Type=notify
Delegate=yes
Environment=HOME=$FOLDER XDG_RUNTIME_DIR=/run/user/0 SYSTEMD_UNIT_PATH=$FOLDER/.config/systemd/user
ExecStart=$SYSTEMD --user --unit=basic.target
END
mkdir -p "$FOLDER/.config/systemd/user"
for target in basic default shutdown; do
    cp $target.target "$FOLDER/.config/systemd/user"
done
export container=p2pfwd SYSTEMD_UNIT_PATH=/etc/systemd/system
exec "$SYSTEMD" --system --unit=basic.target --log-target=console --show-status=no
"""


class Unavailable(Exception):
    """Why there is none."""


class Manager:
    def __init__(self, program):
        if os.geteuid() != 0:
            raise Unavailable("namespaces need root")
        missing = [tool for tool in TOOLS if not shutil.which(tool)]
        if missing or not os.access(SYSTEMD, os.X_OK):
            raise Unavailable(f"{', '.join(missing) or SYSTEMD} is missing")
        self.folder = tempfile.mkdtemp(prefix="p2pfwd-systemd-", dir="/var/tmp")
        self.cgroup = self.process = None
        try:
            self._start(program)
        except Exception:
            self.close()
            raise

    def run(self, *words, timeout=60, **variables):
        """Runs a command inside; returns the completed process with text output."""
        environment = {**os.environ, "HOME": self.folder, "XDG_RUNTIME_DIR": "/run/user/0",
                       **variables}
        for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "SYSTEMD_UNIT_PATH", "P2PFWD_STANDALONE"):
            environment.pop(name, None)
        return subprocess.run(
            ["nsenter", "-t", str(self.pid), "-m", "-p", "-C", "-i", "-u", "--", *map(str, words)],
            capture_output=True, text=True, timeout=timeout, env=environment,
            stdin=subprocess.DEVNULL)

    def check(self, *words, **options):
        done = self.run(*words, **options)
        assert done.returncode == 0, f"{words}: {done.returncode}: {done.stdout}{done.stderr}"
        return done.stdout

    def log(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def close(self):
        if self.process and self.process.poll() is None:
            # The end of unshare is that of PID 1, and so that of all in the namespace.
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(20)
        if self.cgroup:
            self._remove_cgroups()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self, program):
        root = cgroup_root()
        if root is None:
            raise Unavailable("there is no cgroup2 file system")
        try:
            self.cgroup = os.path.join(root, os.path.basename(self.folder))
            os.mkdir(self.cgroup)
        except OSError as error:
            self.cgroup = None
            raise Unavailable(f"no cgroup can be made: {error}") from error
        with open(os.path.join(self.folder, "log"), "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                ["unshare", "--pid", "--fork", "--kill-child=KILL", "--mount", "--cgroup", "--ipc",
                 "--uts", "bash", "-c", SETUP],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=self._enter,
                env={**os.environ, "FOLDER": self.folder, "PROGRAM": program, "SYSTEMD": SYSTEMD})
        self._wait("the manager", lambda: self._find() and self._answers("--system"))
        self.check("systemctl", "start", "user-manager.service")
        self._wait("the user's manager", lambda: self._answers("--user"))

    def _enter(self):
        with open(os.path.join(self.cgroup, "cgroup.procs"), "w", encoding="utf-8") as file:
            file.write(str(os.getpid()))

    def _find(self):
        path = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        with open(path, encoding="utf-8") as file:
            children = file.read().split()
        self.pid = int(children[0]) if children else None
        return self.pid

    def _answers(self, scope):
        return self.run("systemctl", scope, "is-active", "basic.target").stdout.strip() == "active"

    def _wait(self, name, condition, seconds=30):
        deadline = time.monotonic() + seconds
        while not condition():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise Unavailable(f"{name} does not run here: {self.log()[-500:]}")
            time.sleep(0.1)

    def _remove_cgroups(self):
        for _ in range(50):
            try:
                for folder, _, _ in os.walk(self.cgroup, topdown=False):
                    os.rmdir(folder)
                return
            except OSError:
                # What was killed has not left yet.
                time.sleep(0.1)


def cgroup_root():
    """Where the unified hierarchy of this machine is; None if it has none."""
    with open("/proc/mounts", encoding="utf-8") as file:
        for line in file:
            _, place, kind, *_ = line.split()
            if kind == "cgroup2":
                return place
    return None
