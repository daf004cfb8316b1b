// What a failed pip or venv means for the reader.

import { FiresteelError } from '../base/index.ts';

const KINDS: readonly (readonly [pattern: RegExp, what: string, nextStep: string])[] = [
  [
    /No space left on device|\[Errno 28\]|Disk quota exceeded/,
    'the disk is full',
    'Free about 2 GB, or set FIRESTEEL_HOME to a folder on a larger disk, then the same command again.',
  ],
  [
    /CERTIFICATE_VERIFY_FAILED|SSLError|SSLCertVerification/,
    'the certificate of the package registry is not trusted',
    'Behind a company’s proxy: set PIP_CERT to its certificate file, then the same command again.',
  ],
  [/ProxyError|407 Proxy/, 'the proxy refused', 'Correct HTTPS_PROXY, then the same command again.'],
  [
    /NewConnectionError|NameResolutionError|Temporary failure in name resolution|Name or service not known|Connection (?:refused|reset|aborted|timed out)|Network is unreachable|ReadTimeout|ConnectTimeout|Read timed out/,
    'the package registry cannot be reached',
    'Check the network, HTTPS_PROXY and PIP_INDEX_URL (`python3 -m pip download pyspark --no-deps` shows more), then the same command again. Without a network, use a Spark that is here: set SPARK_HOME.',
  ],
  [
    /No matching distribution found|Could not find a version/,
    'the package registry does not have that version',
    'Check PIP_INDEX_URL, or choose another version (firesteel spark install VERSION).',
  ],
  [
    /Permission denied|\[Errno 13\]|Read-only file system|\[Errno 30\]/,
    'the cache folder is not writable',
    'Make it writable, or set FIRESTEEL_HOME to another folder.',
  ],
];

/** The error for an installation of `name` that failed saying so. */
export function pipFailure(name: string, said: string): FiresteelError {
  const kind = KINDS.find(([pattern]) => pattern.test(said));
  const lines = said.split('\n').map((line) => line.trim());
  const last = lines.findLast((line) => /^(ERROR|Error)\b/.test(line)) ?? lines.findLast((line) => line !== '') ?? 'it said nothing';
  return new FiresteelError(
    'environment',
    `${name} could not be installed: ${kind?.[1] ?? last.replace(/^(ERROR|error): /i, '').slice(0, 300)}.`,
    kind?.[2] ?? 'Mend what pip says, then the same command again; or use a Spark that is here: set SPARK_HOME.',
  );
}
