// Files to Program: every file parsed and followed, imports inside the project with it, then what nothing in the project calls.
// Laws: any text gives a program; the same files in the same order give the same program; a file that cannot be read as Python is named.

import { posix } from 'node:path';
import { callFunction, instantiate } from './flow/functions.ts';
import { STARS } from './flow/scopes.ts';
import { sqlText } from './flow/sessions.ts';
import { run } from './flow/statements.ts';
import type { ClassValue, FunctionValue, Scope, Value } from './flow/values.ts';
import type { World } from './flow/world.ts';
import type { Grammar } from './grammar.ts';
import { above, MAX_DEPTH, type Node, named, rangeOf, walk } from './node.ts';
import { createProgram, type Program } from './program.ts';
import { isNotAnalysed, type NotAnalysed, type Source, type SourceText, sourceOf } from './source.ts';

/** Reads a file of the project by path; undefined when there is none. */
export type FileReader = (path: string) => string | undefined;

interface Module {
  readonly root: Node;
  readonly scope: Scope;
}

/** How far above a file its imports are looked for. */
const FOLDERS_UP = 8;

export function analyse(grammar: Grammar, files: readonly SourceText[], reader: FileReader): Program {
  const given = new Map(files.map((file) => [file.path, file]));
  const modules = new Map<string, Module>();
  const notAnalysed: NotAnalysed[] = [];
  const world = newWorld((name, from) => {
    const file = moduleFile(name, from.source.path, given, reader);
    return file === undefined ? undefined : open(file)?.scope;
  });

  function open(file: SourceText): Module | undefined {
    const known = modules.get(file.path);
    if (known !== undefined) return known;
    if (notAnalysed.some((one) => one.path === file.path && one.lines === undefined)) return undefined;
    const source = sourceOf(file);
    if (isNotAnalysed(source)) {
      notAnalysed.push(source);
      return undefined;
    }
    const module: Module = { root: grammar.tree(source), scope: new Map() };
    modules.set(file.path, module);
    otherCells(source, notAnalysed);
    for (const path of runsOf(source)) {
      const target = moduleFile(path, source.path, given, reader);
      if (target === undefined || open(target) === undefined) continue;
      const stars = module.scope.get(STARS);
      const items = stars?.kind === 'list' ? stars.items : [];
      module.scope.set(STARS, { kind: 'list', items: [...items, { kind: 'module', name: path }], exact: true });
    }
    sqlCells(world, source, module.root);
    let broken: Node | undefined;
    for (const node of walk(module.root)) {
      if (isBroken(node) && (broken === undefined || node.start < broken.start)) broken = node;
      if (node.type === 'too_deep') world.notes.add(`${source.path}: code nested more than ${MAX_DEPTH / 2} deep is not followed.`);
    }
    if (broken !== undefined)
      world.notes.add(
        `${source.path}: line ${rangeOf(broken).start.line} is not valid Python, as far as the parser can tell; what it cannot read there is left out.`,
      );
    run(world, { scopes: [module.scope], globals: new Set(), returns: [] }, named(module.root));
    return module;
  }

  for (const file of files) open(file);
  runUncalled(world);
  linkSqlFunctions(world);
  for (const one of world.dictSettings) if (!world.settings.some((set) => set.node === one.node)) world.settings.push(one);
  return createProgram({
    ...world,
    sources: [...modules.values()].map((one) => one.root.source),
    roots: [...modules.values()].map((one) => one.root),
    notAnalysed,
    notes: [...world.notes],
    computedKeys: [...world.computedKeys].filter((node) => !world.settings.some((one) => one.node === node)),
    functions: [...world.functions.values()],
    calls: [...world.calls.values()],
  });
}

function newWorld(moduleScope: World['moduleScope']): World {
  return {
    sessions: [],
    settings: [],
    computedKeys: new Set(),
    reads: [],
    frames: [],
    actions: [],
    udfs: [],
    caches: [],
    joins: [],
    windows: [],
    sql: [],
    dictSettings: [],
    loops: [],
    calls: new Map(),
    values: new Map(),
    notes: new Set(),
    views: new Map(),
    functions: new Map(),
    functionValues: [],
    classes: [],
    ran: new Map(),
    running: new Set(),
    around: [],
    moduleScope,
    steps: 0,
  };
}

/** The file of a module as seen from another file: beside it, or beside a folder above it, or in `src` there. */
function moduleFile(name: string, from: string, given: ReadonlyMap<string, SourceText>, reader: FileReader): SourceText | undefined {
  const read = (path: string): SourceText | undefined => {
    const known = given.get(path);
    if (known !== undefined) return known;
    const text = reader(path);
    return text === undefined ? undefined : { path, text };
  };
  const first = (path: string) =>
    read(`${path}.py`) ?? read(posix.join(path, '__init__.py')) ?? (name.includes('/') ? (read(path) ?? read(`${path}.ipynb`)) : undefined);
  let folder = posix.dirname(from);
  if (name.includes('/')) return first(posix.join(folder, name));
  const dots = /^\.*/.exec(name)?.[0].length ?? 0;
  const path = name.slice(dots).replaceAll('.', '/');
  if (dots > 0) {
    for (let i = 1; i < dots; i++) folder = posix.dirname(folder);
    return path === '' ? read(posix.join(folder, '__init__.py')) : first(posix.join(folder, path));
  }
  if (/^(pyspark|delta|os|sys|re|json|pandas|numpy|datetime|typing|functools|itertools|math|time|logging|argparse)(\/|$)/.test(path))
    return undefined;
  for (let i = 0; i < FOLDERS_UP; i++) {
    const found = first(posix.join(folder, path)) ?? first(posix.join(folder, 'src', path));
    if (found !== undefined) return found;
    const up = posix.dirname(folder);
    if (up === folder) break;
    folder = up;
  }
  return undefined;
}

/** What the parser could not read, or a bracket or name that it put in to go on. */
const isBroken = (node: Node): boolean =>
  node.type === 'ERROR' || (node.children.length === 0 && node.start === node.end && /^([)\]},:=]|identifier)$/.test(node.type));

/** Notebooks that a Databricks or Jupyter notebook runs with %run. */
function runsOf(source: Source): string[] {
  return [...source.text.matchAll(/^(?:# MAGIC )?\s*%run\s+["']?([^\s"']+)/gm)].map((match) => {
    const path = match[1] as string;
    return path.includes('/') ? path : `./${path}`;
  });
}

function otherCells(source: Source, notAnalysed: NotAnalysed[]): void {
  for (const cell of source.cells)
    if (cell.language === 'scala' || cell.language === 'r')
      notAnalysed.push({
        path: source.path,
        language: cell.language === 'scala' ? 'Scala' : 'R',
        why: `not analysed: Firesteel reads Python; this cell is ${cell.language === 'scala' ? 'Scala' : 'R'}.`,
        lines: { first: cell.firstLine, last: cell.lastLine },
      });
}

/** SQL cells are kept as texts, like the ones that Python hands to spark.sql. */
function sqlCells(world: World, source: Source, root: Node): void {
  for (const cell of source.cells) {
    if (cell.language !== 'sql') continue;
    const text = source.text
      .slice(cell.start, cell.end)
      .replace(/^# (COMMAND|DBTITLE|Databricks).*$/gm, '')
      .replace(/^# MAGIC ?/gm, '')
      .replace(/^\s*%%?sql\b/m, '');
    const node: Node = {
      type: 'cell',
      field: undefined,
      named: true,
      start: cell.start,
      end: cell.end,
      children: [],
      parent: root,
      source,
    };
    sqlText(world, node, { kind: 'constant', value: text, node }, undefined, 'cell');
  }
}

/** Functions that nothing in the project calls are followed once, as if called from outside. */
function runUncalled(world: World): void {
  const instances = new Map<ClassValue, Value>();
  for (let i = 0; i < world.functionValues.length && i < 5000; i++) {
    const fn = world.functionValues[i] as FunctionValue;
    if (world.ran.has(fn.node) || world.functions.get(fn.node)?.onWorkers === true) continue;
    const home = above(fn.node, (one) => one.type === 'class_definition' || one.type === 'function_definition');
    const of = home?.type === 'class_definition' ? world.classes.find((one) => one.node === home) : undefined;
    if (of === undefined) {
      callFunction(world, fn, undefined);
      continue;
    }
    let self = instances.get(of);
    if (self === undefined) {
      self = instantiate(world, of, []);
      instances.set(of, self);
    }
    if (!world.ran.has(fn.node)) callFunction(world, { ...fn, self }, undefined);
  }
}

/** A registered UDF is used where SQL names it. */
function linkSqlFunctions(world: World): void {
  for (const udf of world.udfs) {
    if (udf.sqlName === undefined) continue;
    const name = new RegExp(`\\b${udf.sqlName.replace(/[^\w]/g, '.')}\\s*\\(`, 'i');
    for (const text of world.sql)
      if (text.call !== undefined && name.test(text.text) && !udf.uses.includes(text.call)) udf.uses.push(text.call);
  }
}
