// The files of the web app: beside the compiled modules in a package; in a clone under `dist`, built when they are missing or older than `web/`.
// Laws: an app that cannot be built costs the app only: the plain pages are there; the template of a report is no page.

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../base/index.ts';

const WEB = new URL(import.meta.url.endsWith('.ts') ? '../../../dist/web/' : '../../web/', import.meta.url);
/** Only a clone has it. */
const BUILDER = new URL('../../../scripts/build-web.ts', import.meta.url);
const TEMPLATE = 'report.html';

/** Builds the app where this is a clone and it is missing or stale; says so, and why when it could not be built. */
export async function readyWeb(note: (text: string) => void): Promise<void> {
  if (!existsSync(BUILDER)) return;
  try {
    const { ensureApp } = (await import(BUILDER.href)) as { ensureApp: (note: (text: string) => void) => Promise<void> };
    await ensureApp(note);
  } catch (error) {
    note(`the web app could not be built, plain pages are served: ${messageOf(error)}`);
  }
}

/** The app's files by their address, those with a type of the list; none when it is not built. */
export async function webFiles(types: Readonly<Record<string, string>>): Promise<ReadonlyMap<string, string>> {
  const root = fileURLToPath(WEB);
  const names = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = new Map<string, string>();
  for (const entry of names) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(root, path).split(sep).join('/');
    if (entry.isFile() && types[extname(name)] !== undefined && name !== TEMPLATE && !name.startsWith('.')) files.set(`/${name}`, path);
  }
  return files.has('/index.html') ? files : new Map();
}
