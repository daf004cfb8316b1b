// What is kept of audited logs: a folder for each, below `.firesteel/serve`, so that a restart audits nothing again.
// Laws: a folder is there whole or not at all; what cannot be read is as if it were not there; names come from hashes, never from logs.

import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../base/index.ts';
import type { AuditedReport } from '../threads/protocol.ts';
import type { RunSummary } from './summary.ts';

export interface KeptRun {
  readonly id: string;
  /** Which of several logs of a unit; empty when it has one. */
  readonly label: string;
  readonly summary: RunSummary;
}

export interface KeptFailure {
  readonly path: string;
  readonly error: string;
  readonly nextStep: string | null;
}

/** A unit as it was audited. */
export interface KeptUnit {
  readonly schema: 'firesteel/serve-unit@1';
  /** The version of Firesteel that audited it: another one audits again. */
  readonly producer: string;
  readonly id: string;
  readonly path: string;
  readonly name: string;
  readonly origin: 'watched' | 'uploaded';
  readonly fingerprint: string;
  readonly bytes: number;
  readonly modifiedMs: number;
  readonly auditedMs: number;
  readonly runs: readonly KeptRun[];
  readonly failed: readonly KeptFailure[];
}

export type Form = 'json' | 'md' | 'txt' | 'html';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
export const unitId = (path: string): string => hash(path);
export const runId = (path: string, label: string): string => hash(`${path}\0${label}`);

export class Disk {
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  async readAll(): Promise<readonly KeptUnit[]> {
    const names = await readdir(this.folder).catch(() => []);
    const units: KeptUnit[] = [];
    for (const name of names) {
      if (!/^[0-9a-f]{16}$/.test(name)) continue;
      const unit = await readFile(join(this.folder, name, 'unit.json'), 'utf8')
        .then((text) => JSON.parse(text) as KeptUnit)
        .catch(() => undefined);
      if (unit?.schema === 'firesteel/serve-unit@1' && unit.id === name) units.push(unit);
    }
    return units;
  }

  async write(unit: KeptUnit, reports: ReadonlyMap<string, AuditedReport>, page: string | undefined): Promise<void> {
    const target = join(this.folder, unit.id);
    const beside = `${target}.new`;
    await rm(beside, { recursive: true, force: true });
    await makeFolder(beside);
    for (const [id, report] of reports) {
      await writeFile(join(beside, `${id}.json`), report.json, { mode: 0o600 });
      await writeFile(join(beside, `${id}.md`), report.markdown, { mode: 0o600 });
      await writeFile(join(beside, `${id}.txt`), report.terminal, { mode: 0o600 });
      if (page !== undefined) await writeFile(join(beside, `${id}.html`), page, { mode: 0o600 });
    }
    await writeFile(join(beside, 'unit.json'), JSON.stringify(unit), { mode: 0o600 });
    await rm(target, { recursive: true, force: true });
    await rename(beside, target);
  }

  async read(unit: string, run: string, form: Form): Promise<Buffer | undefined> {
    return await readFile(join(this.folder, unit, `${run}.${form}`)).catch(() => undefined);
  }

  /** Adds a page that was made later. */
  async addPage(unit: string, run: string, page: Uint8Array): Promise<void> {
    const target = join(this.folder, unit, `${run}.html`);
    await writeFile(`${target}.new`, page, { mode: 0o600 });
    await rename(`${target}.new`, target);
  }

  async remove(unit: string): Promise<void> {
    await rm(join(this.folder, unit), { recursive: true, force: true });
  }
}
