// Which paths a session may name. Without roots: any that the user may read; standard input never, for the protocol runs over it.
// Laws: links are followed before a path is judged; every text of an input that is, or could be, a path is judged, whatever its field is called.

import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { FiresteelError } from '../base/index.ts';

export class Fence {
  private readonly cwd: string;
  private readonly roots: readonly string[] | undefined;

  private constructor(cwd: string, roots: readonly string[] | undefined) {
    this.cwd = cwd;
    this.roots = roots;
  }

  /** `roots`: folders; none: no fence. FiresteelError when one is not there. */
  static async around(cwd: string, roots: readonly string[]): Promise<Fence> {
    if (roots.length === 0) return new Fence(cwd, undefined);
    const real = await Promise.all(
      roots.map((root) =>
        realpath(resolve(cwd, root)).catch((cause: unknown) => {
          throw new FiresteelError('not-found', `The root ${root} is not there.`, 'Give a folder that exists.', { cause });
        }),
      ),
    );
    return new Fence(cwd, real);
  }

  /** Throws when a text in the input names something outside. */
  async check(value: unknown): Promise<void> {
    if (typeof value === 'string') return this.checkText(value);
    if (Array.isArray(value)) for (const item of value) await this.check(item);
    else if (value !== null && typeof value === 'object') for (const item of Object.values(value)) await this.check(item);
  }

  private async checkText(text: string): Promise<void> {
    if (text === '-') throw new FiresteelError('wrong-usage', 'There is no standard input here.', 'Give the path of a file or folder.');
    if (this.roots === undefined) return;
    if (text.includes('\0')) throw this.outside(text);
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || /^file:/i.test(text)) throw this.outside(text);
    const path = resolve(this.cwd, text);
    const named = /[/\\]/.test(text) || text.startsWith('.') || text.startsWith('~') || existsSync(path);
    if (!named) return;
    const real = await realOf(path);
    if (!this.roots.some((root) => within(root, real))) throw this.outside(text);
  }

  private outside(text: string): FiresteelError {
    return new FiresteelError(
      'no-permission',
      `"${text.slice(0, 200)}" is outside of what this server may read.`,
      `It may read ${(this.roots ?? []).join(', ')}.`,
    );
  }
}

const within = (root: string, path: string): boolean => {
  const from = relative(root, path);
  return from === '' || (from !== '..' && !from.startsWith(`..${sep}`) && !isAbsolute(from));
};

/** The path with all links followed; of what is not there yet, the part that is. */
async function realOf(path: string): Promise<string> {
  let there = path;
  let rest = '';
  for (;;) {
    const real = await realpath(there).catch(() => undefined);
    if (real !== undefined) return join(real, rest);
    const up = dirname(there);
    if (up === there) return path;
    rest = join(there.slice(up.length).replace(/^[/\\]/, ''), rest);
    there = up;
  }
}
