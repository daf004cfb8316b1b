"""A dataset as a frame, read so that nothing is lost: every column of every file, lines that fit no schema, text as it was written.

Laws: nothing is guessed that changes values (CSV columns stay text); what was assumed is said in `notes`; a failure is an Unreadable with
the next step, never an empty frame.
"""
import re

from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from .values import fields_of

CORRUPT = "_corrupt_record"
TABLES = ("delta", "iceberg", "hudi")
DRIVERS = {
    "postgresql": "org.postgresql.Driver",
    "mysql": "com.mysql.cj.jdbc.Driver",
    "mariadb": "org.mariadb.jdbc.Driver",
    "sqlserver": "com.microsoft.sqlserver.jdbc.SQLServerDriver",
    "oracle": "oracle.jdbc.OracleDriver",
    "sqlite": "org.sqlite.JDBC",
}
PACKAGES = {"avro": "org.apache.spark:spark-avro", "delta": "io.delta:delta-spark", "iceberg": "org.apache.iceberg:iceberg-spark-runtime"}
NAME = re.compile(r"^[^\W\d][\w .()/%-]*$")


class Unreadable(Exception):
    """Why a dataset could not be read, in one sentence with the next step."""


class Frame:
    def __init__(self, frame, notes=(), header=None):
        self.frame = frame
        self.fields = fields_of(frame)
        self.notes = list(notes)
        # Of CSV: the first line of every file, when it holds names.
        self.header = header


def one_line(error):
    """What a Spark error says of its first cause, in one line, without stack and without passwords of a URL."""
    text = str(getattr(error, "java_exception", None) or error).strip()
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    causes = [line[len("Caused by: ") :] for line in lines if line.startswith("Caused by: ")]
    said = causes[-1] if causes else lines[0] if lines else type(error).__name__
    said = re.sub(r"^([\w$]+\.)+([\w$]+): ", r"\2: ", said)
    return re.sub(r"(?i)(password|secret|token|credential)=[^&;\s]+", r"\1=…", said)[:300]


def escaped(path):
    """The path with the signs that Hadoop takes for patterns escaped."""
    return re.sub(r"([{}\[\]*?\\])", r"\\\1", path)


def read(spark, dataset, with_header=True):
    """The dataset's frame, lazily; raises Unreadable. `with_header` False: CSV lines are rows from the first on."""
    try:
        return _read(spark, dataset, with_header)
    except Unreadable:
        raise
    except Exception as error:  # Spark's errors have no common class of their own across 3.5 and 4.x
        raise Unreadable(_why(error, dataset)) from error


def _why(error, dataset):
    text = one_line(error)
    package = PACKAGES.get(dataset.format or "")
    if package and re.search(r"find (the )?data source|ClassNotFound|SparkSessionExtension", text):
        return f"reading {dataset.format} needs its jars; give the job's own packages ({package}…) to the comparison"
    return f"cannot be read as {dataset.format or 'a dataset'}: {text}"


def _read(spark, dataset, with_header):
    if dataset.source:
        return _declared(spark, dataset.source)
    paths = [escaped(p) for p in dataset.files or [dataset.location]]
    reader = spark.read.options(**dataset.options)
    format = dataset.format
    if format == "csv" and not dataset.options:
        return _csv(spark, paths, with_header)
    if format == "json" and not dataset.options:
        return _json(spark, paths, dataset)
    if format == "text" and not dataset.options:
        return Frame(spark.read.text(paths), ["read as lines of text"])
    if format == "binary":
        files = spark.read.format("binaryFile").load(paths)
        content = files.select(F.sha2("content", 256).alias("sha256"), F.col("length"))
        return Frame(content, ["of no format known here: files are compared by their bytes, without their names"])
    if format in TABLES:
        # A table's place is taken as it stands, never for a pattern.
        return Frame(reader.format(format).load(dataset.location))
    return Frame(reader.format(format).load(paths))


def _declared(spark, source):
    if "table" in source:
        return Frame(spark.table(source["table"]))
    jdbc = source["jdbc"]
    reader = spark.read.format("jdbc").option("url", jdbc["url"]).option("dbtable", jdbc["dbtable"])
    kind = jdbc["url"].split(":")[1] if jdbc["url"].startswith("jdbc:") else ""
    if kind in DRIVERS:
        reader = reader.option("driver", DRIVERS[kind])
    return Frame(reader.options(**jdbc.get("properties", {})).load())


def _json(spark, paths, dataset):
    frame = spark.read.json(paths)
    if frame.columns == [CORRUPT]:
        frame = spark.read.option("multiLine", "true").json(paths)
        if frame.columns == [CORRUPT]:
            return Frame(spark.read.text(paths), ["not JSON line by line: read as lines of text"])
    if CORRUPT in frame.columns:
        # Spark refuses a query on this column alone unless the parsed rows are kept; and such a file is better compared as it is.
        return Frame(spark.read.text(paths), ["some lines are no JSON: read as lines of text"])
    return Frame(frame, ["types of JSON are inferred from its values"])


def _csv(spark, paths, with_header):
    """Columns as text, by the names of the first line when every file starts with the same one; else by position."""
    lines = spark.read.text(paths)
    first = lines.head()
    if first is None:
        return Frame(lines, ["no lines"])
    line = first["value"]
    separator = max(",;\t|", key=line.count)
    names = [n.strip().strip('"') for n in line.split(separator)]
    named = len(set(names)) == len(names) and all(NAME.match(n) for n in names)
    if named:
        named = _starts_every_file(lines, line)
    header = line if named else None
    reader = spark.read.option("sep", separator).option("mode", "PERMISSIVE").option("columnNameOfCorruptRecord", CORRUPT)
    if named and with_header:
        notes = ["CSV columns are compared as text, by the names in the first line"]
        reader = reader.option("header", "true").option("enforceSchema", "false")
    else:
        notes = ["CSV columns are compared as text, by position; no line is taken for a header"]
        names = [f"column {n + 1}" for n in range(len(names))]
    # Lines with more or fewer values keep their text in a column of its own.
    schema = StructType([StructField(n, StringType()) for n in [*names, CORRUPT]])
    return Frame(reader.schema(schema).csv(paths), notes, header)


def _starts_every_file(lines, line):
    """Whether each file has the line exactly once: then it is a header, wherever Spark cut the files."""
    is_line = (F.col("value") == line).cast("long")
    per_file = lines.groupBy(F.input_file_name()).agg(F.sum(is_line).alias("times"))
    counts = per_file.agg(F.min("times").alias("least"), F.max("times").alias("most")).head()
    return counts["least"] == 1 and counts["most"] == 1
