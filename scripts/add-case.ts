// `node scripts/add-case.ts <scenario dir> [--codec plain|zstd|lz4|snappy|lzf] [--name <name>] [--map FROM=TO …]`
// Copies the log in `before/` of a labelled scenario into corpus/<name>/, scrubbed and encoded anew, with expected.json made from its truth.json.
// Laws: it never overwrites; a scenario with a cause that no rule here knows is refused; the layout (single file, rolled folder, .inprogress) stays.
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { zstdCompressSync } from 'node:zlib';
import { lz4Java, lzf, snappyJava } from '../src/eventlog/codecs/testing/encoders.ts';
import { openLog } from '../src/eventlog/layouts/index.ts';
import { ROOT, ruleIds } from './gen-rules.ts';
import { scrub } from './scrub.ts';

/** By the codec's name as the reader gives it: Spark's suffix, and how to write it. */
const CODECS: Readonly<Record<string, { suffix: string; encode: (text: Buffer) => Buffer }>> = {
  plain: { suffix: '', encode: (text) => text },
  zstd: { suffix: '.zstd', encode: (text) => zstdCompressSync(text) },
  lz4: { suffix: '.lz4', encode: (text) => lz4Java(text, true) },
  snappy: { suffix: '.snappy', encode: (text) => snappyJava(text) },
  lzf: { suffix: '.lzf', encode: (text) => lzf(text) },
};
const SUFFIX = /\.(zstd|lz4|snappy|lzf)(?=$|\.inprogress$)/;

interface Truth {
  readonly id: string;
  readonly healthy?: boolean;
  readonly note?: string;
  readonly log: { readonly before: string };
  readonly causes: readonly { readonly rule: string; readonly severity: number }[];
}

export interface Expected {
  /** Rules that must be found, most severe first. */
  readonly found: readonly string[];
  readonly healthy?: true;
  /** Rules that may be found beside them. */
  readonly allowed?: readonly string[];
  /** What a reader of a failing test should know. */
  readonly about?: string;
  /** Lines of `job.py` that are at fault: with the code, the findings must name one of them. */
  readonly lines?: readonly number[];
}

export function expectedOf(truth: Truth, known: readonly string[]): Expected {
  const causes = [...truth.causes].sort((a, b) => a.severity - b.severity).map((cause) => cause.rule);
  const strange = causes.filter((rule) => !known.includes(rule));
  if (strange.length > 0) throw new Error(`${truth.id}: no rule here is called ${strange.join(', ')}`);
  return { found: causes, ...(truth.healthy ? { healthy: true } : {}), ...(truth.note ? { about: truth.note } : {}) };
}

export interface AddOptions {
  readonly name?: string;
  /** Default: the codec that the log has. */
  readonly codec?: string;
  readonly map?: readonly (readonly [string, string])[];
}

/** Writes the case and gives its folder and what was replaced. */
export async function addCase(root: string, scenario: string, options: AddOptions = {}): Promise<{ folder: string; report: string[] }> {
  const truth = JSON.parse(readFileSync(join(scenario, 'truth.json'), 'utf8')) as Truth;
  const folder = join(root, 'corpus', options.name ?? truth.id.replace(/^\d+-/, ''));
  if (existsSync(folder)) throw new Error(`${folder} exists already: remove it first, or choose another --name`);
  const expected = expectedOf(truth, ruleIds(root));
  const before = resolve(scenario, truth.log.before);
  const [inner] = readdirSync(before).filter((name) => !name.startsWith('.'));
  const stored = join(before, inner as string);
  const log = await openLog(stored);
  const report: string[] = [];
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'expected.json'), `${JSON.stringify(expected, null, 2)}\n`);
    const texts: string[] = [];
    for (const part of log.parts) {
      const chunks: Buffer[] = [];
      for await (const chunk of part.decode()) chunks.push(Buffer.from(chunk));
      texts.push(Buffer.concat(chunks).toString('utf8'));
    }
    const { parts, replaced } = scrub(texts, options.map);
    report.push(...replaced.filter(({ count }) => count > 0).map(({ from, to, count }) => `${from} → ${to}: ${count}`));
    for (const [i, part] of log.parts.entries()) {
      const codec = CODECS[options.codec ?? part.codec];
      if (codec === undefined)
        throw new Error(`no encoder for ${options.codec ?? part.codec}: use --codec ${Object.keys(CODECS).join('|')}`);
      const at = join(folder, relative(before, part.file.path));
      const bare = basename(at).replace(SUFFIX, '');
      const name = bare.endsWith('.inprogress') ? bare.replace(/\.inprogress$/, `${codec.suffix}.inprogress`) : `${bare}${codec.suffix}`;
      mkdirSync(dirname(at), { recursive: true });
      writeFileSync(join(dirname(at), name), codec.encode(Buffer.from(parts[i] as string)));
    }
    // The state file of a rolled log is empty; its name is what it says.
    for (const state of globSync('*/appstatus_*', { cwd: before })) writeFileSync(join(folder, state), '');
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return { folder, report };
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { codec: { type: 'string' }, name: { type: 'string' }, map: { type: 'string', multiple: true } },
  });
  const [scenario] = positionals;
  if (scenario === undefined || positionals.length > 1) {
    console.error('usage: node scripts/add-case.ts <scenario dir> [--codec plain|zstd|lz4|snappy|lzf] [--name <name>] [--map FROM=TO …]');
    process.exitCode = 2;
  } else {
    try {
      const map = (values.map ?? []).map((pair): [string, string] => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]);
      const { folder, report } = await addCase(ROOT, scenario, { name: values.name, codec: values.codec, map });
      console.log(`wrote ${folder}`);
      for (const line of report) console.log(`  ${line}`);
    } catch (error) {
      console.error((error as Error).message);
      process.exitCode = 2;
    }
  }
}
