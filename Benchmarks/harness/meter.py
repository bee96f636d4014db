"""CPU time and peak memory of a server's process tree while a block runs, and what else the machine was doing.

On a shared machine the rate of a server drifts, its CPU time per request does not: that is the figure to trust. The
tree is every process that listens on the target's port or was started for it, with all their children.
"""

import glob
import os
import re
import time

TICKS = os.sysconf("SC_CLK_TCK")
PROCESSORS = os.cpu_count()
KERNEL_THREAD = 0x200000


def _stat(pid):
    """(parent, flags, own ticks, ticks of ended children)"""
    with open(f"/proc/{pid}/stat") as file:
        text = file.read()
    fields = text[text.rindex(")") + 2:].split()
    return int(fields[1]), int(fields[6]), int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])


def _processes():
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                found[int(name)] = _stat(name)
            except (OSError, ValueError):
                pass
    return found


def _tree(processes, roots):
    children = {}
    for pid, (parent, *_) in processes.items():
        children.setdefault(parent, []).append(pid)
    seen, open_ends = set(), [pid for pid in roots if pid in processes]
    while open_ends:
        pid = open_ends.pop()
        if pid not in seen:
            seen.add(pid)
            open_ends += children.get(pid, [])
    return seen


def _listeners(port):
    sockets, pids = set(), set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table) as file:
                for line in file.read().splitlines()[1:]:
                    fields = line.split()
                    if fields[3] == "0A" and int(fields[1].rsplit(":", 1)[1], 16) == port:
                        sockets.add(f"socket:[{fields[9]}]")
        except OSError:
            pass
    for link in glob.glob("/proc/[0-9]*/fd/*"):
        try:
            if os.readlink(link) in sockets:
                pids.add(int(link.split("/")[2]))
        except OSError:
            pass
    return pids - {1}


def _machine_seconds():
    with open("/proc/stat") as file:
        fields = [int(field) for field in file.readline().split()[1:9]]
    return (fields[0] + fields[1] + fields[2] + fields[5] + fields[6]) / TICKS


class Meter:
    """`with Meter(target) as meter: …`, then `meter.cpu_seconds`, `meter.peak_bytes`, `meter.foreign_share`."""

    def __init__(self, target):
        self.target = target

    def __enter__(self):
        self.roots = _listeners(self.target.port) | self.target.pids
        processes = _processes()
        self.pids = _tree(processes, self.roots)
        for pid in self.pids:
            try:
                with open(f"/proc/{pid}/clear_refs", "w") as file:
                    file.write("5")                     # VmHWM, the peak of resident memory, starts anew
            except OSError:
                pass
        self.before = {pid: processes[pid][2] + processes[pid][3] for pid in self.pids}
        self.kernel_before = sum(entry[2] for entry in processes.values() if entry[1] & KERNEL_THREAD)
        self.own_before, self.machine_before, self.begun = sum(os.times()[:4]), _machine_seconds(), time.monotonic()
        return self

    def __exit__(self, *_):
        wall = max(time.monotonic() - self.begun, 1e-3)
        machine = _machine_seconds() - self.machine_before
        processes, own = _processes(), sum(os.times()[:4]) - self.own_before
        pids = _tree(processes, self.roots) | self.pids
        ticks = sum(processes[pid][2] + processes[pid][3] - self.before.get(pid, 0) for pid in pids if pid in processes)
        self.cpu_seconds = ticks / TICKS
        kernel = sum(entry[2] for entry in processes.values() if entry[1] & KERNEL_THREAD) - self.kernel_before
        # What neither the server nor the load generator nor the kernel's own threads used: other work disturbing us.
        self.foreign_share = max(0.0, machine - self.cpu_seconds - own - kernel / TICKS) / (PROCESSORS * wall)
        self.peak_bytes = 0
        for pid in pids:
            try:
                with open(f"/proc/{pid}/status") as file:
                    found = re.search(r"VmHWM:\s+(\d+)", file.read())
                self.peak_bytes += int(found.group(1)) * 1024 if found else 0
            except OSError:
                pass
