// Imports from PySpark that a patch leaves without a use: the names go with what used them, the line when nothing is left on it.
// Laws: only a name that was used before and is not after; a name that another file may take from here, or that stands in a text as a name does,
// stays; other names of the same line are not touched.

import { child, type Edit, type Node, named, type Program, textOf, walk } from '../pyspark/index.ts';
import { dropStatement } from './edits.ts';
import { hasComment, identifiers, lineEnd, lineStart } from './places.ts';

const IMPORT = /^import(_from)?_statement$/;

/** One name that an import gives, with the node that says so. */
interface Given {
  readonly node: Node;
  readonly as: string;
}

/** The edits and what they leave unused, as one list without overlaps. `edits` do not overlap and are of files of the program. */
export function withUnusedImports(program: Program, edits: readonly Edit[]): Edit[] {
  const files = new Set(edits.map((one) => one.file));
  const gone = program.roots.filter((one) => files.has(one.source.path)).flatMap((root) => removals(program, root, edits));
  // A line put in right behind an import that goes takes its place.
  const moved = edits.map((one): Edit => {
    const before = gone.find(({ whole: line }) => line?.source.path === one.file && line.end === one.start && line.end === one.end);
    if (before === undefined) return one;
    const start = before.edits[0]?.start ?? one.start;
    // The last line of a notebook's cell goes with the line break before it.
    const text = before.whole?.source.text[start] === '\n' ? one.text : `${one.text.replace(/^\r?\n/, '')}\n`;
    return { ...one, start, end: start, text };
  });
  return [...gone.flatMap((one) => one.edits), ...moved];
}

interface Removal {
  readonly edits: readonly Edit[];
  /** The statement, when all of it goes. */
  readonly whole?: Node;
}

function removals(program: Program, root: Node, edits: readonly Edit[]): Removal[] {
  const own = edits.filter((one) => one.file === root.source.path);
  return named(root)
    .filter((one) => isPySpark(one) && isPlain(one))
    .flatMap((statement): Removal[] => {
      const all = namesOf(statement);
      const unused = new Set(all.filter(({ as }) => isUnused(program, root, as, own)).map((one) => one.node));
      if (unused.size === 0 || own.some((one) => one.start < statement.end && one.end > statement.start)) return [];
      return [
        unused.size === all.length ? { edits: [dropStatement(statement)], whole: statement } : { edits: parts(statement, all, unused) },
      ];
    });
}

/** `from pyspark… import …` and `import pyspark… as name`. */
function isPySpark(statement: Node): boolean {
  if (!IMPORT.test(statement.type)) return false;
  const names = statement.children.filter((one) => one.field === 'name');
  const from = child(statement, 'module_name');
  const modules = from === undefined ? names : [from];
  return (
    names.length > 0 &&
    modules.every((one) => /^pyspark\b/.test(textOf(one))) &&
    // `import pyspark.sql.functions` makes its module known under `pyspark`, whoever asks.
    (from !== undefined || names.every((one) => one.type === 'aliased_import'))
  );
}

/** Alone on its lines, without a comment: one may say why a name is there that nobody uses. */
function isPlain(statement: Node): boolean {
  const { text } = statement.source;
  const around = text.slice(lineStart(statement), statement.start) + text.slice(statement.end, lineEnd(statement));
  return around.trim() === '' && !hasComment(statement, statement.start, statement.end);
}

const namesOf = (statement: Node): Given[] =>
  statement.children
    .filter((one) => one.field === 'name')
    .map((node) => ({ node, as: textOf(node.type === 'aliased_import' ? (child(node, 'alias') ?? node) : node) }));

function isUnused(program: Program, root: Node, name: string, edits: readonly Edit[]): boolean {
  const uses = identifiers(root, name).filter((one) => !isInImport(one));
  const word = new RegExp(`(?<![\\w.])${name}(?!\\w)`);
  const isGone = (node: Node) => edits.some((edit) => node.start >= edit.start && node.end <= edit.end && edit.end > edit.start);
  return (
    uses.length > 0 &&
    uses.every(isGone) &&
    !edits.some((edit) => word.test(edit.text)) &&
    !isSpelled(root, word, isGone) &&
    !program.roots.some((other) => other !== root && mayTake(other, name))
  );
}

function isInImport(node: Node): boolean {
  for (let at = node.parent; at !== undefined; at = at.parent) if (IMPORT.test(at.type)) return true;
  return false;
}

/** In a text that is nothing but names: an entry of `__all__`, a type in quotes. */
function isSpelled(root: Node, word: RegExp, isGone: (node: Node) => boolean): boolean {
  for (const node of walk(root))
    if (node.type === 'string_content' && !isGone(node) && /^[\w.,|[\] ]+$/.test(textOf(node)) && word.test(textOf(node))) return true;
  return false;
}

/** Another file of the program takes the name, or all names, from a module that is not PySpark's. */
function mayTake(root: Node, name: string): boolean {
  for (const node of walk(root)) {
    if (node.type !== 'import_from_statement' || /^pyspark\b/.test(textOf(child(node, 'module_name') ?? node))) continue;
    if (node.children.some((one) => one.type === 'wildcard_import')) return true;
    if (
      node.children.some(
        (one) => one.field === 'name' && textOf(one.type === 'aliased_import' ? (child(one, 'name') ?? one) : one) === name,
      )
    )
      return true;
  }
  return false;
}

/** The names that go, each with the comma that joins it to the one before; the first ones with those behind them. */
function parts(statement: Node, all: readonly Given[], gone: ReadonlySet<Node>): Edit[] {
  const file = statement.source.path;
  const first = all.findIndex((one) => !gone.has(one.node));
  const cut = (start: number, end: number): Edit => ({ file, start, end, text: '' });
  return [
    ...(first > 0 ? [cut((all[0] as Given).node.start, (all[first] as Given).node.start)] : []),
    ...all.flatMap(({ node }, i) => (i > first && gone.has(node) ? [cut((all[i - 1] as Given).node.end, node.end)] : [])),
  ];
}
