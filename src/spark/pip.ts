// pip in a Python environment of Firesteel's cache folder, with what it does as progress.
// Laws: it runs under the guard, so that it does not outlive its Firesteel; its temporary files lie in the environment, and go.

import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readEnds } from './driver-log.ts';
import { startGuarded } from './guarded.ts';
import { pipFailure } from './pip-failure.ts';
import type { Environment } from './processes.ts';
import { tailOf } from './tail.ts';

export interface InstallProgress {
  readonly what: string;
  /** On disk so far. */
  readonly bytes: number | undefined;
  /** 0 to 1, when known. */
  readonly share: number | undefined;
}

export interface PipWork {
  /** The environment. */
  readonly folder: string;
  readonly env: Environment;
  readonly progress: (progress: InstallProgress) => void;
  readonly signal: AbortSignal | undefined;
}

/** How often progress is told, and what pip says is read, ms. */
const COUNT_EVERY = 2000;
const READ_EVERY = 500;

/** The environment without what would lead Python elsewhere. */
export function cleaned(env: Environment, more: Environment = {}): Environment {
  const { PYTHONPATH: _path, PYTHONHOME: _home, VIRTUAL_ENV: _venv, __PYVENV_LAUNCHER__: _launcher, ...rest } = env;
  return { ...rest, ...more };
}

/** Installs by pip into the environment, with what it does as progress. */
export async function pip({ folder, env, signal, progress }: PipWork, name: string, wanted: readonly string[]): Promise<void> {
  const temporary = join(folder, 'tmp');
  await mkdir(temporary, { recursive: true });
  const started = Date.now();
  let doing = `fetching ${name}`;
  let bytes: number | undefined;
  const tell = () => progress({ what: `${doing} (${Math.round((Date.now() - started) / 1000)} s)`, bytes, share: undefined });
  tell();
  let counting = false;
  const ticker = setInterval(() => {
    tell();
    if (counting) return;
    counting = true;
    void sizeOf(folder).then((size) => {
      bytes = size;
      counting = false;
    });
  }, COUNT_EVERY);
  try {
    const args = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--progress-bar', 'off', ...wanted];
    // Under the guard: a pip that outlived a killed Firesteel would write into what the next one builds.
    const log = join(temporary, 'pip.log');
    const python = join(folder, 'bin', 'python');
    const guarded = await startGuarded({
      python,
      command: [python, ...args],
      cwd: folder,
      env: cleaned(env, { TMPDIR: temporary, PIP_USER: '0', PIP_REQUIRE_VIRTUALENV: '0' }),
      output: log,
      result: join(temporary, 'guard.json'),
      driver: join(temporary, 'none'),
      graceS: 1,
    });
    const stop = () => guarded.stop();
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted === true) stop();
    let rest = '';
    const read = tailOf(log, (bytes) => {
      const lines = (rest + Buffer.from(bytes).toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) doing = stepOf(line, name) ?? doing;
    });
    const watch = setInterval(() => void read(), READ_EVERY);
    const { code } = await guarded.ended.finally(() => {
      clearInterval(watch);
      signal?.removeEventListener('abort', stop);
    });
    signal?.throwIfAborted();
    if (code !== 0) throw pipFailure(name, await readEnds(log));
  } finally {
    clearInterval(ticker);
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** What a line of pip says it does. */
function stepOf(line: string, name: string): string | undefined {
  const [, verb, what] =
    /^\s*(Downloading|Building wheel|Installing collected packages|Preparing metadata)\b:?\s*(?:for )?(.*)$/.exec(line) ?? [];
  if (verb === undefined) return undefined;
  if (verb === 'Downloading') return `downloading ${what?.split('/').at(-1)}`;
  return verb === 'Installing collected packages' ? `installing ${name}` : `unpacking ${name}`;
}

/** Bytes of all files below a folder that is being written to. */
async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += await sizeOf(path);
    else if (entry.isFile()) bytes += (await stat(path).catch(() => undefined))?.size ?? 0;
  }
  return bytes;
}
