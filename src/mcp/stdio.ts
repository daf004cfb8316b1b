// One client over two streams: how an agent starts Firesteel by itself.
// Law: only messages of the protocol go to the output; the server ends when its input does.

import type { Readable, Writable } from 'node:stream';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { newServer } from './server.ts';
import type { SessionOptions } from './session.ts';

/** Serves until the input ends or the signal is aborted. */
export async function serveStdio(input: Readable, output: Writable, options: SessionOptions, signal: AbortSignal): Promise<void> {
  const server = newServer(options);
  const transport = new StdioServerTransport(input, output);
  const ended = new Promise<void>((done) => {
    server.onclose = done;
    for (const event of ['end', 'close'] as const) input.once(event, () => done());
    // A client that went away.
    output.once('error', () => done());
    if (signal.aborted) done();
    signal.addEventListener('abort', () => done(), { once: true });
  });
  await server.connect(transport);
  await ended;
  await server.close().catch(() => undefined);
}
