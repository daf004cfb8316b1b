// One file as the parser sees it: plain Python, a Databricks source file, or a Jupyter notebook laid out as one Python text.
// Laws: `text` is what ranges slice; `code` has the same length and differs only where a line is no Python (magics, shell lines);
// a file in another language is named with the reason and never guessed at.

import { readNotebook } from './notebook.ts';
import { lineStarts, positionAt, type Range } from './text.ts';

/** A text with the path it was read from; the path decides what it is. */
export interface SourceText {
  readonly path: string;
  readonly text: string;
}

/** A cell of a notebook: which lines of the file's text are its own. */
export interface Cell {
  /** From 0, among all cells of the notebook. */
  readonly index: number;
  readonly language: 'python' | 'sql' | 'scala' | 'r' | 'shell' | 'markdown';
  readonly start: number;
  readonly end: number;
  /** The file's lines from first to last, from 1. */
  readonly firstLine: number;
  readonly lastLine: number;
}

/** A file that was parsed as Python. */
export interface Source {
  readonly path: string;
  readonly kind: 'python' | 'databricks' | 'notebook';
  /** What ranges slice: the file itself, for a Jupyter notebook its code cells, one after the other. */
  readonly text: string;
  /** What is parsed: `text` with magics and shell lines turned into comments of the same length. */
  readonly code: string;
  readonly cells: readonly Cell[];
  readonly lines: readonly number[];
  /** The file as it was read; other than `text` for a Jupyter notebook only. */
  readonly raw: string;
  /** For a Jupyter notebook: where a piece of `text` stands in `raw`. */
  readonly pieces: readonly Piece[];
}

/** A stretch of a notebook's text inside one JSON string of the file. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  /** Where the string's first character stands in the file, and for each character of the piece its offset from there. */
  readonly rawStart: number;
  readonly offsets: readonly number[];
}

/** A file, or a part of one, that was not read, and why. */
export interface NotAnalysed {
  readonly path: string;
  readonly language: string;
  readonly why: string;
  /** Set when only some lines of the file are meant. */
  readonly lines?: { readonly first: number; readonly last: number };
}

const OTHER: Readonly<Record<string, string>> = { scala: 'Scala', sc: 'Scala', java: 'Java', sql: 'SQL', r: 'R', kt: 'Kotlin' };
const MAGIC: Readonly<Record<string, Cell['language']>> = {
  sql: 'sql',
  scala: 'scala',
  r: 'r',
  sh: 'shell',
  bash: 'shell',
  pip: 'shell',
  fs: 'shell',
  run: 'shell',
  md: 'markdown',
};

/** Reads what a file is; a file in another language, or one that cannot be laid out, comes back as not analysed. */
export function sourceOf(file: SourceText): Source | NotAnalysed {
  const extension = /\.([A-Za-z]+)$/.exec(file.path)?.[1]?.toLowerCase() ?? '';
  const other = OTHER[extension];
  if (other !== undefined) return { path: file.path, language: other, why: `not analysed: Firesteel reads Python; this file is ${other}.` };
  if (extension === 'ipynb') return notebookSource(file);
  if (/^\uFEFF?# Databricks notebook source/.test(file.text)) return databricksSource(file);
  return build(file.path, 'python', file.text, file.text, [], file.text, []);
}

export function isNotAnalysed(one: Source | NotAnalysed): one is NotAnalysed {
  return 'why' in one;
}

/** The range of two offsets in a source. */
export function rangeIn(source: Source, start: number, end: number): Range {
  return { file: source.path, start: positionAt(source.lines, start), end: positionAt(source.lines, end) };
}

/** The cell in which an offset lies. */
export function cellAt(source: Source, offset: number): Cell | undefined {
  return source.cells.find((cell) => offset >= cell.start && offset <= cell.end);
}

function build(
  path: string,
  kind: Source['kind'],
  text: string,
  code: string,
  cells: readonly Omit<Cell, 'firstLine' | 'lastLine'>[],
  raw: string,
  pieces: readonly Piece[],
): Source {
  const lines = lineStarts(text);
  const placed = cells.map((cell) => ({
    ...cell,
    firstLine: positionAt(lines, cell.start).line,
    lastLine: positionAt(lines, Math.max(cell.start, cell.end - 1)).line,
  }));
  return { path, kind, text, code, cells: placed, lines, raw, pieces };
}

/** Databricks keeps a notebook as Python with comments between cells; offsets stay as they are, magics are comments already. */
function databricksSource(file: SourceText): Source {
  const cells: Omit<Cell, 'firstLine' | 'lastLine'>[] = [];
  const border = /^# COMMAND ----------[^\S\r\n]*(?:\r\n|\n|\r|$)/gm;
  let start = 0;
  const add = (end: number) => {
    const magic = /^# MAGIC\s+%(\w+)/m.exec(file.text.slice(start, end))?.[1];
    cells.push({ index: cells.length, language: (magic && MAGIC[magic]) || 'python', start, end });
  };
  for (const match of file.text.matchAll(border)) {
    add(match.index);
    start = match.index + match[0].length;
  }
  add(file.text.length);
  return build(file.path, 'databricks', file.text, maskLines(file.text), cells, file.text, []);
}

function notebookSource(file: SourceText): Source | NotAnalysed {
  const notebook = readNotebook(file.text);
  if (typeof notebook === 'string')
    return { path: file.path, language: 'Jupyter notebook', why: `not analysed: the notebook cannot be read: ${notebook}.` };
  if (notebook.language !== undefined && !/^(i?python\d*|py)$/i.test(notebook.language))
    return { path: file.path, language: notebook.language, why: `not analysed: the notebook's language is ${notebook.language}.` };
  let text = '';
  let code = '';
  const cells: Omit<Cell, 'firstLine' | 'lastLine'>[] = [];
  const pieces: Piece[] = [];
  for (const cell of notebook.cells) {
    const start = text.length;
    for (const part of cell.parts) {
      pieces.push({ start: text.length, end: text.length + part.text.length, rawStart: part.rawStart, offsets: part.offsets });
      text += part.text;
    }
    const own = text.slice(start);
    const magic = /^\s*%%(\w+)/.exec(own)?.[1];
    const language = magic === undefined || magic === 'time' || magic === 'timeit' || magic === 'capture' ? 'python' : MAGIC[magic];
    code += language === 'python' ? maskLines(own) : maskAll(own);
    cells.push({ index: cell.index, language: language ?? 'shell', start, end: text.length });
    if (!/[\r\n]$/.test(own)) {
      text += '\n';
      code += '\n';
    }
  }
  return build(file.path, 'notebook', text, code, cells, file.text, pieces);
}

/** Lines that IPython takes for itself (`%magic`, `!shell`, `?help`) become comments of the same length. */
function maskLines(text: string): string {
  return text.replace(/^([ \t]*)[%!?](?=[%\w!])/gm, (_, indent: string) => `${indent}#`);
}

function maskAll(text: string): string {
  return text.replace(/^[^\r\n]/gm, '#');
}
