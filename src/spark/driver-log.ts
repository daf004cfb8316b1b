// What the driver's output says when nobody else does: why spark-submit gave up, and the application it started in a cluster.
// Law: however long the output is, only its two ends are read.

import { open } from 'node:fs/promises';

/** Bytes read of each end. */
const END = 256 * 1024;

/** The beginning and the end of a text file; empty when there is none. */
export async function readEnds(file: string): Promise<string> {
  try {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      const read = async (from: number, length: number) => {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, from);
        return buffer.toString('utf8', 0, bytesRead);
      };
      if (size <= 2 * END) return await read(0, size);
      return `${await read(0, END)}\n${await read(size - END, END)}`;
    } finally {
      await handle.close();
    }
  } catch {
    return '';
  }
}

/** Lines by which Spark's scripts, its launcher and the JVM say why they end; the first kind that is there is the best. */
const REASONS: readonly RegExp[] = [
  /^Exception in thread "main" (?:[\w.$]*\.)?(?:SparkException|RuntimeException|SparkUserAppException): (.+)$/m,
  /^Exception in thread "main" (.+)$/m,
  /^(?:Error occurred during initialization of VM\n.+|Error: [^\n]+(?:\nCaused by: .+)?|Invalid maximum heap size.*|Unrecognized option: .+)$/m,
  /^(?:\d\S* \S+ )?(?:ERROR|FATAL) \S+: (.+)$/m,
  /^(?:\/\S+: line \d+: .+|JAVA_HOME is not set|.*(?:not found|No such file or directory|command not found))$/m,
];

/** The sentence in the output of spark-submit that says why it ended; undefined when none is known. */
export function reasonIn(output: string): string | undefined {
  for (const pattern of REASONS) {
    const found = pattern.exec(output);
    if (found !== null) return (found[1] ?? found[0]).replace(/\s+/g, ' ').trim().slice(0, 400);
  }
  return undefined;
}

/** The application id that spark-submit tells when the driver runs in a YARN or Kubernetes cluster. */
export const submittedId = (output: string): string | undefined =>
  /\b(application_\d+_\d+)\b/.exec(output)?.[1] ?? /application ID (spark-[0-9a-f]{32})\b/.exec(output)?.[1];
