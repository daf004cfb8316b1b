// Opening logs on disk, in zips and from pipes: what comes out, what is left out, and what each refusal says.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { emptyNotes } from '../codecs/index.ts';
import { lz4Java } from '../codecs/testing/encoders.ts';
import { discoverLogs, type Ignored, type OpenedLog, openLog } from './index.ts';
import { zipOf } from './testing/zip-writer.ts';

const root = mkdtempSync(join(tmpdir(), 'layouts-'));
afterAll(() => rmSync(root, { recursive: true }));

let count = 0;
/** A new folder with these files; the value is its path. */
function folder(content: Record<string, Buffer | string>): string {
  const path = join(root, `f${count++}`);
  mkdirSync(path);
  for (const [name, data] of Object.entries(content)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), data);
  }
  return path;
}

const line = (n: number): string => `{"Event":"SparkListenerLogStart","Spark Version":"${n}"}\n`;
const zstd = (text: string): Buffer => zstdCompressSync(Buffer.from(text));

async function textOf(log: OpenedLog): Promise<string> {
  const pieces: Buffer[] = [];
  for (const part of log.parts) for await (const chunk of part.decode()) pieces.push(Buffer.from(chunk));
  return Buffer.concat(pieces).toString();
}

async function refusal(path: string, options = {}): Promise<{ code: string; message: string; nextStep: string }> {
  return openLog(path, options).then(
    () => {
      throw new Error('was opened');
    },
    (error) => error,
  );
}

describe('folders', () => {
  it('a rolling log is read in order, whatever its parts are packed with', async () => {
    const path = folder({
      'eventlog_v2_x/events_1_x.zstd': zstd(line(1)),
      'eventlog_v2_x/events_2_x.lz4': lz4Java(Buffer.from(line(2)), false),
      'eventlog_v2_x/events_10_x': line(10),
      'eventlog_v2_x/appstatus_x': '',
      'eventlog_v2_x/.appstatus_x.crc': 'crc',
    });
    for (const named of [path, join(path, 'eventlog_v2_x')]) {
      const log = await openLog(named);
      expect(log).toMatchObject({ name: 'eventlog_v2_x', layout: 'rolling', codec: 'mixed', inProgress: false, appStatus: 'complete' });
      expect(log.gaps).toEqual([3, 4, 5, 6, 7, 8, 9]);
      expect(await textOf(log)).toBe(line(1) + line(2) + line(10));
      expect(log.ignored.map((file) => file.reason)).toEqual(['checksum sidecar']);
      expect(log.parts.every((part) => part.file.path.startsWith(root))).toBe(true);
    }
  });

  it('a compacted lz4 log that holds zstd, as the History Server makes it', async () => {
    const log = await openLog(folder({ 'events_1_x.lz4.compact': zstd(line(1)), 'events_2_x.lz4': lz4Java(Buffer.from(line(2)), true) }));
    expect(log).toMatchObject({ compacted: true, gaps: [], codec: 'mixed', appStatus: 'missing' });
    expect(log.inProgress).toBeUndefined();
    expect(await textOf(log)).toBe(line(1) + line(2));
  });

  it('a part that is no log is a gap with a reason; an empty part is neither', async () => {
    const log = await openLog(folder({ events_1_x: line(1), events_2_x: Buffer.alloc(50), events_3_x: '', 'appstatus_x.inprogress': '' }));
    expect(log).toMatchObject({ gaps: [2], codec: 'plain', inProgress: true, appStatus: 'inprogress' });
    expect(log.parts.map((part) => part.codec)).toEqual(['plain', 'empty']);
    expect(log.ignored[0]!.name).toBe('events_2_x');
  });

  it('a Databricks folder with other files in it', async () => {
    const log = await openLog(
      folder({
        eventlog: line(3),
        'eventlog-2022-01-14--18-00.gz': gzipSync(line(2)),
        'eventlog-2022-01-14--17-00.gz': gzipSync(line(1)),
        'pricing.json': '{}',
      }),
    );
    expect(log).toMatchObject({ layout: 'databricks', codec: 'mixed' });
    expect(await textOf(log)).toBe(line(1) + line(2) + line(3));
    expect(log.ignored).toEqual([{ name: 'pricing.json', reason: 'not part of this log' }]);
  });

  it('a folder with one log among other files', async () => {
    const log = await openLog(folder({ 'app-1.zstd': zstd(line(1)), 'README.md': '# hello', _SUCCESS: '' }));
    expect(log).toMatchObject({ name: 'app-1.zstd', layout: 'single', codec: 'zstd' });
    expect(log.ignored.map((file) => file.name).sort()).toEqual(['README.md', '_SUCCESS']);
  });

  it('says why there is nothing to read', async () => {
    expect(await refusal(folder({ 'eventlog_v2_x/appstatus_x.inprogress': '' }))).toMatchObject({
      code: 'not-an-event-log',
      message: expect.stringMatching(/no data yet/),
    });
    expect(await refusal(folder({ events_1_x: '', appstatus_x: '' }))).toMatchObject({ message: expect.stringMatching(/no data yet/) });
    expect(await refusal(folder({}))).toMatchObject({ code: 'not-an-event-log', message: expect.stringMatching(/empty/) });
    expect(await refusal(folder({ 'README.md': 'hi' }))).toMatchObject({
      code: 'not-an-event-log',
      message: expect.stringMatching(/README/),
    });
    expect(await refusal(folder({ events_1_x: Buffer.alloc(9) }))).toMatchObject({ code: 'unknown-codec' });
    expect(await refusal(folder({ a: line(1), b: line(2) }))).toMatchObject({
      code: 'wrong-usage',
      message: expect.stringMatching(/2 logs/),
    });
    expect(await refusal(join(root, 'none'))).toMatchObject({ code: 'not-found' });
  });

  it('links to files are followed, links to folders and circles are not', async () => {
    const path = folder({ 'log/app-1': line(1) });
    symlinkSync(join(path, 'log'), join(path, 'log/again'));
    const log = await openLog(path);
    expect(log.ignored).toEqual([{ name: 'log/again', reason: 'a link to a folder' }]);
    const linked = folder({});
    symlinkSync(join(path, 'log/app-1'), join(linked, 'app-1'));
    expect(await textOf(await openLog(linked))).toBe(line(1));
  });
});

describe('single files', () => {
  const file = (name: string, data: Buffer | string): string => join(folder({ [name]: data }), name);

  it('in progress, whatever the codec', async () => {
    const log = await openLog(file('local-1.lz4.inprogress', lz4Java(Buffer.from(line(1)), false, 'none')));
    expect(log).toMatchObject({
      name: 'local-1.lz4.inprogress',
      layout: 'single',
      codec: 'lz4',
      inProgress: true,
      gaps: [],
      compacted: false,
    });
    const notes = emptyNotes();
    for await (const _ of log.parts[0]!.decode(undefined, notes));
    expect(notes.truncated).toBe(true);
  });

  it('ranges of a part give the whole, with offsets from its start', async () => {
    const frames = Array.from({ length: 3000 }, (_, i) => zstd(Array.from({ length: 20 }, (_, k) => line(i * 7919 * (k + 1))).join('')));
    frames[2900] = Buffer.from('damage');
    const bytes = Buffer.concat(frames);
    const log = await openLog(file('big', bytes));
    const ranges = await log.parts[0]!.splits(3);
    const whole = emptyNotes();
    const pieces: string[] = [];
    const notes = ranges.map(() => emptyNotes());
    for (const [i, range] of ranges.entries())
      for await (const chunk of log.parts[0]!.decode(range, notes[i])) pieces.push(Buffer.from(chunk).toString());
    let text = '';
    for await (const chunk of log.parts[0]!.decode(undefined, whole)) text += Buffer.from(chunk).toString();
    expect(pieces.join('') === text).toBe(true);
    expect(whole.corruptAt).toBe(Buffer.concat(frames.slice(0, 2900)).length);
    expect(notes.at(-1)!.corruptAt).toBe(whole.corruptAt);
    expect(log.bytes).toBe(bytes.length);
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'not-an-event-log', /empty/],
    ['zeroes', Buffer.alloc(4000), 'unknown-codec', /neither text/],
    ['UTF-16', Buffer.from(`\ufeff${line(1)}`, 'utf16le'), 'unknown-codec', /UTF-16/],
    ['bzip2', Buffer.from('BZh91AY&SY\x00\x01\xff'), 'unknown-codec', /bzip2/],
    [
      'tar in gzip',
      gzipSync(Buffer.concat([Buffer.alloc(257, 'a\0'), Buffer.from('ustar'), Buffer.alloc(300)])),
      'not-an-event-log',
      /tar/,
    ],
    ['zstd in gzip', gzipSync(zstd(line(1))), 'not-an-event-log', /zstd again/],
    ['Parquet', Buffer.from('PAR1\x15\x04\x00\x00'), 'unknown-codec', /Parquet/],
    ['binary in zstd', zstdCompressSync(Buffer.alloc(100)), 'not-an-event-log', /no text/],
    ['a cut zip', zipOf([{ name: 'a', data: Buffer.from(line(1)) }]).subarray(0, 60), 'corrupt-input', /zip/],
  ])('%s: refused with a reason', async (name, data, code, message) => {
    const error = await refusal(file(name, data));
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(error.nextStep.length).toBeGreaterThan(10);
  });

  it.skipIf(process.getuid?.() === 0)('without permission', async () => {
    const path = file('secret', line(1));
    chmodSync(path, 0);
    expect(await refusal(path)).toMatchObject({ code: 'no-permission' });
  });
});

describe('zips', () => {
  const zip = (...entries: Parameters<typeof zipOf>[0]): string => join(folder({ 'logs.zip': zipOf(entries) }), 'logs.zip');

  it('one entry, as the History Server packs a single log', async () => {
    const log = await openLog(zip({ name: 'app-1.zstd', data: zstd(line(1)) }));
    expect(log).toMatchObject({ name: 'app-1.zstd', layout: 'single', container: 'zip', codec: 'zstd' });
    expect(log.parts[0]!.file.path).toBe('');
    expect(await log.parts[0]!.splits(4)).toHaveLength(1);
    expect(await textOf(log)).toBe(line(1));
  });

  it('a rolling log, stored and deflated, with junk beside it', async () => {
    const log = await openLog(
      zip(
        { name: 'eventlog_v2_x/', data: Buffer.alloc(0), method: 0 },
        { name: 'eventlog_v2_x/events_2_x', data: Buffer.from(line(2)), method: 0 },
        { name: 'eventlog_v2_x/events_1_x', data: Buffer.from(line(1)) },
        { name: 'eventlog_v2_x/appstatus_x', data: Buffer.alloc(0), method: 0 },
        { name: '__MACOSX/eventlog_v2_x/._events_1_x', data: Buffer.from('junk') },
        { name: 'locked', data: Buffer.from('x'), flags: 1, method: 0 },
        { name: 'odd', data: Buffer.from('x'), method: 14 },
      ),
    );
    expect(log).toMatchObject({
      name: 'eventlog_v2_x',
      layout: 'rolling',
      container: 'zip',
      appStatus: 'complete',
      bytes: line(1).length * 2,
    });
    expect(log.ignored.map((file) => file.reason).sort()).toEqual([
      'archive junk of macOS',
      'encrypted',
      'zip compression method 14 is not supported',
    ]);
    expect(await textOf(log)).toBe(line(1) + line(2));
  });

  it('hostile names are labels and nothing else', async () => {
    const log = await openLog(
      zip(
        { name: '../../etc/passwd', data: Buffer.from('root') },
        { name: 'C:\\logs\\..\\app\u001b-1', data: Buffer.from(line(1)), flags: 0x800 },
        { name: '/abs', data: Buffer.from('x') },
      ),
    );
    expect(log.parts[0]!.file.name).toBe('C:/logs/app_-1');
    expect(log.ignored.map((file) => file.name).sort()).toEqual(['abs', 'etc/passwd']);
  });

  it('a damaged entry gives what precedes the damage', async () => {
    const text = Array.from({ length: 30_000 }, (_, i) => line(i * 7919)).join('');
    const bytes = zipOf([{ name: 'app-1', data: Buffer.from(text) }]);
    bytes.fill(0xff, 100_000, 100_100);
    const log = await openLog(join(folder({ 'logs.zip': bytes }), 'logs.zip'));
    const notes = emptyNotes();
    let got = '';
    for await (const chunk of log.parts[0]!.decode(undefined, notes)) got += Buffer.from(chunk).toString();
    expect(text.startsWith(got.slice(0, -600_000))).toBe(true);
    expect(got.length).toBeGreaterThan(text.length / 4);
    expect(notes.message).toMatch(/damaged/);
  });

  it('several logs: one can be named', async () => {
    const path = zip({ name: 'a', data: Buffer.from(line(1)) }, { name: 'b', data: Buffer.from(line(2)) });
    expect(await refusal(path)).toMatchObject({ code: 'wrong-usage' });
    expect(await refusal(path, { inner: 'c' })).toMatchObject({ code: 'not-found' });
    expect(await textOf(await openLog(path, { inner: 'b' }))).toBe(line(2));
  });
});

describe('standard input', () => {
  const from = (data: Buffer): AsyncIterable<Uint8Array> => Readable.from([data.subarray(0, 5), data.subarray(5)]);

  it('any codec, and a zip', async () => {
    const log = await openLog('-', { stdin: from(zstd(line(1))) });
    expect(log).toMatchObject({ name: 'stdin', path: '', layout: 'stream', codec: 'zstd', bytes: 0 });
    expect(await textOf(log)).toBe(line(1));
    const zipped = await openLog('-', { stdin: from(zipOf([{ name: 'app-1', data: Buffer.from(line(2)) }])) });
    expect(zipped).toMatchObject({ layout: 'single', container: 'zip', path: '' });
    expect(await textOf(zipped)).toBe(line(2));
  });

  it('says when nothing comes', async () => {
    expect(await refusal('-', { stdin: from(Buffer.alloc(0)) })).toMatchObject({ code: 'not-an-event-log' });
  });
});

describe('discoverLogs', () => {
  it('finds every kind, opens each, and says why not', async () => {
    const path = folder({
      'spark/app-1.zstd': zstd(line(1)),
      'spark/app-2.inprogress': line(2),
      'spark/eventlog_v2_x/events_1_x': line(3),
      'spark/eventlog_v2_x/appstatus_x': '',
      'spark/eventlog_v2_y/appstatus_y.inprogress': '',
      'dbx/cluster/eventlog/c_1/99/eventlog': line(4),
      'dbx/cluster/eventlog/c_1/99/eventlog-2022-01-14--17-00.gz': gzipSync(line(0)),
      'flat/events_1_a': line(5),
      'flat/events_1_b': line(6),
      'two.zip': zipOf([
        { name: 'a', data: Buffer.from(line(7)) },
        { name: 'b', data: Buffer.from(line(8)) },
        { name: 'notes.txt', data: Buffer.from('hello') },
      ]),
      'bad.zip': 'PK\x03\x04 and nothing more',
      'README.md': '# hi',
      'data.parquet': 'PAR1',
    });
    const skipped: Ignored[] = [];
    const found = await discoverLogs(path, { skipped });
    expect(found.map((log) => [log.name, log.layout, log.parts])).toEqual([
      ['dbx/cluster/eventlog/c_1/99', 'databricks', 2],
      ['flat/events_*_a', 'rolling', 1],
      ['flat/events_*_b', 'rolling', 1],
      ['spark/app-1.zstd', 'single', 1],
      ['spark/app-2.inprogress', 'single', 1],
      ['spark/eventlog_v2_x', 'rolling', 1],
      ['two.zip!a', 'single', 1],
      ['two.zip!b', 'single', 1],
    ]);
    const texts = await Promise.all(found.map(async (log) => textOf(await openLog(log.path, { inner: log.inner }))));
    expect(texts).toEqual([line(0) + line(4), line(5), line(6), line(1), line(2), line(3), line(7), line(8)]);
    expect(skipped.map((file) => file.name).sort()).toEqual([
      'README.md',
      'bad.zip',
      'data.parquet',
      'spark/eventlog_v2_y/',
      'two.zip!notes.txt',
    ]);
  });

  it('a file by name, a zip by name, an empty folder', async () => {
    const path = folder({ events_2_x: line(1), 'one.zip': zipOf([{ name: 'a/eventlog', data: Buffer.from(line(2)) }]) });
    expect(await discoverLogs(join(path, 'events_2_x'))).toMatchObject([
      { layout: 'single', path: join(path, 'events_2_x'), name: 'events_2_x' },
    ]);
    expect(await discoverLogs(join(path, 'one.zip'))).toMatchObject([{ layout: 'databricks', container: 'zip', name: 'one.zip' }]);
    expect(await discoverLogs(folder({}))).toEqual([]);
    await expect(discoverLogs(join(root, 'none'))).rejects.toMatchObject({ code: 'not-found' });
  });
});
