// What databases refuse → errors for the reader.
// Law: the ledger's place is named without its password; what is not known here is thrown as it came, for it is a defect.

import { FiresteelError, messageOf } from '../base/index.ts';

interface Fault extends Error {
  /** SQLite's result code; the lower 8 bits are its class. */
  readonly errcode?: number;
  /** PostgreSQL's SQLSTATE, or a code of Node. */
  readonly code?: string;
  readonly errors?: readonly Fault[];
  readonly cause?: unknown;
}

const sqliteClass = (error: unknown): number | undefined => {
  const code = (error as Fault | undefined)?.errcode;
  return code === undefined ? undefined : code & 0xff;
};

/** Another process has the lock: SQLITE_BUSY, SQLITE_LOCKED; a deadlock or serialisation failure of PostgreSQL. */
export const isBusy = (error: unknown): boolean =>
  [5, 6].includes(sqliteClass(error) ?? 0) || ['40001', '40P01', '55P03'].includes((error as Fault | undefined)?.code ?? '');

/** The row is there already. */
export const isDuplicate = (error: unknown): boolean =>
  [1555, 2067].includes((error as Fault | undefined)?.errcode ?? 0) || (error as Fault | undefined)?.code === '23505';

/** The row it belongs to is not there. */
export const isOrphan = (error: unknown): boolean =>
  (error as Fault | undefined)?.errcode === 787 || (error as Fault | undefined)?.code === '23503';

/** By SQLite's class of results: what happened and what to do. */
const SQLITE_FAULTS: Readonly<Record<number, readonly [FiresteelError['code'], what: string, nextStep: string]>> = {
  3: ['no-permission', 'may not be used', 'Make the file and its folder writable for you, or give another ledger.'],
  5: ['unwritable', 'stayed busy: another process keeps it locked', 'Wait until it is done, or end it, and try again.'],
  6: ['unwritable', 'stayed busy: another process keeps it locked', 'Wait until it is done, or end it, and try again.'],
  8: ['unwritable', 'may not be written to', 'Make the file and its folder writable for you, or give another ledger.'],
  10: [
    'unwritable',
    'could not be read or written: the disk reports an error',
    'Look at the disk (full, unplugged, a network share that is gone).',
  ],
  11: ['corrupt-input', 'is damaged', 'Keep the file; restore a copy, or give another ledger.'],
  13: ['unwritable', 'could not be written: the disk is full', 'Free some space; nothing that was recorded before is lost.'],
  14: ['unwritable', 'could not be opened', 'Make its folder writable for you, or give another ledger.'],
  26: ['wrong-usage', 'is no SQLite file', 'It was left as it is. Give another file.'],
};

const PASSWORD = 'Give it by the variable PGPASSWORD or in ~/.pgpass, so that it stands in no file of the project.';

/** By SQLSTATE or Node's code. */
const POSTGRES_FAULTS: Readonly<Record<string, readonly [FiresteelError['code'], what: string, nextStep: string]>> = {
  '28P01': ['no-permission', 'refused the user or the password', PASSWORD],
  '28000': ['no-permission', 'refused the user', 'Correct the user in the URL; the server says in pg_hba.conf who may come from where.'],
  '3D000': ['not-found', 'names a database that is not there', 'Correct its name in the URL, or have it made: createdb NAME.'],
  '42501': [
    'no-permission',
    'does not let this user do it',
    'Have an administrator grant CREATE on the database, or make the schema "firesteel" owned by this user.',
  ],
  '53100': ['unwritable', 'has a full disk', 'Free some space on the server.'],
  '53300': ['environment', 'has no free connection', 'Try again later, or raise max_connections.'],
  '57P03': ['environment', 'is starting or stopping', 'Try again in a moment.'],
  '55P03': ['unwritable', 'stayed locked by another session', 'Wait until it is done and try again.'],
  '25006': ['unwritable', 'is read-only', 'Give the URL of the primary server.'],
  ECONNREFUSED: ['environment', 'does not answer: nothing listens there', 'Start the server, or correct host and port in the URL.'],
  ENOTFOUND: ['environment', 'does not answer: there is no such host', 'Correct the host in the URL.'],
  EAI_AGAIN: [
    'environment',
    'does not answer: the name of the host cannot be looked up',
    'Look at the network, or correct the host in the URL.',
  ],
  ETIMEDOUT: ['environment', 'does not answer in time', 'Look at the network and the firewall, or correct host and port in the URL.'],
  EHOSTUNREACH: ['environment', 'cannot be reached', 'Look at the network, or correct the host in the URL.'],
  ENETUNREACH: ['environment', 'cannot be reached', 'Look at the network, or correct the host in the URL.'],
  ECONNRESET: ['environment', 'broke the connection off', 'Look at the server, then try again.'],
  '57P01': ['environment', 'broke the connection off', 'Look at the server, then try again.'],
};

/** What went wrong with the ledger, in words; anything unknown as it came. */
export function faultOf(error: unknown, place: string): unknown {
  if (error instanceof FiresteelError || !(error instanceof Error)) return error;
  const fault = error as Fault;
  const first = fault.errors?.[0] ?? fault;
  const code = first.code ?? '';
  const known = SQLITE_FAULTS[sqliteClass(fault) ?? -1] ?? POSTGRES_FAULTS[code] ?? byMessage(messageOf(first)) ?? byFile(code);
  if (known === undefined) return error;
  const [kind, what, nextStep] = known;
  return new FiresteelError(kind, `The ledger ${place} ${what}.`, nextStep, { cause: error });
}

type Told = readonly [FiresteelError['code'], what: string, nextStep: string];

/** Errors of pg that carry no code. */
function byMessage(message: string): Told | undefined {
  if (/client password must be a string/i.test(message)) return ['no-permission', 'asks for a password', PASSWORD];
  if (/timeout exceeded when trying to connect|timeout expired/i.test(message)) return POSTGRES_FAULTS.ETIMEDOUT;
  if (/connection terminated|client has encountered a connection error/i.test(message)) return POSTGRES_FAULTS.ECONNRESET;
  if (/does not support SSL/i.test(message))
    return ['environment', 'speaks no SSL', 'Leave sslmode out of the URL, or switch SSL on in the server.'];
  if (/certificate/i.test(message))
    return [
      'environment',
      `has a certificate that is not trusted (${message})`,
      'Give its root certificate by sslrootcert=FILE in the URL.',
    ];
  return undefined;
}

function byFile(code: string): Told | undefined {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return [
        'unwritable',
        'cannot be made: its folder may not be written to',
        'Make the folder writable for you, or give another ledger.',
      ];
    case 'ENOTDIR':
    case 'EEXIST':
      return ['wrong-usage', 'cannot be made: a part of its path is a file', 'Give a path in a folder.'];
    case 'ENOENT':
      return ['unwritable', 'cannot be made in that folder', 'Give a path in a folder that you may write to.'];
    case 'ENOSPC':
      return SQLITE_FAULTS[13];
    default:
      return undefined;
  }
}
