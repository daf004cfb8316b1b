// A real Chromium for the tests of the page: the one that is named, the one of the system, else the one inside @sparticuz/chromium.
// Law: nothing is downloaded; where there is none the tests say so and are skipped.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Where a browser lies; undefined when there is none. The packed one is unpacked into the folder for temporary files. */
async function found(): Promise<{ readonly path: string; readonly args: readonly string[] } | undefined> {
  const named = process.env.FIRESTEEL_CHROMIUM;
  if (named !== undefined && named !== '') return { path: named, args: [] };
  for (const folder of (process.env.PATH ?? '').split(':'))
    for (const name of NAMES) if (existsSync(join(folder, name))) return { path: join(folder, name), args: [] };
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const packed = (await import('@sparticuz/chromium')).default;
  // Its own flags are for functions in a cloud (one process, which dies with a second page): these do here.
  return { path: await packed.executablePath(), args: ['--disable-gpu', '--use-gl=angle', '--use-angle=swiftshader', '--no-zygote'] };
}

/** A running browser, or why there is none. */
export async function openBrowser(): Promise<Browser | string> {
  try {
    const one = await found();
    if (one === undefined) return 'there is no Chromium here (name one in FIRESTEEL_CHROMIUM)';
    return await chromium.launch({ executablePath: one.path, args: ['--no-sandbox', ...one.args], headless: true });
  } catch (error) {
    return `no Chromium starts here: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`;
  }
}
