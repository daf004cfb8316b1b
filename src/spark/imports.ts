// Which of a project's own files a Python script reaches by its import statements.
// Laws: statements are found by their form, line by line: one inside a text or behind a condition counts too (too many files, never too few
// of those named in plain words); a file counts once; the walk is bounded.

import { readFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';

const MAX_FILES = 2000;

/** Files by their name relative to the root they were found from (the script itself by its own name), with their content. */
export async function filesReached(script: string, roots: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  const seen = new Set<string>();
  const queue: { readonly file: string; readonly root: string }[] = [{ file: script, root: dirname(script) }];
  for (let next = queue.shift(); next !== undefined && found.size < MAX_FILES; next = queue.shift()) {
    const { file, root } = next;
    if (seen.has(file)) continue;
    seen.add(file);
    const content = await readFile(file).catch(() => undefined);
    if (content === undefined) continue;
    found.set(file === script ? basename(file) : relative(root, file), content);
    for (const module of modulesOf(content.toString('utf8'))) {
      // `from . import x`: its own folder for one dot, the parent for two.
      const dots = /^\.*/.exec(module)?.[0].length ?? 0;
      const parts = module.slice(dots).split('.').filter(Boolean);
      const bases = dots === 0 ? roots : [join(dirname(file), ...Array<string>(dots - 1).fill('..'))];
      for (const base of bases) {
        // The packages on the way run too.
        for (let i = 1; i <= parts.length; i++) {
          const path = join(base, ...parts.slice(0, i));
          for (const candidate of [`${path}.py`, join(path, '__init__.py')])
            queue.push({ file: candidate, root: dots === 0 ? base : root });
        }
      }
    }
  }
  return found;
}

/** Dotted names that the import statements of a text may load: `a.b`, `.c`; what stands behind `from m import` counts as module too. */
export function modulesOf(text: string): string[] {
  const modules = new Set<string>();
  // Brackets and backslashes join lines.
  const joined = text
    .replace(/\\\r?\n/g, ' ')
    .replace(/^(\s*from\s+[\w.]+\s+import\s*)\(([^)]*)\)/gm, (_all, head: string, names: string) => {
      return head + names.replace(/#.*$/gm, ' ').replace(/\s+/g, ' ');
    });
  for (const line of joined.split(/[\n;]/)) {
    const from = /^\s*(?:\w+.*:\s*)?from\s+([\w.]+)\s+import\s+([^#]+)/.exec(line);
    if (from !== null) {
      const [, base = '', names = ''] = from;
      if (!/^\.*$/.test(base)) modules.add(base);
      for (const name of names.split(',')) {
        const word = /^\s*(\w+)/.exec(name)?.[1];
        if (word !== undefined) modules.add(/^\.*$/.test(base) ? `${base}${word}` : `${base}.${word}`);
      }
      continue;
    }
    const plain = /^\s*(?:\w+.*:\s*)?import\s+([^#]+)/.exec(line);
    for (const name of plain?.[1]?.split(',') ?? []) {
      const module = /^\s*([\w.]+)/.exec(name)?.[1];
      if (module !== undefined) modules.add(module);
    }
  }
  return [...modules];
}
