// The function that a salted join calls: PySpark text, put into the user's module once.
// Laws: for every join type it takes, the rows are those of left.join(right, …): the rows of the crowded side keep their number, and the other side's
// rows are copied only under salts that a row of the crowded side can have; where that cannot be made sure at run time, it joins as before.

export const HELPER = 'salted_join';

/**
 * Why it is right. A row of `many` gets one salt; it is not 0 only when its key is among the hot ones (or null). A row of `few` whose key is hot is
 * there once for every salt, any other once with salt 0. Both sides test the same values on columns of one type, so equal keys agree on being
 * hot: each row of `many` meets each of its matches exactly once. Null keys match nothing and may lie anywhere. So inner, semi, anti and the
 * outer join that keeps `many` are right; the outer join that keeps `few` is not, and is refused by the caller.
 */
export const helperText = (f: string): string => `
def salted_join(left, right, on, how="inner", many="left", left_keys=None, right_keys=None, by=None, salts=16, hot=8):
    """left.join(right, on, how), with the rows of the side \`many\` that have its \`hot\` most frequent keys, or null, dealt out over \`salts\` tasks.

    The other side's rows with these keys are copied \`salts\` times. \`many\` must be the side that an outer join keeps. The salt of a row comes
    from its columns \`by\` (all without them), so that it is the same each time the row is computed.
    """
    names = [on] if isinstance(on, str) else list(on) if isinstance(on, (list, tuple)) else [on]
    by_name = all(isinstance(name, str) for name in names)
    keys = {"left": left_keys or names, "right": right_keys or names}
    frames = {"left": left, "right": right}
    few = "right" if many == "left" else "left"
    lower = {side: [name.lower() for name in frame.columns] for side, frame in frames.items()}
    kinds = {side: {name.lower(): kind for name, kind in frame.dtypes} for side, frame in frames.items()}

    def column(side, name):
        return frames[side]["\`" + name + "\`"]

    def is_plain(side, name):
        kind = kinds[side].get(name.lower(), "")
        atomic = kind in ("tinyint", "smallint", "int", "bigint", "string", "date", "boolean", "double", "float", "timestamp")
        return (atomic or kind.startswith("decimal")) and lower[side].count(name.lower()) == 1 and "\`" not in name

    spread = [name for name in by or frames[many].columns if name not in keys[many] and is_plain(many, name)]
    alike = all(
        is_plain("left", a) and is_plain("right", b) and kinds["left"][a.lower()] == kinds["right"][b.lower()]
        for a, b in zip(keys["left"], keys["right"])
    )
    if not (alike and spread):
        return left.join(right, on, how)

    rows = frames[many].select(*[column(many, key).alias(f"k{i}") for i, key in enumerate(keys[many])])
    counted = rows.na.drop().groupBy(*rows.columns).agg(${f}.count(${f}.lit(1)).alias("_rows")).where("_rows > 1")
    values = [tuple(row)[:-1] for row in counted.orderBy(${f}.desc("_rows")).limit(hot).collect()]

    def is_hot(side):
        found = ${f}.lit(False)
        for value in values:
            same = ${f}.lit(True)
            for key, part in zip(keys[side], value):
                same = same & (column(side, key) == ${f}.lit(part))
            found = found | same
        return found

    def is_null(side):
        found = ${f}.lit(False)
        for key in keys[side]:
            found = found | column(side, key).isNull()
        return found

    salt = ${f}.pmod(${f}.xxhash64(*[column(many, name) for name in spread]), ${f}.lit(salts)).cast("int")
    copies = ${f}.when(is_hot(few), ${f}.sequence(${f}.lit(0), ${f}.lit(salts - 1))).otherwise(${f}.array(${f}.lit(0)))
    salted = {
        many: frames[many].withColumn("_salt", ${f}.when(is_null(many) | is_hot(many), salt).otherwise(${f}.lit(0))),
        few: frames[few].withColumn("_salt" if by_name else "_salt_copy", ${f}.explode(copies)),
    }
    if by_name:
        return salted["left"].join(salted["right"], [*names, "_salt"], how).drop("_salt")
    condition = salted[many]["_salt"] == salted[few]["_salt_copy"]
    for part in names:
        condition = condition & part
    return salted["left"].join(salted["right"], condition, how).drop("_salt", "_salt_copy")
`;
