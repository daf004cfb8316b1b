// One zstd decoder for all frames of a log, into two buffers in turn: a new decoder and new buffers per frame (all that Node's public calls
// offer) take three times the time and leave a gigabyte of dead buffers behind a log of that size.
// Laws: it stands on the handle below Node's decoder stream, which is no public interface: it is used only after it has decoded a known frame
// on this very Node, and without it the public calls do the same work; damage is told, never passed on.
import { constants, createZstdDecompress, zstdCompressSync } from 'node:zlib';

/** Takes steps of input and gives out all that is in them. */
export interface Pump {
  /** Why decoding stopped, when it did. */
  readonly failure: string | undefined;
  step(input: Uint8Array): Uint8Array[] | Promise<Uint8Array[]>;
  /** Call it however the decoding ends. */
  destroy(): void;
}

interface Handle {
  writeSync(flush: number, input: Uint8Array, from: number, length: number, output: Uint8Array, at: number, room: number): void;
  reset(): void;
  close(): void;
  onerror: (message: string) => void;
}

interface Native {
  readonly handle: Handle;
  /** Bytes of output and of input that the last call left over. */
  readonly left: Uint32Array;
}

export class FrameDecoder {
  private native: Native;
  /** Two in turn: one is read while the other is filled. */
  private readonly outputs: [Buffer, Buffer] = [Buffer.alloc(0), Buffer.alloc(0)];
  private turn: 0 | 1 = 0;
  private failure: string | undefined;

  private constructor() {
    this.native = this.open();
  }

  /** A decoder, or undefined on a Node whose insides are others. The caller closes it. */
  static open(): FrameDecoder | undefined {
    try {
      const decoder = new FrameDecoder();
      for (let i = 0; i < 2; i++) if (!decoder.decode(KNOWN_FRAME, 64)?.equals(KNOWN_TEXT)) return undefined;
      return decoder;
    } catch {
      return undefined;
    }
  }

  /** The text of one whole frame of at most `bound` bytes; undefined when it is damaged. Valid until the next call but one. */
  decode(frame: Uint8Array, bound: number): Buffer | undefined {
    const text = this.run(frame, bound);
    if (text === undefined) this.renew();
    return text;
  }

  /** Decodes one frame in steps that give at most `bound` bytes each. Destroy it before the next frame. */
  pump(bound: number): Pump {
    let failure: string | undefined;
    return {
      get failure() {
        return failure;
      },
      step: (input) => {
        const text = failure === undefined ? this.run(input, bound) : undefined;
        failure ??= this.failure;
        return text === undefined || text.length === 0 ? [] : [text];
      },
      destroy: () => (failure === undefined ? this.native.handle.reset() : this.renew()),
    };
  }

  close(): void {
    this.native.handle.close();
  }

  private open(): Native {
    const { _handle: handle, _writeState: left } = createZstdDecompress() as unknown as { _handle: Handle; _writeState: Uint32Array };
    if (!(left instanceof Uint32Array)) throw new TypeError('no write state');
    handle.onerror = (message) => {
      this.failure = message;
    };
    return { handle, left };
  }

  /** A decoder that has failed once fails ever after. */
  private renew(): void {
    this.close();
    this.native = this.open();
  }

  private run(input: Uint8Array, bound: number): Buffer | undefined {
    this.turn = this.turn === 0 ? 1 : 0;
    // One byte of room more than may come: a full buffer would not tell whether there is more.
    if (this.outputs[this.turn].length <= bound) this.outputs[this.turn] = Buffer.allocUnsafeSlow(bound + 1);
    const output = this.outputs[this.turn];
    this.failure = undefined;
    const { handle, left } = this.native;
    handle.writeSync(constants.ZSTD_e_continue, input, 0, input.length, output, 0, output.length);
    const [room = 0, unread = 0] = left;
    if (unread > 0 || room === 0) this.failure ??= 'there is more in it than its blocks can hold';
    return this.failure === undefined ? output.subarray(0, output.length - room) : undefined;
  }
}

const KNOWN_TEXT = Buffer.from('{"Event":"SparkListenerLogStart"}');
const KNOWN_FRAME = zstdCompressSync(KNOWN_TEXT);
