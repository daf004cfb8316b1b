// What is known about the terminal: width, colour, letters; and the line of progress on stderr.
// Law: NO_COLOR and --no-color win over FORCE_COLOR, which wins over guessing; progress is only for eyes: a terminal, and not --quiet.

import type { Progress, RenderOptions } from '../operations/index.ts';

type Environment = Readonly<Record<string, string | undefined>>;

interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Text wider than this is hard to read; a terminal that is wider gets no longer lines unless --width asks for them. */
const MAX_GUESSED_WIDTH = 120;
const PIPED_WIDTH = 80;

const isSet = (value: string | undefined): boolean => value !== undefined && value !== '';

/** `color` is what --no-color left: false, or undefined. */
export function lookOf(
  stream: Stream,
  env: Environment,
  options: { readonly width?: number; readonly color?: boolean; readonly ascii?: boolean },
): RenderOptions {
  // Some pseudo-terminals say 0.
  const columns = stream.columns || (Number(env.COLUMNS) > 0 ? Number(env.COLUMNS) : PIPED_WIDTH);
  return {
    width: options.width ?? Math.min(MAX_GUESSED_WIDTH, columns),
    color: colorOf(stream, env, options.color),
    unicode: options.ascii !== true && speaksUnicode(env),
  };
}

function colorOf(stream: Stream, env: Environment, option: boolean | undefined): boolean {
  if (option === false || isSet(env.NO_COLOR)) return false;
  if (isSet(env.FORCE_COLOR)) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** A locale that names another charset than UTF-8 has none; one that is not set at all says nothing, and terminals of today have it. */
function speaksUnicode(env: Environment): boolean {
  if (env.TERM === 'dumb' || env.TERM === 'linux') return false;
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find(isSet);
  return locale === undefined || /utf-?8/i.test(locale);
}

/** Redraws no more often than this, ms. */
const EVERY = 80;

/** One line on stderr that is redrawn and at last wiped. */
export class ProgressLine {
  private readonly write: (text: string) => void;
  private readonly enabled: boolean;
  private readonly width: number;
  private last = 0;
  private shown = false;

  constructor(stream: Stream & { write(text: string): unknown }, quiet: boolean, env: Environment) {
    this.write = (text) => stream.write(text);
    this.enabled = stream.isTTY === true && !quiet && env.TERM !== 'dumb';
    this.width = Math.max(20, (stream.columns || 80) - 1);
  }

  update({ what, share, bytes }: Progress): void {
    if (!this.enabled) return;
    const now = performance.now();
    if (this.shown && now - this.last < EVERY) return;
    this.last = now;
    this.shown = true;
    const amount =
      share !== undefined
        ? ` ${Math.floor(share * 100)} %`
        : bytes !== undefined && bytes >= 1_048_576
          ? ` ${(bytes / 1_048_576).toFixed(0)} MiB`
          : '';
    // Paths come from the outside: nothing but printable ASCII is drawn, cut in its middle.
    const safe = what.replace(/[^\x20-\x7e]/g, '?');
    const room = this.width - amount.length;
    const text =
      safe.length <= room ? safe : `${safe.slice(0, Math.ceil(room / 2) - 2)}...${safe.slice(safe.length - Math.floor(room / 2) + 1)}`;
    this.write(`\r\u001b[2K${text}${amount}`);
  }

  clear(): void {
    if (!this.shown) return;
    this.shown = false;
    this.write('\r\u001b[2K');
  }
}
