// Operation `spark install`: the embedded Spark in Firesteel's cache folder.
// Law: instant when it is there; each step is told while it is done.

import { z } from 'zod';
import type { SparkInstall } from '../spark/index.ts';
import { defineOperation } from './operation.ts';

export const operation = defineOperation({
  description:
    'Installs a Spark of its own for Firesteel: a private Python environment with a pinned PySpark, pandas and Arrow (about 830 MB on disk), and a Java when none here fits. ' +
    'It lies in $FIRESTEEL_HOME, or in firesteel in $XDG_CACHE_HOME or ~/.cache, is shared by all projects, and may be deleted at any time. ' +
    'Not needed where SPARK_HOME is set or pyspark is on the path.',
  formats: ['terminal', 'json'],
  examples: [
    { command: 'spark install', about: 'the newest Spark that Firesteel is tested on' },
    { command: 'spark install 3.5', about: 'the other line it is tested on' },
  ],
  input: z.object({
    version: z
      .string()
      .optional()
      .meta({ description: 'line (4.1, 3.5) or exact version; default: 4.1', cli: { positional: 'VERSION' } }),
  }),
  async handler({ version }, context): Promise<SparkInstall> {
    const { installSpark } = await import('../spark/index.ts');
    let last = '';
    return installSpark({
      version,
      signal: context.signal,
      progress: ({ what, bytes, share }) => {
        context.progress({ what, bytes, share });
        // Steps are sentences of their own where nobody sees a line that is redrawn.
        const step = what.replace(/ \(\d+ s\)$/, '');
        if (step !== last) context.note(step);
        last = step;
      },
    });
  },
  async render(install, format) {
    if (format === 'json') return `${JSON.stringify({ schema: 'firesteel/spark-install@1', ...install }, null, 2)}\n`;
    return [
      `Spark ${install.version} is ready.`,
      `  Spark   ${install.home}`,
      `  Python  ${install.pythonVersion}, ${install.python}`,
      `  Java    ${install.javaVersion}, ${install.javaHome}`,
      '',
    ].join('\n');
  },
});
