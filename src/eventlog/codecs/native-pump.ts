// Drives one of Node's decoders with our own steps: a step of input in, everything it gives out.
// Laws: an error loses at most the output of the step it happened in; input must stay as it is until its step is done;
// memory is the output of one step, so callers choose steps whose output is bounded.
import type { Transform } from 'node:stream';
import { messageOf } from '../../base/index.ts';

/** A decoder stream of node:zlib; `bytesWritten` counts the input it used. */
type Native = Transform & { readonly bytesWritten: number };

export class NativePump {
  /** Why decoding stopped, when it did. */
  failure: string | undefined;
  private readonly native: Native;
  private output: Uint8Array[] = [];
  private finish: (() => void) | undefined;

  constructor(native: Native) {
    this.native = native;
    // Flowing mode: chunks come here as they are made, and none is lost in a queue when an error follows.
    native.on('data', (chunk: Uint8Array) => this.output.push(chunk));
    native.on('error', (error) => {
      this.failure ??= messageOf(error);
      this.finish?.();
    });
  }

  /** Bytes of input used so far; less than was given when the format ended inside a step. */
  get used(): number {
    return this.native.bytesWritten;
  }

  /** Decodes one step on a thread of Node's pool; the caller may work meanwhile. Never rejects: look at `failure`. */
  async step(input: Uint8Array): Promise<Uint8Array[]> {
    if (this.failure === undefined) {
      await new Promise<void>((resolve) => {
        this.finish = resolve;
        this.native.write(input, () => resolve());
      });
    }
    const output = this.output;
    this.output = [];
    return output;
  }

  /** Frees the decoder; call it however the decoding ends. */
  destroy(): void {
    this.native.destroy();
  }
}
