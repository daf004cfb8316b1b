// The Python grammar: loaded once, then every text is parsed at once and its tree copied out.
// Laws: asynchronous to load only; the two wasm files come from their npm packages, from the clone as from the packed package, never from the
// network; any text gives a tree (what is no Python is an ERROR node in it).

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Language, Parser } from 'web-tree-sitter';
import { FiresteelError, messageOf } from '../base/index.ts';
import { MAX_DEPTH, type Node } from './node.ts';
import type { Source } from './source.ts';

export interface Grammar {
  /** The tree of a source's code; the root's type is `module`. */
  tree(source: Source): Node;
}

let loading: Promise<Grammar> | undefined;

/** The grammar of this process. FiresteelError `environment` when its files are not installed. */
export function loadGrammar(): Promise<Grammar> {
  loading ??= load().catch((cause) => {
    loading = undefined;
    throw new FiresteelError(
      'environment',
      `The Python grammar cannot be loaded: ${messageOf(cause)}.`,
      'Install the packages again: npm ci',
      {
        cause,
      },
    );
  });
  return loading;
}

async function load(): Promise<Grammar> {
  const packages = createRequire(import.meta.url);
  const runtime = packages.resolve('web-tree-sitter/web-tree-sitter.wasm');
  await Parser.init({ locateFile: () => runtime });
  const language = await Language.load(await readFile(packages.resolve('tree-sitter-python/tree-sitter-python.wasm')));
  const parser = new Parser();
  parser.setLanguage(language);
  return {
    tree(source) {
      const tree = parser.parse(source.code);
      if (tree === null) throw new Error('the parser gave no tree');
      try {
        return copy(tree.walk(), source);
      } finally {
        tree.delete();
      }
    },
  };
}

type Growing = { -readonly [K in keyof Node]: K extends 'children' ? Growing[] : Node[K] };

/** Copies the tree below the cursor, without recursion. */
function copy(cursor: ReturnType<NonNullable<ReturnType<Parser['parse']>>['walk']>, source: Source): Node {
  const here = (parent: Growing | undefined): Growing => ({
    type: cursor.nodeType,
    field: cursor.currentFieldName ?? undefined,
    named: cursor.nodeIsNamed,
    start: cursor.startIndex,
    end: cursor.endIndex,
    children: [],
    parent,
    source,
  });
  const root = here(undefined);
  let at: Growing = root;
  let depth = 0;
  for (;;) {
    if (depth >= MAX_DEPTH) at.type = 'too_deep';
    else if (cursor.gotoFirstChild()) {
      const first = here(at);
      at.children.push(first);
      at = first;
      depth++;
      continue;
    }
    while (!cursor.gotoNextSibling()) {
      if (!cursor.gotoParent() || at.parent === undefined) {
        cursor.delete();
        return root;
      }
      at = at.parent as Growing;
      depth--;
    }
    const next = here(at.parent as Growing);
    (at.parent as Growing).children.push(next);
    at = next;
  }
}
