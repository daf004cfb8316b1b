// What goes into the ledger, without its secrets.
// Laws: a value under a secret key is `***`, whatever it is; free text loses what audit's `redacted` knows; the rest stays as it is.

import { isSecret, withoutSecrets } from '../audit/index.ts';
import type { Proof, Subject } from '../prove/index.ts';
import type { JobSpec, RunOutcome, RunStart } from '../spark/index.ts';

const MASK = '***';

/** Values of properties or variables; one that looks like a secret is masked whole. */
function values(map: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, isSecret(key, value) ? MASK : value]));
}

/** Arguments: `--password x`, `--token=x`, and `--conf spark.x.password=y`. */
export function safeArgs(args: readonly string[]): string[] {
  return args.map((arg, i) => {
    const before = args[i - 1] ?? '';
    if (/^--?[A-Za-z]/.test(before) && !before.includes('=') && !arg.startsWith('-') && isSecret(before, undefined)) return MASK;
    const [, key, value] = /^(?:--?)?([\w.-]+)=(.*)$/s.exec(arg) ?? [];
    if (key !== undefined && isSecret(key, value)) return arg.slice(0, arg.length - (value ?? '').length) + MASK;
    return withoutSecrets(arg);
  });
}

const safeJob = (job: JobSpec): JobSpec => ({
  ...withoutSecrets(job),
  args: safeArgs(job.args),
  conf: values(job.conf),
  env: values(job.env),
});

export const safeStart = (start: RunStart): RunStart => ({ ...withoutSecrets(start), job: safeJob(start.job) });

export const safeOutcome = (outcome: RunOutcome): RunOutcome => ({
  ...withoutSecrets(outcome),
  effectiveConf: outcome.effectiveConf === undefined ? undefined : values(outcome.effectiveConf),
});

const safeSubject = (subject: Subject): Subject => ({
  ...withoutSecrets(subject),
  args: safeArgs(subject.args),
  conf: values(subject.conf),
});

/** Without the example rows too: the data of a table has no place in a record that a team shares. */
export const safeProof = (proof: Proof): Proof => ({
  ...withoutSecrets(proof),
  a: safeSubject(proof.a),
  b: safeSubject(proof.b),
  outputs: {
    ...withoutSecrets(proof.outputs),
    outputs: proof.outputs.outputs.map((output) => ({ ...withoutSecrets(output), examplesA: [], examplesB: [] })),
  },
});

/** A definition of any shape: strings under a secret key are masked, lists that follow `args` are read as arguments. */
export function safeDefinition(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return isSecret(key, value) ? MASK : withoutSecrets(value);
  if (Array.isArray(value)) {
    if (key === 'args' && value.every((item) => typeof item === 'string')) return safeArgs(value);
    return value.map((item) => safeDefinition(item, key));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, safeDefinition(item, name)]));
}
