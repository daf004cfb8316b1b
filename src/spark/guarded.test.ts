// The guard without Spark: exit codes and signals arrive, polite requests come before force, nothing of a session is left.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGuarded } from './guarded.ts';
import { onPath, sessionMembers } from './processes.ts';
import { guardSchema } from './records.ts';
import { until } from './testing/spark.ts';

const python = onPath('python3', process.env);

describe.skipIf(python === undefined)(`the guard${python === undefined ? ' (skipped: there is no python3 on PATH)' : ''}`, () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'firesteel-guard-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  let count = 0;
  async function guard(code: string, command?: readonly string[]) {
    const at = (name: string) => join(folder, `${count}.${name}`);
    count++;
    const program = command ?? [python as string, '-c', code.replace('DRIVER', JSON.stringify(at('driver')))];
    const guarded = await startGuarded({
      python: python as string,
      command: program,
      cwd: folder,
      env: process.env,
      output: at('log'),
      result: at('result'),
      driver: at('driver'),
      graceS: 0.4,
    });
    const output = () => readFileSync(at('log'), 'utf8');
    return {
      ...guarded,
      output,
      said: (word: string) => until(() => output().includes(word), 15_000),
      result: () => guardSchema.parse(JSON.parse(readFileSync(at('result'), 'utf8'))),
    };
  }
  const DRIVER = 'import json, os; json.dump({"pid": os.getpid()}, open(DRIVER, "w"))\n';

  test.each<[string, string, object, { code: number | null; signal: string | null }]>([
    [
      'an exit code',
      'print("out", flush=True); import sys; print("err", file=sys.stderr); sys.exit(7)',
      { exitCode: 7 },
      { code: 7, signal: null },
    ],
    ['a signal', 'import os; print("out"); os.kill(os.getpid(), 9)', { signal: 'SIGKILL', exitCode: null }, { code: 137, signal: null }],
  ])('passes on %s', async (_name, code, expected, end) => {
    const { ended, result, output } = await guard(code);
    expect(await ended).toMatchObject(end);
    expect(result()).toMatchObject({ ...expected, stopped: null, forced: false });
    if (code.includes('err')) expect(output()).toBe('out\nerr\n');
  });

  test('says when the program cannot be started', async () => {
    const { ended, result } = await guard('', [join(folder, 'no-such-program')]);
    expect(await ended).toMatchObject({ code: 127 });
    expect(result().error).toContain('no-such-program');
  });

  test('asks the driver first, by SIGINT', async () => {
    const { ended, result, output, said, stop } = await guard(
      `${DRIVER}import time\ntry:\n  print("up", flush=True); time.sleep(60)\nexcept KeyboardInterrupt:\n  print("asked"); raise SystemExit(5)`,
    );
    await said('up');
    stop();
    await ended;
    expect(result()).toMatchObject({ stopped: 'asked', exitCode: 5, forced: false });
    expect(output()).toContain('asked');
  });

  test('ends the deaf by force, with children in groups of their own', async () => {
    const { ended, result, said, stop, pid } = await guard(
      `${DRIVER}import signal, time\nfor n in (2, 15): signal.signal(n, signal.SIG_IGN)\nif os.fork() == 0: os.setpgid(0, 0)\nprint("up", flush=True)\ntime.sleep(60)`,
    );
    await said('up');
    expect(sessionMembers(pid as number).length).toBe(3);
    stop();
    await ended;
    expect(result()).toMatchObject({ stopped: 'asked', signal: 'SIGKILL', forced: true });
    expect(sessionMembers(pid as number)).toEqual([]);
  });

  test('does not let children outlive a program that ended well', async () => {
    const { ended, result, pid } = await guard('import os, time\nif os.fork() == 0: time.sleep(60)');
    await ended;
    expect(result()).toMatchObject({ exitCode: 0, stopped: null });
    expect(sessionMembers(pid as number)).toEqual([]);
  });
});
