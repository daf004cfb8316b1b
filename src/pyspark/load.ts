// The door's front: the grammar loaded once, then programs read from texts.
// Law: asynchronous to load only.

import { analyse, type FileReader } from './analyse.ts';
import { loadGrammar } from './grammar.ts';
import type { Program } from './program.ts';
import type { SourceText } from './source.ts';

export interface PySpark {
  /** Reads files as one program. `reader` gives files that they import, by path; without it only the given ones are known. */
  parse(files: readonly SourceText[] | SourceText, reader?: FileReader): Program;
}

/** Loads the Python grammar. FiresteelError `environment` when the packages are not installed. */
export async function loadPySpark(): Promise<PySpark> {
  const grammar = await loadGrammar();
  return {
    parse: (files, reader = () => undefined) =>
      analyse(grammar, Array.isArray(files) ? (files as readonly SourceText[]) : [files as SourceText], reader),
  };
}
