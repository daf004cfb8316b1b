"""Stands between Firesteel and spark-submit, so that no process of a run outlives the run.

usage: firesteel_guard.py RESULT_FILE DRIVER_FILE GRACE_SECONDS COMMAND...

Laws: it is the leader of a session of its own; every process in that session is gone when it ends; a line on its standard input,
or the end of it (Firesteel is dead), stops the run: first the Python driver by SIGINT (its `finally` blocks run), then Spark by SIGTERM
(its shutdown hook closes the event log), then all by SIGKILL. It takes no part in the job: its output goes past it, into the file Firesteel gave.
"""
import json
import os
import signal
import subprocess
import sys
import threading
import time

RESULT, DRIVER, GRACE = sys.argv[1], sys.argv[2], float(sys.argv[3])
COMMAND = sys.argv[4:]

# How long what is left of the session may take to end by itself after spark-submit ended, s: Python workers end when their JVM is gone.
LEFTOVER = 2.0


def session_pids():
    """Every process of this session but the guard."""
    me, session, found = os.getpid(), os.getsid(0), []
    if os.path.isdir("/proc/self"):
        for name in os.listdir("/proc"):
            if not name.isdigit() or int(name) == me:
                continue
            try:
                with open("/proc/%s/stat" % name, "rb") as stat:
                    # The name in brackets may hold anything; the state and the numbers follow its last bracket.
                    fields = stat.read().rpartition(b")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == session and fields[0] != b"Z":
                found.append(int(name))
        return found
    # Elsewhere (macOS): descendants, and whoever is in the process group of spark-submit.
    try:
        text = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,pgid="], stdout=subprocess.PIPE, check=False).stdout.decode()
    except OSError:
        return found
    rows = [tuple(int(part) for part in line.split()) for line in text.splitlines() if len(line.split()) == 3]
    group, family = child.pid if child else -1, {me}
    while True:
        more = {pid for pid, parent, own in rows if (parent in family or own == group) and pid not in family}
        if not more:
            break
        family |= more
    return sorted(family - {me})


def send(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except OSError:
            pass


def wait_until_gone(seconds):
    """True when the session is empty before the time is up."""
    end = time.monotonic() + seconds
    while session_pids():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def driver_pid():
    """The process number the launcher wrote, if that process is one of ours."""
    try:
        with open(DRIVER, encoding="utf-8") as file:
            pid = int(json.load(file)["pid"])
        return pid if os.getsid(pid) == os.getsid(0) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def stop(reason):
    with lock:
        if result["stopped"] is not None or done.is_set():
            return
        result["stopped"] = reason
    pid = driver_pid()
    if pid is not None:
        send([pid], signal.SIGINT)
        if done.wait(GRACE):
            return
    send([child.pid], signal.SIGTERM)
    if done.wait(GRACE):
        return
    result["forced"] = True
    send(session_pids(), signal.SIGKILL)


def listen():
    """A line: stop. The end: whoever held the other side is gone."""
    try:
        asked = os.read(0, 1)
    except OSError:
        asked = b""
    stop("asked" if asked else "orphaned")


def write_result():
    try:
        with open(RESULT + ".tmp", "w", encoding="utf-8") as file:
            json.dump(result, file)
        os.replace(RESULT + ".tmp", RESULT)
    except OSError:
        pass  # A full disk: the exit code says the most of it.


def in_child():
    # A group of its own, and signals as a shell in a terminal would give them (a background job is born deaf to SIGINT).
    os.setpgrp()
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


if os.getsid(0) != os.getpid():
    os.setsid()
for ignored in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
    signal.signal(ignored, signal.SIG_IGN)

lock, done = threading.Lock(), threading.Event()
result = {
    "pid": os.getpid(),
    "startedMs": time.time() * 1000,
    "endedMs": None,
    "exitCode": None,
    "signal": None,
    "stopped": None,
    "forced": False,
    "error": None,
}
child = None
try:
    child = subprocess.Popen(COMMAND, stdin=subprocess.DEVNULL, preexec_fn=in_child)
except OSError as error:
    result.update(endedMs=time.time() * 1000, exitCode=127, error=str(error))
    write_result()
    sys.exit(127)
write_result()
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=stop, args=("terminated",), daemon=True).start())
threading.Thread(target=listen, daemon=True).start()
code = child.wait()
result["endedMs"] = time.time() * 1000
done.set()
if not wait_until_gone(LEFTOVER):
    send(session_pids(), signal.SIGTERM)
    if not wait_until_gone(LEFTOVER):
        result["forced"] = True
        send(session_pids(), signal.SIGKILL)
        wait_until_gone(LEFTOVER)
if code < 0:
    try:
        result["signal"] = signal.Signals(-code).name
    except ValueError:
        result["signal"] = "SIG%d" % -code
else:
    result["exitCode"] = code
write_result()
sys.exit(code if code >= 0 else 128 - code)
