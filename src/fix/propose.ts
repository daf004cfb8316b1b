// Proposals filled in: what every fixer says the same way, and comments for a person as edits.
// Laws: a precondition that does not hold makes a rewrite a `leave` with that sentence; one that could not be checked makes it one for review;
// a mark that stands there already is not made again.

import { plural } from '../base/index.ts';
import type { Call, Node } from '../pyspark/index.ts';
import type { FixContext, Precondition, Proposal } from './define.ts';
import { linesAbove } from './edits.ts';
import { indentOf, placeOf, placeOfCall, statementIn } from './places.ts';

interface Given {
  readonly fixer: string;
  readonly rule: string;
  readonly at: Node;
  readonly title: string;
  readonly reason: string;
}

/** What a change consists of; what is left out is empty. */
type Change = Partial<Pick<Proposal, 'edits' | 'imports' | 'conf' | 'preconditions'>>;

/** A change. `safe` unless it says otherwise or a precondition is not known to hold; one that does not hold makes it a `leave`. */
export function rewrite({ at, ...given }: Given & Change & { readonly safety?: Proposal['safety'] }): Proposal {
  return rewriteAt({ ...given, at: placeOf(at) });
}

/** Nothing is changed, and why. */
export function leave({ at, ...given }: Given & Pick<Change, 'preconditions'>): Proposal {
  return leaveAt({ ...given, at: placeOf(at) });
}

type Placed = Omit<Given, 'at'> & Pick<Proposal, 'at'>;

function rewriteAt({
  safety,
  edits = [],
  imports = [],
  conf = [],
  preconditions = [],
  ...given
}: Placed & Change & Partial<Proposal>): Proposal {
  const broken = preconditions.find((one) => one.holds === false);
  if (broken !== undefined) return leaveAt({ ...given, reason: `This does not hold: ${broken.text}`, preconditions });
  const known = preconditions.every((one) => one.holds === true);
  return { ...given, verdict: 'rewrite', safety: safety === 'review' || !known ? 'review' : 'safe', preconditions, edits, imports, conf };
}

const leaveAt = ({ preconditions = [], ...given }: Placed & Pick<Change, 'preconditions'>): Proposal => ({
  ...given,
  verdict: 'leave',
  safety: 'review',
  preconditions,
  edits: [],
  imports: [],
  conf: [],
});

/** What a fixer for review answers with; each in a list, as `propose` gives it back. */
export interface Proposer {
  /** A rewrite; a `leave` when a precondition does not hold. */
  rewrite(draft: Change & Pick<Given, 'title' | 'reason'>): Proposal[];
  /** A comment for a person above the statement; each text is a paragraph. */
  mark(title: string, reason: string, comment: readonly string[]): Proposal[];
  leave(reason: string, preconditions?: readonly Precondition[]): Proposal[];
}

/** Proposals for review of one fixer at one node; `call` names the line where a chain has several. */
export function proposer(fixer: string, context: FixContext, node: Node | undefined, call?: Call): Proposer {
  const at = call !== undefined ? placeOfCall(call) : node === undefined ? undefined : placeOf(node);
  const given = { fixer, rule: ruleOf(context), at };
  const no: Proposer['leave'] = (reason, preconditions) => [
    leaveAt({ ...given, title: 'Left as it is', reason: reason.trim(), ...(preconditions && { preconditions }) }),
  ];
  return {
    leave: no,
    rewrite: ({ reason, ...draft }) => [rewriteAt({ ...given, ...draft, reason: reason.trim(), safety: 'review' })],
    mark: (title, reason, comment) =>
      node === undefined ? no(reason) : [{ ...mark({ ...given, at: node, title, reason: reason.trim(), comment }), at }],
  };
}

/** What a comment of ours begins with. */
const SIGN = '# firesteel';
const WIDTH = 110;

/** A comment above the statement. Left when it stands there already. */
export function mark(given: Given & { readonly comment: readonly string[] }): Proposal {
  const statement = statementIn(given.at);
  if (statement === undefined) return leave(given);
  const head = `${SIGN} (${given.fixer}): `;
  if (above(statement).some((line) => line.startsWith(head.trim()))) return leave({ ...given, reason: 'A comment there says it already.' });
  const [first = '', ...rest] = given.comment;
  const width = WIDTH - indentOf(statement).length;
  const lines = [...wrapped(head + first, width), ...rest.flatMap((one) => wrapped(`#   ${one}`, width))];
  return { ...leave(given), verdict: 'mark', edits: [linesAbove(statement, lines)] };
}

/** Comment lines right above a statement. */
function above(statement: Node): string[] {
  const lines = statement.source.text.slice(0, statement.start).split(/\r\n|\n|\r/);
  lines.pop();
  const found: string[] = [];
  for (let line = lines.pop()?.trim(); line?.startsWith('#') || line?.startsWith('@'); line = lines.pop()?.trim()) found.push(line);
  return found;
}

/** Comment lines of at most this width; what follows the first begins with `#   `. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  // Texts of a log may have lines of their own.
  for (const word of text.replaceAll(/[\r\n]+/g, ' ').split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = `#   ${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** The rule that a proposal cures: the finding of the run, or that of the code when there is no run. */
export const ruleOf = ({ finding, lint }: FixContext): string => finding?.rule ?? lint[0]?.id ?? '';

/** The Spark of the run has a call since a version. */
export function since(context: FixContext, what: string, major: number, minor: number): Precondition {
  const version = context.store?.run.application.sparkVersion;
  const [have, point] = (version ?? '').split('.').map(Number);
  const known = have !== undefined && point !== undefined && Number.isFinite(have) && Number.isFinite(point);
  return {
    text: `${what} is there since Spark ${major}.${minor}${known ? `; the run had ${version}` : '; the version is not known here'}.`,
    holds: known ? (have as number) > major || (have === major && (point as number) >= minor) : undefined,
  };
}

/** True when the run went through: the original failed on none of its rows. */
export function wentThrough(context: FixContext): boolean {
  const run = context.store?.run;
  return run?.application.completed === true && run.jobs.every((job) => job.status === 'succeeded');
}

/** `"a", "b"` as Python spells it. */
export const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');

export const count = (n: number, one: string): string => plural(n, one);
