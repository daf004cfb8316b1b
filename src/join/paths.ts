// Does a path or a table name of the program, known in parts only, fit one that the log names?
// Law: a part that is known at run time only fits anything inside it and proves nothing: a fit is as strong as its literal characters.

import type { KnownText } from '../pyspark/index.ts';

/** Without scheme, authority and slashes at the ends: `s3a://bucket/x/` and `file:/x` as their paths; the bucket stays. */
const plainPath = (path: string): string =>
  path
    .replace(/^[a-z][a-z0-9+.-]*:\/{1,3}/i, '/')
    .replace(/\/{2,}/g, '/')
    .replace(/\/$/, '')
    .toLowerCase();

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/**
 * How well a path of the log fits a pattern of the program: its literal characters, 0 when nothing of it is known, undefined when it does not fit.
 * `inside`: the log may name a file or folder below the path. A relative path fits the end of an absolute one.
 */
export function pathFit(pattern: string, path: string, inside = false): number | undefined {
  const asked = plainPath(pattern);
  const parts = asked.split(/\*|\{[^}]*\}|\[[^\]]*\]|\?/);
  const literal = parts.reduce((sum, part) => sum + part.replace(/\//g, '').length, 0);
  const open = /^[*{[?]/.test(asked) ? '^.*' : asked.startsWith('/') ? '^(?:.*)' : '(?:^|/)';
  const body = (/^[*{[?]/.test(asked) ? parts.slice(1) : parts).map(escaped).join('.*');
  const fits = new RegExp(`${open}${body}${inside ? '(?:/.*)?$' : '$'}`).test(plainPath(path));
  return fits ? literal : undefined;
}

/** As `pathFit` over several paths of the log: the best. `undefined` when none fits. */
export function bestFit(text: KnownText | undefined, paths: readonly string[], inside = false): number | undefined {
  if (text === undefined) return undefined;
  let best: number | undefined;
  for (const path of paths) {
    const fit = pathFit(text.pattern, path, inside);
    if (fit !== undefined && (best === undefined || fit > best)) best = fit;
  }
  return best;
}

/** Paths in an operator's text: `InMemoryFileIndex(1 paths)[file:/x/y]`, `path=/x/y`, `Execute … file:/x/y, false`. */
export function pathsIn(text: string): string[] {
  const found = [...text.matchAll(/(?:[a-z][a-z0-9+.-]*:\/+|(?<=[[\s=(])\/)[^\s,;\])}]+/gi)].map((match) => match[0]);
  return [...new Set(found.map((path) => path.replace(/\.\.\.$/, '')))];
}

/** Does a table name of the program fit the log's text? Qualifiers may be missing on either side. */
export function tableFits(name: string, text: string): boolean {
  const last = name.replaceAll('`', '').split('.').at(-1)?.trim() ?? '';
  if (last === '' || last.includes('*')) return false;
  return new RegExp(`(^|[^\\w])${escaped(last)}([^\\w]|$)`, 'i').test(text.replaceAll('`', ''));
}
