// Slow node: one of four hosts slower for the same rows, stage after stage; and hosts with more rows, cold starts, two kinds of machines.
import { log, ruleTester, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const cluster = () => log({ master: 'yarn', cores: 2, executors: 4 });
/** 32 tasks, eight a host; `ms` and rows by host. */
const stage = (ms: (host: number) => number, rows: (host: number) => number = () => 10_000) => ({
  stages: [
    {
      tasks: times(32, (i) => ({
        ms: ms((i % 4) + 1) + (i % 5),
        inputRecords: rows((i % 4) + 1) + (i % 7),
        executor: String((i % 4) + 1),
      })),
    },
  ],
});
const slow =
  (factor: number, ...hosts: number[]) =>
  (host: number) =>
    hosts.includes(host) ? 1000 * factor : 1000;

ruleTester(rule, {
  found: [
    {
      name: 'host 3 takes three times as long in every stage',
      run: cluster()
        .job(stage(slow(3, 3)))
        .job(stage(slow(3, 3)))
        .job(stage(slow(3, 3))),
      expect: {
        places: 1,
        heldMs: [10_000, 30_000],
        evidence: [
          { kind: 'stage', stageId: 0 },
          { kind: 'executor', id: '3' },
        ],
        cause: /Host host-3 took 3\.0 times/,
        remedies: /speculation/,
      },
    },
    {
      name: 'executors of one host are compared with each other',
      run: log({ master: 'yarn', cores: 2, executors: [1, 2, 3, 4].map(() => ({ host: 'only' })) })
        .job(stage(slow(2.5, 2)))
        .job(stage(slow(2.5, 2))),
      expect: { cause: /Executor 2 took/ },
    },
  ],
  clear: [
    {
      name: 'equal hosts',
      run: cluster()
        .job(stage(slow(1, 1)))
        .job(stage(slow(1, 1))),
    },
    {
      name: 'twice the rows take twice the time',
      run: cluster()
        .job(stage(slow(3, 3), (host) => (host === 3 ? 30_000 : 10_000)))
        .job(stage(slow(3, 3), (host) => (host === 3 ? 30_000 : 10_000))),
    },
    {
      name: 'slow in its first stage only',
      run: cluster()
        .job(stage(slow(2, 4)))
        .job(stage(slow(1, 4)))
        .job(stage(slow(1, 4)))
        .job(stage(slow(1, 4))),
    },
    {
      name: 'two kinds of machines',
      run: cluster()
        .job(stage(slow(3, 1, 2)))
        .job(stage(slow(3, 1, 2))),
    },
  ],
  notApplicable: [{ name: 'local mode', run: log({ master: 'local[8]' }).job({ stages: [{ tasks: times(32, { ms: 1000 }) }] }) }],
  noData: [{ name: 'no task has ended', run: log() }],
});
