// Which Spark, Java and Python are taken, and what is said when one is missing or wrong. Machines are made of folders: no JVM starts.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { versionOfLine } from './embedded.ts';
import { doctor, findSpark, installSpark, SPARK_LINES } from './index.ts';
import { fitOf, majorOf } from './java.ts';
import { pipFailure } from './pip-failure.ts';
import { onPath } from './processes.ts';
import { pythonFit } from './python.ts';

test.each([
  ['17.0.15', 17],
  ['1.8.0_292', 8],
  ['21', 21],
  ['25-ea', 25],
])('Java %s is Java %i', (version, major) => expect(majorOf(version)).toBe(major));

test.each([
  ['3.5.7', '1.8.0_292', 'fits'],
  ['3.5.7', '11.0.2', 'fits'],
  ['3.5.7', '17.0.1', 'fits'],
  ['3.5.7', '21.0.1', 'wrong'],
  ['3.5.7', '16.0.1', 'untested'],
  ['3.2.4', '17.0.1', 'wrong'],
  ['4.1.1', '11.0.2', 'wrong'],
  ['4.1.1', '17.0.1', 'fits'],
  ['4.1.1', '21.0.1', 'fits'],
  ['4.1.1', '25.0.1', 'untested'],
])('Spark %s on Java %s: %s', (spark, java, fit) => expect(fitOf(spark, java)).toBe(fit));

test.each([
  ['4.1.1', '3.9.2', 'wrong'],
  ['4.1.1', '3.12.1', 'fits'],
  ['3.5.7', '3.8.1', 'fits'],
  ['3.5.7', '3.13.0', 'untested'],
  ['9.9.9', '3.30.0', 'fits'],
])('Spark %s on Python %s: %s', (spark, python, fit) => expect(pythonFit(spark, python)).toBe(fit));

test('every line has its pinned version', () => {
  for (const line of Object.keys(SPARK_LINES)) expect(versionOfLine(line).startsWith(`${line}.`)).toBe(true);
  expect(versionOfLine('3.4.1')).toBe('3.4.1');
});

test.each<[string, RegExp, RegExp]>([
  ["Failed to establish a new connection: [Errno -2] Name or service not known'))': /simple/pyspark/", /cannot be reached/, /HTTPS_PROXY/],
  ['ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device', /disk is full/, /FIRESTEEL_HOME/],
  ['SSLError(SSLCertVerificationError(1, "certificate verify failed"))', /certificate/, /PIP_CERT/],
  [
    'ERROR: Could not find a version that satisfies the requirement pyspark==9\nERROR: No matching distribution found',
    /does not have that version/,
    /VERSION/,
  ],
  ['something\nERROR: the dog ate it', /the dog ate it/, /SPARK_HOME/],
])('pip saying %j', (said, what, nextStep) => {
  const error = pipFailure('Spark 4.1.1', said);
  expect(error).toMatchObject({ code: 'environment', message: expect.stringMatching(what), nextStep: expect.stringMatching(nextStep) });
});

describe('a machine', () => {
  let root: string;
  const at = (...parts: string[]) => join(root, ...parts);
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'firesteel-machine-')));
    mkdirSync(at('bin'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function write(path: string, text: string, mode = 0o644): string {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text);
    chmodSync(at(path), mode);
    return at(path);
  }
  function java(path: string, version: string): string {
    write(`${path}/bin/java`, '#!/bin/sh\nexit 1\n', 0o755);
    write(`${path}/release`, `JAVA_VERSION="${version}"\n`);
    return at(path);
  }
  function sparkHome(path: string, version: string): string {
    write(`${path}/bin/spark-submit`, '#!/bin/sh\nexit 1\n', 0o755);
    write(`${path}/bin/pyspark`, '#!/bin/sh\nexit 1\n', 0o755);
    write(`${path}/jars/spark-core_2.13-${version}.jar`, '');
    return at(path);
  }
  // The interpreter itself: what is on a path may be a script that needs one.
  const onThisPath = onPath('python3', process.env);
  const realPython = onThisPath && execFileSync(onThisPath, ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
  /** A python3 on the machine's path that sees no package. */
  function python(): void {
    write('bin/python3', `#!/bin/sh\nexec "${realPython}" -I -S "$@"\n`, 0o755);
  }
  const env = (more: Record<string, string> = {}) => ({ PATH: `${at('bin')}`, HOME: root, FIRESTEEL_HOME: at('cache'), ...more });
  const failing = async (more: Record<string, string> = {}, options = {}) => {
    const error = await findSpark({ env: env(more), ...options }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'environment', nextStep: expect.stringMatching(/./) });
    const { message, nextStep } = error as { message: string; nextStep: string };
    return `${message} -> ${nextStep}`;
  };

  test('with nothing: install it', async () => {
    expect(await failing()).toMatch(/No Spark was found: .*SPARK_HOME.* -> firesteel spark install$/);
    expect(await failing({}, { embedded: '3.5' })).toMatch(/embedded Spark 3\.5\.7 is not installed\. -> firesteel spark install 3\.5$/);
    const { chosen, problems } = await doctor({ env: env() });
    expect(chosen).toBeUndefined();
    expect(problems[0]).toMatchObject({ severity: 'error', nextStep: 'firesteel spark install' });
  });

  test('a named folder without Spark is an error, never passed over', async () => {
    expect(await failing({ SPARK_HOME: at('nothing') })).toMatch(/There is no Spark in .*nothing \(SPARK_HOME=.*it has no jars/);
  });

  test('without Python', async () => {
    expect(await failing({ SPARK_HOME: sparkHome('spark', '4.1.1') })).toMatch(
      /No Python was found: .*needs Python 3\.10 or later.* -> .*install.*python3/,
    );
    await expect(installSpark({ env: env() })).rejects.toMatchObject({ message: expect.stringMatching(/No Python was found/) });
  });

  describe.skipIf(realPython === undefined)('with Python', () => {
    const withPython = (name: string, body: () => Promise<void>) =>
      test(name, () => {
        python();
        return body();
      });

    withPython('without Java, and with the wrong one: what it needs, what is there, what to do', async () => {
      const home = sparkHome('spark', '4.1.1');
      expect(await failing({ SPARK_HOME: home })).toMatch(
        /No Java was found: JAVA_HOME is not set.*Spark 4\.1\.1 runs on Java 17 or 21\. -> .*openjdk.*17.*firesteel spark install/,
      );
      expect(await failing({ SPARK_HOME: home, JAVA_HOME: at('nothing') })).toMatch(/JAVA_HOME=.*nothing holds no Java that runs/);
      expect(await failing({ SPARK_HOME: home, JAVA_HOME: java('java8', '1.8.0_292') })).toMatch(
        /Spark 4\.1\.1 runs on Java 17 or 21, and what is here is Java 8 \(1\.8\.0_292, JAVA_HOME\)/,
      );
      expect(await failing({ SPARK_HOME: sparkHome('old', '3.5.7'), JAVA_HOME: java('java21', '21.0.2') })).toMatch(
        /Spark 3\.5\.7 runs on Java 8, 11 or 17, and what is here is Java 21/,
      );
    });

    withPython('the first Java that fits is taken; doctor says what was passed over', async () => {
      const more = { SPARK_HOME: sparkHome('spark', '4.1.1'), JAVA_HOME: java('java8', '1.8.0_292') };
      symlinkSync(join(java('java21', '21.0.2'), 'bin/java'), at('bin/java'));
      expect(await findSpark({ env: env(more) })).toMatchObject({ javaHome: at('java21'), javaVersion: '21.0.2', source: 'SPARK_HOME' });
      const { problems, javas, sparks } = await doctor({ env: env(more) });
      expect(javas.map(({ status }) => status)).toEqual(['wrong', 'used']);
      expect(sparks).toMatchObject([{ status: 'used', version: '4.1.1' }]);
      expect(problems.find(({ what }) => /JAVA_HOME is Java 8/.test(what))?.severity).toBe('warning');
    });

    withPython('a Java that is newer than Spark knows is better than none', async () => {
      const more = { SPARK_HOME: sparkHome('spark', '4.1.1'), JAVA_HOME: java('java25', '25.0.1') };
      expect(await findSpark({ env: env(more) })).toMatchObject({ javaVersion: '25.0.1' });
      expect((await doctor({ env: env(more) })).problems.map(({ what }) => what).join()).toMatch(/Java 25 is newer/);
    });

    withPython('option, project, SPARK_HOME, path: in that order', async () => {
      const homes = ['option', 'project', 'environment', 'onpath'].map((name, i) => sparkHome(name, `4.1.${i}`));
      const [sparkHomeOption, projectHome, SPARK_HOME, last] = homes;
      const JAVA_HOME = java('java17', '17.0.1');
      symlinkSync(join(last as string, 'bin/pyspark'), at('bin/pyspark'));
      const all = { env: env({ JAVA_HOME, SPARK_HOME: SPARK_HOME as string }), projectHome, sparkHome: sparkHomeOption };
      expect(await findSpark(all)).toMatchObject({ source: 'option', version: '4.1.0' });
      expect(await findSpark({ ...all, sparkHome: undefined })).toMatchObject({ source: 'project', version: '4.1.1' });
      expect(await findSpark({ env: all.env })).toMatchObject({ source: 'SPARK_HOME', version: '4.1.2' });
      expect(await findSpark({ env: env({ JAVA_HOME }) })).toMatchObject({ source: 'path', version: '4.1.3', home: at('onpath') });
      await expect(findSpark({ ...all, sparkHome: 'embedded' })).rejects.toMatchObject({ nextStep: 'firesteel spark install' });
    });

    withPython('the version of a distribution comes from its jars, else RELEASE', async () => {
      const home = sparkHome('spark', '3.5.2');
      const JAVA_HOME = java('java17', '17.0.1');
      expect((await findSpark({ env: env({ JAVA_HOME }), sparkHome: home })).version).toBe('3.5.2');
      rmSync(join(home, 'jars/spark-core_2.13-3.5.2.jar'));
      write('spark/jars/other.jar', '');
      write('spark/RELEASE', 'Spark 3.5.4 (git revision a6f220d) built for Hadoop 3.3.4\n');
      expect((await findSpark({ env: env({ JAVA_HOME }), sparkHome: home })).version).toBe('3.5.4');
    });

    withPython('an unknown version is wrong usage', async () => {
      await expect(installSpark({ version: 'newest', env: env() })).rejects.toMatchObject({
        code: 'wrong-usage',
        nextStep: expect.stringContaining('4.1'),
      });
    });
  });

  // A real venv and pip, and a registry that is not there.
  test.skipIf(realPython === undefined)(
    'without a network: said, and nothing is taken for an installation; a lock of the dead is taken over',
    async () => {
      const network = {
        PATH: process.env.PATH ?? '',
        PIP_INDEX_URL: 'http://127.0.0.1:9/simple',
        PIP_FIND_LINKS: '',
        PIP_NO_CACHE_DIR: '1',
        PIP_RETRIES: '1',
        PIP_CONFIG_FILE: '/dev/null',
      };
      const [, minor] =
        /^(3\.\d+)/.exec(
          execFileSync(realPython as string, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], { encoding: 'utf8' }),
        ) ?? [];
      const folder = `spark-4.1.1-py${minor}`;
      // Somebody was killed in the middle of it.
      write(`cache/${folder}.lock`, JSON.stringify({ token: 'x', pid: 2 ** 22 + 1, pidStart: 'long ago', host: hostname() }));
      write(`cache/${folder}/left-over`, '');
      const steps: string[] = [];
      await expect(installSpark({ env: { ...env(), ...network }, progress: ({ what }) => steps.push(what) })).rejects.toMatchObject({
        code: 'environment',
        message: expect.stringMatching(/Spark 4\.1\.1 could not be installed: the package registry cannot be reached/),
      });
      expect(steps.some((step) => step.startsWith('fetching Spark 4.1.1'))).toBe(true);
      expect(readdirSync(at('cache'))).toEqual([folder]);
      expect(readdirSync(at('cache', folder))).not.toContain('left-over');
      expect(await failing({}, { embedded: '4.1' })).toMatch(/is not installed/);
    },
    120_000,
  );
});
