// Which files make up a log: tables of listings, and the law that their order never matters.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { databricksOrder, parseRollingName } from './names.ts';
import { gapsOf, planLogs } from './plan.ts';

const files = (...paths: string[]) => paths.map((path) => ({ path, size: 10 }));

/** The parts of each log by name, and what is special about it. */
function planned(...paths: string[]) {
  const plan = planLogs(files(...paths));
  return {
    logs: plan.logs.map((log) => ({
      key: log.key,
      parts: log.parts.map((part) => part.file.path.split('/').at(-1)),
      ...(log.compacted ? { compacted: true } : {}),
      ...(log.gaps.length > 0 ? { gaps: log.gaps } : {}),
      status: log.appStatus,
    })),
    candidates: plan.candidates.map((log) => log.key),
    notYet: plan.notYet,
  };
}

describe('rolling', () => {
  it('parts go by number, not by text', () => {
    expect(planned('a/events_10_x', 'a/events_9_x', 'a/events_1_x', 'a/appstatus_x').logs).toEqual([
      { key: 'a/events_*_x', parts: ['events_1_x', 'events_9_x', 'events_10_x'], gaps: [2, 3, 4, 5, 6, 7, 8], status: 'complete' },
    ]);
  });

  it('counts from 0 at EMR, and misses what is before the first part elsewhere', () => {
    expect(planned('events_0_x', 'events_1_x').logs[0]).toEqual({
      key: 'events_*_x',
      parts: ['events_0_x', 'events_1_x'],
      status: 'missing',
    });
    expect(planned('events_3_x').logs[0]).toMatchObject({ gaps: [1, 2] });
  });

  it('the highest compacted part replaces everything up to it', () => {
    const { logs } = planned(
      'events_1_x.lz4',
      'events_2_x.lz4.compact',
      'events_3_x.lz4',
      'events_3_x.lz4.compact',
      'events_4_x.lz4',
      'events_5_x.lz4',
    );
    expect(logs[0]).toMatchObject({ parts: ['events_3_x.lz4.compact', 'events_4_x.lz4', 'events_5_x.lz4'], compacted: true });
    expect(logs[0]!.gaps).toBeUndefined();
  });

  it('an unfinished compaction is left out with a reason', () => {
    const plan = planLogs(files('events_1_x.zstd', 'events_2_x.zstd', 'events_1_x.zstd.compact.inprogress'));
    expect(plan.logs[0]).toMatchObject({ compacted: false, gaps: [] });
    expect(plan.logs[0]!.parts).toHaveLength(2);
    expect(plan.ignored).toEqual([{ name: 'events_1_x.zstd.compact.inprogress', reason: 'a compaction that did not finish' }]);
  });

  it('a gap behind a compaction counts', () => {
    expect(planned('events_2_x.compact', 'events_4_x').logs[0]).toMatchObject({ compacted: true, gaps: [3] });
  });

  it.each([
    [['appstatus_x'], 'complete'],
    [['appstatus_x.inprogress'], 'inprogress'],
    [['appstatus_x.inprogress', 'appstatus_x'], 'complete'],
    [['appstatus_renamed'], 'complete'],
    [[], 'missing'],
  ])('state files %j: %s', (states, status) => {
    expect(planned('events_1_x', ...states).logs[0]).toMatchObject({ status });
  });

  it('two applications in one folder are two logs', () => {
    const { logs } = planned('events_1_a', 'events_2_a', 'events_1_b', 'appstatus_a', 'appstatus_b.inprogress');
    expect(logs.map((log) => [log.key, log.parts.length, log.status])).toEqual([
      ['events_*_a', 2, 'complete'],
      ['events_*_b', 1, 'inprogress'],
    ]);
  });

  it('attempts and codecs in names', () => {
    expect(parseRollingName('events_12_application_17_0001_2.zstd.compact')).toEqual({
      index: 12,
      app: 'application_17_0001_2',
      compact: true,
    });
    expect(parseRollingName('events_1_app-20261121-0000')).toEqual({ index: 1, app: 'app-20261121-0000', compact: false });
    expect(parseRollingName('events_x_y')).toBeUndefined();
  });

  it('one of two files for the same part is left out', () => {
    const plan = planLogs(files('events_1_x', 'events_1_x.zstd'));
    expect(plan.logs[0]!.parts).toHaveLength(1);
    expect(plan.logs[0]!.ignored).toEqual([{ name: 'events_1_x.zstd', reason: 'a second file for part 1' }]);
  });

  it('a hostile index makes no long list', () => {
    expect(gapsOf([1, 999_999_999_999], undefined)).toHaveLength(100);
  });

  it('a state file alone is a log without data', () => {
    expect(planned('eventlog_v2_x/appstatus_x.inprogress')).toEqual({ logs: [], candidates: [], notYet: ['eventlog_v2_x/'] });
  });
});

describe('Databricks', () => {
  it('parts go by time, the open one last', () => {
    const { logs } = planned(
      'c/eventlog',
      'c/eventlog-2022-01-14--18-00.gz',
      'c/eventlog-2022-01-14--09-00.gz',
      'c/eventlog-2021-12-31--23-00.gz',
    );
    expect(logs[0]).toMatchObject({
      key: 'c/eventlog',
      parts: ['eventlog-2021-12-31--23-00.gz', 'eventlog-2022-01-14--09-00.gz', 'eventlog-2022-01-14--18-00.gz', 'eventlog'],
    });
  });

  it('each context folder is a log', () => {
    expect(planned('k/1/eventlog', 'k/2/eventlog', 'k/2/eventlog-2022-01-14--18-00.gz').logs.map((log) => log.key)).toEqual([
      'k/1/eventlog',
      'k/2/eventlog',
    ]);
  });

  it('other names are not Databricks', () => {
    expect(['eventlog_v2_x', 'eventlogs', 'eventlog-2022', 'my-eventlog'].map(databricksOrder)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

it('sidecars and junk are no candidates', () => {
  const junk = ['a/.x.crc', 'a/x.crc', 'a/_SUCCESS', 'a/.DS_Store', '__MACOSX/a/._x', 'a/Thumbs.db', '.git/x', 'a/y.tmp'];
  expect(planned(...junk, 'a/app-1')).toEqual({ logs: [], candidates: ['a/app-1'], notYet: [] });
  expect(planLogs(files(...junk)).ignored).toHaveLength(junk.length);
});

it('the order of the listing never matters', () => {
  const listing = files(
    'r/events_1_x.zstd',
    'r/events_2_x.zstd',
    'r/events_2_x.zstd.compact',
    'r/events_3_x.zstd',
    'r/events_3_x.lz4',
    'r/events_5_x.zstd',
    'r/events_1_y',
    'r/appstatus_x',
    'r/appstatus_x.inprogress',
    'd/eventlog',
    'd/eventlog-2022-01-14--18-00.gz',
    'd/eventlog-2022-01-14--17-00.gz',
    'app-1',
    'app-2.inprogress',
    '.crc',
  );
  const wanted = planLogs(listing);
  fc.assert(
    fc.property(fc.shuffledSubarray(listing, { minLength: listing.length }), (shuffled) => {
      expect(planLogs(shuffled)).toEqual(wanted);
    }),
    { seed: 3, numRuns: 100 },
  );
});
