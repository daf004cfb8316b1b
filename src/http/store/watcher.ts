// Looks at the watched folders: now and then, and soon after the system says that something changed in one.
// Laws: never two looks at once; a look that takes long makes the next one later; a folder that is gone for a while is told once and looked for again.

import { type FSWatcher, watch } from 'node:fs';
import { messageOf } from '../../base/index.ts';
import { type Listing, listUnits, type Unit } from './units.ts';

/** After a word of the system, ms: files come in several. */
const SETTLE_MS = 300;

/** Elsewhere than on these systems Node would keep a watch for every file below: there the polls see what is deeper. */
const WHOLE = process.platform === 'darwin' || process.platform === 'win32';

export interface WatcherOptions {
  readonly roots: readonly string[];
  readonly pollMs: number;
  readonly note: (text: string) => void;
  /** All units of one folder. */
  readonly found: (root: string, units: readonly Unit[]) => void;
}

export class Watcher {
  private readonly options: WatcherOptions;
  private readonly watches: FSWatcher[] = [];
  private readonly told = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private soon: NodeJS.Timeout | undefined;
  private looking = false;
  private closed = false;
  private tookMs = 0;

  constructor(options: WatcherOptions) {
    this.options = options;
  }

  /** Resolves after the first look. */
  async start(): Promise<void> {
    for (const root of this.options.roots) {
      try {
        const watching = watch(root, { recursive: WHOLE, persistent: false }, () => this.soonAgain());
        // Without the system's word the polls do.
        watching.on('error', () => watching.close());
        this.watches.push(watching);
      } catch {
        // The same.
      }
    }
    await this.look();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    clearTimeout(this.soon);
    for (const watching of this.watches) watching.close();
  }

  private soonAgain(): void {
    if (this.closed || this.soon !== undefined) return;
    this.soon = setTimeout(
      () => {
        this.soon = undefined;
        if (this.looking) this.soonAgain();
        else void this.look();
      },
      Math.max(SETTLE_MS, this.tookMs * 4),
    );
    this.soon.unref();
  }

  private async look(): Promise<void> {
    if (this.looking || this.closed) return;
    this.looking = true;
    clearTimeout(this.timer);
    const begun = performance.now();
    for (const root of this.options.roots) {
      const listing = await this.list(root);
      if (listing !== undefined && !this.closed) this.options.found(root, listing.units);
    }
    this.tookMs = performance.now() - begun;
    this.looking = false;
    if (this.closed) return;
    this.timer = setTimeout(() => void this.look(), Math.max(this.options.pollMs, this.tookMs * 4));
    this.timer.unref();
  }

  private async list(root: string): Promise<Listing | undefined> {
    try {
      const listing = await listUnits(root);
      this.told.delete(root);
      if (listing.tooMany) this.tell(`${root}+`, `${root} holds too many files: only some are seen`);
      return listing;
    } catch (error) {
      this.tell(root, `${root} cannot be listed: ${messageOf(error)}`);
      return undefined;
    }
  }

  private tell(key: string, text: string): void {
    if (this.told.has(key)) return;
    this.told.add(key);
    this.options.note(text);
  }
}
