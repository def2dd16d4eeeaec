#!/usr/bin/env python3
"""Asks a question with two buttons and prints the caption of the one pressed.

Python 3 on Linux, with what comes with it. It is woken by inotify.
usage: ask_linux.py QUEUE SECONDS
Exit status: 0 answered, 1 not answered, 5 not in time, 69 nobody attends.
"""
import ctypes
import json
import os
import pathlib
import select
import signal
import sys
import time
import uuid

IN_MOVED_TO = 0x80
BUTTONS = ["Now", "Tonight at eight"]


def load(file):
    """Return what is in a JSON file; nothing where there is none."""
    try:
        return json.loads(file.read_text("utf-8-sig"))
    except FileNotFoundError:
        return {}


def started(pid):
    """Return when a process was started, as section 5 of the protocol says."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return boot + ":" + stat.rpartition(")")[2].split()[19]


def attended(box):
    """A record counts while its process runs."""
    records = [load(file) for file in box.glob("monitor/*.json")]
    return any(r.get("pid") and started(r["pid"]) == r.get("started") for r in records)


def main(queue, seconds):
    root = os.environ.get("DESKBELL_RUNTIME_DIR") or f"/run/user/{os.geteuid()}/deskbell"
    box = pathlib.Path(root, queue)
    if not attended(box):
        print("nobody attends", queue, file=sys.stderr)
        return 69

    # Watch before asking, so that nothing is missed.
    os.umask(0o077)
    for name in "inbox", "outbox":
        (box / name).mkdir(exist_ok=True)
    libc = ctypes.CDLL(None, use_errno=True)
    changes = libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
    if changes < 0 or libc.inotify_add_watch(changes, bytes(box / "outbox"), IN_MOVED_TO) < 0:
        raise OSError(ctypes.get_errno(), "watch the outbox")

    # Who ends us has it cleaned up. A signal that comes just before select
    # begins would not end the wait; what it writes into the pipe does.
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))

    # Ask: a file that gets its name when it is whole.
    name = f"{uuid.uuid4()}.json"
    question, reply = box / "inbox" / name, box / "outbox" / name
    part = box / "inbox" / f".{name}.part"
    try:
        part.write_text(json.dumps({"text": "Install the update now?", "buttons": BUTTONS}))
        part.rename(question)
        # Wait, with a limit.
        end = time.monotonic() + seconds
        while not (answer := load(reply)).get("ready"):
            left = end - time.monotonic()
            if left <= 0:
                print("no answer in time", file=sys.stderr)
                return 5
            if changes in select.select([changes, told], [], [], left)[0]:
                os.read(changes, 4096)
    finally:
        # Clean up. Without a reply that takes the question back.
        part.unlink(missing_ok=True)
        question.unlink(missing_ok=True)
        if load(reply).get("ready"):
            reply.unlink(missing_ok=True)  # the monitor may have been faster

    # Read the answer. Only what was offered is one.
    if answer["status"] != "answered":
        print(answer["status"], file=sys.stderr)
        return 1
    if answer.get("choice") not in BUTTONS:
        print("the reply does not fit the question", file=sys.stderr)
        return 1
    print(answer["choice"])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2])))
