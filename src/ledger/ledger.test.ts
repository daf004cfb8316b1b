// The ledger in both homes, by one suite: what goes in comes out, facts stay, many writers lose nothing, a sudden end leaves it readable.

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FiresteelError } from '../base/index.ts';
import { samples as reports } from '../report/testing/samples.ts';
import { type Ledger, type LedgerOptions, openLedger } from './index.ts';
import { type Postgres, startPostgres } from './testing/postgres.ts';
import { failure, job, measured, outcome, proof, start, subject, T0 } from './testing/samples.ts';

const WRITER = fileURLToPath(new URL('./testing/writer.ts', import.meta.url));
const WRITERS = 8;
const EACH = 12;

interface Home {
  /** A place where nothing is yet. */
  fresh(name: string): Promise<string>;
  /** Raw SQL, past the ledger. */
  sql(place: string, text: string): Promise<readonly Record<string, unknown>[]>;
}

let folder: string;
let server: Postgres | undefined;
let why = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'firesteel-ledger-'));
  const started = await startPostgres();
  if ('server' in started) server = started.server;
  else {
    why = started.skipped;
    console.warn(`tests of the ledger on PostgreSQL are skipped: ${why}`);
  }
}, 60_000);

afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const homes: Record<string, Home> = {
  SQLite: {
    fresh: async (name) => join(folder, name, 'ledger.db'),
    async sql(place, text) {
      const db = new DatabaseSync(place);
      try {
        return db.prepare(text).all() as Record<string, unknown>[];
      } finally {
        db.close();
      }
    },
  },
  PostgreSQL: {
    fresh: async (name) => (await server?.database(name)) ?? '',
    sql: async (place, text) =>
      (await server?.query(place.split('/').at(-1) ?? '', text.replaceAll(/\b(from|into|update|table) (?=\w)/gi, '$1 firesteel.'))) ?? [],
  },
};

const open = (place: string, options: LedgerOptions = {}): Promise<Ledger> => openLedger(place, { isAlive: () => false, ...options });

async function failureOf(work: () => Promise<unknown>): Promise<FiresteelError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof FiresteelError) return error;
    throw error;
  }
  throw new Error('did not fail');
}

/** A writer of its own process; `onRun` hears of each run whose start is on record. */
function writer(place: string, name: string, count: number, onRun: (runId: string) => void = () => undefined) {
  const child = spawn(process.execPath, [WRITER, place, name, String(count)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let rest = '';
  let errors = '';
  child.stderr.on('data', (text) => (errors += text));
  child.stdout.on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('r-')) onRun(line);
  });
  const done = new Promise<{ code: number | null; errors: string }>((resolve) => child.once('close', (code) => resolve({ code, errors })));
  return { child, done };
}

describe.each(Object.entries(homes))('on %s', (name, home) => {
  const test = (title: string, work: (place: string) => Promise<void>, limit?: number) =>
    it(
      title,
      async (context) => {
        if (name === 'PostgreSQL' && server === undefined) context.skip(why);
        await work(await home.fresh(`t_${title.replaceAll(/\W+/g, '_')}`.slice(0, 40).toLowerCase()));
      },
      limit,
    );

  test('a run goes in and comes out whole', async (place) => {
    const ledger = await open(place);
    await ledger.startRun(start('r-1', { purpose: { kind: 'proof', proofId: 'p-1', arm: 'B' } }));
    await ledger.endRun({
      outcome: outcome('r-1', { durationMs: 60_000.4 }),
      usage: {
        coreMs: 118_000,
        allocatedCoreMs: 120_000,
        memoryMibMs: 2 ** 52,
        executorMs: 60_000,
        inputBytes: 7e12,
        inputRecords: 0,
        outputBytes: 1.5,
      },
      cost: {
        amount: 0.123456789,
        currency: 'EUR',
        version: '2026-01',
        parts: [{ rate: 'perHour', hours: 1 / 60, price: 40, amount: 0.123456789 }],
      },
    });
    const [row] = await ledger.runs();
    expect(row).toEqual({
      runId: 'r-1',
      model: 'daily_sales',
      purpose: 'proof',
      proofId: 'p-1',
      arm: 'B',
      startedMs: T0,
      host: 'here',
      pid: 4242,
      folder: '/project/.firesteel/runs/r-1',
      script: '/project/jobs/daily_sales.py',
      master: 'local[2]',
      sparkVersion: '4.1.1',
      applicationName: 'daily_sales r-1',
      codeFingerprint: 'c0de',
      confFingerprint: 'c04f',
      gitCommit: '1234567890abcdef',
      gitBranch: 'main',
      gitDirty: false,
      state: 'succeeded',
      reason: undefined,
      nextStep: undefined,
      exitCode: 0,
      endedMs: T0 + 60_000,
      durationMs: 60_000,
      applicationId: 'local-r-1',
      logPath: '/project/.firesteel/runs/r-1/eventlog/local-r-1',
      driverLog: '/project/.firesteel/runs/r-1/driver.log',
      usage: {
        coreMs: 118_000,
        allocatedCoreMs: 120_000,
        memoryMibMs: 2 ** 52,
        executorMs: 60_000,
        inputBytes: 7e12,
        // Nothing was read: that is a 0, and not unknown.
        inputRecords: 0,
        outputBytes: 2,
        outputRecords: undefined,
      },
      cost: { amount: 0.123456789, currency: 'EUR', version: '2026-01' },
    });
    const record = await ledger.run('r-1');
    expect(record?.start).toEqual(JSON.parse(JSON.stringify(start('r-1', { purpose: { kind: 'proof', proofId: 'p-1', arm: 'B' } }))));
    expect(record?.outcome).toMatchObject({ status: 'succeeded', warnings: [] });
    expect(await ledger.run('r-none')).toBeUndefined();
    await ledger.close();
  });

  test('without an end a run is running, lost or unknown, as its process says', async (place) => {
    const ledger = await open(place, { isAlive: ({ host, pid }) => (host === 'far' ? undefined : pid === 1) });
    await ledger.startRun(start('r-running', { pid: 1 }));
    await ledger.startRun(start('r-lost', { pid: 2, startedMs: T0 + 1 }));
    await ledger.startRun(start('r-unknown', { host: 'far', startedMs: T0 + 2 }));
    await ledger.startRun(start('r-failed', { startedMs: T0 + 3 }));
    await ledger.endRun({ outcome: failure('r-failed') });
    expect((await ledger.runs()).map(({ runId, state }) => `${runId} ${state}`)).toEqual([
      'r-running running',
      'r-lost lost',
      'r-unknown unknown',
      'r-failed failed',
    ]);
    for (const state of ['running', 'lost', 'unknown', 'failed'] as const)
      expect((await ledger.runs({ state })).map((run) => run.runId)).toEqual([`r-${state}`]);
    expect((await ledger.runs({ last: 2 })).map((run) => run.runId)).toEqual(['r-unknown', 'r-failed']);
    expect((await ledger.run('r-lost'))?.outcome).toBeUndefined();
    await ledger.close();
  });

  test('runs are filtered by model, purpose and proof', async (place) => {
    const ledger = await open(place);
    await ledger.startRun(start('r-1', { job: job({ model: 'a' }) }));
    await ledger.startRun(start('r-2', { job: job({ model: 'b' }), purpose: { kind: 'proof', proofId: 'p-1', arm: 'A' } }));
    await ledger.startRun(start('r-3', { job: job({ model: 'b' }), purpose: { kind: 'warm-up', proofId: 'p-1', arm: 'A' } }));
    const ids = async (filter: Parameters<Ledger['runs']>[0]) => (await ledger.runs(filter)).map((run) => run.runId);
    expect(await ids({ model: 'b' })).toEqual(['r-2', 'r-3']);
    expect(await ids({ purpose: 'run' })).toEqual(['r-1']);
    expect(await ids({ proofId: 'p-1', purpose: 'warm-up' })).toEqual(['r-3']);
    expect(await ids({ model: "b' or 1=1 --" })).toEqual([]);
    await ledger.close();
  });

  test('a model gets a version when its definition changes, and only then', async (place) => {
    const ledger = await open(place);
    const model = { name: 'm', script: 'm.py', owner: 'Gabi', inputs: ['a', 'b'], definition: { conf: { b: '1', a: '2' } } };
    expect(await ledger.defineModel(model)).toBe(1);
    expect(await ledger.defineModel({ ...model, definition: { conf: { a: '2', b: '1' } } })).toBe(1);
    expect(await ledger.defineModel({ ...model, owner: 'Ada' })).toBe(2);
    expect(await ledger.defineModel(model)).toBe(3);
    // A run of a known model without a definition adds none; of an unknown one it does.
    await ledger.startRun(start('r-1', { job: job({ model: 'm' }) }));
    await ledger.startRun(start('r-2', { job: job({ model: 'n' }) }));
    await ledger.startRun(start('r-3', { job: job({ model: 'n', script: '/other.py' }) }));
    expect((await ledger.models()).map(({ name: of, version, owner, runs, inputs }) => ({ of, version, owner, runs, inputs }))).toEqual([
      { of: 'm', version: 3, owner: 'Gabi', runs: 1, inputs: ['a', 'b'] },
      { of: 'n', version: 1, owner: undefined, runs: 2, inputs: ['raw.transactions'] },
    ]);
    await ledger.close();
  });

  test('audits and their findings', async (place) => {
    const ledger = await open(place);
    await ledger.startRun(start('r-1'));
    for (const report of Object.values(reports)) await ledger.recordAudit('r-1', report);
    const record = await ledger.run('r-1');
    expect(record?.audits).toHaveLength(Object.keys(reports).length);
    const headlines = Object.values(reports).map((report) => report.headline.replaceAll('\0', '\ufffd'));
    expect(record?.audits.map((audit) => audit.headline).sort()).toEqual(headlines.sort());
    const [most] = Object.values(reports).sort((a, b) => b.findings.length - a.findings.length);
    const same = record?.audits.find((audit) => audit.findings.length === most?.findings.length);
    expect(same?.findings.map((finding) => [finding.rule, finding.status, finding.heldMs])).toEqual(
      most?.findings.map((finding) => [finding.rule, finding.status, Math.round(finding.heldMs)]),
    );
    await ledger.close();
  });

  test('a forecast comes out beside what was measured, with whose it was', async (place) => {
    const ledger = await open(place);
    const pairs: [number, number][] = [[60_000, 15_000]];
    await ledger.recordProof({
      ...proof('q-1', pairs),
      predicted: { low: 0.2, likely: 0.25, high: 0.5, kind: 'skewed-join', family: 'skew', basis: 'fit' },
    });
    await ledger.recordProof({ ...proof('q-2', pairs), predicted: { low: 0.2, likely: 0.25, high: 0.5 } });
    // Without a forecast, and A against itself: nothing to hold.
    await ledger.recordProof(proof('q-3', pairs));
    await ledger.recordProof({ ...proof('q-4', pairs, { aa: true }), predicted: { low: 1, likely: 1, high: 1 } });
    const rows = await ledger.predictions();
    expect(rows.map(({ proofId, kind, family, basis, verdict }) => [proofId, kind, family, basis, verdict])).toEqual([
      ['q-1', 'skewed-join', 'skew', 'fit', 'win'],
      ['q-2', undefined, undefined, undefined, 'win'],
    ]);
    expect(rows[0]?.predicted).toEqual({ low: 0.2, likely: 0.25, high: 0.5 });
    expect(rows[0]?.measured).toBeGreaterThan(0);
    await ledger.close();
  });

  test('a proof goes in and comes out, infinite bounds too', async (place) => {
    const ledger = await open(place);
    await ledger.startRun(start('p-1-a0', { job: job({ model: 'daily_sales' }), purpose: { kind: 'proof', proofId: 'p-1', arm: 'A' } }));
    const first = proof('p-1', [
      [60_000, 15_000],
      [62_000, 14_000.6],
    ]);
    const estimate = first.verdict.estimate;
    const open5 = {
      ...first.verdict,
      kind: 'notProven' as const,
      estimate: estimate && { ...estimate, low: 0, high: Number.POSITIVE_INFINITY },
    };
    await ledger.recordProof({ ...first, verdict: open5, predicted: { low: 0.2, likely: 0.25, high: 0.5 } });
    await ledger.recordProof(
      proof('p-2', [[1, 2]], {
        aa: true,
        startedMs: T0 + 9,
        verdict: { kind: 'invalid', sentence: 'No pair counts.', notes: [], next: [], estimate: undefined, alpha: undefined },
        pairs: [{ pair: 1, order: 'BA', a: measured('x', 'A', undefined), b: measured('y', 'B', 5), excluded: 'executor lost' }],
      }),
    );
    const [one, two] = await ledger.proofs();
    expect(one).toMatchObject({
      proofId: 'p-1',
      a: { model: 'daily_sales', name: 'slow', codeFingerprint: 'code of slow' },
      // Its runs are not in this ledger: the script's name stands for it.
      b: { model: 'fast', name: 'fast' },
      verdict: 'notProven',
      outputs: 'equal',
      estimate: { n: 2, low: 0, high: Number.POSITIVE_INFINITY },
      predicted: { low: 0.2, likely: 0.25, high: 0.5 },
      aa: false,
    });
    expect(one?.pairs).toEqual([
      {
        pair: 1,
        order: 'AB',
        excluded: undefined,
        a: { runId: 'p-1-a0', succeeded: true, wallMs: 60_000, coreMs: 120_000, cost: undefined },
        b: { runId: 'p-1-b0', succeeded: true, wallMs: 15_000, coreMs: 30_000, cost: undefined },
      },
      {
        pair: 2,
        order: 'BA',
        excluded: undefined,
        a: { runId: 'p-1-a1', succeeded: true, wallMs: 62_000, coreMs: 124_000, cost: undefined },
        b: { runId: 'p-1-b1', succeeded: true, wallMs: 14_001, coreMs: 28_001, cost: undefined },
      },
    ]);
    expect(two).toMatchObject({
      proofId: 'p-2',
      aa: true,
      estimate: undefined,
      pairs: [{ excluded: 'executor lost', a: { succeeded: false, wallMs: undefined } }],
    });
    expect((await ledger.proofs({ last: 1 })).map((row) => row.proofId)).toEqual(['p-2']);
    expect((await ledger.proofs({ model: 'daily_sales' })).map((row) => row.proofId)).toEqual(['p-1']);
    const whole = await ledger.proof('p-1');
    expect(whole?.verdict.estimate?.high).toBe(Number.POSITIVE_INFINITY);
    // Rows of a table have no place in it.
    expect(whole?.outputs.outputs[0]?.examplesA).toEqual([]);
    expect(await ledger.proof('p-none')).toBeUndefined();
    await ledger.close();
  });

  test('facts are told once, and never changed', async (place) => {
    const ledger = await open(place);
    await ledger.startRun(start('r-1'));
    await ledger.endRun({ outcome: outcome('r-1') });
    await ledger.recordAudit('r-1', reports.healthy ?? (Object.values(reports)[0] as never));
    await ledger.recordProof(proof('p-1', [[2, 1]]));
    expect((await failureOf(() => ledger.startRun(start('r-1')))).message).toContain('Run r-1 is on record already');
    expect((await failureOf(() => ledger.endRun({ outcome: failure('r-1') }))).message).toContain(
      'The end of run r-1 is on record already',
    );
    expect((await failureOf(() => ledger.recordProof(proof('p-1', [[2, 1]])))).message).toContain('Proof p-1 is on record already');
    expect((await failureOf(() => ledger.endRun({ outcome: outcome('r-9') }))).code).toBe('not-found');
    expect((await failureOf(() => ledger.recordAudit('r-9', Object.values(reports)[0] as never))).code).toBe('not-found');
    expect((await ledger.runs()).map(({ state }) => state)).toEqual(['succeeded']);
    for (const table of ['models', 'runs', 'run_ends', 'audits', 'findings', 'proofs', 'proof_pairs']) {
      const [{ n } = { n: 0 }] = await home.sql(place, `select count(*) as n from ${table}`);
      expect(Number(n), table).toBeGreaterThan(0);
      await expect(home.sql(place, `delete from ${table}`)).rejects.toThrow(/never changed/);
      const column = Object.keys((await home.sql(place, `select * from ${table} limit 1`))[0] ?? {})[0];
      await expect(home.sql(place, `update ${table} set ${column} = ${column}`)).rejects.toThrow(/never changed/);
    }
    await ledger.close();
  });

  test('no secret is stored', async (place) => {
    const ledger = await open(place);
    const secrets = [
      'hunter2-conf',
      'hunter2-arg',
      'hunter2-env',
      'hunter2-url',
      'hunter2-model',
      'hunter2-inline',
      'hunter2-proof',
      'hunter2-effective',
      'Ada Lovelace',
    ];
    const secret = job({
      args: ['--password', 'hunter2-arg', '--url', 'jdbc:postgresql://u:hunter2-url@db/x', '--api-key=hunter2-inline'],
      conf: { 'spark.hadoop.fs.s3a.secret.key': 'hunter2-conf', 'spark.sql.shuffle.partitions': '8' },
      env: { AWS_SECRET_ACCESS_KEY: 'hunter2-env', TZ: 'UTC' },
    });
    await ledger.startRun(start('r-1', { job: secret }), {
      name: 'daily_sales',
      script: 'x',
      definition: { conf: { 'spark.my.password': 'hunter2-model' }, args: ['--token', 'hunter2-arg'] },
    });
    await ledger.endRun({
      outcome: failure('r-1', 'failed', {
        reason: 'could not reach jdbc:postgresql://u:hunter2-url@db/x',
        effectiveConf: { 'spark.my.secret': 'hunter2-effective' },
      }),
    });
    await ledger.recordProof(
      proof('p-1', [[2, 1]], { a: subject('slow', { conf: { 'spark.password': 'hunter2-proof' }, args: ['--password', 'hunter2-arg'] }) }),
    );
    let dump = '';
    for (const table of ['models', 'runs', 'run_ends', 'proofs', 'proof_pairs'])
      dump += JSON.stringify(await home.sql(place, `select * from ${table}`));
    for (const text of secrets) expect(dump, text).not.toContain(text);
    expect(dump).toContain('spark.sql.shuffle.partitions');
    expect((await ledger.run('r-1'))?.start.job.args).toEqual([
      '--password',
      '***',
      '--url',
      'jdbc:postgresql://***@db/x',
      '--api-key=***',
    ]);
    await ledger.close();
  });

  test(`${WRITERS} processes that start at once lose nothing`, async (place) => {
    const writers = Array.from({ length: WRITERS }, (_, i) => writer(place, `w${i}`, EACH));
    const ends = await Promise.all(writers.map(({ done }) => done));
    expect(ends).toEqual(ends.map(() => ({ code: 0, errors: '' })));
    const ledger = await open(place, { mode: 'read' });
    const runs = await ledger.runs();
    expect(new Set(runs.map((run) => run.runId)).size).toBe(WRITERS * EACH);
    expect(runs.filter((run) => run.state === 'succeeded' && run.cost?.amount === 0.1)).toHaveLength(WRITERS * EACH);
    for (const table of ['audits', 'run_ends'])
      expect(Number((await home.sql(place, `select count(*) as n from ${table}`))[0]?.n)).toBe(WRITERS * EACH);
    // Versions of the one model that all of them defined: numbered without a gap, none like the one before.
    const versions = await home.sql(place, 'select version, description from models order by version');
    expect(versions.map((row) => Number(row.version))).toEqual(versions.map((_, i) => i + 1));
    for (const [i, row] of versions.entries()) if (i > 0) expect(row.description).not.toBe(versions[i - 1]?.description);
    await ledger.close();
  }, 120_000);

  test('a writer that is killed leaves a readable ledger', async (place) => {
    for (let round = 0; round < 3; round++) {
      const told: string[] = [];
      const { child, done } = writer(place, `k${round}`, 0, (runId) => {
        told.push(runId);
        // In the middle of what comes next: the end of this run, its audit, the start of another.
        if (told.length === 10 + round) setImmediate(() => child.kill('SIGKILL'));
      });
      expect((await done).code).toBeNull();
      const ledger = await open(place);
      const runs = await ledger.runs();
      const ids = new Set(runs.map((run) => run.runId));
      for (const runId of told) expect(ids.has(runId), runId).toBe(true);
      // At most the one that was at work has no end; every audit has all its findings.
      expect(runs.filter((run) => run.runId.startsWith(`r-k${round}`) && run.state === 'lost').length).toBeLessThanOrEqual(1);
      const broken = await home.sql(
        place,
        'select audit_id, (select count(*) from findings where findings.audit_id = audits.audit_id) as n from audits',
      );
      expect(new Set(broken.map((row) => Number(row.n))).size).toBeLessThanOrEqual(1);
      await ledger.startRun(start(`r-after-${round}`));
      await ledger.close();
    }
  }, 120_000);

  test('a newer schema is left alone', async (place) => {
    await (await open(place)).close();
    await home.sql(place, "insert into schema_changes values ('0099-tomorrow', '2030-01-01T00:00:00.000Z')");
    const error = await failureOf(() => open(place));
    expect(error.message).toContain('was written by a newer Firesteel: this one does not know 0099-tomorrow');
  });

  test('reading makes nothing', async (place) => {
    const error = await failureOf(() => open(place, { mode: 'read' }));
    expect(error.code).toBe('not-found');
    expect(error.nextStep).toContain('firesteel run');
    expect(error.message).not.toContain('p@ss');
  });
});

describe('faults of a server', () => {
  it('are told in words, without the password', async (context) => {
    if (server === undefined) return context.skip(why);
    const good = new URL(await server.database('faults'));
    const change = (edit: (url: URL) => void) => {
      const url = new URL(good.href);
      edit(url);
      return url.href;
    };
    await server.query('postgres', "create role guest login password 'guest-pass'");
    const places = [
      change((url) => (url.password = 'wrong-pass')),
      change((url) => (url.password = '')),
      change((url) => (url.pathname = '/nowhere')),
      change((url) => (url.port = '1')),
      change((url) => {
        url.username = 'guest';
        url.password = 'guest-pass';
      }),
      'postgres://[bad',
    ];
    const nowhere = await failureOf(() => open(change((url) => (url.hostname = 'no-such-host.invalid'))));
    expect(nowhere.message).toMatch(/does not answer: (there is no such host|the name of the host cannot be looked up)/);
    const told: string[] = [];
    for (const place of places) {
      const error = await failureOf(() => open(place));
      const text = `${error.code} | ${error.message} | ${error.nextStep}`;
      expect(text).not.toMatch(/wrong-pass|guest-pass|p%40ss|p@ss/);
      told.push(text.replaceAll(`:${server.port}`, ':PORT'));
    }
    expect(told).toMatchInlineSnapshot(`
      [
        "no-permission | The ledger postgres://postgres@127.0.0.1:PORT/faults refused the user or the password. | Give it by the variable PGPASSWORD or in ~/.pgpass, so that it stands in no file of the project.",
        "no-permission | The ledger postgres://postgres@127.0.0.1:PORT/faults asks for a password. | Give it by the variable PGPASSWORD or in ~/.pgpass, so that it stands in no file of the project.",
        "not-found | The ledger postgres://postgres@127.0.0.1:PORT/nowhere names a database that is not there. | Correct its name in the URL, or have it made: createdb NAME.",
        "environment | The ledger postgres://postgres@127.0.0.1:1/faults does not answer: nothing listens there. | Start the server, or correct host and port in the URL.",
        "no-permission | The ledger postgres://guest@127.0.0.1:PORT/faults does not let this user do it. | Have an administrator grant CREATE on the database, or make the schema "firesteel" owned by this user.",
        "wrong-usage | The URL of the ledger does not parse. | Write postgres://user@host:5432/database; special characters in it are percent-encoded.",
      ]
    `);
  }, 60_000);
});
