// Tokens: who may do what. The file holds only their SHA-256, one line each: `role hash name`.
// Laws: a token is shown once, when it is made; hashes are compared in constant time, all of them; a browser gets a session of its own, not the token.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FiresteelError, makeFolder, messageOf } from '../base/index.ts';
import { ROLES, type Role } from './settings.ts';

export interface Principal {
  readonly name: string;
  readonly role: Role;
}

interface Known extends Principal {
  readonly hash: Buffer;
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
const isRole = (word: string | undefined): word is Role => ROLES.includes(word as Role);

/** How long a browser stays signed in, ms. */
const SESSION_MS = 12 * 3_600_000;
const MAX_SESSIONS = 1_000;

export class Tokens {
  private readonly known: readonly Known[];
  private readonly sessions = new Map<string, { readonly principal: Principal; readonly untilMs: number }>();

  constructor(known: readonly Known[]) {
    this.known = known;
  }

  get any(): boolean {
    return this.known.length > 0;
  }

  /** Who has this token. Every line is compared, so that time tells nothing. */
  check(token: string): Principal | undefined {
    const hash = sha256(token);
    let found: Known | undefined;
    for (const one of this.known) if (timingSafeEqual(one.hash, hash)) found = one;
    return found === undefined ? undefined : { name: found.name, role: found.role };
  }

  /** A session for a browser: its id goes into a cookie. */
  open(principal: Principal, nowMs: number): { readonly id: string; readonly maxAgeS: number } {
    for (const [id, { untilMs }] of this.sessions) if (untilMs < nowMs || this.sessions.size >= MAX_SESSIONS) this.sessions.delete(id);
    const id = randomBytes(32).toString('base64url');
    this.sessions.set(sha256(id).toString('hex'), { principal, untilMs: nowMs + SESSION_MS });
    return { id, maxAgeS: SESSION_MS / 1000 };
  }

  session(id: string, nowMs: number): Principal | undefined {
    const found = this.sessions.get(sha256(id).toString('hex'));
    return found !== undefined && found.untilMs > nowMs ? found.principal : undefined;
  }

  close(id: string): void {
    this.sessions.delete(sha256(id).toString('hex'));
  }
}

/** Reads a token file; without one there are no tokens. Throws `not-found`, `wrong-usage`. */
export async function readTokens(file: string | undefined): Promise<Tokens> {
  if (file === undefined) return new Tokens([]);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new FiresteelError(
      'not-found',
      `The token file ${file} cannot be read: ${messageOf(error)}.`,
      `Make one: firesteel serve --new-token read --token-file ${file}`,
      { cause: error },
    );
  }
  const known = text.split('\n').flatMap((line, i): Known[] => {
    if (/^\s*(#|$)/.test(line)) return [];
    const [role, hash = '', ...name] = line.trim().split(/\s+/);
    if (!isRole(role) || !/^[0-9a-f]{64}$/.test(hash))
      throw new FiresteelError(
        'wrong-usage',
        `Line ${i + 1} of ${file} is no token: it needs a role (${ROLES.join(', ')}), a SHA-256 in hexadecimal and a name.`,
        'Make tokens with firesteel serve --new-token ROLE; the file never holds a token itself.',
      );
    return [{ role, hash: Buffer.from(hash, 'hex'), name: name.join(' ') || `token ${i + 1}` }];
  });
  if (known.length === 0)
    throw new FiresteelError('wrong-usage', `${file} holds no token.`, `Make one: firesteel serve --new-token read --token-file ${file}`);
  return new Tokens(known);
}

/** Makes a token, adds its hash to the file (for its owner's eyes only) and gives the token itself, this once. */
export async function newToken(file: string, role: string, name: string): Promise<string> {
  if (!isRole(role)) throw new FiresteelError('wrong-usage', `"${role}" is not a role.`, `It can be ${ROLES.join(', ')}.`);
  const token = `fst_${randomBytes(32).toString('base64url')}`;
  await makeFolder(dirname(file));
  try {
    const out = await open(file, 'a', 0o600);
    try {
      await out.write(`${role} ${sha256(token).toString('hex')} ${name.replace(/\s+/g, ' ').trim()}\n`);
    } finally {
      await out.close();
    }
  } catch (error) {
    throw new FiresteelError('unwritable', `${file} could not be written: ${messageOf(error)}.`, 'Give a file in a folder that is yours.', {
      cause: error,
    });
  }
  return token;
}
