// The audited runs: what was found in the watched folders or sent here, audited one after the other, summaries in memory, reports on disk.
// Laws: an unchanged log is audited once, also over restarts; a growing one no more often than a share of the time; a bad one costs itself only.

import { sep } from 'node:path';
import { FiresteelError, messageOf, redacted } from '../../base/index.ts';
import type { Crew, Watching } from '../threads/crew.ts';
import type { AuditDone } from '../threads/protocol.ts';
import type { Upload } from '../uploads.ts';
import { Disk, type Form, type KeptUnit, runId, unitId } from './disk.ts';
import { Shelf } from './shelf.ts';
import type { StoredRun, StoredUnit, StoreEvent, UnitState } from './types.ts';
import type { Unit } from './units.ts';

interface Held {
  readonly path: string;
  readonly root: string | undefined;
  unit: Unit;
  kept: KeptUnit | undefined;
  state: UnitState | 'no log';
  /** Fingerprint of the last audit, also of one that failed. */
  audited: string | undefined;
  notBeforeMs: number;
  gone: boolean;
  /** Its runs in the index. */
  ids: readonly string[];
}

const heldOf = (unit: Unit, root: string | undefined, rest: Pick<Held, 'kept' | 'state' | 'audited' | 'gone'>): Held => ({
  path: unit.path,
  root,
  unit,
  notBeforeMs: 0,
  ids: [],
  ...rest,
});

const unitAgain = ({ path, name, fingerprint, bytes, modifiedMs }: KeptUnit): Unit => ({ path, name, fingerprint, bytes, modifiedMs });

export interface StoreOptions {
  readonly folder: string;
  readonly cwd: string;
  readonly producer: string;
  readonly crew: Crew;
  readonly note: (text: string) => void;
}

/** A growing log is audited again after so many times what its audit took, at most a minute. */
const REST = 2;
const MAX_REST_MS = 60_000;
const MAX_UPLOADED = 200;
const MAX_GONE = 5_000;
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
  private working: Promise<void> | undefined;
  private wake: NodeJS.Timeout | undefined;
  /** Grows with every change: what was made from the store before is stale. */
  version = 0;

  constructor(options: StoreOptions) {
    this.options = options;
    this.disk = new Disk(options.folder);
  }

  /** Loads what was audited before. */
  async open(): Promise<void> {
    for (const unit of await this.disk.readAll()) {
      if (unit.producer !== this.options.producer) continue;
      if (unit.origin === 'uploaded') this.hold(this.again(unit, undefined));
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
      this.hold(this.again(kept, root));
    }
    for (const held of this.held.values()) {
      if (held.root !== root || held.gone || present.has(held.path)) continue;
      held.gone = true;
      this.index(held);
      this.tell({ event: 'gone', data: { source: held.unit.name } });
    }
    this.prune();
    this.work();
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

  /** A unit of before whose log is not there. */
  private again(kept: KeptUnit, root: string | undefined): Held {
    return heldOf(unitAgain(kept), root, { kept, state: kept.runs.length > 0 ? 'ready' : 'failed', audited: kept.fingerprint, gone: true });
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
    return this.runsOf(held);
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
    return [...this.held.values()].flatMap(({ path, root, unit, state, kept }) =>
      state === 'no log'
        ? []
        : {
            id: unitId(path),
            path,
            root,
            name: unit.name,
            state,
            bytes: unit.bytes,
            modifiedMs: unit.modifiedMs,
            failed: kept?.failed ?? [],
          },
    );
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
    clearTimeout(this.wake);
    await this.working;
  }

  /** Audits what waits, one after the other, until nothing is due. */
  private work(): void {
    if (this.working !== undefined || this.stop.signal.aborted) return;
    this.working = this.workOff().finally(() => {
      this.working = undefined;
    });
  }

  private async workOff(): Promise<void> {
    for (;;) {
      const waiting = [...this.held.values()].filter((held) => held.state === 'waiting' && !held.gone);
      const now = Date.now();
      const due = waiting.filter((held) => held.notBeforeMs <= now).sort((a, b) => b.unit.modifiedMs - a.unit.modifiedMs);
      const [next] = due;
      if (next === undefined) {
        clearTimeout(this.wake);
        if (waiting.length > 0) {
          const wait = Math.min(...waiting.map((held) => held.notBeforeMs)) - now;
          this.wake = setTimeout(() => this.work(), wait + 1);
          this.wake.unref();
        }
        return;
      }
      const unit = next.unit;
      next.state = 'auditing';
      try {
        await this.keep(next, unit, await this.audit(next.path, 'ingest', { signal: this.stop.signal }), 'watched');
      } catch (error) {
        if (this.stop.signal.aborted) return;
        await this.failed(next, unit, error);
      }
      next.notBeforeMs = Date.now() + Math.min(MAX_REST_MS, (Date.now() - now) * REST);
      // It may have grown meanwhile.
      if (next.unit.fingerprint !== unit.fingerprint) next.state = 'waiting';
    }
  }

  private async audit(path: string, lane: 'quick' | 'ingest', watching: Watching): Promise<AuditDone> {
    const work = { kind: 'audit', path, cwd: this.options.cwd, page: lane === 'quick' } as const;
    return (await this.options.crew.run(work, lane, watching)) as AuditDone;
  }

  private async keep(held: Held, unit: Unit, done: AuditDone, origin: KeptUnit['origin']): Promise<void> {
    const reports = new Map(done.reports.map((report) => [runId(unit.path, report.label), report]));
    const failed = done.failed.map(({ path, error, nextStep }) => ({ path, error, nextStep: nextStep ?? null }));
    const kept = this.unitOf(
      unit,
      origin,
      failed,
      [...reports].map(([id, { label, summary }]) => ({
        id,
        label,
        summary: summary.model === '' ? { ...summary, model: `${unit.name}${label}` } : summary,
      })),
    );
    await this.disk.write(kept, reports, done.page);
    held.kept = kept;
    held.state = kept.runs.length > 0 ? 'ready' : 'failed';
    held.audited = unit.fingerprint;
    this.index(held);
    for (const run of this.runsOf(held)) this.tell({ event: 'run', data: { id: run.id, model: run.summary.model, source: run.source } });
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
    held.kept = { ...this.unitOf(unit, 'watched', [told], held.kept?.runs ?? []), auditedMs: held.kept?.auditedMs ?? Date.now() };
    if (known !== undefined && held.kept.runs.length === 0) await this.disk.write(held.kept, new Map(), undefined);
    this.index(held);
    this.tell({ event: 'failed', data: told });
  }

  private unitOf(unit: Unit, origin: KeptUnit['origin'], failed: KeptUnit['failed'], runs: KeptUnit['runs']): KeptUnit {
    const { path, name, fingerprint, bytes, modifiedMs } = unit;
    const { producer } = this.options;
    return {
      schema: 'firesteel/serve-unit@1',
      producer,
      id: unitId(path),
      path,
      name,
      origin,
      fingerprint,
      bytes,
      modifiedMs,
      auditedMs: Date.now(),
      runs,
      failed,
    };
  }

  private runsOf(held: Held): readonly StoredRun[] {
    const { kept, gone } = held;
    return (kept?.runs ?? []).map(({ id, label, summary }) => ({
      id,
      unit: kept?.id ?? '',
      source: `${held.unit.name}${label}`,
      origin: kept?.origin ?? 'watched',
      bytes: held.unit.bytes,
      modifiedMs: held.unit.modifiedMs,
      auditedMs: kept?.auditedMs ?? 0,
      gone,
      summary,
    }));
  }

  private index(held: Held): void {
    this.version++;
    for (const id of held.ids) this.byRun.delete(id);
    const runs = this.runsOf(held);
    held.ids = runs.map((run) => run.id);
    for (const run of runs) this.byRun.set(run.id, { held, run });
  }

  private tell(event: StoreEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  /** Lets go of the oldest uploads and of runs whose logs are long gone. */
  private prune(): void {
    const all = [...this.held.values()];
    const drop = (some: readonly Held[], most: number) => {
      if (some.length <= most) return;
      for (const held of [...some].sort((a, b) => a.unit.modifiedMs - b.unit.modifiedMs).slice(0, some.length - most)) {
        this.held.delete(held.path);
        for (const id of held.ids) this.byRun.delete(id);
        if (held.kept !== undefined) void this.disk.remove(held.kept.id).catch(() => undefined);
        this.version++;
      }
    };
    drop(
      all.filter((held) => held.root === undefined),
      MAX_UPLOADED,
    );
    drop(
      all.filter((held) => held.root !== undefined && held.gone),
      MAX_GONE,
    );
  }
}
