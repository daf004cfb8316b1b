// A program under the guard (python/firesteel_guard.py): in a session of its own, of which nothing is left when it ends or when Firesteel dies.
// Law: its output goes into a file without passing through Firesteel; what is started here ends by `stop`, by itself, or with this process.

import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { ownFile } from './files.ts';
import { type Environment, killSession, sessionMembers } from './processes.ts';

export interface GuardedOptions {
  /** Any Python 3.9 or later. */
  readonly python: string;
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Environment;
  /** Where both output streams go; made new. */
  readonly output: string;
  /** The guard's record. */
  readonly result: string;
  /** The launcher's record, which names the Python to be interrupted first. */
  readonly driver: string;
  /** How long a polite request to end may take, twice, before force: seconds. */
  readonly graceS: number;
}

export interface GuardEnd {
  readonly code: number | null;
  readonly signal: string | null;
  readonly endedMs: number;
  /** It could not be started at all. */
  readonly failure: string | undefined;
}

export interface Guarded {
  readonly pid: number | undefined;
  readonly ended: Promise<GuardEnd>;
  /** Asks the guard to stop it; `ended` tells when it is done. */
  stop(): void;
}

export async function startGuarded(options: GuardedOptions): Promise<Guarded> {
  const output = await open(options.output, 'w', 0o600);
  const args = ['-I', '-S', ownFile('python', 'firesteel_guard.py'), options.result, options.driver, String(options.graceS)];
  const child = spawn(options.python, [...args, ...options.command], {
    cwd: options.cwd,
    env: options.env as NodeJS.ProcessEnv,
    detached: true,
    stdio: ['pipe', output.fd, output.fd],
  });
  child.stdin?.on('error', () => undefined);
  const ended = new Promise<GuardEnd>((resolve) => {
    const end = (code: number | null, signal: string | null, failure?: string) => resolve({ code, signal, endedMs: Date.now(), failure });
    child.on('error', (error) => end(null, null, error.message));
    child.on('exit', (code, signal) => end(code, signal));
  }).then(async (end) => {
    // A guard that was killed leaves its flock to us.
    if (child.pid !== undefined && (end.signal !== null || sessionMembers(child.pid).length > 0)) await killSession(child.pid);
    return end;
  });
  await output.close();
  return { pid: child.pid, ended, stop: () => child.stdin?.write('s') };
}
