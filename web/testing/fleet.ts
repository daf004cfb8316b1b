// A folder as a team has it, for the tests of the web app: logs of the corpus in `events`, and a ledger with runs, failures and proofs.
// Law: real logs; the ledger is made by its own room from facts made by hand.

import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openLedger } from '../../src/ledger/index.ts';
import { failure, outcome, proof, start, subject } from '../../src/ledger/testing/samples.ts';

const CORPUS = join(import.meta.dirname, '../../corpus');
const EXAMPLES = join(import.meta.dirname, '../../examples/daily_sales');
const DAY = 86_400_000;
/** When the first run of the record began. */
const FIRST = Date.UTC(2026, 9, 20, 4);

/** Scenarios whose logs are watched: several models, healthy ones, one that did not end. */
const LOGS = [
  'skewed-join/eventlog_v2_local-1795254183139',
  'healthy-short-skew/eventlog_v2_local-1795258779493',
  'python-row-udf/eventlog_v2_local-1795255024993',
  'killed-skewed-join/local-1795255768711.inprogress',
  'missed-broadcast/eventlog_v2_local-1795259317201',
] as const;

/** Fills an empty folder: `events` to watch, and the ledger of a project. */
export async function fill(folder: string, logs: readonly string[] = LOGS): Promise<void> {
  const events = join(folder, 'events');
  mkdirSync(events, { recursive: true });
  for (const log of logs) cpSync(join(CORPUS, log), join(events, log.split('/').at(-1) ?? ''), { recursive: true });
  for (const which of ['slow', 'fast'])
    cpSync(join(EXAMPLES, which), join(events, which), { recursive: true, filter: (path) => !path.endsWith('.py') });
  await record(join(folder, '.firesteel/ledger.db'));
}

async function record(place: string): Promise<void> {
  const ledger = await openLedger(place, { mode: 'write' });
  try {
    await ledger.defineModel({ name: 'daily_sales', script: 'jobs/daily_sales.py', owner: 'sales-data', tier: '1', schedule: '0 4 * * *' });
    for (let day = 0; day < 30; day++) {
      const runId = `r-${20261020 + day}-040000-${String(day).padStart(6, 'a')}`;
      const startedMs = FIRST + day * DAY;
      // Slow until the patch of the 20th day; a wave as of weekdays; one failure.
      const durationMs = Math.round((day < 20 ? 68_000 : 24_000) * (1 + 0.08 * Math.sin(day * 1.7) + (day % 7 === 3 ? 0.35 : 0)));
      await ledger.startRun(start(runId, { startedMs, codeFingerprint: day < 20 ? 'c0de1' : 'c0de2' }));
      const ended = { endedMs: startedMs + durationMs, durationMs };
      await ledger.endRun({
        outcome: day === 11 ? failure(runId, 'failed', ended) : outcome(runId, ended),
        usage: { coreMs: durationMs * 2, inputBytes: 812_000_000, outputBytes: 4_100_000 },
        cost: {
          currency: 'EUR',
          version: '2026-10',
          amount: (durationMs / 3_600_000) * 0.62,
          parts: [],
        },
      });
    }
    const sides = { a: subject('daily_sales'), b: { ...subject('daily_sales'), name: 'daily_sales patched', codeFingerprint: 'c0de2' } };
    const predicted = { low: 0.28, likely: 0.36, high: 0.47, kind: 'joint', family: 'joint', basis: 'replay' };
    const pairs = Array.from({ length: 8 }, (_, i) => [66_000 + 1_900 * Math.sin(i), 23_500 + 900 * Math.cos(i)] as const);
    await ledger.recordProof(proof('p-20261108-1', pairs, { ...sides, startedMs: FIRST + 19 * DAY, predicted }));
    const even = Array.from({ length: 6 }, (_, i) => [24_100 + 600 * Math.sin(i), 24_000 + 700 * Math.cos(2 * i)] as const);
    const second = proof('p-20261112-1', even, {
      ...sides,
      startedMs: FIRST + 23 * DAY,
      predicted: { low: 0.7, likely: 0.8, high: 0.9, kind: 'skewed-join', family: 'tasks', basis: 'prior' },
    });
    await ledger.recordProof({
      ...second,
      verdict: { ...second.verdict, kind: 'notProven', sentence: 'Six pairs do not show a difference.' },
    });
  } finally {
    await ledger.close();
  }
}
