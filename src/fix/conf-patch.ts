// Configuration changes written into the texts that people keep: spark-defaults.conf, a spark-submit command line, a session's builder chain.
// Laws: edits as data, everything else stays byte for byte; a key that is there is changed in place, a new one is added where its like stand;
// a change that such a text cannot carry is given back, never dropped.

import { propertyLines } from '../conf/index.ts';
import { applyEdits, type Call, child, type Edit, type Node, type Program, pythonLiteral, type Setting, textOf } from '../pyspark/index.ts';
import { editOf } from './conf-change.ts';
import type { ConfChange } from './define.ts';

export interface ConfPatch {
  readonly text: string;
  /** Changes that this text cannot carry, each with why. */
  readonly left: readonly { readonly change: ConfChange; readonly why: string }[];
}

/** `spark-defaults.conf`: the line of a key gets the new value, or goes; new keys stand at the end. Comments and blank lines stay. */
export function patchProperties(text: string, changes: readonly ConfChange[]): ConfPatch {
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const starts = lineOffsets(text);
  const edits: Edit[] = [];
  const added: string[] = [];
  const known = propertyLines(text);
  for (const { key, to } of changes) {
    const lines = known.filter((one) => one.key === key);
    for (const { line } of lines) {
      const start = starts[line - 1] as number;
      const end = endOfLogicalLine(text, start);
      if (to === undefined) edits.push({ file: '', start, end: Math.min(text.length, end + lineBreak(text, end)), text: '' });
      else {
        const head = /^[ \t\f]*(?:\\[\s\S]|[^\\=: \t\f])*[ \t\f]*[=:]?[ \t\f]*/.exec(text.slice(start, end))?.[0] ?? '';
        const separator = /[=: \t\f]$/.test(head) ? '' : ' ';
        edits.push({ file: '', start: start + head.length, end, text: separator + escaped(to) });
      }
    }
    if (lines.length === 0 && to !== undefined) added.push(`${key} ${escaped(to)}`);
  }
  if (added.length > 0) {
    const gap = text === '' || /(\n|\r)$/.test(text) ? '' : newline;
    edits.push({ file: '', start: text.length, end: text.length, text: gap + added.map((one) => one + newline).join('') });
  }
  return { text: applyEdits(text, edits), left: [] };
}

const escaped = (value: string): string => value.replaceAll('\\', '\\\\');

function lineOffsets(text: string): number[] {
  const starts = [0];
  for (const match of text.matchAll(/\r\n|\n|\r/g)) starts.push(match.index + match[0].length);
  return starts;
}

/** The end of a line and of those that a backslash joins to it. */
function endOfLogicalLine(text: string, start: number): number {
  for (let at = start; ; ) {
    const rest = /\r\n|\n|\r/.exec(text.slice(at));
    if (rest === null) return text.length;
    const end = at + rest.index;
    if (!/(?<!\\)(?:\\\\)*\\$/.test(text.slice(at, end))) return end;
    at = end + rest[0].length;
  }
}

const lineBreak = (text: string, at: number): number => (text.startsWith('\r\n', at) ? 2 : at < text.length ? 1 : 0);

/** Flags of spark-submit that stand for a key (SparkSubmitArguments). */
const FLAGS: Readonly<Record<string, string>> = {
  'spark.driver.memory': '--driver-memory',
  'spark.driver.cores': '--driver-cores',
  'spark.executor.memory': '--executor-memory',
  'spark.executor.cores': '--executor-cores',
  'spark.cores.max': '--total-executor-cores',
  'spark.executor.instances': '--num-executors',
};

const LAUNCHER = /(^|[\s/\\;&|(])(spark-submit|spark-shell|spark-sql|pyspark|spark[23]-submit)(\.cmd)?(?=\s|\\|$)/;

/** A spark-submit command line, or a script with one: `--conf key=value` is changed, removed, or put behind the launcher's name. */
export function patchSubmit(text: string, changes: readonly ConfChange[]): ConfPatch {
  const edits: Edit[] = [];
  const left: { change: ConfChange; why: string }[] = [];
  const launcher = LAUNCHER.exec(text);
  const added: string[] = [];
  for (const change of changes) {
    const { key, to } = change;
    const places = [...pairs(text, key), ...flags(text, key)];
    if (places.some((one) => one.variable)) {
      left.push({ change, why: `its value is a variable of the script` });
      continue;
    }
    for (const one of places)
      edits.push(
        to === undefined
          ? { file: '', start: one.start, end: one.end, text: '' }
          : { file: '', start: one.valueStart, end: one.valueEnd, text: one.quoted ? to : quotedWord(to) },
      );
    if (places.length > 0 || to === undefined) continue;
    if (launcher === null) left.push({ change, why: 'the text has no spark-submit command' });
    else added.push(`--conf ${quotedWord(`${key}=${to}`)}`);
  }
  if (added.length > 0 && launcher !== null) {
    const at = launcher.index + launcher[0].length;
    const broken = /^[ \t]*\\(\r?\n)([ \t]*)/.exec(text.slice(at));
    const before = broken === null ? ' ' : ` \\${broken[1]}${broken[2]}`;
    edits.push({ file: '', start: at, end: at, text: added.map((one) => before + one).join('') });
  }
  return { text: applyEdits(text, edits), left };
}

const quotedWord = (word: string): string => (/^[\w.,:/=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

interface Pair {
  /** With the white space, and the line that it has for itself, before it. */
  readonly start: number;
  readonly end: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly quoted: boolean;
  readonly variable: boolean;
}

/** White space, line continuations included, before an option. */
const BEFORE = '((?:[ \\t]|\\\\\\r?\\n)+)';

function pairs(text: string, key: string): Pair[] {
  const name = key.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const found: Pair[] = [];
  for (const match of text.matchAll(new RegExp(`${BEFORE}(?:--conf|-c)(?:[ \\t]+|=)(["']?)${name}=`, 'g'))) {
    const quote = match[2] as string;
    const valueStart = match.index + match[0].length;
    const value =
      (quote === '' ? /^(?:"[^"]*"|'[^']*'|\\[\s\S]|[^\s"'\\;|&])*/ : new RegExp(`^(?:\\\\[\\s\\S]|[^\\\\${quote}])*`)).exec(
        text.slice(valueStart),
      )?.[0] ?? '';
    const valueEnd = valueStart + value.length;
    found.push({
      start: match.index,
      end: valueEnd + quote.length,
      valueStart,
      valueEnd,
      quoted: quote !== '',
      variable: /[$`]/.test(value),
    });
  }
  return found;
}

function flags(text: string, key: string): Pair[] {
  const flag = FLAGS[key];
  if (flag === undefined) return [];
  return [...text.matchAll(new RegExp(`${BEFORE}${flag}(?:[ \\t]+|=)("[^"]*"|'[^']*'|[^\\s;|&\\\\]+)`, 'g'))].map((match) => {
    const value = match[2] as string;
    const end = match.index + match[0].length;
    return { start: match.index, end, valueStart: end - value.length, valueEnd: end, quoted: false, variable: /[$`]/.test(value) };
  });
}

/** Keys that a builder cannot set: the JVM of the driver has started, or the executors' size is the launcher's matter (catalogue scope `submit`). */
const TOO_LATE = /^spark\.(driver\.(memory|memoryOverhead|cores|extra|default)|submit\.|yarn\.(?!executor)|master$)/;

/** The builder chain of a program: keys it sets are changed there, new ones are put in front of `getOrCreate()`. */
export function patchBuilder(
  program: Program,
  changes: readonly ConfChange[],
): { readonly edits: readonly Edit[]; readonly left: ConfPatch['left'] } {
  const edits: Edit[] = [];
  const left: { change: ConfChange; why: string }[] = [];
  const session = program.sessions.find((one) => one.node.type === 'call');
  const call = program.calls.find((one) => one.node === session?.node && /^(getOrCreate|create)$/.test(one.name));
  const links: string[] = [];
  for (const change of changes) {
    const { key, to } = change;
    const sites = program.settings.filter((one) => one.key === key && one.how !== 'unset');
    const made = sites.map((site: Setting) => editOf(program, site, to));
    if (made.some((one) => one === undefined)) left.push({ change, why: 'the code sets it in a way that no edit can change' });
    else if (sites.length > 0) edits.push(...made.flatMap((one) => one as Edit[]));
    else if (to === undefined) continue;
    else if (TOO_LATE.test(key))
      left.push({ change, why: 'it must be known before the program runs: spark-defaults.conf or the command line' });
    else if (call === undefined) left.push({ change, why: 'the program makes no session of its own' });
    else links.push(`.config("${key}", ${pythonLiteral(to)})`);
  }
  if (call !== undefined && links.length > 0) edits.push(beforeLink(call, links));
  return { edits, left };
}

/** Links put in front of the last one of a chain, each on a line of its own where the chain is written so. */
function beforeLink(call: Call, links: readonly string[]): Edit {
  const callee = child(call.node, 'function') as Node;
  const receiver = child(callee, 'object') as Node;
  const between = textOf(callee).slice(receiver.end - callee.start);
  const gap = /^\s*\n[ \t]*(?=\.)/.exec(between)?.[0] ?? '';
  return { file: call.node.source.path, start: receiver.end, end: receiver.end, text: links.map((one) => gap + one).join('') };
}
