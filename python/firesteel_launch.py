"""Runs a PySpark script as spark-submit would, follows it, and writes down how it went.

usage: firesteel_launch.py JOB_FILE            {"script", "args", "outcome", "logs"}; the outcome is written there
       firesteel_launch.py --inline NAME ARGS  in a cluster's driver: the script came along as a file; the outcome is the last line printed

Laws: the script sees what it sees without us: sys.argv, sys.path, __main__, __file__, the working folder, exit codes; a session that it
forgot to stop is stopped, so that the event log is complete; nothing that fails in here fails the job; values of secret settings are not written.
"""
import atexit
import json
import os
import re
import sys
import time
import traceback
import types

# Nothing is written beside our own files.
_writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
import firesteel_trace as trace  # noqa: E402

sys.dont_write_bytecode = _writes

# Long texts in the outcome are cut to so many characters, their end is kept.
MAX_MESSAGE, MAX_TRACEBACK = 20_000, 60_000
# Spark's own default of spark.redaction.regex.
REDACTION = "(?i)secret|password|token|access[.]?key"
MASK = "***"


class Record:
    """What is known of the run, on disk from its start."""

    def __init__(self, path, logs):
        self.path, self.logs, self.contexts = path, logs, []
        self.data = {
            "state": "running",
            "pid": os.getpid(),
            "pythonVersion": "%d.%d.%d" % sys.version_info[:3],
            "startedMs": now(),
            "endedMs": None,
            "exitCode": None,
            "exitMessage": None,
            "interrupted": False,
            "exception": None,
            "applications": [],
            "connect": False,
            "traced": False,
            "problems": trace.problems,
        }

    def write(self, state=None):
        self.data["state"] = state or self.data["state"]
        self.data["traced"] = trace.is_tracing()
        if self.path is None:
            return
        try:
            text = json.dumps(self.data)
            with open(self.path + ".tmp", "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(self.path + ".tmp", self.path)
        except (OSError, ValueError):
            pass  # A full disk: whoever reads goes by the exit code.

    def on_context(self, sc):
        conf = dict(sc.getConf().getAll())
        self.contexts.append((sc, sc._jvm, sc._jsc.hadoopConfiguration()))
        self.data["applications"].append(
            {
                "id": sc.applicationId,
                "sparkVersion": sc.version,
                "startedMs": now(),
                "endedMs": None,
                "eventLog": {"enabled": conf.get("spark.eventLog.enabled", "false") == "true", "dir": conf.get("spark.eventLog.dir"), "copied": None},
                "conf": redacted(conf),
            }
        )
        self.write()

    def on_stop(self, sc):
        for (mine, _, _), application in zip(self.contexts, self.data["applications"]):
            if mine is sc and application["endedMs"] is None:
                application["endedMs"] = now()
        self.write()

    def on_connect(self):
        self.data["connect"] = True
        self.write()

    def finish(self):
        """The last thing that runs in this Python, after the script's threads and its own atexit functions."""
        try:
            for sc, _, _ in self.contexts:
                if sc._jsc is not None:
                    stop(sc)
        except Exception as error:
            trace.problems.append("the session could not be stopped: %s" % short(error))
        for (_, jvm, hadoop), application in zip(self.contexts, self.data["applications"]):
            application["endedMs"] = application["endedMs"] or now()
            fetch_log(jvm, hadoop, application, self.logs)
        self.data["endedMs"] = now()
        self.write("ended")
        if self.path is None:
            told = dict(self.data, applications=[application["id"] for application in self.data["applications"]])
            print("firesteel-outcome: " + json.dumps(told), flush=True)


def now():
    return time.time() * 1000


def short(error):
    return "%s: %s" % (type(error).__name__, str(error).split("\n", 1)[0][:500])


def redacted(conf):
    try:
        secret = re.compile(conf.get("spark.redaction.regex") or REDACTION)
    except re.error:  # Java's regular expressions know more than Python's.
        secret = re.compile(REDACTION)
    return {key: MASK if secret.search(key) or secret.search(value) else value for key, value in conf.items()}


def stop(sc):
    session = getattr(sys.modules.get("pyspark.sql.session"), "SparkSession", None)
    session = getattr(session, "_instantiatedSession", None)
    if session is not None and getattr(session, "_sc", None) is sc:
        session.stop()
    else:
        sc.stop()


def fetch_log(jvm, hadoop, application, folder):
    """Copies an event log that lies in another file system than this machine's; Spark's own libraries can read it."""
    log = application["eventLog"]
    scheme = re.match(r"([a-z][a-z0-9+.-]*):", log["dir"] or "", re.I)
    if not log["enabled"] or not folder or scheme is None or scheme.group(1).lower() in ("file", "local"):
        return
    try:
        Path = jvm.org.apache.hadoop.fs.Path
        fs = Path(log["dir"]).getFileSystem(hadoop)
        name = re.sub(r"[.${}'\"]", "_", re.sub(r"[ :/]", "-", application["id"])).lower()
        for status in fs.listStatus(Path(log["dir"])):
            found = status.getPath().getName()
            if re.match(r"(eventlog_v2_)?%s([._]|$)" % re.escape(name), found):
                os.makedirs(folder, exist_ok=True)
                target = os.path.join(folder, found)
                fs.copyToLocalFile(False, status.getPath(), Path("file://" + target), True)
                log["copied"] = target
    except Exception as error:
        trace.problems.append("the event log in %s could not be copied: %s" % (log["dir"], short(error)))


def exception_of(error):
    """The exception for the outcome: where it left the user's code is the innermost line of that."""
    file = line = None
    for frame, number in traceback.walk_tb(error.__traceback__):
        if trace.is_user_file(frame.f_code.co_filename):
            file, line = frame.f_code.co_filename, number
    if isinstance(error, SyntaxError) and error.filename:
        file, line = error.filename, error.lineno
    try:
        message = str(error)
    except Exception:
        message = "(its text could not be made)"
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return {
        "type": type(error).__name__,
        "message": message[:MAX_MESSAGE],
        "file": file,
        "line": line,
        "traceback": text[-MAX_TRACEBACK:],
    }


def exit_of(error):
    """What Python makes of a SystemExit: its code, and the text that it prints."""
    if error.code is None:
        return 0, None
    if isinstance(error.code, int):
        return error.code & 0xFF, None
    return 1, str(error.code)


def run(script, args, record):
    """Runs the script as __main__; gives its exit code."""
    main = types.ModuleType("__main__")
    main.__file__ = script
    main.__builtins__ = __builtins__
    main.__spec__ = main.__package__ = None
    sys.argv = [script] + args
    sys.modules["__main__"] = main
    try:
        with open(script, "rb") as file:
            source = file.read()
        exec(compile(source, script, "exec", dont_inherit=True), main.__dict__)
        return 0
    except SystemExit as error:
        code, record.data["exitMessage"] = exit_of(error)
        if record.data["exitMessage"] is not None:
            print(record.data["exitMessage"], file=sys.stderr)
        return code
    except BaseException as error:
        trace.without_own_frames(error)
        record.data["interrupted"] = isinstance(error, KeyboardInterrupt)
        record.data["exception"] = exception_of(error)
        # The script may have put its own hook there.
        sys.excepthook(type(error), error, error.__traceback__)
        return 130 if record.data["interrupted"] else 1


def begin(argv):
    if argv[1] == "--inline":
        script = os.path.abspath(argv[2])
        args, record = argv[3:], Record(None, None)
    else:
        with open(argv[1], encoding="utf-8") as file:
            job = json.load(file)
        script, args = job["script"], job["args"]
        record = Record(job["outcome"], job["logs"])
    # Our folder makes room for the script's, which is where its links lead, as with `python script.py`.
    sys.path[0] = os.path.dirname(os.path.realpath(script))
    # First in, last out.
    atexit.register(record.finish)
    trace.install(script, record.on_context, record.on_stop, record.on_connect)
    record.write()
    code = run(script, args, record)
    record.data["exitCode"] = code
    record.write("ending")
    sys.exit(code)


if __name__ == "__main__":
    begin(sys.argv)
