// Lines that the log names → places of the program: call sites of queries, stages and jobs, also when the file lies elsewhere now.
// Law: a line is taken only when the file's name fits and, where the log names the call, a call of that name stands there.

import type { SourceLine } from '../facts/index.ts';
import type { Call, Program, Source } from '../pyspark/index.ts';

export interface Traced {
  readonly path: string;
  readonly line: number;
  /** The calls of the logged name at the line; without one of that name all at the line. */
  readonly calls: readonly Call[];
}

const baseName = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;

/** The longer the common end of two paths, the surer that they are one file. */
function commonEnd(a: string, b: string): number {
  const [one, other] = [a.split(/[\\/]/).reverse(), b.split(/[\\/]/).reverse()];
  let same = 0;
  while (same < one.length && same < other.length && one[same] === other[same]) same++;
  return same;
}

/** The file of the program that the log means. */
function sourceOf(program: Program, file: string): Source | undefined {
  const same = program.sources.filter((one) => baseName(one.path) === baseName(file));
  return same.sort((a, b) => commonEnd(b.path, file) - commonEnd(a.path, file))[0];
}

/** Where a logged line stands in the program; undefined when no file of it fits, or when another version of it ran. */
export function tracedIn(program: Program, site: SourceLine | undefined): Traced | undefined {
  if (site === undefined) return undefined;
  const source = sourceOf(program, site.file);
  if (source === undefined || site.line > source.lines.length) return undefined;
  const all = program.callsAt(source.path, site.line);
  const own =
    site.call === undefined ? all : all.filter((call) => call.name === site.call || SAME.get(call.name)?.includes(site.call ?? ''));
  if (site.call !== undefined && own.length === 0 && !/^(<|\w+\$)/.test(site.call) && all.length === 0) return undefined;
  return { path: source.path, line: site.line, calls: own.length > 0 && site.call !== undefined ? own : all };
}

/** What PySpark calls on the JVM, or on itself, for a method: the name that the log has. */
const SAME: ReadonlyMap<string, readonly string[]> = new Map([
  ['toPandas', ['collect', 'toPandas', 'collectToPython', 'collectAsArrowToPython']],
  ['first', ['collect', 'head', 'take', 'first']],
  ['head', ['collect', 'head', 'take']],
  ['take', ['collect', 'head', 'runJob', 'take']],
  ['save', ['save', 'parquet', 'csv', 'json', 'orc']],
]);
