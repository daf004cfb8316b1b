// For tests: the SDK's own client, over a real process and over a real socket.
// Law: nothing of ours is replaced; what is started here is ended here.

import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { BUDGET, Fence, type SessionOptions, serveHttp } from '../index.ts';

export const ROOT = join(import.meta.dirname, '../../..');
export const TOKEN = 'a-token-for-tests-only';

export interface Connected {
  readonly client: Client;
  close(): Promise<void>;
}

const newClient = () => new Client({ name: 'tests', version: '1' });

export async function overStdio(cwd: string, args: readonly string[] = []): Promise<Connected> {
  const { PATH, HOME } = process.env;
  const transport = new StdioClientTransport({
    command: join(ROOT, 'node_modules/.bin/node'),
    args: ['--disable-warning=ExperimentalWarning', join(ROOT, 'src/cli/main.ts'), 'mcp', ...args],
    cwd,
    env: { PATH: PATH ?? '', HOME: HOME ?? '', LANG: 'C.UTF-8' },
    stderr: 'ignore',
  });
  const client = newClient();
  await client.connect(transport);
  return { client, close: () => client.close() };
}

export async function optionsFor(
  cwd: string,
  over: Partial<SessionOptions> & { readonly roots?: readonly string[] } = {},
): Promise<SessionOptions> {
  const { roots = [], ...rest } = over;
  return { cwd, fence: await Fence.around(cwd, roots), budget: BUDGET, readOnly: false, version: '0.0.0', ...rest };
}

export async function overUrl(url: string, token: string): Promise<Connected> {
  const client = newClient();
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
  return { client, close: () => client.close() };
}

export async function overHttp(options: SessionOptions): Promise<Connected & { readonly url: string }> {
  const { url, close } = await serveHttp({ port: 0, token: TOKEN }, options);
  const { client } = await overUrl(url, TOKEN);
  return {
    client,
    url,
    async close() {
      await client.close();
      await close();
    },
  };
}

export interface Answer {
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly isError: boolean;
}

/** Calls a tool; the client checks what comes back against the tool's output schema. */
export async function ask(client: Client, name: string, input: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
  const answer = await client.callTool({ name, arguments: { ...input } }, undefined, { timeout: 120_000 });
  const [first] = answer.content as { readonly type: string; readonly text: string }[];
  return {
    text: first?.text ?? '',
    data: (answer.structuredContent ?? {}) as Readonly<Record<string, unknown>>,
    isError: answer.isError === true,
  };
}
