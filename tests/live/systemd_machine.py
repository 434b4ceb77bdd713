"""systemd as process 1 of its own namespaces, on an overlay of this machine's files.

It has its own processes, mounts, host name, network, cgroups and /dev; /proc/sys is read-only and
systemd-sysctl masked, for those settings would be the whole machine's. Nothing empties /tmp: the
tests may be there.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SYSTEMD = "/lib/systemd/systemd"
CGROUPS = Path("/sys/fs/cgroup")
HIERARCHIES = ("systemd", "memory", "pids", "cpu")
MASKED = """
systemd-sysctl.service systemd-udevd.service systemd-udev-trigger.service
systemd-modules-load.service systemd-timesyncd.service systemd-logind.service
systemd-tmpfiles-setup-dev.service systemd-tmpfiles-setup.service
kmod-static-nodes.service systemd-random-seed.service
systemd-binfmt.service systemd-remount-fs.service systemd-journald.service console-getty.service
systemd-journald.socket systemd-journald-dev-log.socket systemd-journald-audit.socket
systemd-udevd-control.socket systemd-udevd-kernel.socket getty.target timers.target
sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount
sys-fs-fuse-connections.mount dev-hugepages.mount dev-mqueue.mount
proc-sys-fs-binfmt_misc.automount proc-sys-fs-binfmt_misc.mount
"""
BOOT = r"""
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
cd "$1/root"
rm -rf etc/systemd/system/multi-user.target.wants etc/rc?.d
for unit in $3; do ln -sfn /dev/null "etc/systemd/system/$unit"; done
mkdir -p etc/systemd/system/multi-user.target.wants
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t tmpfs tmpfs sys/fs/cgroup
for name in $4; do
  mkdir "sys/fs/cgroup/$name"
  kind=$name
  [ "$name" != systemd ] || kind=none,name=systemd
  mount -t cgroup -o "$kind" cgroup "sys/fs/cgroup/$name"
done
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=755 tmpfs dev
for node in null:3 zero:5 full:7 random:8 urandom:9; do
  mknod -m 666 "dev/${node%:*}" c 1 "${node#*:}"
done
mkdir -p dev/shm "./$2"
ln -s /proc/self/fd dev/fd
mount --rbind "$2" "./$2"
exec chroot . /usr/bin/env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  "$5" --log-target=console --log-level=info --show-status=no
"""


def lacking() -> str:
    """Why there can be none here; empty if there can."""
    if os.geteuid() != 0:
        return "only root can boot a systemd"
    programs = [SYSTEMD, shutil.which("unshare") or "unshare", shutil.which("nsenter") or "nsenter"]
    missing = [one for one in programs if not os.path.exists(one)]
    missing += [str(CGROUPS / one) for one in HIERARCHIES if not (CGROUPS / one).is_dir()]
    if missing:
        return f"there is no {missing[0]}"
    mount = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    tried = subprocess.run(mount, capture_output=True, text=True, check=False)
    return tried.stderr.strip()


class Machine:
    """*share* is a folder that both sides see under its own path."""

    def __init__(self, share: Path, boot: "subprocess.Popen[bytes]") -> None:
        self.share = share
        self._boot = boot
        self._init = 0

    def run(self, *argv: str, patience: float = 60.0) -> "subprocess.CompletedProcess[str]":
        inside = ["nsenter", "-t", str(self._init), "-m", "-p", "-u", "-i", "-n", "-C", "-r", "-w"]
        return subprocess.run(
            [*inside, *argv], capture_output=True, text=True, timeout=patience, check=False
        )

    def text(self, *argv: str) -> str:
        return self.run(*argv).stdout.strip()

    def wait_until_up(self, deadline: float) -> bool:
        while time.monotonic() < deadline and self._boot.poll() is None:
            self._init = self._init or self._first_process()
            if self._init and self.text("systemctl", "is-system-running") in UP:
                return True
            time.sleep(0.1)
        return False

    def _first_process(self) -> int:
        children = Path(f"/proc/{self._boot.pid}/task/{self._boot.pid}/children").read_text()
        pids = [int(pid) for pid in children.split()]
        return next((pid for pid in pids if _program(pid) == SYSTEMD), 0)

    def power_off(self, patience: float = 60.0) -> None:
        """As a shutdown of the machine; returns when its last process has ended."""
        self.run("systemctl", "poweroff", "--no-block")
        self._boot.wait(patience)

    def end(self) -> None:
        if self._boot.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self._init or self._boot.pid, signal.SIGKILL)
            self._boot.kill()
        self._boot.wait()


UP = ("running", "degraded")


def _program(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode()
    except OSError:
        return ""


@contextmanager
def booted(folder: Path, patience: float = 60.0) -> Iterator[Machine | None]:
    """A machine that is up; None where it does not come up, see *folder*/boot.log."""
    share, root = folder / "share", folder / "root"
    share.mkdir()
    root.mkdir()
    groups = [CGROUPS / one / f"overseer-test-{os.getpid()}" for one in HIERARCHIES]
    for group in groups:
        group.mkdir(exist_ok=True)
    names = (" ".join(MASKED.split()), " ".join(HIERARCHIES), SYSTEMD)
    apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--uts", "--ipc", "--net"]
    enter = " && ".join(f'echo $$ >"{group}/cgroup.procs"' for group in groups)
    argv = ["sh", "-c", f'{enter} && exec "$@"', "sh", *apart, "--cgroup"]
    with (folder / "boot.log").open("wb") as log:
        boot = subprocess.Popen(
            [*argv, "sh", "-c", BOOT, "sh", str(root), str(share), *names],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    machine = Machine(share, boot)
    try:
        yield machine if machine.wait_until_up(time.monotonic() + patience) else None
    finally:
        machine.end()
        for group in groups:
            _remove(group)


def _remove(group: Path) -> None:
    """A cgroup and those below it, which its processes have left."""
    for place, _, _ in os.walk(group, topdown=False):
        with suppress(OSError):
            os.rmdir(place)
