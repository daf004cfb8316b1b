"""What one Spark says about its own configuration, as JSON; called by scripts/gen-conf.ts.

Laws: nothing is written down here that Spark, Delta, Iceberg, Kafka or Hadoop can say themselves; a class that cannot be loaded is named in
`unread`, never skipped in silence. `fetch` brings jars by Spark's own Ivy, each alone; `dump` reads them and the registries of the JVM.

    conf_dump.py fetch IVY COORDINATE…
    conf_dump.py dump OUT [JAR…]
"""

import glob
import json
import os
import re
import sys
import zipfile


def fetch(ivy, coordinates):
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.master("local[1]").config("spark.jars.ivy", ivy).config("spark.ui.enabled", "false").getOrCreate()
    for coordinate in coordinates:
        try:
            spark.sql(f"ADD JAR ivy://{coordinate}?transitive=false")
            print("fetched", coordinate, flush=True)
        except Exception as error:  # noqa: BLE001 - a mirror may lack one of them
            print("not fetched", coordinate, str(error).splitlines()[-1][:200], flush=True)
    spark.stop()


def utf8_constants(data):
    """The texts in the constant pool of a class file (JVM specification, 4.4)."""
    out, at, i = [], 10, 1
    count = int.from_bytes(data[8:10], "big")
    sizes = {3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4, 19: 2, 20: 2}
    while i < count:
        tag = data[at]
        if tag == 1:
            length = int.from_bytes(data[at + 1 : at + 3], "big")
            out.append(data[at + 3 : at + 3 + length].decode("utf-8", "replace"))
            at += 3 + length
        else:
            at += 1 + sizes[tag]
            i += tag in (5, 6)
        i += 1
    return out


NAME = re.compile(r"spark\.[a-zA-Z][A-Za-z0-9_-]*(\.[A-Za-z0-9_*-]+)*\.?")


def names_in(jars, python):
    """Every text in Spark's own classes and Python files that has the shape of a key."""
    found = set()
    for jar in jars:
        with zipfile.ZipFile(jar) as z:
            for name in z.namelist():
                if name.endswith(".class"):
                    found.update(text for text in utf8_constants(z.read(name)) if NAME.fullmatch(text))
    for file in glob.glob(os.path.join(python, "**", "*.py"), recursive=True):
        if "/tests/" in file:
            continue
        text = open(file, encoding="utf-8").read()
        found.update(m.group(1) for m in re.finditer(r"""["'](spark\.[a-z][A-Za-z0-9_.]*)["']""", text) if NAME.fullmatch(m.group(1)))
    return sorted(found)


class Reader:
    def __init__(self, jvm):
        self.jvm = jvm
        self.unread = []

    def cls(self, name):
        return self.jvm.java.lang.Class.forName(name)

    def module(self, name):
        return self.cls(name).getField("MODULE$").get(None)

    def field(self, obj, cls, name):
        for candidate in cls.getDeclaredFields():
            if candidate.getName() == name or candidate.getName().endswith("$$" + name):
                candidate.setAccessible(True)
                return candidate.get(obj)
        raise KeyError(name)

    def list(self, scala):
        it = scala.iterator()
        out = []
        while it.hasNext():
            out.append(it.next())
        return out

    def attempt(self, what, body, default=None):
        try:
            return body()
        except Exception as error:  # noqa: BLE001 - what a class throws when it loads is anything
            self.unread.append(f"{what}: {str(error).splitlines()[0][:200]}")
            return default

    def convert(self, entry, text):
        """(True, the value as Spark writes it) or (False, why not)."""
        try:
            # Composed in the JVM: on its way through Python a small Long would become an Integer.
            return True, entry.valueConverter().andThen(entry.stringConverter()).apply(text)
        except Exception as error:  # noqa: BLE001
            java = getattr(error, "java_exception", None)
            return False, str(java.getMessage() if java is not None else error)

    def shape(self, entry):
        """Type, unit of a plain number, allowed values and bounds: by what the entry's own converter takes and says."""
        ok, said = self.convert(entry, "zz@!zz")
        if ok:
            return {"type": "string" if isinstance(entry.valueConverter().apply("zz@!zz"), str) else "list"}
        low = said.lower()
        out = {}
        if re.search(r"should be (a/an ')?boolean", low):
            return {"type": "boolean"}
        if "size must be specified" in low or "failed to parse byte" in low or "a/an 'bytes in" in low:
            out["type"] = "bytes"
        elif "time must be specified" in low or "failed to parse time" in low or "a/an 'time in" in low:
            out["type"] = "time"
        elif re.search(r"should be (a/an ')?int\b", low):
            out["type"] = "int"
        elif re.search(r"should be (a/an ')?long\b", low):
            out["type"] = "long"
        elif re.search(r"should be (a/an ')?double\b", low):
            out["type"] = "double"
        else:
            values = re.search(r"should be one of '(.+?)'", said) or re.search(r"should be one of (.+?), but was", said)
            options = values.group(1).split(", ") if values else []
            out = {"type": "string", "said": said.splitlines()[0][:300]}
            if options:
                out["values"] = options
                out["cased"] = not self.convert(entry, options[0].swapcase())[0] and options[0].swapcase() != options[0]
            return out
        if out["type"] in ("bytes", "time"):
            # Spark writes every duration in ms and every size in b: what 7 becomes tells the unit of a plain number.
            ok, plain = self.convert(entry, "7")
            units = {"7ms": "ms", "7000ms": "s", "420000ms": "m", "7b": "b", "7168b": "k", "7340032b": "m", "7516192768b": "g"}
            if ok and plain in units:
                out["unit"] = units[plain]
        probes = ["-2147483647", "-1", "0", "1", "2"] if out["type"] != "double" else ["-1", "-0.000001", "0", "0.000001", "0.5", "0.999999", "1", "1.000001", "2", "1000"]
        taken = [p for p in probes if self.convert(entry, p)[0]]
        if taken and taken[0] != probes[0]:
            out["min"] = float(taken[0])
        # Above 2 the probes are too far apart to say where the bound is.
        if taken and taken[-1] not in ("2", probes[-1]):
            out["max"] = float(taken[-1])
        refused = [self.convert(entry, p)[1] for p in probes if p not in taken]
        if refused:
            out["said"] = refused[0].splitlines()[0][:300]
        return out

    def entry(self, entry, static, session):
        kind = entry.getClass().getSimpleName()
        key = entry.key()
        out = {
            "key": key,
            "doc": entry.doc(),
            "since": entry.version(),
            "public": bool(entry.isPublic()),
            "kind": kind,
            "alternatives": list(self.list(entry.alternatives())),
            "scope": "static" if key in static else "session" if key in session else "core",
        }
        out["default"] = self.attempt(f"default of {key}", lambda: entry.defaultValueString())
        if kind == "FallbackConfigEntry":
            out["fallback"] = entry.fallback().key()
        out.update(self.attempt(f"shape of {key}", lambda: self.shape(entry), {}))
        return out

    def constants(self, name):
        """The public static final fields of a Java class: name → value."""
        cls = self.cls(name)
        out = {}
        modifier = self.jvm.java.lang.reflect.Modifier
        for field in cls.getDeclaredFields():
            if modifier.isStatic(field.getModifiers()):
                try:
                    field.setAccessible(True)
                    value = field.get(None)
                except Exception:  # noqa: BLE001
                    continue
                if isinstance(value, (str, int, float, bool)):
                    out[field.getName()] = value
        return out

    def strings(self, name):
        """The text fields of a Scala object."""
        cls = self.cls(name)
        obj = self.attempt(name, lambda: cls.getField("MODULE$").get(None))
        out = {}
        for field in cls.getDeclaredFields():
            try:
                field.setAccessible(True)
                value = field.get(obj)
            except Exception:  # noqa: BLE001
                continue
            if isinstance(value, str):
                out[field.getName()] = value
        return out

    def kafka(self, name):
        definition = self.cls(name).getMethod("configDef", self.jvm.java.lang.reflect.Array.newInstance(self.cls("java.lang.Class"), 0)).invoke(
            None, self.jvm.java.lang.reflect.Array.newInstance(self.cls("java.lang.Object"), 0)
        )
        from py4j.java_gateway import JavaObject, get_field

        keys = definition.configKeys()
        out = []
        for key in keys.keySet():
            one = keys.get(key)
            default = get_field(one, "defaultValue")
            if isinstance(default, JavaObject):
                name = default.getClass().getName()
                default = None if name in ("java.lang.Object", "java.lang.Class") else str(default.toString())
            text = None if default is None else str(default).lower() if isinstance(default, bool) else str(default)
            out.append({"key": key, "type": get_field(one, "type").toString().lower(), "default": text, "doc": get_field(one, "documentation")})
        return out


def core_default(jars):
    """Names, values and descriptions of Hadoop's core-default.xml that are about S3A."""
    import xml.etree.ElementTree as ET

    for jar in jars:
        with zipfile.ZipFile(jar) as z:
            if "core-default.xml" in z.namelist():
                root = ET.fromstring(z.read("core-default.xml"))
                return [
                    {"key": p.findtext("name").strip(), "default": (p.findtext("value") or "").strip(), "doc": (p.findtext("description") or "").strip()}
                    for p in root.iter("property")
                    if p.findtext("name").strip().startswith("fs.s3a.")
                ]
    return []


def dump(out, jars):
    import pyspark

    os.environ["PYSPARK_SUBMIT_ARGS"] = f"--driver-class-path {':'.join(jars)} --conf spark.ui.enabled=false --master local[1] pyspark-shell"
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.getOrCreate()
    reader = Reader(spark._jvm)
    # What a driver has registered by itself after its first query: only for these keys does `spark.conf.set` know that they are not its own.
    spark.range(10).selectExpr("id % 3 AS k").groupBy("k").count().collect()
    registry = reader.module("org.apache.spark.internal.config.ConfigEntry$")
    known = reader.field(registry, reader.cls("org.apache.spark.internal.config.ConfigEntry$"), "knownConfigs")
    live = list(known.keySet())
    own = sorted(glob.glob(os.path.join(os.path.dirname(pyspark.__file__), "jars", "spark-*.jar")))
    extra = [jar for jar in jars if re.search(r"delta-spark|spark-(sql|streaming)-kafka|spark-avro|spark-token|iceberg", jar)]

    # Objects that hold entries register them when they load: those that build them, and those whose names say so (they may inherit them).
    named = re.compile(r"(?i)conf(ig)?s?(base)?\$\.class$|/package\$\.class$")
    for jar in own + [jar for jar in extra if "iceberg" not in jar]:
        with zipfile.ZipFile(jar) as z:
            for name in z.namelist():
                if name.endswith("$.class") and (named.search(name) or b"internal/config/ConfigBuilder" in z.read(name)):
                    reader.attempt(name, lambda: reader.module(name[: -len(".class")].replace("/", ".")))
    sqlconf = reader.module("org.apache.spark.sql.internal.SQLConf$")
    session_keys, static_keys = set(), set()
    entries = [known.get(key) for key in known.keySet()]
    for key in known.keySet():
        if sqlconf.isStaticConfigKey(key):
            static_keys.add(key)
        elif sqlconf.containsConfigKey(key):
            session_keys.add(key)
    rows = sorted((reader.entry(entry, static_keys, session_keys) for entry in entries), key=lambda row: row["key"])

    core = reader.module("org.apache.spark.SparkConf$")
    core_class = reader.cls("org.apache.spark.SparkConf$")
    deprecated = [
        {"key": pair._1(), "version": pair._2().version(), "doc": pair._2().deprecationMessage()}
        for pair in reader.list(reader.field(core, core_class, "deprecatedConfigs"))
    ]
    renamed = [
        {"key": alternate.key(), "version": alternate.version(), "to": pair._1()}
        for pair in reader.list(reader.field(core, core_class, "configsWithAlternatives"))
        for alternate in reader.list(pair._2())
    ]
    deprecated += [
        {"key": pair._1(), "version": pair._2().version(), "doc": pair._2().comment()} for pair in reader.list(sqlconf.deprecatedSQLConfigs())
    ]
    removed = [
        {"key": pair._1(), "version": pair._2().version(), "default": pair._2().defaultValue(), "doc": pair._2().comment()}
        for pair in reader.list(sqlconf.removedSQLConfigs())
    ]

    options = {}

    def delta():
        properties = reader.module("org.apache.spark.sql.delta.DeltaConfigs$")
        entries = reader.field(properties, reader.cls("org.apache.spark.sql.delta.DeltaConfigs$"), "entries")
        return [{"key": key, "default": entries.get(key).defaultValue(), "doc": entries.get(key).helpMessage()} for key in entries.keySet()]

    options["deltaTable"] = reader.attempt("delta table properties", delta, [])
    options["deltaOptions"] = reader.attempt(
        "delta options", lambda: reader.list(reader.module("org.apache.spark.sql.delta.DeltaOptions$").validOptionKeys()), []
    )
    options["deltaStrings"] = reader.attempt("delta option names", lambda: reader.strings("org.apache.spark.sql.delta.DeltaOptions$"), {})
    options["jdbc"] = reader.attempt(
        "jdbc options", lambda: reader.strings("org.apache.spark.sql.execution.datasources.jdbc.JDBCOptions$"), {}
    )
    options["kafka"] = reader.attempt("kafka options", lambda: reader.strings("org.apache.spark.sql.kafka010.KafkaSourceProvider$"), {})
    options["kafkaConsumer"] = reader.attempt("kafka consumer", lambda: reader.kafka("org.apache.kafka.clients.consumer.ConsumerConfig"), [])
    options["kafkaProducer"] = reader.attempt("kafka producer", lambda: reader.kafka("org.apache.kafka.clients.producer.ProducerConfig"), [])
    options["s3a"] = core_default(glob.glob(os.path.join(os.path.dirname(pyspark.__file__), "jars", "hadoop-client-*.jar")))
    options["s3aConstants"] = reader.attempt("s3a constants", lambda: reader.constants("org.apache.hadoop.fs.s3a.Constants"), {})
    options["s3aCommit"] = reader.attempt("s3a committer constants", lambda: reader.constants("org.apache.hadoop.fs.s3a.commit.CommitConstants"), {})
    options["s3aInternal"] = reader.attempt("s3a internal constants", lambda: reader.constants("org.apache.hadoop.fs.s3a.impl.InternalConstants"), {})
    for name in ("SparkSQLProperties", "SparkReadOptions", "SparkWriteOptions"):
        options[f"iceberg{name}"] = reader.attempt(name, lambda: reader.constants(f"org.apache.iceberg.spark.{name}"), {})
    for name in ("TableProperties", "CatalogProperties"):
        options[f"iceberg{name}"] = reader.attempt(name, lambda: reader.constants(f"org.apache.iceberg.{name}"), {})

    result = {
        "spark": spark.version,
        "jars": [os.path.basename(jar) for jar in jars],
        "entries": rows,
        "live": sorted(live),
        "deprecated": deprecated,
        "renamed": renamed,
        "removed": removed,
        "names": names_in(own + [jar for jar in extra if "iceberg" not in jar], os.path.dirname(pyspark.__file__)),
        "options": options,
        "unread": reader.unread,
    }
    with open(out, "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1, sort_keys=True, default=str)
    spark.stop()


if __name__ == "__main__":
    if sys.argv[1] == "fetch":
        fetch(sys.argv[2], sys.argv[3:])
    else:
        dump(sys.argv[2], sys.argv[3:])
