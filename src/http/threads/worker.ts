// A thread that does operations for the server, so that no log, however large, holds up an answer.
// Laws: one piece of work at a time; whatever is thrown is told, never lost; what is asked to stop stops where the operation looks at its signal.

import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { FiresteelError, messageOf } from '../../base/index.ts';
import { type AuditResult, type Context, type Done, operations } from '../../operations/index.ts';
import { summaryOf } from '../store/summary.ts';
import type {
  AuditDone,
  AuditedReport,
  AuditWork,
  Failure,
  Finished,
  FromWorker,
  OperationDone,
  OperationWork,
  ToWorker,
  Work,
} from './protocol.ts';

/** Bytes of one answer: more is a matter for the command line, which writes it in pieces. */
const MAX_ANSWER = 256 * 1024 * 1024;
const LOOK = { width: 100, color: false, unicode: true } as const;

const port = parentPort;
if (port === null) throw new Error('this module is a thread of the server');
const tell = (message: FromWorker) => port.postMessage(message);
const running = new Map<number, AbortController>();

// On Linux a priority is the thread's own: who reads new logs gives way to who answers.
if (process.platform === 'linux' && (workerData as { gentle?: boolean }).gentle === true) {
  try {
    setPriority(10);
  } catch {
    // It only works a little less gently.
  }
}

port.on('message', (message: ToWorker) => {
  if ('cancel' in message) running.get(message.id)?.abort();
  else void carryOut(message.id, message.work);
});

async function carryOut(id: number, work: Work): Promise<void> {
  const stop = new AbortController();
  running.set(id, stop);
  const context: Context = {
    cwd: work.cwd,
    signal: stop.signal,
    progress: (progress) => tell({ id, progress }),
    note: (note) => tell({ id, note }),
  };
  try {
    const done: Finished = work.kind === 'operation' ? await operate(work, context) : await auditAt(work, context);
    tell({ id, done });
  } catch (error) {
    tell({ id, failed: failureOf(error, stop.signal) });
  } finally {
    running.delete(id);
  }
}

function failureOf(error: unknown, signal: AbortSignal): Failure {
  if (error instanceof FiresteelError) return { kind: 'expected', code: error.code, message: error.message, nextStep: error.nextStep };
  if (signal.aborted) return { kind: 'aborted' };
  return { kind: 'defect', message: error instanceof Error ? (error.stack ?? error.message) : messageOf(error) };
}

async function start(name: string, input: unknown, context: Context): Promise<Done> {
  const operation = await operations.find((entry) => entry.name === name)?.load();
  if (operation === undefined)
    throw new FiresteelError('not-found', `There is no operation "${name}".`, 'GET /api/v1/operations lists all.');
  return operation.start(input, context, (field) => field);
}

async function operate({ name, input, format }: OperationWork, context: Context): Promise<OperationDone> {
  const done = await start(name, input, context);
  return { kind: 'operation', outcome: done.outcome, text: Buffer.from(await textOf(done, format)) };
}

async function textOf(done: Done, format: OperationWork['format']): Promise<string> {
  const text = await done.render(format, LOOK);
  if (typeof text === 'string') return text;
  const pieces: string[] = [];
  let size = 0;
  for (const piece of text) {
    size += piece.length;
    if (size > MAX_ANSWER)
      throw new FiresteelError(
        'too-large',
        `The answer has more than ${MAX_ANSWER / 1024 / 1024} MiB.`,
        'Ask for a shorter format, or write it to a file with the command line.',
      );
    pieces.push(piece);
  }
  return pieces.join('');
}

async function auditAt({ path, page }: AuditWork, context: Context): Promise<AuditDone> {
  const done = await start('audit', { logs: [path] }, context);
  const result = done.result as AuditResult;
  const faces = await import('../../report/index.ts');
  const ready = (label: string, report: Parameters<typeof faces.renderJson>[0]): AuditedReport => {
    const json = faces.reportJson(report);
    return {
      label,
      summary: summaryOf(json),
      json: JSON.stringify(json),
      markdown: faces.renderMarkdown(report, { all: false }),
      terminal: faces.renderTerminal(report, { ...LOOK, all: false }),
    };
  };
  if (result.kind === 'one') {
    const html = page ? await textOf(done, 'html').catch(() => undefined) : undefined;
    return { kind: 'audit', reports: [ready('', result.report)], failed: result.unread, page: html };
  }
  if (result.kind === 'fleet')
    return {
      kind: 'audit',
      reports: result.fleet.runs.map((run) => ready(run.path.startsWith(path) ? run.path.slice(path.length) : run.path, run.report)),
      failed: result.fleet.failed,
      page: undefined,
    };
  return { kind: 'audit', reports: [], failed: [], page: undefined };
}
