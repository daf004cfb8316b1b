// `--redact`: what is served can be shared: paths, users, hosts and secrets are replaced by pseudonyms, the same one everywhere and each time.
// Laws: a pseudonym is an HMAC with a key of this place only, so nobody can guess it back; when in doubt a text is replaced;
// Spark's own names (classes, settings, rules) stay.

import { createHmac, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder, withoutSecrets } from '../base/index.ts';

/** Fields whose value is a user, a host or a path by their name alone. */
const USER_KEY = /^(user|sparkUser|owner|userName|by)$/i;
const HOST_KEY = /^(host|hostname|hostPort|address)$/i;

const PATH_KEY = /^(path|source|file|files|folder|place|script|logPath|logs?)$/i;

/** A URI, or a path with two parts and more (`/a/b`, `C:\a`), up to what no path has. `key=value` partitions belong to it. */
const PATH = /(?:\b[a-z][a-z0-9+.-]{1,15}:\/{1,3}|(?<![\w/.)\]<])~?\/(?!api\/v1\/)(?=[\w.@%+=~-]+\/?)|\b[A-Za-z]:\\)[^\s"'`,;()<>[\]{}|]+/g;
/** `7/8`, `I/O` and the units of numbers are no paths. */
const IP4 = /\b(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}\b/g;
const IP6 = /(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}(?![\w:])/gi;
const MAIL = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
/** Names of machines by their ends, and by the forms that clouds give them. */
const HOST =
  /\b(?:[a-z0-9][a-z0-9-]*\.)+(?:internal|local|lan|corp|intranet|localdomain|cluster|amazonaws\.com|azure\.com|windows\.net|googleapis\.com|cloud\.databricks\.com|svc)\b|\bip-\d+-\d+-\d+-\d+\b/gi;

const TOKEN = /[\w.+-]+(?:\/[\w.+-]+)*/g;
const WORD = /[\w.+-]+/g;
/** Identities that are remembered: more than a platform has. */
const MAX_WORDS = 200_000;

const HOME = /\/(?:home|Users|user)\/([^/\s"']+)/g;

/** A word that many texts have says nothing of anybody. */
const COMMON = /^(|root|user|users|spark|hadoop|hive|yarn|driver|localhost|unknown|none|null|true|false|\d+)$/i;

export class Redactor {
  private readonly key: Buffer;
  private readonly words = new Map<string, string>();

  constructor(key: Buffer) {
    this.key = key;
  }

  private name(kind: string, text: string): string {
    return `${kind}-${createHmac('sha256', this.key).update(`${kind}\0${text}`).digest('hex').slice(0, 8)}`;
  }

  /** A value with everything replaced, however deep; identities that its fields name are replaced in every later text too. */
  value<T>(value: T): T {
    this.learn(value, '');
    return this.replaced(withoutSecrets(value)) as T;
  }

  text(text: string): string {
    for (const [, user] of text.matchAll(HOME)) if (user !== undefined) this.know('user', user);
    let out = withoutSecrets(text)
      .replace(MAIL, (whole) => this.name('mail', whole))
      .replace(PATH, (whole) => this.path(whole))
      .replace(HOST, (whole) => this.name('host', whole.toLowerCase()))
      .replace(IP4, (whole) => this.name('host', whole))
      .replace(IP6, (whole) => this.name('host', whole.toLowerCase()));
    if (this.words.size > 0)
      out = out.replace(TOKEN, (token) => this.known(token) ?? token.replace(WORD, (word) => this.known(word) ?? word));
    return out;
  }

  /** The one of these names that is shown as `shown`, or `shown` itself: who was given a pseudonym may ask by it. */
  original(shown: string, names: Iterable<string>): string {
    for (const name of names) if (name === shown || this.text(name) === shown) return name;
    return shown;
  }

  /** A path keeps what kind of place it is, and its ending. */
  private path(whole: string): string {
    const [, tail = ''] = /([.:!?]+)$/.exec(whole) ?? [];
    const path = tail === '' ? whole : whole.slice(0, -tail.length);
    const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(path)?.[0] ?? '';
    const extension = /\.[A-Za-z]\w{0,7}$/.exec(path)?.[0] ?? '';
    return `${scheme === '' || scheme.length === 2 ? '' : `${scheme}//`}${this.name('path', path.replace(/\/+$/, ''))}${extension}${tail}`;
  }

  /** The pseudonym of a word that is known; a sentence may end behind it. */
  private known(token: string): string | undefined {
    const word = token.replace(/[.+-]+$/, '');
    const name = this.words.get(word);
    return name === undefined ? undefined : name + token.slice(word.length);
  }

  private know(kind: 'user' | 'host' | 'path', word: string): void {
    if (COMMON.test(word) || word.length < 2 || this.words.has(word)) return;
    if (this.words.size >= MAX_WORDS) return;
    this.words.set(word, this.name(kind, word.toLowerCase()));
  }

  private learn(value: unknown, key: string): void {
    if (typeof value === 'string') {
      if (USER_KEY.test(key)) this.know('user', value);
      else if (HOST_KEY.test(key)) this.know('host', value.replace(/:\d+$/, ''));
      else if (PATH_KEY.test(key) && /[/.\\_\d-]/.test(value)) this.know('path', value);
      for (const [, user] of value.matchAll(HOME)) if (user !== undefined) this.know('user', user);
    } else if (Array.isArray(value)) for (const item of value) this.learn(item, key);
    else if (typeof value === 'object' && value !== null) for (const [name, item] of Object.entries(value)) this.learn(item, name);
  }

  private replaced(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map((item) => this.replaced(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [this.text(key), this.replaced(item)]));
  }
}

/** The redactor of a place: its key is made once and lies beside the store, for its owner's eyes only. */
export async function openRedactor(folder: string): Promise<Redactor> {
  const file = join(folder, 'redact.key');
  const known = await readFile(file).catch(() => undefined);
  if (known?.length === 32) return new Redactor(known);
  const key = randomBytes(32);
  await makeFolder(dirname(file));
  await writeFile(file, key, { mode: 0o600 });
  return new Redactor(key);
}
