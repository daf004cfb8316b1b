// `firesteel demo`: the audit of the example that comes along, and where to go from there.
// Law: nothing here that `audit` does not do; it writes one file, in the current folder, and says so.

import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FiresteelError } from '../base/index.ts';
import { type Context, operations, type RenderOptions } from '../operations/index.ts';
import { toFile, toStdout } from './output.ts';

const EXAMPLE = new URL('../../examples/daily_sales/', import.meta.url);
const REPORT = 'firesteel-report.md';

/** A path as it is typed here: relative when it is below or near the current folder. */
const shown = (path: string): string => {
  const near = relative(process.cwd(), path);
  return near.startsWith(join('..', '..', '..')) || near.length > path.length ? path : near;
};

export async function demo(context: Context, look: RenderOptions, quiet: boolean): Promise<void> {
  const folder = fileURLToPath(new URL('slow', EXAMPLE));
  if (!existsSync(folder))
    throw new FiresteelError(
      'not-found',
      'The example daily_sales is not in this installation.',
      'Run firesteel audit on an event log of your own.',
    );
  const audit = await operations.find(({ name }) => name === 'audit')?.load();
  if (audit === undefined) throw new Error('the table of operations has no audit');
  const done = await audit.start({ logs: [folder] }, context);
  if (!(await toStdout(await done.render('terminal', look)))) return;
  await toFile(REPORT, await done.render('markdown', look));
  if (quiet) return;
  // From a clone the program is not on the search path.
  const program = import.meta.url.endsWith('.ts') ? shown(fileURLToPath(new URL('../../bin/firesteel', import.meta.url))) : 'firesteel';
  process.stderr.write(
    [
      '',
      `This was a real run of the example job examples/daily_sales/slow. The same report, to share: ${REPORT}`,
      'What the cure did to it:',
      `  ${program} compare ${shown(folder)} ${shown(fileURLToPath(new URL('fast', EXAMPLE)))}`,
      'Now with a run of your own:',
      `  ${program} audit LOG          an event log: a file or eventlog_v2_… folder below spark.eventLog.dir`,
      `  ${program} audit FOLDER       every log in it, ranked`,
      `  ${program} rules skewed-join  how a finding is detected, and what cures it`,
      '',
    ].join('\n'),
  );
}
