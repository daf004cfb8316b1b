// The names that edits use, brought into reach: which import is there, which must be added, and where.
// Laws: an import that is there is used, under its alias; one line is added per module and file at most; a name that means something else
// in the file is refused, never shadowed.

import { type Edit, importsOf, type Node, named, type Program, textOf } from '../pyspark/index.ts';
import { identifiers } from './places.ts';

/** A name that an edit uses: `F` for `from pyspark.sql import functions as F`. */
export interface NeededImport {
  readonly file: string;
  readonly module: string;
  readonly name: string;
  readonly as?: string;
}

const moduleOf = (program: Program, file: string): Node | undefined => program.roots.find((one) => one.source.path === file);

/** What the file calls `pyspark.sql.functions`; `F` when it has no name for it yet. */
export function functionsName(program: Program, file: string): string {
  const root = moduleOf(program, file);
  if (root === undefined) return 'F';
  for (const { module, name, as } of importsOf(root)) {
    if (module === 'pyspark.sql' && name === 'functions') return as;
    if (module === 'pyspark.sql.functions' && name === undefined && !as.includes('.')) return as;
  }
  return 'F';
}

/** What an edit of `file` that uses `functionsName` needs. */
export const functionsImport = (program: Program, file: string): NeededImport => ({
  file,
  module: 'pyspark.sql',
  name: 'functions',
  as: functionsName(program, file),
});

/** True when the module's import gives the name already. */
function isThere(root: Node, { module, name, as = name }: NeededImport): boolean {
  return importsOf(root).some(
    (one) =>
      one.as === as && ((one.module === module && one.name === name) || (one.name === undefined && one.module === `${module}.${name}`)),
  );
}

/** Why a name cannot be imported: the file means something else by it. */
export function taken(program: Program, needed: NeededImport): string | undefined {
  const root = moduleOf(program, needed.file);
  if (root === undefined) return `${needed.file} was not read`;
  const as = needed.as ?? needed.name;
  if (isThere(root, needed)) return isBoundAgain(root, as) ? `${as} stands for something else in a part of ${needed.file}` : undefined;
  if (identifiers(root, as).length > 0) return `${as} stands for something else in ${needed.file}`;
  return undefined;
}

/** A parameter, a variable or a function takes the name as well. */
const isBoundAgain = (root: Node, name: string): boolean =>
  identifiers(root, name).some(({ parent, field }) => {
    if (parent === undefined) return false;
    if (/^(default_parameter|typed_default_parameter|function_definition|class_definition|named_expression)$/.test(parent.type))
      return field === 'name';
    if (/^(assignment|augmented_assignment|for_statement|for_in_clause)$/.test(parent.type)) return field === 'left';
    return /^(parameters|lambda_parameters|typed_parameter|as_pattern_target|(pattern_list|tuple_pattern|list_pattern))$/.test(parent.type);
  });

/** Edits that bring the names into reach. Names that are there already need none; call `taken` first. */
export function importEdits(program: Program, needed: readonly NeededImport[]): Edit[] {
  const edits: Edit[] = [];
  for (const file of new Set(needed.map((one) => one.file))) {
    const root = moduleOf(program, file);
    if (root === undefined) continue;
    const missing = new Map<string, NeededImport>();
    for (const one of needed) if (one.file === file && !isThere(root, one)) missing.set(`${one.module} ${one.name} ${one.as ?? ''}`, one);
    if (missing.size === 0) continue;
    const byModule = new Map<string, string[]>();
    for (const { module, name, as } of missing.values())
      byModule.set(module, [...(byModule.get(module) ?? []), as === undefined || as === name ? name : `${name} as ${as}`]);
    const { at, before, after } = placeOf(root);
    const lines = [...byModule].sort().map(([module, names]) => `from ${module} import ${names.sort().join(', ')}`);
    edits.push({ file, start: at, end: at, text: `${before}${lines.join('\n')}${after}` });
  }
  return edits;
}

/** Behind the last import at the top of the module; else behind its docstring and `__future__`; else at its head. */
function placeOf(root: Node): { at: number; before: string; after: string } {
  const statements = named(root);
  const imports = statements.filter((one) => /^import(_from)?_statement$|^future_import_statement$/.test(one.type));
  const pyspark = imports.filter((one) => /^(from|import)\s+pyspark\b/.test(textOf(one)));
  const last = pyspark.at(-1) ?? imports.at(-1);
  if (last !== undefined) return { at: last.end, before: '\n', after: '' };
  const first = statements[0];
  if (first?.type === 'expression_statement' && named(first)[0]?.type === 'string') return { at: first.end, before: '\n\n', after: '' };
  return { at: first?.start ?? 0, before: '', after: '\n\n' };
}
