// Imports: modules of PySpark by their names, modules of the project by their files, everything else unknown.
// Law: a module of the project is followed once; a circle of imports sees what the module has so far, as Python does.

import { child, childrenIn, type Node, named, textOf } from '../node.ts';
import { STARS } from './scopes.ts';
import { PLAIN, type Scope, UNKNOWN, type Value } from './values.ts';
import type { Place, World } from './world.ts';

/** Shorter ways in which PySpark offers its names, and where they live. */
const HOMES: readonly (readonly [RegExp, string])[] = [
  [/^pyspark\.sql\.(session|context|connect\.session)\.(SparkSession|SQLContext|HiveContext)$/, 'pyspark.sql.$2'],
  [/^pyspark\.sql\.(dataframe|connect\.dataframe)\.DataFrame$/, 'pyspark.sql.DataFrame'],
  [/^pyspark\.sql\.window\.(Window)$/, 'pyspark.sql.$1'],
  [/^pyspark\.(conf|context|storagelevel)\.(SparkConf|SparkContext|StorageLevel)$/, 'pyspark.$2'],
  [/^pyspark\.sql\.(connect\.functions|functions\.builtin)\b/, 'pyspark.sql.functions'],
];

export function home(name: string): string {
  for (const [from, to] of HOMES) if (from.test(name)) return name.replace(from, to);
  return name;
}

/** Modules of Python's own library, whose values are no frames and no columns. */
const OWN_LIBRARY =
  /^(argparse|os|sys|re|json|math|time|datetime|calendar|dateutil|pathlib|decimal|random|uuid|logging|collections|string|getpass|socket|hashlib|configparser|tempfile|glob|shutil|csv|io|typing|dataclasses|enum|zoneinfo|pytz|click|statistics|secrets|platform|subprocess)(\.|$)/;

/** What `module.name` stands for. */
export function memberOf(world: World, module: string, name: string, node: Node): Value {
  const own = world.moduleScope(module, node);
  if (own !== undefined) {
    const value = own.get(name);
    if (value !== undefined) return value;
    return world.moduleScope(`${module}.${name}`, node) === undefined ? UNKNOWN : { kind: 'module', name: `${module}.${name}` };
  }
  const full = home(`${module}.${name}`);
  if (/^pyspark(\.|$)/.test(full)) return isModule(full) ? { kind: 'module', name: full } : { kind: 'member', name: full };
  if (/^functools(\.|$)/.test(full)) return { kind: 'member', name: full };
  return OWN_LIBRARY.test(full) ? PLAIN : UNKNOWN;
}

/** PySpark's modules are written small, its classes are not; functions live in a few known modules. */
function isModule(name: string): boolean {
  const last = name.split('.').at(-1) as string;
  return /^[a-z]/.test(last) && !/\.functions\.\w+$|\.types\.\w+$|^pyspark\.sql\.(udf|pandas_udf)$/.test(name);
}

export function importModules(world: World, place: Place, node: Node): void {
  for (const one of childrenIn(node, 'name')) {
    const path = one.type === 'aliased_import' ? child(one, 'name') : one;
    const alias = one.type === 'aliased_import' ? child(one, 'alias') : undefined;
    if (path === undefined) continue;
    const name = textOf(path).replace(/\s/g, '');
    world.moduleScope(name, node);
    const scope = place.scopes.at(-1) as Scope;
    if (alias !== undefined) scope.set(textOf(alias), { kind: 'module', name: home(name) });
    else scope.set(name.split('.')[0] as string, { kind: 'module', name: name.split('.')[0] as string });
  }
}

export function importFrom(world: World, place: Place, node: Node): void {
  const from = child(node, 'module_name');
  if (from === undefined) return;
  const module = textOf(from).replace(/\s/g, '');
  const scope = place.scopes.at(-1) as Scope;
  if (node.children.some((one) => one.type === 'wildcard_import')) {
    world.moduleScope(module, node);
    const stars = scope.get(STARS);
    const star: Value = { kind: 'module', name: home(module) };
    scope.set(STARS, { kind: 'list', items: [...(stars?.kind === 'list' ? stars.items : []), star], exact: true });
    return;
  }
  for (const one of childrenIn(node, 'name')) {
    const path = one.type === 'aliased_import' ? child(one, 'name') : one;
    const alias = one.type === 'aliased_import' ? child(one, 'alias') : undefined;
    if (path === undefined) continue;
    const name = textOf(path);
    scope.set(textOf(alias ?? path), memberOf(world, module, name, node));
  }
}

/** The names imported in a module, with where they are from: for whoever writes code into it. */
export function importsOf(
  root: Node,
): { readonly module: string; readonly name: string | undefined; readonly as: string; readonly node: Node }[] {
  const found: { module: string; name: string | undefined; as: string; node: Node }[] = [];
  for (const node of named(root)) {
    if (node.type !== 'import_statement' && node.type !== 'import_from_statement') continue;
    const from = child(node, 'module_name');
    for (const one of childrenIn(node, 'name')) {
      const path = one.type === 'aliased_import' ? child(one, 'name') : one;
      const alias = one.type === 'aliased_import' ? child(one, 'alias') : undefined;
      if (path === undefined) continue;
      const name = textOf(path);
      if (from === undefined) found.push({ module: name, name: undefined, as: textOf(alias ?? path), node });
      else found.push({ module: textOf(from), name, as: textOf(alias ?? path), node });
    }
  }
  return found;
}
