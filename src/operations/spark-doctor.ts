// Operation `spark doctor`: which Spark, Java and Python a run would use here, what else was found, and what is wrong.
// Law: it looks and changes nothing; an error that keeps runs from starting fails it.

import { z } from 'zod';
import { formatBytes, plural } from '../base/index.ts';
import type { DoctorReport } from '../spark/index.ts';
import { defineOperation } from './operation.ts';

export const operation = defineOperation({
  description:
    'Shows which Spark, Java and Python a run would use here, everything else that was found, and what is wrong with it, with the command that mends it. ' +
    'Looked for in this order: --spark-home, the project file, SPARK_HOME, the path, the embedded Spark.',
  formats: ['terminal', 'json'],
  examples: [
    { command: 'spark doctor', about: 'this machine, and the project of this folder' },
    { command: 'spark doctor --spark-home /opt/spark', about: 'a certain Spark' },
    { command: 'spark doctor --format json', about: 'for programs' },
  ],
  input: z.object({
    sparkHome: z
      .string()
      .optional()
      .meta({ description: 'a Spark, the folder with bin/ and jars/; embedded: the one of spark install', cli: { value: 'PATH' } }),
    python: z
      .string()
      .optional()
      .meta({ description: 'the Python of driver and workers', cli: { value: 'PATH' } }),
  }),
  async handler({ sparkHome, python }, { cwd }): Promise<DoctorReport> {
    const [{ doctor }, { findProject }] = await Promise.all([import('../spark/index.ts'), import('../project/index.ts')]);
    const { spark } = await findProject(cwd);
    return doctor({
      sparkHome,
      python,
      projectHome: spark.home,
      embedded: sparkHome === undefined && spark.home === undefined ? spark.version : undefined,
    });
  },
  outcome({ problems }) {
    const errors = problems.filter(({ severity }) => severity === 'error');
    return errors.length === 0 ? { kind: 'done' } : { kind: 'gate failed', reason: `${plural(errors.length, 'error')}: runs cannot start` };
  },
  async render(report, format) {
    if (format === 'json') return `${JSON.stringify({ schema: 'firesteel/spark-doctor@1', ...report }, null, 2)}\n`;
    return `${textOf(report).join('\n')}\n`;
  },
});

function textOf({ chosen, sparks, javas, pythons, cache, problems }: DoctorReport): string[] {
  const lines: string[] = [];
  const table = (title: string, rows: readonly (readonly string[])[], empty: string) => {
    const widths = (rows[0] ?? []).map((_cell, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
    lines.push('', title);
    for (const row of rows) lines.push(`  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd());
    if (rows.length === 0) lines.push(`  ${empty}`);
  };
  lines.push(
    chosen === undefined
      ? 'Runs cannot start here.'
      : `Runs use Spark ${chosen.version} (${chosen.source}) on Java ${chosen.javaVersion} and Python ${chosen.pythonVersion}.`,
  );
  table(
    'Spark',
    sparks.map(({ status, source, version, home, where, note }) => [status, version ?? '?', source, home ?? where, note ?? '']),
    'none found',
  );
  table(
    'Java',
    javas.map(({ status, version, where, home }) => [status, version, where, home]),
    'none found',
  );
  table(
    'Python',
    pythons.map(({ status, version, path }) => [status, version, path]),
    'none found',
  );
  table('Cache', [[cache.folder, cache.freeBytes === undefined ? '' : `${formatBytes(cache.freeBytes)} free`]], '');
  lines.push('');
  if (problems.length === 0) lines.push('No problems.');
  for (const { severity, what, nextStep } of problems)
    lines.push(`${severity === 'error' ? 'Error' : 'Warning'}: ${what}`, `  next step: ${nextStep}`);
  return lines;
}
