// Project files: what is read, what is refused and in which words, how a model becomes a job, what it costs.

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { costOf, fill, fillJob, findProject, type PriceSheet, parseDuration, readProject, resolveModel } from './index.ts';
import { projectSchema } from './schema.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'firesteel-project-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = async (name: string, content: unknown): Promise<string> => {
  const file = join(folder, name);
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
};

const failure = async (work: () => unknown): Promise<string> => {
  try {
    await work();
  } catch (error) {
    const { code, message, nextStep } = error as { code: string; message: string; nextStep: string };
    return `${code} | ${message.replaceAll(folder, '.')} | ${nextStep.replaceAll(folder, '.')}`;
  }
  return 'no error';
};

/** Everything a model can say. */
const FULL = {
  $schema: './firesteel.schema.json',
  models: {
    daily_sales: {
      script: 'jobs/daily_sales.py',
      args: ['--out', '{output}', '--in', '{input}', '{"a": 1}'],
      conf: { 'spark.sql.shuffle.partitions': 8, 'spark.sql.adaptive.enabled': true, 'spark.x': '{run}/x' },
      properties: 'conf/spark.conf',
      master: 'local[2]',
      deployMode: 'cluster',
      packages: ['org.postgresql:postgresql:42.7.14'],
      jars: ['lib/a.jar', 's3a://bucket/b.jar'],
      pyFiles: ['src/lib.py'],
      env: { TZ: 'UTC', N: 3 },
      cwd: 'jobs',
      timeout: '1h30m',
      owner: 'Gabi',
      tier: 'T1',
      schedule: 'hourly',
      description: 'Daily revenue by segment',
      inputs: ['raw.transactions'],
      outputs: ['silver.daily_sales'],
    },
    plain: { script: '/abs/plain.py' },
  },
  prices: { currency: 'EUR', version: '2026-01', perHour: 40 },
  ledger: 'state/l.db',
  spark: { home: '/opt/spark', version: '4.1.1' },
};

describe('reading', () => {
  it('takes the nearest file upward, and everything in it', async () => {
    await write('firesteel.json', FULL);
    await mkdir(join(folder, 'a/b'), { recursive: true });
    const project = await findProject(join(folder, 'a/b'));
    expect(project.folder).toBe(folder);
    expect(project.ledger).toBe(join(folder, 'state/l.db'));
    expect(project.models.daily_sales?.timeoutMs).toBe(5_400_000);
    expect(project.models.daily_sales?.conf).toEqual({
      'spark.sql.shuffle.partitions': '8',
      'spark.sql.adaptive.enabled': 'true',
      'spark.x': '{run}/x',
    });
    expect(project.prices).toEqual({ currency: 'EUR', version: '2026-01', perHour: 40 });
    expect(project.spark).toEqual({ home: '/opt/spark', version: '4.1.1' });
  });

  it('without a file is an empty project of the folder itself', async () => {
    const project = await findProject(folder);
    expect(project).toMatchObject({ folder, file: undefined, models: {}, ledger: join(folder, '.firesteel/ledger.db') });
  });

  it('reads a TypeScript default export, and prices from a file beside', async () => {
    await write('prices.json', { currency: 'USD', version: 'list', perCoreHour: 0.05 });
    await write(
      'firesteel.config.ts',
      `const models: Record<string, { script: string }> = { m: { script: 'm.py' } };\nexport default { models, prices: 'prices.json', ledger: 'postgres://team@db/firesteel' };\n`,
    );
    const project = await findProject(folder);
    expect(project.prices).toMatchObject({ currency: 'USD', perCoreHour: 0.05 });
    expect(project.ledger).toBe('postgres://team@db/firesteel');
    expect(Object.keys(project.models)).toEqual(['m']);
  });

  it('errors name the file, the place in it and the next step', async () => {
    const cases: [unknown, string][] = [
      ['{ "models": { } ', 'corrupt-input'],
      ['{\n  "models": {},\n  // no\n}', 'corrupt-input'],
      ['hello', 'corrupt-input'],
      [[], ''],
      [{ model: {} }, ''],
      [{ models: { a: { script: 'a.py', shedule: 'daily', outputs: 'x' } } }, ''],
      [{ models: { a: {} } }, ''],
      [{ models: { a: 'a.py' } }, ''],
      [{ models: { 'no good': { script: 'a.py' } } }, ''],
      [{ models: { a: { script: 'a.py', timeout: '90' } } }, ''],
      [{ models: { a: { script: 'a.py', args: ['x', 3] } } }, ''],
      [{ models: { 'a.b': { script: 'a.py', conf: { 'spark.x': { y: 1 } } } } }, ''],
      [{ models: { a: { script: 'a.py', deployMode: 'local' } } }, ''],
      [{ prices: { currency: 'EUR', version: '1' } }, ''],
      [{ prices: { currency: 'EUR', version: '1', perCorHour: 1 } }, ''],
      [{ prices: { currency: 'EUR', version: '1', perHour: -1 } }, ''],
      [{ prices: 3 }, ''],
      [{ prices: 'none.json' }, 'not-found'],
      [{ spark: { hom: '/x' } }, ''],
    ];
    const told: string[] = [];
    for (const [content] of cases) {
      const file = await write('firesteel.json', content);
      told.push(await failure(() => readProject(file)));
    }
    await rm(join(folder, 'firesteel.json'));
    await write('firesteel.config.js', 'export const models = {};\n');
    told.push(await failure(() => findProject(folder)));
    expect(await failure(async () => readProject(await write('firesteel.config.mjs', 'export default { models: ;\n')))).toMatch(
      /^corrupt-input \| \.\/firesteel\.config\.mjs could not be loaded: /,
    );
    await rm(join(folder, 'firesteel.config.mjs'));
    await write('firesteel.json', {});
    told.push(await failure(() => findProject(folder)));
    expect(told).toMatchInlineSnapshot(`
      [
        "corrupt-input | ./firesteel.json is no JSON: line 1, column 17: Expected ',' or '}' after property value. | Mend it there; JSON knows no comments and no comma after the last item.",
        "corrupt-input | ./firesteel.json is no JSON: line 3, column 3: Expected double-quoted property name. | Mend it there; JSON knows no comments and no comma after the last item.",
        "corrupt-input | ./firesteel.json is no JSON: Unexpected token 'h'. | Mend it there; JSON knows no comments and no comma after the last item.",
        "wrong-usage | ./firesteel.json: it must be an object. | Mend it there, then run the same command again.",
        "wrong-usage | ./firesteel.json: "model" is not known. | Did you mean "models"?",
        "wrong-usage | ./firesteel.json: models.a.outputs must be a list of texts; "shedule" in models.a is not known. | Did you mean "schedule"?",
        "wrong-usage | ./firesteel.json: models.a.script is missing: it must be text. | Mend it there, then run the same command again.",
        "wrong-usage | ./firesteel.json: models.a must be an object with a script. | Mend it there, then run the same command again.",
        "wrong-usage | ./firesteel.json: models["no good"] must be a name: up to 100 letters, digits, _, . and -, the first a letter or digit. | Mend it there, then run the same command again.",
        "wrong-usage | ./firesteel.json: models.a.timeout must be a duration such as "90s", "2h" or "1h30m". | Mend it there, then run the same command again.",
        "wrong-usage | ./firesteel.json: models.a.args[1] must be text. | Mend it there, then run the same command again.",
        "wrong-usage | ./firesteel.json: models["a.b"].conf["spark.x"] must be text, a number, true or false. | Mend it there, then run the same command again.",
        "wrong-usage | ./firesteel.json: models.a.deployMode must be "client" or "cluster". | Mend it there, then run the same command again.",
        "wrong-usage | ./firesteel.json: prices has no rate: give one of perCoreHour, perGiBHour, perExecutorHour, perHour, perUnitHour, instances. | Mend it there, then run the same command again.",
        "wrong-usage | ./firesteel.json: "perCorHour" in prices is not known; prices has no rate: give one of perCoreHour, perGiBHour, perExecutorHour, perHour, perUnitHour, instances. | Did you mean "perCoreHour" or "perHour" or "perExecutorHour"?",
        "wrong-usage | ./firesteel.json: prices.perHour must be 0 or more. | Mend it there, then run the same command again.",
        "wrong-usage | ./firesteel.json: prices must be a price sheet (an object) or the path of one. | Mend it there, then run the same command again.",
        "not-found | ./none.json is not there. | Correct the path, or make the file.",
        "wrong-usage | ./firesteel.json: "hom" in spark is not known. | Did you mean "home"?",
        "wrong-usage | ./firesteel.config.js has no default export. | Write: export default { models: { … } };",
        "wrong-usage | . has two project files: firesteel.json and firesteel.config.js. | Keep one of them.",
      ]
    `);
  });
});

describe('a model as a job', () => {
  it('has absolute paths; URIs stay; the caller wins', async () => {
    const project = await readProject(await write('firesteel.json', FULL));
    const job = resolveModel(project, 'daily_sales', { conf: { 'spark.x': 'y', a: 'b' }, master: 'local[4]' });
    expect(job).toEqual({
      model: 'daily_sales',
      script: join(folder, 'jobs/daily_sales.py'),
      args: FULL.models.daily_sales.args,
      cwd: join(folder, 'jobs'),
      master: 'local[4]',
      deployMode: 'cluster',
      conf: { 'spark.sql.shuffle.partitions': '8', 'spark.sql.adaptive.enabled': 'true', 'spark.x': 'y', a: 'b' },
      propertiesFile: join(folder, 'conf/spark.conf'),
      packages: ['org.postgresql:postgresql:42.7.14'],
      jars: [join(folder, 'lib/a.jar'), 's3a://bucket/b.jar'],
      pyFiles: [join(folder, 'src/lib.py')],
      env: { TZ: 'UTC', N: '3' },
      timeoutMs: 5_400_000,
      inputs: ['raw.transactions'],
      outputs: ['silver.daily_sales'],
    });
    expect(resolveModel(project, 'plain', { args: ['1'] })).toMatchObject({
      script: '/abs/plain.py',
      args: ['1'],
      cwd: folder,
      deployMode: 'client',
    });
  });

  it('an unknown name gets the likely ones', async () => {
    const project = await readProject(await write('firesteel.json', FULL));
    expect([
      await failure(() => resolveModel(project, 'daily_sale')),
      await failure(() => resolveModel(project, 'constructor')),
      await failure(() => resolveModel({ ...project, models: {} }, 'x')),
      await failure(() => resolveModel({ ...project, file: undefined }, 'x')),
    ]).toMatchInlineSnapshot(`
      [
        "not-found | ./firesteel.json has no model "daily_sale". | Did you mean daily_sales?",
        "not-found | ./firesteel.json has no model "constructor". | It has daily_sales, plain.",
        "not-found | ./firesteel.json has no model "x". | It names no models yet: add one under "models".",
        "not-found | There is no model "x": neither . nor a folder above it has a firesteel.json. | Give the path of a script, or write a firesteel.json: { "models": { "x": { "script": "jobs/x.py" } } }.",
      ]
    `);
  });

  it('placeholders are filled once; braces of JSON are text', async () => {
    const places = { output: '/o/{run}', run: '/r' };
    expect(fill('{output}/a {"x": {"run": 1}} {{input}} {1}', places)).toBe('/o/{run}/a {"x": {"run": 1}} {input} {1}');
    expect(fillJob({ args: ['{run}'], conf: { a: '{output}', b: 'c' } }, places)).toEqual({
      args: ['/r'],
      conf: { a: '/o/{run}', b: 'c' },
    });
    expect([
      await failure(() => fillJob({ args: ['--d', '{outptu}'], conf: {} }, places)),
      await failure(() => fillJob({ args: [], conf: { 'spark.x': '{date}' } }, places)),
      await failure(() => fill('{input}', places)),
    ]).toMatchInlineSnapshot(`
      [
        "wrong-usage | {outptu} in argument 2 ({outptu}) is no placeholder. | Did you mean {output}? For the text itself write {{outptu}}.",
        "wrong-usage | {date} in the value of spark.x is no placeholder. | There are {output}, {run}, {input}. For the text itself write {{date}}.",
        "wrong-usage | {input} in "{input}" has no value: what --input gives. | Give one with --input.",
      ]
    `);
  });
});

describe('durations', () => {
  it.each([
    ['90s', 90_000],
    ['2h', 7_200_000],
    ['1h30m', 5_400_000],
    ['1 h 30 min', 5_400_000],
    ['250 ms', 250],
    ['1.5d', 129_600_000],
    ['90', undefined],
    ['0s', undefined],
    ['', undefined],
    ['2h x', undefined],
    ['-1h', undefined],
  ])('%s is %s', (text, ms) => expect(parseDuration(text)).toBe(ms));
});

describe('cost', () => {
  const sheet = (rates: Partial<PriceSheet>): PriceSheet => ({
    currency: 'EUR',
    version: 'v1',
    perCoreHour: undefined,
    perGiBHour: undefined,
    perExecutorHour: undefined,
    perHour: undefined,
    instances: undefined,
    instance: undefined,
    perUnitHour: undefined,
    unit: undefined,
    unitsPerExecutor: undefined,
    ...rates,
  });
  const usage = { wallMs: 1_800_000, coreMs: 7_200_000, memoryMibMs: 4096 * 3_600_000, executorMs: 3_600_000 };

  it('is the sum of rate × quantity, with its parts', () => {
    // seed-000: a flat rate, duration × rate.
    expect(costOf(sheet({ perHour: 40 }), usage)).toEqual({
      amount: 20,
      currency: 'EUR',
      version: 'v1',
      parts: [{ rate: 'perHour', hours: 0.5, price: 40, amount: 20 }],
    });
    expect(costOf(sheet({ perCoreHour: 0.05, perGiBHour: 0.005, perExecutorHour: 1 }), usage)?.amount).toBeCloseTo(
      2 * 0.05 + 4 * 0.005 + 1,
      12,
    );
    expect(costOf(sheet({ perCoreHour: 0 }), usage)?.amount).toBe(0);
  });

  it('is undefined without a sheet, and when a quantity that has a rate is not known', () => {
    expect(costOf(undefined, usage)).toBeUndefined();
    expect(costOf(sheet({ perCoreHour: 1, perHour: 1 }), { ...usage, coreMs: undefined })).toBeUndefined();
    expect(costOf(sheet({ perHour: 1 }), { ...usage, coreMs: undefined })?.amount).toBe(0.5);
  });

  it('knows machines by type and the units of a platform', () => {
    const machines = { 'i3.xlarge': { perHour: 0.3, units: 1 }, 'i3.2xlarge': { perHour: 0.6, units: 2 } };
    const dbu = sheet({ instances: machines, perUnitHour: 0.15, unit: 'DBU' });
    expect(costOf(dbu, { ...usage, instance: 'i3.2xlarge' })?.parts).toEqual([
      { rate: 'perInstanceHour', hours: 1, price: 0.6, amount: 0.6 },
      { rate: 'perUnitHour', hours: 2, price: 0.15, amount: 0.3 },
    ]);
    expect(costOf({ ...dbu, instance: 'i3.xlarge' }, usage)?.amount).toBeCloseTo(0.45, 12);
    // A machine that the sheet does not know, or no machine at all: a part of a price is a wrong price.
    expect(costOf(dbu, { ...usage, instance: 'm5.large' })).toBeUndefined();
    expect(costOf(dbu, usage)).toBeUndefined();
    expect(costOf(sheet({ perUnitHour: 0.44, unit: 'DPU', unitsPerExecutor: 2 }), usage)?.amount).toBeCloseTo(0.88, 12);
    expect(costOf(sheet({ perUnitHour: 0.44, unit: 'DPU' }), usage)).toBeUndefined();
  });

  it('is linear in use and price', () => {
    fc.assert(
      fc.property(fc.nat(1e9), fc.nat(1e9), fc.nat(100), fc.integer({ min: 1, max: 50 }), (coreMs, wallMs, price, k) => {
        const prices = sheet({ perCoreHour: price, perHour: 2 * price });
        const once = costOf(prices, { ...usage, coreMs, wallMs })?.amount ?? Number.NaN;
        expect(costOf(prices, { ...usage, coreMs: k * coreMs, wallMs: k * wallMs })?.amount).toBeCloseTo(k * once, 3);
      }),
      { seed: 11 },
    );
  });
});

it('firesteel.schema.json says what the reader takes', async () => {
  const file = new URL('./firesteel.schema.json', import.meta.url);
  const made = z.toJSONSchema(projectSchema, { io: 'input', reused: 'inline' });
  if (process.env.FIRESTEEL_UPDATE === '1') await writeFile(file, `${JSON.stringify(made, null, 2)}\n`);
  const there = JSON.parse(await readFile(file, 'utf8'));
  // On a difference: FIRESTEEL_UPDATE=1 vitest run src/project, then biome check --write src/project.
  expect(there).toEqual(made);
});
