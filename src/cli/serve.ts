// `firesteel serve`: the face of the HTTP room on a terminal: options, where it listens, its end.
// Law: a token is printed once and written nowhere; the server ends with the signal that the command line gives.

import type { Command } from 'commander';
import { Option } from 'commander';
import { FiresteelError } from '../base/index.ts';

interface ServeFlags {
  readonly port?: number;
  readonly host?: string;
  readonly watch?: readonly string[];
  readonly tokenFile?: string;
  readonly newToken?: string;
  readonly allow?: 'read' | 'write' | 'spend';
  readonly allowHost?: readonly string[];
  readonly redact?: boolean;
  readonly maxUpload?: number;
  readonly quiet?: boolean;
}

const numberOf = (name: string, least: number) => (text: string) => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < least)
    throw new FiresteelError('wrong-usage', `${name} ${text} is no number of at least ${least}.`, 'Leave it out to use the default.');
  return value;
};
const more = (value: string, before: readonly string[] | undefined) => [...(before ?? []), value];

/** Adds the command to the program. */
export function declareServe(program: Command, signal: AbortSignal): void {
  program
    .command('serve')
    .summary('serve the web app, the API, the fleet of watched logs and their reports over HTTP')
    .description(
      'Serves everything Firesteel can do over HTTP: a web app, an API with an OpenAPI document, the audited runs of watched folders, a fleet ranked by what could be saved, reports. ' +
        'It listens on this machine only unless --host says otherwise, and then asks for tokens. New and grown logs are audited as they come.',
    )
    .addOption(new Option('--port <N>', 'port; 0 for any that is free (default: 4710)').argParser(numberOf('--port', 0)))
    .addOption(new Option('--host <HOST>', 'address to listen on (default: 127.0.0.1)'))
    .addOption(new Option('--watch <DIR>', 'folder of event logs, or of a History Server; several times for several').argParser(more))
    .addOption(new Option('--token-file <FILE>', 'who may do what: roles and hashes of tokens'))
    .addOption(new Option('--new-token <ROLE>', 'make a token for read, write or spend, add its hash to --token-file, print it once'))
    .addOption(
      new Option('--allow <ROLE>', 'what callers on this machine may do without a token (default: read)').choices([
        'read',
        'write',
        'spend',
      ]),
    )
    .addOption(new Option('--allow-host <NAME>', 'a name under which browsers reach it; several times for several').argParser(more))
    .addOption(new Option('--redact', 'replace paths, users, hosts and tokens in everything that is served'))
    .addOption(new Option('--max-upload <MIB>', 'size of one upload, MiB (default: 2048)').argParser(numberOf('--max-upload', 1)))
    .addOption(new Option('-q, --quiet', 'no notes on stderr'))
    .addHelpText(
      'after',
      `
Examples:
  firesteel serve --watch /var/log/spark-events         the fleet, on this machine
  firesteel serve --token-file tokens --new-token read  make a token
  firesteel serve --host 0.0.0.0 --token-file tokens --allow-host spark.example.org --watch events
                                                        for a team, behind a proxy that brings TLS
`,
    )
    .action((flags: ServeFlags) => serveUntil(flags, process.cwd(), signal));
}

/** Serves until the signal is aborted. */
async function serveUntil(flags: ServeFlags, cwd: string, signal: AbortSignal): Promise<void> {
  const { clean } = await import('../report/index.ts');
  const say = (text: string) => {
    if (flags.quiet !== true) process.stderr.write(`firesteel: ${clean(text, 4_000)}\n`);
  };
  const { newToken, serve } = await import('../http/index.ts');
  if (flags.newToken !== undefined) {
    if (flags.tokenFile === undefined)
      throw new FiresteelError('wrong-usage', '--new-token needs a file for its hash.', 'Add --token-file FILE.');
    const { resolve } = await import('node:path');
    const token = await newToken(
      resolve(cwd, flags.tokenFile),
      flags.newToken,
      `${flags.newToken} ${new Date().toISOString().slice(0, 10)}`,
    );
    process.stdout.write(`${token}\n`);
    say(`its hash is in ${flags.tokenFile}; this is the only time that the token is shown`);
    return;
  }
  const serving = await serve({
    cwd,
    port: flags.port,
    host: flags.host,
    watch: flags.watch,
    tokenFile: flags.tokenFile,
    allow: flags.allow,
    allowHosts: flags.allowHost,
    redact: flags.redact,
    maxUploadBytes: flags.maxUpload === undefined ? undefined : Math.round(flags.maxUpload * 1024 * 1024),
    web: true,
    note: say,
  });
  process.stdout.write(`${serving.url}\n`);
  say(`serving at ${serving.url}; Ctrl-C ends it`);
  if (!signal.aborted)
    // A thread without work keeps no process alive: this does, until the signal.
    await new Promise<void>((resolve) => {
      const alive = setInterval(() => undefined, 60_000);
      signal.addEventListener(
        'abort',
        () => {
          clearInterval(alive);
          resolve();
        },
        { once: true },
      );
    });
  await serving.stop();
}
