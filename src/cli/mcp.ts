// `firesteel mcp`: starts the server for coding agents, over standard input and output or over loopback HTTP.
// Law: over standard streams nothing but the protocol goes to stdout; a token is never printed where stdout is the protocol's.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { FiresteelError } from '../base/index.ts';

interface McpOptions {
  readonly http?: boolean;
  readonly port?: string;
  readonly tokenFile?: string;
  readonly root?: readonly string[];
  readonly readOnly?: boolean;
  readonly budget?: string;
  readonly quiet?: boolean;
}

/** The verb and its options. */
export function declareMcp(program: Command, signal: AbortSignal): void {
  const command = program
    .command('mcp')
    .summary('serve coding agents: every command as a tool, in answers that fit')
    .description(
      'Serves the Model Context Protocol over standard input and output, or with --http on the loopback address. Every command is a tool; finding, stage, plan, code_line and search_rules ' +
        'answer questions about an audited run in small pieces. What writes files or runs jobs needs an explicit consent in the call.',
    )
    .addOption(new Option('--http', 'streamable HTTP on 127.0.0.1 instead of standard streams; clients need the token it prints'))
    .addOption(new Option('--port <N>', 'with --http (default: any free one)'))
    .addOption(new Option('--token-file <FILE>', 'with --http: the token is in this file (also: FIRESTEEL_MCP_TOKEN)'))
    .addOption(
      new Option('--root <DIR>', 'only what lies in this folder may be named; several times for several').argParser(
        (value: string, before: readonly string[] | undefined) => [...(before ?? []), value],
      ),
    )
    .addOption(new Option('--read-only', 'only what changes nothing'))
    .addOption(new Option('--budget <N>', 'characters of one answer (default: 8000)'))
    .addOption(new Option('-q, --quiet', 'no notes on stderr'))
    .addHelpText(
      'after',
      '\nExamples:\n  claude mcp add firesteel -- firesteel mcp        for Claude Code\n  firesteel mcp --root /data/spark-events          only these logs\n  firesteel mcp --http --port 8765                 over HTTP, for a client that is running already\n',
    );
  command.action(async (options: McpOptions) => serve(options, signal));
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new FiresteelError(
    'wrong-usage',
    `${name} ${text} is not a whole number from ${least} to ${most}.`,
    'Leave it out for the default.',
  );
}

async function serve(options: McpOptions, signal: AbortSignal): Promise<void> {
  const { BUDGET, Fence, LEAST_BUDGET, serveHttp, serveStdio } = await import('../mcp/index.ts');
  const port = options.port === undefined ? 0 : wholeNumber('--port', options.port, 0, 65_535);
  const budget = options.budget === undefined ? BUDGET : wholeNumber('--budget', options.budget, LEAST_BUDGET, 1_000_000);
  if (options.http !== true && (options.port !== undefined || options.tokenFile !== undefined))
    throw new FiresteelError('wrong-usage', '--port and --token-file are for --http.', 'Add --http, or leave them out.');
  const cwd = process.cwd();
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  const session = { cwd, fence: await Fence.around(cwd, options.root ?? []), budget, readOnly: options.readOnly === true, version };
  if (options.http !== true) {
    if (process.stdin.isTTY === true && options.quiet !== true)
      process.stderr.write('firesteel: waiting for an agent on standard input; firesteel help mcp shows how one is connected\n');
    await serveStdio(process.stdin, process.stdout, session, signal);
    return;
  }
  const given = await tokenOf(options.tokenFile);
  const token = given ?? randomBytes(24).toString('base64url');
  const listening = await serveHttp({ port, token }, session);
  if (options.quiet !== true) process.stderr.write(`firesteel: listening at ${listening.url}\n`);
  // Nobody else knows it.
  if (given === undefined) process.stderr.write(`firesteel: clients send the header  Authorization: Bearer ${token}\n`);
  await new Promise<void>((done) => {
    if (signal.aborted) done();
    signal.addEventListener('abort', () => done(), { once: true });
  });
  await listening.close();
}

/** The token that the user chose; undefined: one is made. */
async function tokenOf(file: string | undefined): Promise<string | undefined> {
  const text =
    file === undefined
      ? process.env.FIRESTEEL_MCP_TOKEN
      : await readFile(file, 'utf8').catch((cause: unknown) => {
          throw new FiresteelError('not-found', `The token file ${file} could not be read.`, 'Give a file that holds the token alone.', {
            cause,
          });
        });
  const token = text?.trim();
  if (token === undefined || (token === '' && file === undefined)) return undefined;
  if (/^\S{16,}$/.test(token)) return token;
  throw new FiresteelError(
    'wrong-usage',
    'The token is shorter than 16 characters, or has spaces.',
    'Leave it out: one is made and printed.',
  );
}
