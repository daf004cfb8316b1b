// Bytes that come once, in order: standard input, a pipe, a named pipe.
// Law: read() can be called once, from the start to the end; `peek` looks at the head without using it up.
import type { SourceFile } from './source.ts';

/** A source that can be read once; asking for a second reading or for a range is a bug of the caller. */
export interface StreamSource extends SourceFile {
  /** At least `count` bytes from the start, fewer when the stream ends before; read() gives them again. Call it before read(). */
  peek(count: number): Promise<Buffer>;
}

/** A stream as a source. Errors of the stream pass through. */
export function streamSource(stream: AsyncIterable<Uint8Array | string>, name: string): StreamSource {
  const iterator = stream[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  let ended = false;
  let started = false;
  const pull = async (): Promise<Uint8Array | undefined> => {
    const next = await iterator.next();
    if (next.done) {
      ended = true;
      return undefined;
    }
    return typeof next.value === 'string' ? Buffer.from(next.value) : next.value;
  };
  async function* readOnce(): AsyncGenerator<Uint8Array> {
    try {
      if (head.length > 0) {
        const first = head;
        head = Buffer.alloc(0);
        yield first;
      }
      while (!ended) {
        const chunk = await pull();
        if (chunk && chunk.length > 0) yield chunk;
      }
    } finally {
      if (!ended) await iterator.return?.();
    }
  }
  return {
    name,
    path: '',
    size: undefined,
    peek: async (count) => {
      if (started) throw new Error('peek after read');
      const pieces = [head];
      let have = head.length;
      while (have < count && !ended) {
        const chunk = await pull();
        if (!chunk) break;
        pieces.push(Buffer.from(chunk)); // A copy: the stream may use the buffer of a chunk again.
        have += chunk.length;
      }
      head = Buffer.concat(pieces);
      return head;
    },
    read: (start = 0, end = Number.POSITIVE_INFINITY) => {
      if (start !== 0 || end !== Number.POSITIVE_INFINITY) throw new Error('a stream has no ranges');
      if (started) throw new Error('a stream can be read once');
      started = true;
      return readOnce();
    },
  };
}
