// Follows a file that another process writes.
// Law: memory is one buffer, however much is written between two looks.

import { open } from 'node:fs/promises';

const CHUNK = 64 * 1024;

/** Each call gives on what was written since the last. A file that is not there yet has nothing to give. */
export function tailOf(file: string, give: (bytes: Uint8Array) => void): () => Promise<void> {
  let at = 0;
  return async () => {
    const handle = await open(file, 'r').catch(() => undefined);
    if (handle === undefined) return;
    try {
      for (;;) {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(CHUNK), 0, CHUNK, at);
        if (bytesRead === 0) return;
        at += bytesRead;
        give(buffer.subarray(0, bytesRead));
      }
    } finally {
      await handle.close();
    }
  };
}
