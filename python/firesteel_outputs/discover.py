"""Finds the datasets below a place that a run wrote to: what they are called, where they lie and in which format.

Laws: it lists through Hadoop's file systems, so every URI that Spark can write to can be looked at; it reads names and at most the first
bytes of one file per dataset; what is skipped and why is said in `notes`; a dataset's name is its path below the place.
"""
import re

# Format by the last extension that is not a compression; what is not here is decided by the first bytes.
FORMATS = {
    "parquet": "parquet",
    "orc": "orc",
    "avro": "avro",
    "json": "json",
    "jsonl": "json",
    "ndjson": "json",
    "csv": "csv",
    "tsv": "csv",
    "txt": "text",
    "text": "text",
    "log": "text",
    "xml": "text",
}
COMPRESSIONS = {"gz", "gzip", "bz2", "snappy", "zst", "zstd", "lz4", "deflate", "zlib", "lzo", "br"}
MAGIC = ((b"PAR1", "parquet"), (b"ORC", "orc"), (b"Obj\x01", "avro"))
PARTITION = re.compile(r"^[^=/]+=[^/]*$")
# Folders deeper than this below the place are not looked into: a loop of links would never end.
DEEPEST = 12


class Dataset:
    """One output of a run. `files` is set when only these of the folder belong to it; `format` None: nothing was written there."""

    def __init__(self, name, location, format, files=None, partitions=(), loose=False, options=None, source=None):
        self.name = name
        self.location = location
        self.format = format
        self.files = files
        self.partitions = list(partitions)
        # A single file, or files that no Spark job named: one by one, or together, as the other side has them.
        self.loose = loose
        self.options = dict(options or {})
        # For declared outputs: {"jdbc": …} or {"table": …}.
        self.source = source


class Listing:
    def __init__(self, datasets, notes, exists=True):
        self.datasets = datasets
        self.notes = notes
        self.exists = exists


class FileSystem:
    """Hadoop's file systems, with the session's settings."""

    def __init__(self, spark):
        self._jvm = spark._jvm
        self._conf = spark._jsparkSession.sessionState().newHadoopConf()

    def _of(self, path):
        p = self._jvm.org.apache.hadoop.fs.Path(path)
        return p, p.getFileSystem(self._conf)

    def kind(self, path):
        """'file', 'folder' or None."""
        p, fs = self._of(path)
        if not fs.exists(p):
            return None
        return "folder" if fs.getFileStatus(p).isDirectory() else "file"

    def list(self, path):
        """(names of files, names of folders), sorted."""
        p, fs = self._of(path)
        files, folders = [], []
        for status in fs.listStatus(p):
            (folders if status.isDirectory() else files).append(status.getPath().getName())
        return sorted(files), sorted(folders)

    def first_bytes(self, path, count):
        p, fs = self._of(path)
        stream = fs.open(p)
        try:
            found = []
            while len(found) < count:
                byte = stream.read()
                if byte < 0:
                    break
                found.append(byte)
            return bytes(found)
        finally:
            stream.close()


def is_hidden(name):
    """What Spark's readers pass over: _SUCCESS, _temporary, .crc and the like; a partition folder may start with an underscore."""
    return (name.startswith("_") and "=" not in name) or name.startswith(".") or name.endswith("._COPYING_")


def format_by_name(name):
    """The format that a file's extension names, compression stripped; None when it names none."""
    parts = name.lower().split(".")[1:]
    while parts and parts[-1] in COMPRESSIONS:
        parts.pop()
    return FORMATS.get(parts[-1]) if parts else None


def format_of(fs, folder, name):
    """By content where a format signs its files, else by extension, else text or (for other bytes) binary."""
    head = fs.first_bytes(f"{folder}/{name}", 64)
    for magic, format in MAGIC:
        if head.startswith(magic):
            return format
    named = format_by_name(name)
    if named and named not in ("parquet", "orc", "avro"):
        return named
    if name.lower().rsplit(".", 1)[-1] in COMPRESSIONS:
        return "text"
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        # A character cut at the end of what was read is no sign of other bytes.
        text = "" if error.start >= len(head) - 3 else "\0"
    return "binary" if "\0" in text else "text"


def discover(fs, root):
    """Every dataset below the place, sorted by name."""
    root = root.rstrip("/") or "/"
    kind = fs.kind(root)
    if kind is None:
        return Listing([], [f"{root} does not exist"], exists=False)
    found, notes = [], []
    if kind == "file":
        folder, _, name = root.rpartition("/")
        found.append(Dataset(".", root, format_of(fs, folder, name), loose=True))
    else:
        _visit(fs, root, "", found, notes, 0)
    return Listing(sorted(found, key=lambda d: d.name), notes)


def _visit(fs, folder, name, found, notes, depth):
    files, folders = fs.list(folder)
    shown = name or "."
    if "_temporary" in folders or ".spark-staging" in folders:
        notes.append(f"{shown}: a _temporary folder is left, so a write did not end there; it is not compared")
    if "_delta_log" in folders:
        found.append(Dataset(shown, folder, "delta"))
        return
    if ".hoodie" in folders:
        found.append(Dataset(shown, folder, "hudi"))
        return
    if "metadata" in folders and any(f.endswith(".metadata.json") for f in fs.list(f"{folder}/metadata")[0]):
        found.append(Dataset(shown, folder, "iceberg"))
        return
    if "offsets" in folders and "commits" in folders:
        notes.append(f"{shown}: a streaming checkpoint; not compared")
        return
    data = [f for f in files if not is_hidden(f)]
    inner = [d for d in folders if not is_hidden(d)]
    partitions = [d for d in inner if PARTITION.match(d)]
    if partitions:
        keys, format = _inside(fs, folder, partitions)
        found.append(Dataset(shown, folder, format, partitions=keys))
        return
    whole = "_SUCCESS" in files
    parts = [f for f in data if whole or f.startswith("part-")]
    _folder_of_parts(fs, folder, shown, parts, len(data), found)
    for f in data:
        if f not in parts:
            label = f"{name}/{f}" if name else f
            found.append(Dataset(label, f"{folder}/{f}", format_of(fs, folder, f), loose=True))
    if not data and not inner and (whole or name):
        found.append(Dataset(shown, folder, None))
    for d in inner:
        if depth >= DEEPEST:
            notes.append(f"{shown}: folders below are not looked into (more than {DEEPEST} deep)")
            break
        _visit(fs, f"{folder}/{d}", f"{name}/{d}" if name else d, found, notes, depth + 1)


def _folder_of_parts(fs, folder, shown, parts, visible, found):
    if not parts:
        return
    kinds = {}
    for f in parts:
        kinds.setdefault(format_by_name(f), []).append(f)
    for extension, files in sorted(kinds.items(), key=lambda kind: str(kind[0])):
        format = format_of(fs, folder, files[0])
        label = shown if len(kinds) == 1 else f"{shown} ({extension or format})"
        alone = len(files) == visible
        found.append(Dataset(label, folder, format, files=None if alone else [f"{folder}/{f}" for f in files]))


def _inside(fs, folder, partitions):
    """The partition keys below a folder and the format of the first data file; format None when there is no file."""
    for first in partitions:
        files, folders = fs.list(f"{folder}/{first}")
        key = first.split("=", 1)[0]
        data = [f for f in files if not is_hidden(f)]
        if data:
            return [key], format_of(fs, f"{folder}/{first}", data[0])
        deeper = [d for d in folders if PARTITION.match(d)]
        if deeper:
            keys, format = _inside(fs, f"{folder}/{first}", deeper)
            if format:
                return [key, *keys], format
    return [partitions[0].split("=", 1)[0]], None


def _folder(dataset):
    return dataset.name.rpartition("/")[0]


def _together(datasets, folders):
    """The loose files of these folders as one dataset per folder and format."""
    kept, groups = [], {}
    for d in datasets:
        if d.loose and _folder(d) in folders:
            groups.setdefault((_folder(d), d.format), []).append(d)
        else:
            kept.append(d)
    for (folder, format), members in groups.items():
        name = f"{folder}/*.{format}" if folder else f"*.{format}"
        kept.append(Dataset(name, members[0].location.rpartition("/")[0], format, files=[m.location for m in members]))
    return kept


def align(a, b):
    """Pairs (name, dataset of A or None, dataset of B or None) of two lists, by name.

    Loose files of a folder whose names differ throughout between the runs (a date or an id in them) are taken together.
    """
    names = [{}, {}]
    for side, datasets in zip(names, (a, b)):
        for d in datasets:
            if d.loose and d.name != ".":
                side.setdefault(_folder(d), set()).add(d.name)
    unlike = {folder for folder in names[0].keys() & names[1].keys() if not names[0][folder] & names[1][folder]}
    if unlike:
        a, b = _together(a, unlike), _together(b, unlike)
    mine, theirs = {d.name: d for d in a}, {d.name: d for d in b}
    return [(name, mine.get(name), theirs.get(name)) for name in sorted(mine.keys() | theirs.keys())]
