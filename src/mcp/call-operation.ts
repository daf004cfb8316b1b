// A call of an operation: consent, paths, the work, and its result as an answer that fits.
// Laws: what writes or spends does nothing without `consent: true`; a result is a whole file or an answer, never both.

import { resolve } from 'node:path';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import type { Report } from '../audit/index.ts';
import { FiresteelError, writeWhole } from '../base/index.ts';
import { type AnyOperation, agentTools, type Done, type Format, type OperationEntry, type Origin } from '../operations/index.ts';
import { clean } from '../report/index.ts';
import { textAnswer } from './answers.ts';
import { callText } from './budget.ts';
import { type Caller, contextOf, lanes, type Session } from './session.ts';

/** Width of text that was made for terminals. */
const LOOK = { width: 100, color: false, unicode: true } as const;
/** Longer results are for files. Characters. */
const MAX_TEXT = 4_000_000;
const MAX_NOTES = 5;
/** Handles named in the answer to an audit of many logs; the others are found by the path of their log. */
const MAX_NAMED = 20;

export async function callOperation(
  session: Session,
  entry: OperationEntry,
  given: Readonly<Record<string, unknown>>,
  caller: Caller,
): Promise<CallToolResult> {
  const { agentFormat, changesNothing, toolName } = await agentTools();
  const { consent, format: wanted, saveTo, ...input } = given;
  const name = toolName(entry.name);
  const operation = await entry.load();
  const format = formatOf(operation, wanted, saveTo, agentFormat(operation));
  const changes = !changesNothing(entry, input);
  if (session.readOnly && (changes || saveTo !== undefined))
    throw new FiresteelError(
      'no-permission',
      `${name} was called so that it ${entry.effect === 'spends' ? 'runs jobs' : 'writes'}, and this server only reads.`,
      `Ask the person to run it: firesteel help ${entry.name}.`,
    );
  if ((changes || saveTo !== undefined) && consent !== true) throw noConsent(name, entry, changes, input);
  await session.fence.check({ ...input, saveTo });
  for (const key of Object.keys(input))
    if (!(key in operation.input.shape))
      throw new FiresteelError(
        'wrong-usage',
        `${name} has no field "${key.slice(0, 60)}".`,
        `It has ${Object.keys(operation.input.shape).join(', ')}.`,
      );
  const notes: string[] = [];
  const context = contextOf(session, caller, notes);
  const lane = changes ? lanes.change : lanes.read;
  return lane.run(caller.signal, async () => {
    const done = await operation.start(input, context);
    caller.signal.throwIfAborted();
    const saved = typeof saveTo === 'string' ? resolve(session.cwd, saveTo) : undefined;
    if (saved !== undefined) await writeWhole(saved, await done.render(format, LOOK), { makeFolder: true });
    const text = saved === undefined ? joined(await done.render(format, LOOK)) : `The result is in ${saved}.\n`;
    const head = {
      outcome: done.outcome.kind,
      ...(done.outcome.kind === 'done' ? {} : { reason: clean(done.outcome.reason, 400) }),
      ...keepReports(session, name, input, done),
      ...(notes.length === 0 ? {} : { notes: notesOf(notes) }),
      ...(saved === undefined ? {} : { saved }),
    };
    return textAnswer(head, session.budget, (room) => session.rests.begin(text, room, callText(name, given)));
  });
}

function formatOf(operation: AnyOperation, wanted: unknown, saveTo: unknown, usual: Format): Format {
  const format = wanted === undefined ? usual : operation.formats.find((one) => one === wanted);
  if (format === undefined)
    throw new FiresteelError(
      'wrong-usage',
      `There is no format "${String(wanted).slice(0, 40)}".`,
      `It can be ${operation.formats.join(', ')}.`,
    );
  if (format === 'html' && saveTo === undefined)
    throw new FiresteelError(
      'wrong-usage',
      'A page of HTML is no answer.',
      'Give saveTo a file name that ends in .html, or leave the format out.',
    );
  return format;
}

function noConsent(name: string, { effect }: OperationEntry, changes: boolean, input: Readonly<Record<string, unknown>>): FiresteelError {
  const what = !changes ? 'writes a file' : effect === 'spends' ? 'runs Spark jobs: that takes time and costs money' : 'changes files';
  return new FiresteelError(
    'wrong-usage',
    `${name} ${what}, so it needs consent. Nothing was done.`,
    `Show the person this call, ${callText(name, input)}, and ask; after a yes call it again with "consent": true.`,
  );
}

const notesOf = (notes: readonly string[]): string[] => [
  ...notes.slice(0, MAX_NOTES).map((note) => clean(note, 240)),
  ...(notes.length > MAX_NOTES ? [`${notes.length - MAX_NOTES} more notes`] : []),
];

function joined(text: string | Iterable<string>): string {
  if (typeof text === 'string') return text;
  const pieces: string[] = [];
  let length = 0;
  for (const piece of text) {
    pieces.push(piece);
    length += piece.length;
    if (length <= MAX_TEXT) continue;
    pieces.push(`\n… cut after ${MAX_TEXT} characters: save it to a file with saveTo\n`);
    break;
  }
  return pieces.join('');
}

/** Reports in any operation's result: a report of its own, or those of a fleet. */
interface WithReports {
  readonly report?: Report;
  readonly fleet?: { readonly runs: readonly { readonly path: string; readonly report: Report }[] };
  readonly outcome?: { readonly logPath?: string };
}

const isReport = (value: unknown): value is Report => (value as Report | undefined)?.schema === 'firesteel/report@1';

function keepReports(session: Session, name: string, input: Readonly<Record<string, unknown>>, { result }: Done): object {
  const { report, fleet, outcome } = (result ?? {}) as WithReports;
  const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []);
  const logs = outcome?.logPath === undefined ? texts(input.logs) : [outcome.logPath];
  const keep = (one: Report, label: string | undefined) => {
    const origin: Origin = { logs, label, code: texts(input.code), application: one.application.id };
    const { handle } = session.reports.keep(one, origin, name, input);
    return { report: handle, of: clean(label ?? one.application.name ?? one.log.name, 120) };
  };
  // The last one kept is the newest: the heaviest run comes last.
  const kept = isReport(report)
    ? [keep(report, undefined)]
    : (fleet?.runs ?? [])
        .filter((run) => isReport(run.report))
        .toReversed()
        .map((run) => keep(run.report, run.path))
        .toReversed();
  return kept.length === 0 ? {} : { reports: kept.slice(0, MAX_NAMED) };
}
