"""How a value of any Spark type becomes 64 bits, and where its floating-point numbers are.

Laws: equal values give equal bits whatever the order of map entries; null, NaN and empty are three things; -0.0 is 0.0, as Spark's own
comparison has it; every expression is built from Spark's functions, so it runs in the engine's generated code.
Types are walked in the JSON form of Spark's schema, which also names types that this pyspark has no class for.
"""
import json

from pyspark.sql import functions as F

# Two seeds make two independent 64-bit hashes. That one of n pairs of different values agrees in both has a chance of about n / 2^128;
# the sums of a column agree by accident with a chance of 2^-128. Nobody who can choose the data is guarded against: the hash is not secret.
SEEDS = (0x5EED0001, 0x5EED0002)

FLOATS = ("double", "float")
_SHORT = {"integer": "int", "long": "bigint", "short": "smallint", "byte": "tinyint"}
_CHAR = "__CHAR_VARCHAR_TYPE_STRING"


class Field:
    """One top-level column: its name, its type as JSON tree and as text, and whether it is char(n)."""

    def __init__(self, name, tree, metadata=None):
        self.name = name
        self.tree = tree
        metadata = metadata or {}
        declared = metadata.get(_CHAR, "")
        # Trailing blanks of char(n) have no meaning in SQL, and readers differ in whether they pad.
        self.padded = declared.startswith("char(") or (isinstance(tree, str) and tree.startswith("char("))
        collation = metadata.get("__COLLATIONS", {}).get(name)
        self.text = (declared or type_text(tree)) + (f" collate {collation}" if collation else "")

    def __repr__(self):
        return f"{self.name} {self.text}"


def fields_of(frame):
    """The columns of a frame as Field, in its order."""
    schema = json.loads(frame._jdf.schema().json())
    return [Field(f["name"], f["type"], f.get("metadata")) for f in schema["fields"]]


def type_text(tree):
    """Spark's short name of a type, without nullability: int, decimal(10,2), struct<a:bigint,b:array<string>>."""
    if isinstance(tree, str):
        return _SHORT.get(tree, tree)
    kind = tree["type"]
    if kind == "struct":
        return "struct<" + ",".join(f"{f['name']}:{type_text(f['type'])}" for f in tree["fields"]) + ">"
    if kind == "array":
        return f"array<{type_text(tree['elementType'])}>"
    if kind == "map":
        return f"map<{type_text(tree['keyType'])},{type_text(tree['valueType'])}>"
    return f"udt<{tree.get('class') or tree.get('pyClass')}>"


def holds(tree, kind):
    """Whether values of the type hold numbers of that floating type; keys of maps are compared exactly and do not count."""
    if isinstance(tree, str):
        return tree == kind
    inner = {
        "struct": lambda: any(holds(f["type"], kind) for f in tree["fields"]),
        "array": lambda: holds(tree["elementType"], kind),
        "map": lambda: holds(tree["valueType"], kind),
    }.get(tree["type"])
    return inner() if inner else False


def is_approximate(tree):
    return any(holds(tree, kind) for kind in FLOATS)


def exact(column, tree, seed, padded=False):
    """64 bits of a value: equal when the values are, and null is one of them."""
    return _bits(column, tree, seed, padded, _atom)


def shape(column, tree, seed):
    """Like exact(), but every finite floating-point number counts as the same: what must agree before numbers are compared by tolerance."""
    return _bits(column, tree, seed, False, _atom_kind)


def _bits(column, tree, seed, padded, atom):
    head = (F.lit(seed), column.isNull())
    if isinstance(tree, str):
        return F.xxhash64(*head, *atom(F.rtrim(column) if padded else column, tree))
    kind = tree["type"]
    if kind == "struct":
        return F.xxhash64(*head, *[_bits(column.getField(f["name"]), f["type"], seed, False, atom) for f in tree["fields"]])
    if kind == "array":
        # Elements become numbers first: Spark's own hash of an array skips nulls, and so takes [1, null] for [null, 1].
        return F.xxhash64(*head, F.size(column), F.transform(column, lambda x: _bits(x, tree["elementType"], seed, False, atom)))
    if kind == "map":

        def entry(e):
            key = _bits(e.getField("key"), tree["keyType"], seed, False, _atom)
            return F.xxhash64(key, _bits(e.getField("value"), tree["valueType"], seed, False, atom))

        return F.xxhash64(*head, F.size(column), F.sort_array(F.transform(F.map_entries(column), entry)))
    return F.xxhash64(*head, column)


def _atom(column, tree):
    if tree == "void":
        return ()
    if tree == "variant":
        return (column.cast("string"),)
    if tree == "string":
        return (column.cast("binary"),)  # the bytes, whatever the collation
    return (column,)


def _atom_kind(column, tree):
    if tree not in FLOATS:
        return _atom(column, tree)
    infinite = F.lit(float("inf"))
    return (F.when(F.isnan(column), 1).when(column == infinite, 2).when(column == -infinite, 3).otherwise(0),)


def leaves(column, tree, kind):
    """All numbers of one floating type inside a value, in a fixed order, as array<double>; what is null or not finite is 0 here."""
    if tree == kind:
        return F.array(finite(column))
    empty = F.array().cast("array<double>")
    if tree["type"] == "struct":
        inside = [f for f in tree["fields"] if holds(f["type"], kind)]
        return F.concat(*[leaves(column.getField(f["name"]), f["type"], kind) for f in inside])
    if tree["type"] == "array":
        element = tree["elementType"]
        if element == kind:
            return F.coalesce(F.transform(column, finite), empty)
        return F.coalesce(F.flatten(F.transform(column, lambda x: leaves(x, element, kind))), empty)
    value = tree["valueType"]
    keys = F.sort_array(F.map_keys(column))
    return F.coalesce(F.flatten(F.transform(keys, lambda k: leaves(F.element_at(column, k), value, kind))), empty)


def finite(column):
    """The number as a double; 0 for what is null or not finite."""
    number = column.cast("double")
    return F.when(number.isNull() | F.isnan(number) | (F.abs(number) == F.lit(float("inf"))), F.lit(0.0)).otherwise(number)


def as_text(column, tree, limit):
    """A value as a person reads it, cut after `limit` characters; null stays null."""
    text = F.hex(column) if tree == "binary" else column.cast("string")
    return F.substring(text, 1, limit)
