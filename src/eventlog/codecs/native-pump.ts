// Drives one of Node's decoders with our own steps: everything a step gives comes out before the next step goes in.
// Laws: an error loses at most the output of the step it happened in; input is read during the step only; memory is one step.
import type { Transform } from 'node:stream';
import { messageOf } from '../../base/index.ts';

/** A decoder stream of node:zlib; `bytesWritten` counts the input it used. */
type Native = Transform & { readonly bytesWritten: number };

export class NativePump {
  /** Why decoding stopped, when it did. */
  failure: string | undefined;
  private readonly native: Native;
  private readonly ready: Uint8Array[] = [];
  private wake: (() => void) | undefined;

  constructor(native: Native) {
    this.native = native;
    native.on('data', (chunk: Uint8Array) => {
      this.ready.push(chunk);
      this.wake?.();
    });
    native.on('error', (error) => {
      this.failure ??= messageOf(error);
      this.wake?.();
    });
  }

  /** Bytes of input used so far; less than was fed when the format ended inside a step. */
  get used(): number {
    return this.native.bytesWritten;
  }

  /** Decodes one step of input and gives everything that comes of it. `input` must stay as it is until the generator ends. */
  async *feed(input: Uint8Array): AsyncGenerator<Uint8Array> {
    let done = false;
    this.native.write(input, () => {
      done = true;
      this.wake?.();
    });
    for (;;) {
      for (let chunk = this.ready.shift(); chunk; chunk = this.ready.shift()) yield chunk;
      if (done || this.failure !== undefined) return;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      this.wake = undefined;
    }
  }

  /** Frees the decoder; call it however the decoding ends. */
  destroy(): void {
    this.native.destroy();
  }
}
