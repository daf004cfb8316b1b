// A standalone Spark cluster of this machine, for tests: a master and workers that listen on loopback only.
// Laws: ports are whatever is free, read from what master and workers say; every process is gone after `stop`, or with the one that started them.

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Guarded, startGuarded } from '../guarded.ts';
import type { SparkInstall } from '../outcome.ts';

export interface Cluster {
  /** `spark://127.0.0.1:…`, for JobSpec.master; give jobs small executors (spark.executor.memory=512m). */
  readonly master: string;
  stop(): Promise<void>;
}

export interface ClusterOptions {
  readonly workers?: number;
  /** Of each worker. */
  readonly cores?: number;
  /** Of each worker. */
  readonly memory?: string;
}

/** How long master and workers may take to be there, ms. */
const START_LIMIT = 60_000;

export async function startCluster(install: SparkInstall, options: ClusterOptions = {}): Promise<Cluster> {
  const { workers = 2, cores = 1, memory = '1g' } = options;
  const folder = mkdtempSync(join(tmpdir(), 'firesteel-cluster-'));
  const started: Guarded[] = [];
  const stop = async () => {
    for (const one of [...started].reverse()) one.stop();
    await Promise.all(started.map((one) => one.ended));
    rmSync(folder, { recursive: true, force: true });
  };
  const start = async (name: string, args: readonly string[], says: RegExp): Promise<string> => {
    const output = join(folder, `${name}.log`);
    const temporary = join(folder, name);
    mkdirSync(temporary);
    const guarded = await startGuarded({
      python: install.python,
      command: [join(install.home, 'bin', 'spark-class'), ...args],
      cwd: folder,
      env: {
        ...process.env,
        SPARK_HOME: install.home,
        JAVA_HOME: install.javaHome,
        PYSPARK_PYTHON: install.python,
        SPARK_LOCAL_IP: '127.0.0.1',
        SPARK_DAEMON_MEMORY: '256m',
        SPARK_DAEMON_JAVA_OPTS: `-XX:-UsePerfData -Djava.io.tmpdir=${temporary}`,
        SPARK_WORKER_DIR: temporary,
        SPARK_LOCAL_DIRS: temporary,
      },
      output,
      result: join(folder, `${name}.json`),
      driver: join(folder, 'none'),
      graceS: 3,
    });
    started.push(guarded);
    let over = false;
    void guarded.ended.then(() => {
      over = true;
    });
    for (const end = Date.now() + START_LIMIT; Date.now() < end && !over; ) {
      const found = says.exec(readFileSync(output, 'utf8'));
      if (found !== null) return found[1] ?? found[0];
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const said = readFileSync(output, 'utf8').slice(-2000);
    await stop();
    throw new Error(`the ${name} of the test cluster did not start: ${said}`);
  };
  const pkg = 'org.apache.spark.deploy';
  const master = await start(
    'master',
    [`${pkg}.master.Master`, '--host', '127.0.0.1', '--port', '0', '--webui-port', '0'],
    /Starting Spark master at (spark:\/\/\S+)/,
  );
  const all = Array.from({ length: workers }, (_, i) =>
    start(
      `worker-${i}`,
      [
        `${pkg}.worker.Worker`,
        '--host',
        '127.0.0.1',
        '--cores',
        String(cores),
        '--memory',
        memory,
        '--port',
        '0',
        '--webui-port',
        '0',
        master,
      ],
      /Successfully registered with master/,
    ),
  );
  await Promise.all(all);
  return { master, stop };
}
