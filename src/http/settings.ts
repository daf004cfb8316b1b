// What a server is started with, checked before anything listens.
// Laws: loopback unless told otherwise, and then only with a token file; nobody without a token may spend on a host that others reach.

import { isIP } from 'node:net';
import { FiresteelError } from '../base/index.ts';

/** Each includes those before it: `read` looks, `write` changes files, `spend` starts work on a cluster. */
export const ROLES = ['read', 'write', 'spend'] as const;
export type Role = (typeof ROLES)[number];

export const may = (has: Role, needs: Role): boolean => ROLES.indexOf(has) >= ROLES.indexOf(needs);

export interface ServeOptions {
  /** Absolute: the project's folder. */
  readonly cwd: string;
  /** 0: any free one. */
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  /** Folders whose logs are audited; relative to `cwd`. */
  readonly watch?: readonly string[] | undefined;
  readonly tokenFile?: string | undefined;
  /** What callers without a token may do on loopback. Default: read. */
  readonly allow?: Role | undefined;
  /** Names beside the host's own under which browsers reach the server. */
  readonly allowHosts?: readonly string[] | undefined;
  /** Replace paths, users, hosts and tokens in everything that is served. */
  readonly redact?: boolean | undefined;
  /** Bytes of one upload. */
  readonly maxUploadBytes?: number | undefined;
  /** Requests a second of one client, over a minute. */
  readonly rate?: number | undefined;
  /** Between two looks at the watched folders, ms. */
  readonly pollMs?: number | undefined;
  /** Where audited runs are kept. Default: `.firesteel/serve` in `cwd`. */
  readonly state?: string | undefined;
  /** Serve the web app; a clone builds it when it is missing or older than its sources. Without it: plain pages. */
  readonly web?: boolean | undefined;
  /** Sentences for whoever started it. */
  readonly note?: ((text: string) => void) | undefined;
}

export interface Settings {
  readonly cwd: string;
  readonly port: number;
  readonly host: string;
  readonly loopback: boolean;
  readonly watch: readonly string[];
  readonly allow: Role;
  readonly allowHosts: readonly string[];
  readonly redact: boolean;
  readonly maxUploadBytes: number;
  readonly rate: number;
  readonly pollMs: number;
  readonly web: boolean;
}

export const DEFAULT_PORT = 4710;
export const DEFAULT_HOST = '127.0.0.1';
const UPLOAD_BYTES = 2 * 1024 ** 3;
/** Fifty people at work with pages that ask often. */
const RATE = 400;
const POLL_MS = 10_000;

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;
export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

/** Throws `wrong-usage` for what does not go together. */
export function settingsOf(options: ServeOptions, hasTokens: boolean): Settings {
  const { host = DEFAULT_HOST, port = DEFAULT_PORT, allow = 'read' } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new FiresteelError('wrong-usage', `${port} is not a port.`, 'Give a number from 1 to 65535, or 0 for any that is free.');
  if (!/^[A-Za-z0-9.:-]{1,253}$/.test(host))
    throw new FiresteelError('wrong-usage', `"${host}" is not a host.`, 'Give a name or address of this machine.');
  const loopback = isLoopback(host);
  if (!loopback && !hasTokens)
    throw new FiresteelError(
      'wrong-usage',
      `${host} can be reached from other machines, and no token file is given.`,
      'Make a token with `firesteel serve --new-token read --token-file tokens`, then give --token-file tokens.',
    );
  if (allow !== 'read' && !loopback)
    throw new FiresteelError('wrong-usage', '--allow is for loopback only.', 'Give tokens with the roles that callers need.');
  return {
    cwd: options.cwd,
    port,
    host,
    loopback,
    watch: options.watch ?? [],
    allow,
    allowHosts: (options.allowHosts ?? []).map((name) => name.toLowerCase()),
    redact: options.redact ?? false,
    maxUploadBytes: options.maxUploadBytes ?? UPLOAD_BYTES,
    rate: options.rate ?? RATE,
    pollMs: options.pollMs ?? POLL_MS,
    web: options.web ?? false,
  };
}

/** The host of a URL: IPv6 in brackets. */
export const urlHost = (host: string): string => (isIP(host) === 6 ? `[${host}]` : host);
