// What every operation that runs jobs needs: the project it is in, a Spark, and the ledger. Opened together, closed together.
// Law: what is missing is an error before anything has started.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, unwritable } from '../base/index.ts';
import type { Ledger } from '../ledger/index.ts';
import { findProject, type Project } from '../project/index.ts';
import type { SparkInstall } from '../spark/index.ts';
import type { Context } from './define.ts';
import { stateFolder } from './execute.ts';

export interface Workshop {
  readonly project: Project;
  readonly install: SparkInstall;
  readonly ledger: Ledger;
}

/** Does work with project, Spark and ledger, and closes the ledger whatever happens. */
export async function withWorkshop<T>(
  { sparkHome }: { readonly sparkHome?: string | undefined },
  context: Context,
  work: (workshop: Workshop) => Promise<T>,
): Promise<T> {
  const project = await findProject(context.cwd);
  const { findSpark } = await import('../spark/index.ts');
  context.progress({ what: 'looking for Spark', share: undefined, bytes: undefined });
  const { home, version } = project.spark;
  const install = await findSpark({
    sparkHome,
    projectHome: home,
    embedded: home === undefined && sparkHome === undefined ? version : undefined,
  });
  await ownFolder(stateFolder(project));
  const { openLedger } = await import('../ledger/index.ts');
  const ledger = await openLedger(project.ledger);
  try {
    return await work({ project, install, ledger });
  } finally {
    await ledger.close();
  }
}

/** Makes the state folder; what lies in it is no matter of the team's repository. */
async function ownFolder(folder: string): Promise<void> {
  await makeFolder(folder).catch((error) => {
    throw unwritable(folder, error);
  });
  await writeFile(join(folder, '.gitignore'), '*\n', { flag: 'wx' }).catch(() => undefined);
}
