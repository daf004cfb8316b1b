// The audited runs: what was found in the watched folders or sent here, audited one after the other, summaries in memory, reports on disk.
// Laws: an unchanged log is audited once, also over restarts; a growing one no more often than a share of the time; a bad one costs itself only.

import { sep } from 'node:path';
import { FiresteelError, messageOf, redacted } from '../../base/index.ts';
import type { Crew, Watching } from '../threads/crew.ts';
import type { AuditDone } from '../threads/protocol.ts';
import type { Upload } from '../uploads.ts';
import { Disk, type Form, type KeptUnit, runId } from './disk.ts';
import { type Held, heldAgain, heldOf, keptOf, runsOf, tooMany, unitOf } from './held.ts';
import { Queue } from './queue.ts';
import { Shelf } from './shelf.ts';
import type { StoredRun, StoredUnit, StoreEvent, UnitState } from './types.ts';
import type { Unit } from './units.ts';

export interface StoreOptions {
  readonly folder: string;
  readonly cwd: string;
  readonly producer: string;
  readonly crew: Crew;
  readonly note: (text: string) => void;
}

/** Reports kept in memory, bytes. */
const SHELF_BYTES = 64 * 1024 * 1024;

export class Store {
  private readonly options: StoreOptions;
  private readonly disk: Disk;
  private readonly held = new Map<string, Held>();
  private readonly byRun = new Map<string, { readonly held: Held; readonly run: StoredRun }>();
  private readonly shelf = new Shelf(SHELF_BYTES);
  private readonly listeners = new Set<(event: StoreEvent) => void>();
  private readonly stop = new AbortController();
  /** Audited before this start, and not seen yet. */
  private readonly kept = new Map<string, KeptUnit>();
  private readonly queue: Queue;
  /** Grows with every change: what was made from the store before is stale. */
  version = 0;

  constructor(options: StoreOptions) {
    this.options = options;
    this.disk = new Disk(options.folder);
    this.queue = new Queue({ held: () => this.held.values(), audit: (held, unit) => this.ingest(held, unit), stop: this.stop.signal });
  }

  /** Loads what was audited before. */
  async open(): Promise<void> {
    for (const unit of await this.disk.readAll()) {
      if (unit.producer !== this.options.producer) continue;
      if (unit.origin === 'uploaded') this.hold(heldAgain(unit, undefined));
      else this.kept.set(unit.path, unit);
    }
  }

  /** All units that a folder holds now. */
  found(root: string, units: readonly Unit[]): void {
    const present = new Set(units.map((unit) => unit.path));
    for (const unit of units) this.see(root, unit);
    // What was audited before a restart, and whose log went away meanwhile.
    for (const kept of this.kept.values()) {
      if (!kept.path.startsWith(root + sep)) continue;
      this.kept.delete(kept.path);
      this.hold(heldAgain(kept, root));
    }
    for (const held of this.held.values()) {
      if (held.root !== root || held.gone || present.has(held.path)) continue;
      held.gone = true;
      this.index(held);
      this.tell({ event: 'gone', data: { source: held.unit.name } });
    }
    this.prune();
    this.queue.work();
  }

  private see(root: string, unit: Unit): void {
    const known = this.held.get(unit.path);
    if (known !== undefined) {
      if (known.gone) {
        known.gone = false;
        this.index(known);
      }
      if (known.unit.fingerprint !== unit.fingerprint && known.state !== 'auditing') known.state = 'waiting';
      known.unit = unit;
      return;
    }
    const kept = this.kept.get(unit.path);
    this.kept.delete(unit.path);
    const fresh = kept?.fingerprint === unit.fingerprint;
    const state = !fresh ? 'waiting' : kept.runs.length > 0 ? 'ready' : 'failed';
    this.hold(heldOf(unit, root, { kept, state, audited: fresh ? unit.fingerprint : undefined, gone: false }));
  }

  private hold(held: Held): void {
    this.held.set(held.path, held);
    this.index(held);
  }

  /**
   * Audits an upload and keeps its reports, with the page: its log will not be there later. The same content again takes the place of the first.
   * Throws what the audit throws.
   */
  async add({ path, name, bytes, digest }: Upload, watching: Watching): Promise<readonly StoredRun[]> {
    const unit: Unit = { path: `upload:${digest}`, name, fingerprint: digest, bytes, modifiedMs: Date.now() };
    const signal = AbortSignal.any([watching.signal, this.stop.signal]);
    const done = await this.audit(path, 'quick', { ...watching, signal });
    const held =
      this.held.get(unit.path) ?? heldOf(unit, undefined, { kept: undefined, state: 'auditing', audited: undefined, gone: true });
    this.held.set(unit.path, held);
    await this.keep(held, unit, done, 'uploaded');
    this.prune();
    return runsOf(held);
  }

  runs(): readonly StoredRun[] {
    return [...this.byRun.values()].map(({ run }) => run);
  }

  run(id: string): StoredRun | undefined {
    return this.byRun.get(id)?.run;
  }

  /** Where the log of a run lies; undefined when it is not there any more. */
  path(id: string): string | undefined {
    const held = this.byRun.get(id)?.held;
    return held === undefined || held.gone ? undefined : held.path;
  }

  /** What was found, without what is no log. */
  units(): readonly StoredUnit[] {
    return [...this.held.values()].flatMap((held) => unitOf(held) ?? []);
  }

  /** A run's report in one form; undefined when it has none. */
  async form(id: string, form: Exclude<Form, 'html'>): Promise<Buffer | undefined> {
    const found = this.byRun.get(id);
    if (found === undefined) return undefined;
    const key = `${id}.${form}.${found.run.auditedMs}`;
    return this.shelf.get(key) ?? this.shelf.put(key, await this.disk.read(found.run.unit, id, form));
  }

  /** A run's HTML page that is there already. */
  async page(id: string): Promise<Buffer | undefined> {
    const found = this.byRun.get(id);
    return found === undefined ? undefined : this.disk.read(found.run.unit, id, 'html');
  }

  /** The path of the one log of which a run's page can be made; undefined when it is gone or lies there with others. */
  pageSource(id: string): string | undefined {
    const held = this.byRun.get(id)?.held;
    return held === undefined || held.gone || held.kept?.runs.length !== 1 ? undefined : held.path;
  }

  /** Keeps a page that was made for the audit of that time. */
  async addPage({ id, unit, auditedMs }: StoredRun, page: Uint8Array): Promise<void> {
    if (this.byRun.get(id)?.run.auditedMs === auditedMs) await this.disk.addPage(unit, id, page);
  }

  listen(listener: (event: StoreEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  count(state: UnitState): number {
    let count = 0;
    for (const held of this.held.values()) if (held.state === state && !held.gone) count++;
    return count;
  }

  async close(): Promise<void> {
    this.stop.abort();
    await this.queue.close();
  }

  private async ingest(held: Held, unit: Unit): Promise<void> {
    try {
      await this.keep(held, unit, await this.audit(held.path, 'ingest', { signal: this.stop.signal }), 'watched');
    } catch (error) {
      if (!this.stop.signal.aborted) await this.failed(held, unit, error);
    }
  }

  private async audit(path: string, lane: 'quick' | 'ingest', watching: Watching): Promise<AuditDone> {
    const work = { kind: 'audit', path, cwd: this.options.cwd, page: lane === 'quick' } as const;
    return (await this.options.crew.run(work, lane, watching)) as AuditDone;
  }

  private async keep(held: Held, unit: Unit, done: AuditDone, origin: KeptUnit['origin']): Promise<void> {
    const reports = new Map(done.reports.map((report) => [runId(unit.path, report.label), report]));
    const failed = done.failed.map(({ path, error, nextStep }) => ({ path, error, nextStep: nextStep ?? null }));
    const runs = [...reports].map(([id, { label, summary }]) => ({
      id,
      label,
      summary: summary.model === '' ? { ...summary, model: `${unit.name}${label}` } : summary,
    }));
    const kept = keptOf(unit, { producer: this.options.producer, origin, auditedMs: Date.now(), runs, failed });
    await this.disk.write(kept, reports, done.page);
    held.kept = kept;
    held.state = kept.runs.length > 0 ? 'ready' : 'failed';
    held.audited = unit.fingerprint;
    this.index(held);
    for (const run of runsOf(held)) this.tell({ event: 'run', data: { id: run.id, model: run.summary.model, source: run.source } });
  }

  private async failed(held: Held, unit: Unit, error: unknown): Promise<void> {
    held.audited = unit.fingerprint;
    if (
      error instanceof FiresteelError &&
      (error.code === 'not-an-event-log' || error.code === 'unknown-codec' || error.code === 'not-found')
    ) {
      held.state = 'no log';
      return;
    }
    held.state = 'failed';
    const known = error instanceof FiresteelError ? error : undefined;
    const told = { path: unit.name, error: known?.message ?? 'a defect of Firesteel', nextStep: known?.nextStep ?? null };
    this.options.note(`${unit.name} could not be audited: ${redacted(messageOf(error))}`);
    // What was read of it before stays; the failure is beside it.
    const { auditedMs = Date.now(), runs = [] } = held.kept ?? {};
    held.kept = keptOf(unit, { producer: this.options.producer, origin: 'watched', auditedMs, runs, failed: [told] });
    if (known !== undefined && held.kept.runs.length === 0) await this.disk.write(held.kept, new Map(), undefined);
    this.index(held);
    this.tell({ event: 'failed', data: told });
  }

  private index(held: Held): void {
    this.version++;
    for (const id of held.ids) this.byRun.delete(id);
    const runs = runsOf(held);
    held.ids = runs.map((run) => run.id);
    for (const run of runs) this.byRun.set(run.id, { held, run });
  }

  private tell(event: StoreEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  /** Lets go of what is too much. */
  private prune(): void {
    for (const held of tooMany([...this.held.values()])) {
      this.held.delete(held.path);
      for (const id of held.ids) this.byRun.delete(id);
      if (held.kept !== undefined) void this.disk.remove(held.kept.id).catch(() => undefined);
      this.version++;
    }
  }
}
