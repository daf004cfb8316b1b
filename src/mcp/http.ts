// Streamable HTTP on the loopback address: one session per client, each with reports of its own.
// Laws: only this machine, only with the token, only requests that name this machine as host and come from no other site; sessions are few and end.

import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { isInitializeRequest } from '@modelcontextprotocol/sdk/types.js';
import { FiresteelError } from '../base/index.ts';
import { newServer } from './server.ts';
import type { SessionOptions } from './session.ts';

export const PATH = '/mcp';
const MAX_SESSIONS = 16;
/** A session that nobody uses ends after this, ms. */
const IDLE_MS = 60 * 60_000;
/** Bytes of one request. */
const MAX_BODY = 1 << 20;

export interface HttpOptions {
  /** 0: any free one. */
  readonly port: number;
  /** What a client must send as its bearer token. */
  readonly token: string;
}

export interface Listening {
  readonly url: string;
  close(): Promise<void>;
}

interface Client {
  readonly transport: StreamableHTTPServerTransport;
  readonly close: () => Promise<void>;
  usedMs: number;
  /** Requests that are being answered. */
  open: number;
}

/** Listens on the loopback address. FiresteelError when the port is taken. */
export async function serveHttp({ port, token }: HttpOptions, options: SessionOptions): Promise<Listening> {
  const clients = new Map<string, Client>();
  const server = createServer((request, response) => {
    answer(clients, token, options, request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else refuse(response, 500, 'This request could not be answered.');
    });
  });
  server.headersTimeout = 15_000;
  await listen(server, port);
  const sweep = setInterval(() => {
    for (const [id, client] of clients) if (client.open === 0 && performance.now() - client.usedMs > IDLE_MS) end(clients, id);
  }, 60_000);
  sweep.unref();
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}${PATH}`,
    async close() {
      clearInterval(sweep);
      await Promise.all([...clients.values()].map((client) => client.close().catch(() => undefined)));
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}

const listen = (server: HttpServer, port: number): Promise<void> =>
  new Promise((done, fail) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      fail(
        new FiresteelError(
          'environment',
          `Port ${port} cannot be used (${cause.code ?? cause.message}).`,
          'Give another --port, or none for any free one.',
          {
            cause,
          },
        ),
      ),
    );
    server.listen(port, '127.0.0.1', done);
  });

function end(clients: Map<string, Client>, id: string): void {
  const client = clients.get(id);
  clients.delete(id);
  client?.close().catch(() => undefined);
}

/** Names under which this machine calls itself. */
const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;

function fromHere({ headers }: IncomingMessage): boolean {
  if (!LOOPBACK.test(headers.host ?? '')) return false;
  const { origin } = headers;
  return origin === undefined || LOOPBACK.test(origin.replace(/^https?:\/\//i, ''));
}

const digest = (text: string) => createHash('sha256').update(text).digest();

const hasToken = ({ headers }: IncomingMessage, token: string): boolean =>
  timingSafeEqual(digest(/^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? ''), digest(token));

function refuse(response: ServerResponse, status: number, message: string, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers });
  response.end(JSON.stringify({ jsonrpc: '2.0', error: { code: -32000, message }, id: null }));
}

async function answer(
  clients: Map<string, Client>,
  token: string,
  options: SessionOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!fromHere(request)) return refuse(response, 403, 'This server answers this machine only.');
  if (new URL(request.url ?? '/', 'http://localhost').pathname !== PATH) return refuse(response, 404, `The server is at ${PATH}.`);
  if (!hasToken(request, token))
    return refuse(response, 401, 'A bearer token is needed: the one that firesteel mcp printed.', { 'www-authenticate': 'Bearer' });
  const id = request.headers['mcp-session-id'];
  const body = request.method === 'POST' ? await bodyOf(request) : undefined;
  if (body === TOO_LARGE) return refuse(response, 413, `A request has at most ${MAX_BODY} bytes.`, { connection: 'close' });
  if (body === NO_JSON) return refuse(response, 400, 'The body is no JSON.');
  const known = typeof id === 'string' ? clients.get(id) : undefined;
  if (known === undefined && (id !== undefined || !isInitializeRequest(body)))
    return refuse(response, id === undefined ? 400 : 404, 'There is no such session: initialise first.');
  const client = known ?? (await begin(clients, options));
  client.usedMs = performance.now();
  client.open++;
  response.once('close', () => {
    client.open--;
    client.usedMs = performance.now();
  });
  await client.transport.handleRequest(request, response, body);
}

/** A new session; the one that was used least makes room. */
async function begin(clients: Map<string, Client>, options: SessionOptions): Promise<Client> {
  if (clients.size >= MAX_SESSIONS) {
    const [oldest] = [...clients].sort(([, a], [, b]) => Math.min(a.open, 1) - Math.min(b.open, 1) || a.usedMs - b.usedMs);
    if (oldest !== undefined) end(clients, oldest[0]);
  }
  const server = newServer(options);
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => void clients.set(id, client),
    onsessionclosed: (id) => void clients.delete(id),
  });
  const client: Client = { transport, close: () => server.close(), usedMs: performance.now(), open: 0 };
  await server.connect(transport);
  return client;
}

const TOO_LARGE = Symbol('too large');
const NO_JSON = Symbol('no JSON');

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > MAX_BODY) return TOO_LARGE;
    pieces.push(piece);
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8')) as unknown;
  } catch {
    return NO_JSON;
  }
}
