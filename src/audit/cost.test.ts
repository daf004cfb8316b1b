// The cost of a run by cause on built logs: known answers, sums, money, and the ranking by money.

import { expect, test } from 'vitest';
import { FACTS, FactStore } from '../facts/index.ts';
import { log, times } from '../rules/testing/index.ts';
import { audit } from './audit.ts';

const MIB = 1024 ** 2;
const partsOf = (run: ReturnType<ReturnType<typeof log>['run']>) => {
  const split = new FactStore(run).get(FACTS.costs);
  if (split === undefined) throw new Error('no split');
  return {
    all: split.allocatedCoreMs,
    ...Object.fromEntries(split.parts.map(({ cause, coreMs }) => [cause, Math.round(coreMs)])),
  } as Record<string, number>;
};

test('work, waiting for the driver, retries, spilling and idle slots, each as it was built', () => {
  const run = log({ master: 'local[4]', wallMs: 30_000 })
    .job({ stages: [{ tasks: times(4, { ms: 2000 }) }] })
    .gap(5000)
    .job({ stages: [{ tasks: [{ ms: 3000 }, { ms: 3000, failures: [{ reason: 'ExceptionFailure', ms: 1000 }] }] }] })
    .job({ stages: [{ tasks: times(4, { ms: 4000, diskSpilled: 100 * MIB, memorySpilled: 300 * MIB }) }] })
    .run();
  const parts = partsOf(run);
  expect(parts.retries).toBe(1000);
  // 100 MiB written and read at 200 MiB/s: 1 s of each of the four tasks.
  expect(parts.spill).toBe(4000);
  expect(parts.work).toBe(8000 + 6000 + 16_000 - 4000);
  expect(parts['driver wait']).toBeGreaterThan(4 * 5000);
  expect(Object.entries(parts).reduce((sum, [name, ms]) => sum + (name === 'all' ? 0 : ms), 0)).toBeCloseTo(parts.all as number, -1);
});

test('a heavy task: the other slots wait for it, and that is no plain idling', () => {
  const run = log({ master: 'local[4]' })
    .job({
      stages: [
        {
          tasks: [
            ...times(7, { ms: 1000, shuffleReadBytes: 5e6, shuffleReadRecords: 5000 }),
            { ms: 20_000, shuffleReadBytes: 100e6, shuffleReadRecords: 100_000 },
          ],
        },
      ],
    })
    .run();
  const parts = partsOf(run);
  // Evenly spread, 27 s of work take 6.75 s on four slots: for the 14.25 s beyond, three slots waited.
  expect(Math.abs((parts['skew tail'] as number) - 3 * 14_250)).toBeLessThan(200);
});

test('money goes with core time, adds up, and ranks when it is asked for', () => {
  const run = log({ master: 'spark://x', executors: 4, cores: 4 })
    .job({ stages: [{ tasks: times(2, { ms: 60_000 }) }] })
    .gap(60_000)
    .run();
  const price = { amount: 12, currency: 'EUR', version: 'v1' };
  const plain = audit(run);
  expect(plain.goal).toBe('time');
  expect(plain.cost?.amount).toBeUndefined();
  const priced = audit(run, { price, goal: 'cost' });
  expect(priced.cost?.parts.reduce((sum, part) => sum + (part.amount ?? 0), 0)).toBeCloseTo(12, 6);
  expect(priced.cost).toMatchObject({ currency: 'EUR', version: 'v1' });
  const found = priced.findings.filter((finding) => finding.status === 'found' && finding.saves !== 'outcome');
  expect(found.length).toBeGreaterThan(0);
  const saved = found.map((finding) => finding.savesCost?.coreMs ?? 0);
  expect(saved).toEqual([...saved].sort((a, b) => b - a));
  for (const { savesCost } of found)
    if (savesCost !== null && savesCost !== undefined)
      expect(savesCost.amount).toBeCloseTo((12 * savesCost.coreMs) / (priced.cost?.allocatedCoreMs as number), 6);
});
