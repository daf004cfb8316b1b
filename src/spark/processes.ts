// Small processes that answer at once (git, java -version, python -c …), and what tells one process from another.
// Laws: none outlives its call; output is bounded; a program that is not there is an answer, not an exception.

import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, readdirSync, readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Finished {
  /** Undefined: it could not be started, or a signal ended it. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Why it could not be started: `ENOENT` … */
  readonly failure: string | undefined;
}

export interface ProcessOptions {
  readonly env?: Environment;
  readonly cwd?: string;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
  /** Each line of both streams as it comes. */
  readonly onLine?: (line: string) => void;
}

/** More than this of a stream is not kept; its end is. */
const MAX_OUTPUT = 1 << 20;

/** Runs a program to its end. An abort ends it with its whole process group, and is thrown. */
export function runProcess(command: string, args: readonly string[], options: ProcessOptions = {}): Promise<Finished> {
  options.signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: options.env as NodeJS.ProcessEnv | undefined,
      cwd: options.cwd,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const kept = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      let rest = '';
      child[name].setEncoding('utf8').on('data', (text: string) => {
        kept[name] = (kept[name] + text).slice(-MAX_OUTPUT);
        if (options.onLine === undefined) return;
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) options.onLine(line);
      });
    }
    const end = () => killGroup(child.pid);
    const timer = options.timeoutMs === undefined ? undefined : setTimeout(end, options.timeoutMs);
    options.signal?.addEventListener('abort', end, { once: true });
    const finish = (code: number | null, failure?: string) => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', end);
      if (options.signal?.aborted === true) reject(options.signal.reason);
      else resolve({ code: code ?? undefined, ...kept, failure });
    };
    child.on('error', (error: NodeJS.ErrnoException) => finish(null, error.code ?? error.message));
    child.on('close', (code) => finish(code));
  });
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

/** Ends every process of a session, by /proc where there is one, else its leader's group; resolves when they are gone. */
export async function killSession(session: number): Promise<void> {
  killGroup(session);
  for (let tries = 0; tries < 200; tries++) {
    const members = sessionMembers(session);
    if (members.length === 0) return;
    for (const pid of members) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Gone already.
      }
    }
    await sleep(25);
  }
}

/** Fields of /proc/<pid>/stat behind the name: state, parent, group, session, … start time at 19; undefined when there is none. */
function statOf(pid: number | string): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** Process numbers of a session, dead ones that nobody collected left out; empty where there is no /proc. */
export function sessionMembers(session: number): number[] {
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return [];
  }
  return names
    .filter((name) => {
      const stat = /^\d+$/.test(name) ? statOf(name) : undefined;
      return stat?.[3] === String(session) && stat[0] !== 'Z';
    })
    .map(Number);
}

/** What tells the process with this number from a later one: when it started, as the system counts it. Undefined when there is no such process. */
export function processStart(pid: number): string | undefined {
  const stat = statOf(pid);
  if (stat !== undefined) {
    if (stat[0] === 'Z') return undefined;
    let boot = '';
    try {
      boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    } catch {
      // The start in clock ticks says enough.
    }
    return `${stat[19]}@${boot}`;
  }
  if (process.platform === 'linux') return undefined;
  const asked = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  const told = asked.status === 0 ? asked.stdout.trim() : '';
  return told === '' ? undefined : told;
}

/** Whether a process noted down earlier still lives; undefined: it was on another host, so nobody here can know. */
export function isAlive(noted: {
  readonly pid: number;
  readonly pidStart?: string | undefined;
  readonly host: string;
}): boolean | undefined {
  if (noted.host !== hostname()) return undefined;
  const now = processStart(noted.pid);
  // A process number alone proves nothing, for numbers are used again.
  return now !== undefined && (noted.pidStart === undefined || noted.pidStart === now);
}

/** The file that a name on PATH stands for. */
export function onPath(name: string, env: Environment): string | undefined {
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    if (folder === '') continue;
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // Not here.
    }
  }
  return undefined;
}

/** The command that installs something, for the package manager that is here. */
export function installCommand(packages: Readonly<Record<'apt-get' | 'dnf' | 'apk' | 'brew', string>>, env: Environment): string {
  const managers = ['apt-get', 'dnf', 'apk', 'brew'] as const;
  const found = managers.find((manager) => onPath(manager, env) !== undefined) ?? (process.platform === 'darwin' ? 'brew' : 'apt-get');
  const verb = found === 'apk' ? 'add' : 'install';
  const sudo = found === 'brew' || process.getuid?.() === 0 ? '' : 'sudo ';
  return `${sudo}${found} ${verb} ${packages[found]}`;
}
