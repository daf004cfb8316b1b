"""Makes the jobs, stages and SQL executions of a PySpark script carry the user's file and line, as Spark's call-site properties.

Laws: it only adds two local properties around calls that start work; results, errors and signatures stay what they are; whatever goes wrong
here is a line in `problems`, never an error of the job; a pyspark that it does not know runs untraced.

Spark names a stage after the JVM's stack, in which Python does not appear. The properties callSite.short and callSite.long, set in the thread
that starts the work, take that place (SparkContext.getCallSite). Where a call is nested in another, the outer one names the work.
"""
import functools
import importlib.abc
import inspect
import os
import site
import sys
import sysconfig
import threading

# What starts work, by module and class. Methods that a version of pyspark lacks are passed over.
_DATAFRAME = (
    "count collect show take head first tail toPandas toArrow toLocalIterator foreach foreachPartition isEmpty checkpoint localCheckpoint "
    "createTempView createOrReplaceTempView createGlobalTempView createOrReplaceGlobalTempView registerTempTable cache persist unpersist "
    "explain describe summary approxQuantile corr cov crosstab freqItems transpose inputFiles rdd toJSON __repr__ _repr_html_"
)
_FORMATS = "json parquet text csv xml orc jdbc"
TRACED = {
    # Spark 3.x; in 4.x the parent of the class below, without code of its own.
    "pyspark.sql.dataframe": {"DataFrame": _DATAFRAME},
    "pyspark.sql.classic.dataframe": {"DataFrame": _DATAFRAME},
    "pyspark.sql.session": {"SparkSession": "sql table createDataFrame"},
    "pyspark.sql.readwriter": {
        "DataFrameReader": "load table " + _FORMATS,
        "DataFrameWriter": "save insertInto saveAsTable " + _FORMATS,
        "DataFrameWriterV2": "create replace createOrReplace append overwrite overwritePartitions",
    },
    "pyspark.sql.merge": {"MergeIntoWriter": "merge"},
    "pyspark.sql.streaming.readwriter": {"DataStreamWriter": "start toTable", "DataStreamReader": "load table " + _FORMATS},
    "pyspark.sql.group": {"GroupedData": "pivot"},
    "pyspark.sql.catalog": {"Catalog": "cacheTable uncacheTable createTable createExternalTable refreshTable recoverPartitions"},
    "pyspark.rdd": {"RDD": ""},
    "pyspark.core.rdd": {"RDD": ""},
    "pyspark.ml.base": {"Estimator": "fit"},
    "pyspark.ml.evaluation": {"Evaluator": "evaluate"},
    "pyspark.ml.util": {"MLWriter": "save", "JavaMLReader": "load"},
    "delta.tables": {
        "DeltaTable": "delete update vacuum history detail generate toDF restoreToVersion restoreToTimestamp upgradeTableProtocol",
        "DeltaMergeBuilder": "execute",
        "DeltaTableBuilder": "execute",
        "DeltaOptimizeBuilder": "executeCompaction executeZOrderBy",
    },
}
_RDD = (
    "collect collectAsMap count countByKey countByValue countApprox countApproxDistinct first take takeOrdered takeSample top isEmpty lookup max min "
    "sum mean stats reduce reduceByKeyLocally fold aggregate treeReduce treeAggregate foreach foreachPartition toLocalIterator sortBy sortByKey "
    "zipWithIndex histogram saveAsTextFile saveAsPickleFile saveAsSequenceFile saveAsHadoopFile saveAsHadoopDataset saveAsNewAPIHadoopFile "
    "saveAsNewAPIHadoopDataset"
)
TRACED["pyspark.rdd"]["RDD"] = TRACED["pyspark.core.rdd"]["RDD"] = _RDD
# Where SparkContext lies: 3.x, 4.x.
CONTEXT = ("pyspark.context", "pyspark.core.context")
SYNC = "pyspark.traceback_utils"
CONNECT = "pyspark.sql.connect.session"

SHORT, LONG = "callSite.short", "callSite.long"
# Frames of user code in callSite.long.
MAX_FRAMES = 20

problems = []
patched = set()
_state = threading.local()
_own = (os.path.join(os.path.dirname(os.path.abspath(__file__)), ""),)
_script = None
_context = None
_on_context = _on_stop = _on_connect = None


def _libraries():
    """Folders whose code is not the user's."""
    paths = [sysconfig.get_paths()[key] for key in ("stdlib", "platstdlib", "purelib", "platlib")]
    for more in (getattr(site, "getsitepackages", list), lambda: [site.getusersitepackages()]):
        try:
            paths += more()
        except Exception:  # No home folder, or a Python without site-packages.
            pass
    home = os.environ.get("SPARK_HOME")
    if home:
        paths += [os.path.join(home, "python"), home]
    return tuple(sorted({os.path.join(form(path), "") for path in paths if path for form in (os.path.abspath, os.path.realpath)}))


_LIBRARIES = _libraries()
_is_user = {}


def is_user_file(name):
    """Whether code of that file is the user's: not Python's, not an installed package's, not Firesteel's."""
    known = _is_user.get(name)
    if known is None:
        path = os.path.abspath(name)
        known = _is_user[name] = name == _script or not (
            name.startswith("<")
            or path.startswith(_own)
            or path.startswith(_LIBRARIES)
            or any("%s%s%s" % (os.sep, part, os.sep) in path for part in ("site-packages", "dist-packages", "pyspark.zip"))
        )
    return known


def call_site(name=None):
    """(short, long) of the innermost line of user code that is being run, or None. Without a name it is that of the function called there."""
    frame, called, lines, short = sys._getframe(1), name, [], None
    while frame is not None and len(lines) < MAX_FRAMES:
        code = frame.f_code
        if is_user_file(code.co_filename):
            if short is None:
                short = "%s at %s:%d" % (called or code.co_name, code.co_filename, frame.f_lineno)
            lines.append("%s(%s:%d)" % (code.co_filename, code.co_name, frame.f_lineno))
        elif short is None and name is None and not code.co_filename.startswith(_own):
            called = code.co_name
        frame = frame.f_back
    return None if short is None else (short, "\n".join(lines))


def _set(short, long):
    """Sets both properties of this thread; Spark that is gone, or not there yet, is the caller's to notice."""
    try:
        jsc = _context._jsc
        jsc.setLocalProperty(SHORT, short)
        jsc.setLocalProperty(LONG, long)
        return True
    except Exception:
        return False


def _enter(name=None):
    depth = getattr(_state, "depth", 0)
    _state.depth = depth + 1
    # A user who names the call site himself is left alone.
    if depth == 0 and _context is not None and getattr(_state, "chosen", None) is None:
        found = call_site(name)
        _state.set = found is not None and _set(*found)


def _leave():
    _state.depth = getattr(_state, "depth", 1) - 1
    if _state.depth == 0 and getattr(_state, "set", False):
        _state.set = False
        _set(None, None)


def _traced(function, name):
    @functools.wraps(function)
    def traced(*args, **kwargs):
        _enter(name)
        try:
            return function(*args, **kwargs)
        finally:
            _leave()

    traced._firesteel = True
    return traced


def _wrap(cls, name):
    try:
        original = inspect.getattr_static(cls, name)
    except AttributeError:
        return
    if isinstance(original, property):
        if original.fget is not None and not hasattr(original.fget, "_firesteel"):
            setattr(cls, name, property(_traced(original.fget, name), original.fset, original.fdel, original.__doc__))
    elif isinstance(original, functools.cached_property):
        if not hasattr(original.func, "_firesteel"):
            original.func = _traced(original.func, name)
    elif inspect.isfunction(original) and not hasattr(original, "_firesteel"):
        setattr(cls, name, _traced(original, name))


def _patch_context(cls):
    first = "_do_init" if hasattr(cls, "_do_init") else "__init__"
    start, stop, put = getattr(cls, first), cls.stop, cls.setLocalProperty

    @functools.wraps(start)
    def started(self, *args, **kwargs):
        global _context
        start(self, *args, **kwargs)
        _context = self
        _quietly(_on_context, self)

    @functools.wraps(stop)
    def stopped(self):
        global _context
        # pyspark stops a half-made context too, and one that is stopped already.
        mine = _context is self
        stop(self)
        if mine:
            _context = None
            _quietly(_on_stop, self)

    @functools.wraps(put)
    def chosen(self, key, value):
        if key == SHORT:
            _state.chosen = value
        return put(self, key, value)

    setattr(cls, first, started)
    cls.stop, cls.setLocalProperty = stopped, chosen


def _patch_sync(cls):
    """pyspark's own call sites of RDDs and collect: made by the same rules as all others, and by thread."""

    def __init__(self, sc):
        self._context = sc

    def __enter__(self):
        _enter()

    def __exit__(self, *_):
        _leave()

    cls.__init__, cls.__enter__, cls.__exit__ = __init__, __enter__, __exit__


def _patch_connect(cls):
    start = cls.__init__

    @functools.wraps(start)
    def started(self, *args, **kwargs):
        start(self, *args, **kwargs)
        _quietly(_on_connect)

    cls.__init__ = started


def _quietly(function, *args):
    try:
        if function is not None:
            function(*args)
    except Exception as error:
        problems.append("%s: %s" % (type(error).__name__, error))


def patch(module):
    """Wraps what a module just loaded defines."""
    name = module.__name__
    try:
        if name in CONTEXT and "SparkContext" in vars(module) and module.SparkContext.__module__ == name:
            _patch_context(module.SparkContext)
        elif name == SYNC:
            _patch_sync(module.SCCallSiteSync)
        elif name == CONNECT:
            _patch_connect(module.SparkSession)
        # 4.x: the parent DataFrame dispatches to its classic or Connect child; only the child does the work.
        if name == "pyspark.sql.dataframe" and not hasattr(module.DataFrame, "_jcols"):
            return
        for cls, methods in TRACED.get(name, {}).items():
            if inspect.isclass(vars(module).get(cls)):
                for method in methods.split():
                    _wrap(vars(module)[cls], method)
                patched.add(cls)
    except Exception as error:
        problems.append("%s is not as expected: %s: %s" % (name, type(error).__name__, error))


class _Finder(importlib.abc.MetaPathFinder):
    """Sees the modules above when they are imported, whoever imports them and when."""

    wanted = frozenset(TRACED) | frozenset(CONTEXT) | {SYNC, CONNECT}

    def find_spec(self, name, path=None, target=None):
        if name not in self.wanted:
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find is not None and finder is not self else None
            if spec is not None:
                break
        else:
            return None
        loader = spec.loader
        try:
            execute = loader.exec_module

            def exec_module(module):
                # The loader is again what it was before the module runs: a loader of zips is shared by many modules.
                loader.__dict__.pop("exec_module", None)
                execute(module)
                patch(module)

            loader.exec_module = exec_module
        except Exception as error:
            problems.append("%s could not be followed: %s" % (name, error))
        return spec


def install(script, on_context, on_stop, on_connect):
    """Follows the imports of `script` from here on; the three are called with the SparkContext that started, that stopped, and for Connect."""
    global _script, _on_context, _on_stop, _on_connect
    _script, _on_context, _on_stop, _on_connect = script, on_context, on_stop, on_connect
    sys.meta_path.insert(0, _Finder())


def is_tracing():
    """Whether what most jobs call is wrapped."""
    return {"DataFrame", "DataFrameWriter", "SparkSession"} <= patched


def without_own_frames(error):
    """Takes Firesteel's frames out of an exception's traceback, and out of those behind it."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        tb = error.__traceback__
        while tb is not None and tb.tb_frame.f_code.co_filename.startswith(_own):
            tb = tb.tb_next
        error.__traceback__ = tb
        while tb is not None:
            while tb.tb_next is not None and tb.tb_next.tb_frame.f_code.co_filename.startswith(_own):
                tb.tb_next = tb.tb_next.tb_next
            tb = tb.tb_next
        error = error.__cause__ or error.__context__
