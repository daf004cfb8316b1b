// A process that writes into a ledger, for the tests of many writers and of a sudden end: PLACE NAME COUNT (0: until it is killed).
// It prints the id of each run when its start is on record, and `done` at the end.

import { report } from '../../report/testing/samples.ts';
import { openLedger } from '../index.ts';
import { outcome, start } from './samples.ts';

const [place = '', name = '', count = '0'] = process.argv.slice(2);
const ledger = await openLedger(place, { isAlive: () => false });
for (let i = 0; count === '0' || i < Number(count); i++) {
  const runId = `r-${name}-${String(i).padStart(4, '0')}`;
  await ledger.startRun(start(runId, { startedMs: Date.now() }), {
    name: 'daily_sales',
    script: 'x.py',
    description: i % 3 === 0 ? `by ${name}` : 'shared',
  });
  process.stdout.write(`${runId}\n`);
  await ledger.endRun({ outcome: outcome(runId), usage: { coreMs: i }, cost: { amount: 0.1, currency: 'EUR', version: 'v1', parts: [] } });
  await ledger.recordAudit(runId, report());
}
await ledger.close();
process.stdout.write('done\n');
