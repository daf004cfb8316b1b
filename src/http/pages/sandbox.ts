// The policy of a page that brings its own script: a report. Laws: only the very scripts of that page run, and in an origin of their own,
// so that nothing in a report can reach the API; nothing is loaded and nothing is sent.

import { createHash } from 'node:crypto';

const SCRIPT = /<script\b([^>]*)>([\s\S]*?)<\/script>/gi;
/** Data blocks are not run. */
const DATA = /\btype=["']?(?!module|text\/javascript)[\w./+-]+/i;

/** The hashes of the scripts of a page, as a policy. */
export function sandboxOf(page: Uint8Array | string): string {
  const text = typeof page === 'string' ? page : Buffer.from(page).toString('utf8');
  const hashes: string[] = [];
  for (const [, attributes = '', script = ''] of text.matchAll(SCRIPT))
    if (!DATA.test(attributes)) hashes.push(`'sha256-${createHash('sha256').update(script.replaceAll('\r\n', '\n')).digest('base64')}'`);
  const scripts = hashes.length === 0 ? "'none'" : `${hashes.join(' ')} blob:`;
  return `sandbox allow-scripts allow-downloads allow-modals; default-src 'none'; script-src ${scripts}; worker-src blob:; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'`;
}
