// Checks the import law of scripts/imports.table.ts over src/ and web/: directions, doors, bans, and no rule id in shared code.
// Laws: it decides on the syntax tree, never on text; each violation is `file:line: what (law: sentence)`;
// tests (and `testing/`, which only they may import) are free, for they reach into rooms and print what they like.
// A known limit: a destructured global (`const { now } = Date`) and a path inside `new URL(…)` are not seen.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, posix } from 'node:path';
import { BANS, ROOMS, WEB } from './imports.table.ts';
import { lineOf, type Node, parse, visit } from './syntax.ts';

export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

const isTest = (file: string) => /\.test\.ts$|\/testing\//.test(file);
const withScheme = (module: string) => (builtinModules.includes(module) ? `node:${module}` : module);

interface Import {
  readonly specifier: string;
  readonly start: number;
  readonly typesOnly: boolean;
}

/** Every module a file names: static, dynamic, re-exported, or inside a type. */
function importsOf(program: Node): Import[] {
  const found: Import[] = [];
  visit(program, (node) => {
    const source = node.source as Node | null | undefined;
    if (source?.type !== 'Literal' || typeof source.value !== 'string') return;
    const kind = (node.importKind ?? node.exportKind) as string | undefined;
    const parts = (node.specifiers ?? []) as Node[];
    const partsAreTypes = parts.length > 0 && parts.every((part) => (part.importKind ?? part.exportKind) === 'type');
    const typesOnly = node.type === 'TSImportType' || kind === 'type' || partsAreTypes;
    found.push({ specifier: source.value, start: node.start, typesOnly });
  });
  return found;
}

/** The dotted path of a name or member access, `process.stdout`; undefined for anything else. */
function pathOf(node: Node | null | undefined): string | undefined {
  if (node?.type === 'Identifier') return node.name as string;
  if (node && TRANSPARENT.has(node.type)) return pathOf(node.expression as Node);
  if (node?.type !== 'MemberExpression') return undefined;
  const object = pathOf(node.object as Node);
  const property = node.property as Node;
  const name = node.computed ? property.value : property.name;
  if (object === undefined || typeof name !== 'string') return undefined;
  return object === 'globalThis' ? name : `${object}.${name}`;
}

/** Wrappers that leave a value what it is. */
const TRANSPARENT = new Set([
  'ParenthesizedExpression',
  'TSAsExpression',
  'TSNonNullExpression',
  'TSSatisfiesExpression',
  'ChainExpression',
]);

/** True for an identifier that reads no variable: a property's name, a key, or a name inside a type. */
function isOnlyAName(node: Node, parent: Node | undefined): boolean {
  if (parent === undefined) return false;
  if (parent.type.startsWith('TS')) return !TRANSPARENT.has(parent.type);
  if (parent.type === 'MemberExpression') return parent.property === node && parent.computed !== true;
  return parent.key === node && parent.computed !== true && parent.shorthand !== true;
}

/** The paths of names imported from Node's modules: `import { randomUUID } from 'node:crypto'` is `crypto.randomUUID`. */
function importedPaths(node: Node): string[] {
  const source = node.source as Node | undefined;
  if (node.type !== 'ImportDeclaration' || typeof source?.value !== 'string') return [];
  const module = withScheme(source.value);
  if (!module.startsWith('node:')) return [];
  const names = (node.specifiers as Node[]).map((part) => (part.imported as Node | undefined)?.name);
  return names.map((name) => `${module.slice('node:'.length)}.${name}`);
}

/** Names this file declares itself, so that a local called `fetch` is not taken for the global one. */
function declaredNames(program: Node): Set<string> {
  const names = new Set<string>();
  const declare = (node: Node | null | undefined): void => {
    if (node?.type === 'Identifier') names.add(node.name as string);
    else if (node?.type === 'AssignmentPattern') declare(node.left as Node);
    else if (node?.type === 'ArrayPattern') (node.elements as Node[]).forEach(declare);
    else if (node?.type === 'RestElement') declare(node.argument as Node);
    else if (node?.type === 'ObjectPattern') for (const part of node.properties as Node[]) declare((part.value ?? part.argument) as Node);
  };
  visit(program, (node) => {
    if (node.type === 'VariableDeclarator') declare(node.id as Node);
    if (node.type === 'FunctionDeclaration') declare(node.id as Node);
    if (Array.isArray(node.params)) (node.params as Node[]).forEach(declare);
  });
  return names;
}

function bansOf(file: string, room: string, program: Node, imports: readonly Import[], text: string): Violation[] {
  const found: Violation[] = [];
  const add = (start: number, what: string, law: string) => found.push({ file, line: lineOf(text, start), text: `${what} (law: ${law})` });
  const bans = BANS.filter((ban) => ban.rooms.includes(room));
  for (const ban of bans) {
    for (const { specifier, start } of imports) {
      if (ban.modules?.includes(withScheme(specifier))) add(start, `${room} imports ${specifier}`, ban.law);
    }
  }
  const local = declaredNames(program);
  const use = (start: number, path: string | undefined) => {
    if (path === undefined || local.has(path.split('.')[0] as string)) return;
    for (const ban of bans) if (ban.names?.includes(path)) add(start, `${room} uses ${path}`, ban.law);
  };
  visit(program, (node, parent) => {
    for (const path of importedPaths(node)) use(node.start, path);
    if (!TRANSPARENT.has(node.type) && !isOnlyAName(node, parent)) use(node.start, pathOf(node));
    if (node.type !== 'CallExpression' && node.type !== 'NewExpression') return;
    const callee = pathOf(node.callee as Node);
    for (const ban of bans) {
      if (callee === undefined || !ban.bareCalls?.includes(callee) || (node.arguments as Node[]).length > 0) continue;
      add(node.start, `${room} uses ${callee}() without an argument`, ban.law);
    }
  });
  return found;
}

function directionsOf(file: string, room: string, imports: readonly Import[], text: string): Violation[] {
  const found: Violation[] = [];
  const law = ROOMS[room];
  if (law === undefined) return [];
  for (const { specifier, start, typesOnly } of imports) {
    if (!specifier.startsWith('.')) continue;
    const add = (what: string) => found.push({ file, line: lineOf(text, start), text: what });
    const target = posix.join(posix.dirname(file), specifier);
    const [top, other, ...rest] = target.split('/');
    if (top !== 'src' || other === undefined) {
      add(`${room} imports ${target}, which is outside src (law: rooms import rooms)`);
    } else if (rest.includes('testing')) {
      add(`${room} imports ${target} (law: only tests import testing/, it is not in the package)`);
    } else if (other === room) {
      const [own, theirs] = [file.split('/')[2], rest[0]];
      const ownIsFolder = file.split('/').length > 3;
      if (law.closedFolders && ownIsFolder && rest.length > 1 && own !== theirs) {
        add(`${room}/${own} imports ${room}/${theirs} (law: ${room} import no other of their kind)`);
      }
    } else if (!law.may.includes(other) && !(typesOnly && law.types?.includes(other))) {
      const allowed = [...law.may, ...(law.types ?? []).map((name) => `${name} (types only)`)].join(', ') || 'nothing of ours';
      add(`${room} imports ${typesOnly ? 'types of ' : ''}${other} (law: ${room} may import ${allowed})`);
    } else if (rest.join('/') !== 'index.ts') {
      add(`${room} reaches into ${target} (law: a room is entered through its door, src/${other}/index.ts)`);
    }
  }
  return found;
}

/** Strings equal to a rule's id, outside the folder of a rule: shared code must ask a property of the rule instead. */
function ruleIdsOf(file: string, program: Node, ruleIds: ReadonlySet<string>, text: string): Violation[] {
  const [, room, folder] = file.split('/');
  // A fixer's data says which rules' findings it cures, as a rule's folder says its own name.
  const isOwner = (room === 'rules' && ruleIds.has(folder ?? '')) || (room === 'fix' && folder === 'fixers');
  if (isOwner || file.endsWith('.generated.ts')) return [];
  const found: Violation[] = [];
  visit(program, (node) => {
    const value =
      node.type === 'TemplateElement' ? (node.value as { cooked?: string }).cooked : node.type === 'Literal' ? node.value : undefined;
    if (typeof value !== 'string' || !ruleIds.has(value)) return;
    const law = 'no branch on a particular rule id in shared code: give the rule a property';
    found.push({ file, line: lineOf(text, node.start), text: `names the rule '${value}' (law: ${law})` });
  });
  return found;
}

/** What a file of the pages names that a browser has not, or that is another page's. */
function webOf(file: string, text: string): Violation[] {
  const folder = file.split('/').slice(0, 2).join('/');
  const reached = WEB.folders[folder];
  if (reached === undefined || isTest(file)) return [];
  const found: Violation[] = [];
  for (const { specifier, start, typesOnly } of importsOf(parse(file, text))) {
    const add = (what: string) => found.push({ file, line: lineOf(text, start), text: what });
    if (withScheme(specifier).startsWith('node:')) add(`${folder} imports ${specifier} (law: it runs in a browser)`);
    if (!specifier.startsWith('.')) continue;
    const target = posix.join(posix.dirname(file), specifier);
    if (target.startsWith('src/')) {
      if (!typesOnly && !WEB.values.includes(target))
        add(`${folder} imports values of ${target} (law: of src a browser gets ${WEB.values.join(', ')})`);
    } else if (![folder, ...reached].some((one) => target.startsWith(`${one}/`)))
      add(`${folder} imports ${target} (law: ${folder} may import ${['itself', ...reached].join(', ')})`);
  }
  return found;
}

/** All violations of one file; `file` is its path from the root, with forward slashes. */
export function checkFile(file: string, text: string, ruleIds: ReadonlySet<string>): Violation[] {
  if (file.startsWith('web/')) return webOf(file, text);
  const [, room = ''] = file.split('/');
  if (!(room in ROOMS))
    return [{ file, line: 1, text: `src/${room} is no room of scripts/imports.table.ts (law: a new room is a reviewed line)` }];
  if (isTest(file)) return [];
  const program = parse(file, text);
  const imports = importsOf(program);
  return [
    ...directionsOf(file, room, imports, text),
    ...bansOf(file, room, program, imports, text),
    ...ruleIdsOf(file, program, ruleIds, text),
  ].sort((a, b) => a.line - b.line);
}

/** All violations under `root`. */
export function checkTree(root: string): { files: number; violations: Violation[] } {
  const files = globSync(['src/**/*.ts', 'web/**/*.{ts,tsx}'], { cwd: root })
    .map((file) => file.replaceAll('\\', '/'))
    .sort();
  const ruleIds = new Set(globSync('src/rules/*/rule.ts', { cwd: root }).map((file) => file.split(/[\\/]/)[2] ?? ''));
  const violations = files.flatMap((file) => checkFile(file, readFileSync(join(root, file), 'utf8'), ruleIds));
  const rooms = new Set(files.filter((file) => file.startsWith('src/')).map((file) => file.split('/')[1] ?? ''));
  const entered = new Set(Object.values(ROOMS).flatMap((law) => [...law.may, ...(law.types ?? [])]));
  for (const room of rooms) {
    if (!entered.has(room) || existsSync(join(root, 'src', room, 'index.ts'))) continue;
    violations.push({ file: `src/${room}`, line: 1, text: 'has no index.ts (law: a room has a door)' });
  }
  return { files: files.length, violations };
}

if (import.meta.main) {
  const { files, violations } = checkTree(join(import.meta.dirname, '..'));
  for (const { file, line, text } of violations) console.error(`${file}:${line}: ${text}`);
  console.log(`import law: ${files} files, ${violations.length} violations`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}
