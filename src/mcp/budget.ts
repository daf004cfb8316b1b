// Answers that fit: a text is cut to a budget of characters, and what is behind the cut is kept under a handle for a while.
// Laws: no answer is longer than the budget, as text and as JSON; memory is bounded; a handle that is gone says what to call again.

import { FiresteelError } from '../base/index.ts';

/** Characters of one answer: about 2,000 tokens. */
export const BUDGET = 8000;
/** Under this an answer says nothing. */
export const LEAST_BUDGET = 1500;
/** Texts with a rest that are kept, and their characters in all. */
const MAX_TEXTS = 48;
const MAX_CHARACTERS = 24_000_000;
/** Handles that are gone and still know where they came from. */
const MAX_GONE = 500;

export const jsonLength = (value: unknown): number => JSON.stringify(value).length;

/** The longest beginning of a text that is at most so long as JSON; at a line's end where one is near. UTF-16 units. */
export function cutAt(text: string, room: number): number {
  let end = Math.min(text.length, Math.max(1, room));
  for (let long = jsonLength(text.slice(0, end)) - 2; long > room && end > 1; long = jsonLength(text.slice(0, end)) - 2)
    end = Math.max(1, Math.min(end - 1, Math.floor((end * room) / long)));
  if (end >= text.length) return text.length;
  const line = text.lastIndexOf('\n', end - 1) + 1;
  if (line > end / 2) end = line;
  // A character of two units stays whole.
  return end > 1 && /[\ud800-\udbff]/.test(text[end - 1] as string) ? end - 1 : end;
}

export interface Piece {
  readonly text: string;
  /** Handle of what follows; undefined at the end. */
  readonly more: string | undefined;
  /** Characters that follow. */
  readonly left: number;
}

/** A call, as an agent would repeat it. */
export const callText = (name: string, input: Readonly<Record<string, unknown>>): string =>
  `${name} ${JSON.stringify(input)}`.slice(0, 600);

/** Long texts by handle, the latest used last. */
export class Rests {
  private readonly texts = new Map<string, string>();
  private readonly origins = new Map<string, string>();
  private characters = 0;
  private count = 0;

  /** The first piece of a text; `origin` is the call that makes it again. */
  begin(text: string, room: number, origin: string): Piece {
    const end = cutAt(text, room);
    if (end >= text.length) return { text, more: undefined, left: 0 };
    const id = `m${++this.count}`;
    this.texts.set(id, text);
    this.origins.set(id, origin);
    this.characters += text.length;
    for (const [old, kept] of this.texts) {
      if (old === id || (this.texts.size <= MAX_TEXTS && this.characters <= MAX_CHARACTERS)) break;
      this.texts.delete(old);
      this.characters -= kept.length;
    }
    for (const old of this.origins.keys()) {
      if (this.origins.size <= MAX_GONE) break;
      this.origins.delete(old);
    }
    return { text: text.slice(0, end), more: `${id}.${end}`, left: text.length - end };
  }

  /** The piece that a handle stands for; asked again it is the same piece. */
  next(handle: string, room: number): Piece {
    const [id = '', at = ''] = handle.split('.');
    const text = this.texts.get(id);
    const from = /^[1-9]\d{0,9}$/.test(at) ? Number(at) : 0;
    if (text === undefined || from === 0 || from >= text.length) {
      const origin = this.origins.get(id);
      throw new FiresteelError(
        'not-found',
        `There is nothing under the handle "${handle.slice(0, 40)}"${origin === undefined ? '' : ' any more'}.`,
        text !== undefined
          ? 'Give the handle exactly as the answer before had it in `more`.'
          : `Call ${origin ?? 'the tool that gave it'} again.`,
      );
    }
    // Used last: kept longest.
    this.texts.delete(id);
    this.texts.set(id, text);
    const end = from + cutAt(text.slice(from), room);
    return { text: text.slice(from, end), more: end >= text.length ? undefined : `${id}.${end}`, left: text.length - end };
  }
}
