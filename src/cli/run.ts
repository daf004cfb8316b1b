// The command line: verbs from the table of operations, faces from report, errors turned into help and exit codes.
// Law: only cli prints or exits. Results on stdout; progress, notes and errors on stderr. Exit 0 done, 1 a gate failed,
// 2 wrong usage or unreadable input, 3 a defect of Firesteel. The code of an operation is loaded only when its verb is used.

import { existsSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { FiresteelError, messageOf, writeWhole } from '../base/index.ts';
import { type AnyOperation, type Context, type Format, type OperationEntry, operations, type RenderOptions } from '../operations/index.ts';
import { declareFields, fieldsOf, inputOf, nameOf, splitRest } from './fields.ts';
import { declareMcp } from './mcp.ts';
import { checkOut, formatOf, outHelp, placeOf, toStdout } from './output.ts';
import { declareServe } from './serve.ts';
import { lookOf, ProgressLine } from './terminal.ts';

/** Options that every face of an operation has. */
interface FaceOptions {
  readonly format?: Format;
  readonly out?: string;
  readonly width?: number;
  readonly color?: boolean;
  readonly ascii?: boolean;
  readonly quiet?: boolean;
}

/** Runs one command line (without `node` and the script's name) and returns the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  // A reader that goes away ends the output, not the program: toStdout sees it by its callback.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const meant = entryOf(wordsOf(args));
  // A server has streams, jobs and uploads to bring to their end.
  const signal = interrupted(meant === undefined ? wordsOf(args)[0] === 'serve' : meant.effect !== 'read');
  const state = { code: 0 };
  let commands: readonly string[] = [];
  try {
    // `help spark install` is `spark install --help`: commander's own help command knows one word only.
    const asked = args[0] === 'help' && args.length > 2 ? [...args.slice(1), '--help'] : args;
    const operation = await meant?.load();
    const takesRest = operation !== undefined && fieldsOf(operation).some(({ cli }) => cli.rest !== undefined);
    const { own, rest } = takesRest ? splitRest(asked) : { own: asked, rest: undefined };
    const program = programFor(meant && { name: meant.name, operation: operation as AnyOperation }, { state, signal, rest });
    commands = program.commands.map((command) => command.name());
    if (args.length === 0) {
      process.stderr.write(program.helpInformation());
      return 2;
    }
    await program.parseAsync([...own], { from: 'user' });
    return state.code;
  } catch (error) {
    return report(error, args, commands);
  }
}

/**
 * A signal that is aborted when the user or the system wants the program to end. What only reads is ended by the signal itself, even
 * where it waits for a pipe that nobody writes to; what changes things comes to its own end, and a second signal does not wait for that.
 */
function interrupted(changes: boolean): AbortSignal {
  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    if (name !== 'SIGINT' && !changes) continue;
    process.once(name, () => {
      interrupt.abort();
      if (process.stderr.isTTY) process.stderr.write('\n');
      if (!changes) process.kill(process.pid, name);
      else if (process.stderr.isTTY) process.stderr.write('firesteel: stopping; once more to leave at once\n');
    });
  }
  return interrupt.signal;
}

/** The words of a command line that may name a command. */
const wordsOf = (args: readonly string[]): readonly string[] =>
  args[0] === 'help' ? args.slice(1) : splitRest(args).own.filter((arg) => !arg.startsWith('-'));

/** The operation that words begin with the name of. */
const entryOf = (words: readonly string[]): OperationEntry | undefined =>
  operations.find(({ name }) => name.split(' ').every((word, i) => words[i] === word));

interface Around {
  readonly state: { code: number };
  readonly signal: AbortSignal;
  /** Words behind `--`. */
  readonly rest: readonly string[] | undefined;
}

/** The program; only the verb that is meant has its options, because only its code is loaded. */
function programFor(meant: { readonly name: string; readonly operation: AnyOperation } | undefined, around: Around): Command {
  const program = new Command('firesteel');
  program
    .description('Reads Apache Spark event logs and says what holds the end of the run.')
    .option('-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .usage('<command> [options]')
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .showSuggestionAfterError(true)
    .addHelpText(
      'after',
      '\nFirst steps:\n  firesteel demo                     the whole story on an example, on this machine\n  firesteel audit spark-events/      audit every log in a folder\n  firesteel help audit               options and examples of a command\n',
    );
  for (const { name, summary } of operations) {
    const words = name.split(' ');
    const parent = words.slice(0, -1).reduce(group, program);
    const command = parent.command(words.at(-1) ?? name).summary(summary);
    if (name === meant?.name) setUp(command, meant.name, meant.operation, around);
  }
  const demo = program
    .command('demo')
    .summary('the whole story on an example: run, audit, prove, report')
    .description(
      'Runs the slow example model daily_sales on real Spark, audits it, proves the optimised one against it in paired runs, and reports before → after with a chart. ' +
        'Everything is made in the folder firesteel-demo; it says beforehand how long it takes.',
    )
    .addOption(new Option('--quick', 'less data'));
  lookOptions(demo);
  demo.action(async (options: FaceOptions & { readonly quick?: boolean }) => {
    const { demo: show } = await import('./demo.ts');
    await withContext(options, around.signal, (context) =>
      show(context, lookOf(process.stdout, process.env, options), { quick: options.quick === true, quiet: options.quiet === true }),
    );
  });
  declareMcp(program, around.signal);
  declareServe(program, around.signal);
  quiet(program);
  return program;
}

/** The command that holds others: `spark` of `spark install`. What it is for is what they do. */
function group(parent: Command, word: string): Command {
  const known = parent.commands.find((command) => command.name() === word);
  if (known !== undefined) return known;
  const members = operations.filter(({ name }) => name.startsWith(`${word} `));
  return parent
    .command(word)
    .summary(members.map(({ name }) => name.slice(word.length + 1)).join(', '))
    .usage('<command> [options]')
    .helpCommand(false);
}

/** Errors are reported here, not by commander. */
function quiet(command: Command): void {
  for (const child of command.commands) quiet(child.exitOverride().configureOutput({ writeErr: () => undefined }));
}

const widthOption = () =>
  new Option('--width <N>', 'cells in a line, 40 to 500 (default: the terminal, at most 120)').argParser((text) => {
    const width = Number(text);
    if (!Number.isInteger(width) || width < 40 || width > 500)
      throw new FiresteelError(
        'wrong-usage',
        `--width ${text} is not a whole number from 40 to 500.`,
        'Leave it out to use the width of the terminal.',
      );
    return width;
  });

function lookOptions(command: Command): void {
  command
    .addOption(widthOption())
    .addOption(new Option('--no-color', 'no colours (also: NO_COLOR)'))
    .addOption(new Option('--ascii', 'plain ASCII, no box or bar characters'))
    .addOption(new Option('-q, --quiet', 'no progress and no notes on stderr'));
}

function setUp(command: Command, name: string, operation: AnyOperation, { state, signal, rest }: Around): void {
  const fields = fieldsOf(operation);
  const [first] = operation.formats;
  command.description(operation.description);
  declareFields(command, fields);
  command
    .addOption(
      new Option('-f, --format <FORMAT>', `${operation.formats.join(', ')} (default: ${first}, or by the name of --out)`).argParser(
        (text) => {
          if (operation.formats.includes(text as Format)) return text;
          throw new FiresteelError(
            'wrong-usage',
            `There is no format "${text}" for ${name}.`,
            `It can be ${operation.formats.join(', ')}.`,
          );
        },
      ),
    )
    .addOption(
      new Option(
        `-o, --out <${operation.fileName === undefined ? 'FILE' : 'PLACE'}>`,
        outHelp(operation.formats, operation.fileName !== undefined),
      ),
    );
  lookOptions(command);
  const width = Math.max(...operation.examples.map((example) => example.command.length)) + 2;
  command.addHelpText(
    'after',
    `\nExamples:\n${operation.examples.map((example) => `  firesteel ${example.command.padEnd(width)}${example.about}`).join('\n')}\n`,
  );
  command.action(async (...parsed: unknown[]) => {
    const options = command.opts<FaceOptions & Record<string, unknown>>();
    const format = chosenFormat(operation, options);
    const out = options.out === '-' || options.out === undefined ? undefined : await placeOf(options.out, operation.fileName?.(format));
    if (out !== undefined) await checkOut(out);
    else if (format === 'html' && options.out === undefined && process.stdout.isTTY)
      throw new FiresteelError('wrong-usage', 'A page of HTML is not for a terminal.', `Name a file: firesteel ${name} … --out page.html`);
    await withContext(options, signal, async (context, progress) => {
      const done = await operation.start(inputOf(fields, parsed, options, rest), context, (key) => nameOf(fields, key));
      // A file is for any reader: no colour, and no terminal's width.
      const look: RenderOptions =
        out === undefined ? lookOf(process.stdout, process.env, options) : { ...lookOf({}, {}, options), color: false };
      const text = await done.render(format, look);
      progress.clear();
      if (out === undefined) await toStdout(text);
      else {
        await writeWhole(out, text, { makeFolder: true });
        context.note(`wrote ${out}`);
      }
      if (done.outcome.kind === 'gate failed') process.stderr.write(`firesteel: gate failed: ${done.outcome.reason}\n`);
      if (done.outcome.kind === 'unreadable') process.stderr.write(`firesteel: ${done.outcome.reason}\n`);
      state.code = signal.aborted ? 130 : { done: 0, 'gate failed': 1, unreadable: 2 }[done.outcome.kind];
    });
  });
}

function chosenFormat(operation: AnyOperation, options: FaceOptions): Format {
  if (options.format !== undefined) return options.format;
  const byName = options.out === undefined ? undefined : formatOf(options.out);
  return byName !== undefined && operation.formats.includes(byName) ? byName : operation.formats[0];
}

/** Gives work its context: a line of progress and notes on stderr, both silent with --quiet. */
async function withContext(
  options: FaceOptions,
  signal: AbortSignal,
  work: (context: Context, progress: ProgressLine) => Promise<void>,
): Promise<void> {
  const progress = new ProgressLine(process.stderr, options.quiet === true, process.env);
  const context: Context = {
    cwd: process.cwd(),
    signal,
    progress: (update) => progress.update(update),
    note: (text) => {
      if (options.quiet === true) return;
      progress.clear();
      process.stderr.write(`firesteel: ${oneLine(text)}\n`);
    },
    ask:
      process.stdin.isTTY === true && process.stderr.isTTY === true
        ? async (question) => {
            progress.clear();
            const { createInterface } = await import('node:readline/promises');
            const asker = createInterface({ input: process.stdin, output: process.stderr });
            try {
              return (await asker.question(question, { signal })).trim();
            } finally {
              asker.close();
            }
          }
        : undefined,
  };
  try {
    await work(context, progress);
  } finally {
    progress.clear();
  }
}

/** Text with something of the outside in it, made harmless without loading the renderers. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out.
const oneLine = (text: string): string => text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ').slice(0, 2000);

const say = (message: string, nextStep: string) =>
  process.stderr.write(`firesteel: ${oneLine(message)}\n  next step: ${oneLine(nextStep)}\n`);

/** Errors as help; the exit code. */
function report(error: unknown, args: readonly string[], commands: readonly string[]): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    // "error: unknown option '--frmat'\n(Did you mean --format?)"
    const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
    const verb = entryOf(wordsOf(args))?.name ?? commands.find((name) => name === wordsOf(args)[0]);
    const help = `firesteel help${verb === undefined ? '' : ` ${verb}`}`;
    if (error.code === 'commander.help') {
      // A group without the name of one of its members.
      say(`${args.join(' ')} lacks the name of a command`, `${help} shows what there is`);
      return 2;
    }
    if (error.code === 'commander.unknownCommand' && args[0] !== undefined && existsSync(args[0])) {
      say(`${args[0]} is a path, not a command`, `firesteel audit ${args[0]}`);
      return 2;
    }
    if (error.code === 'commander.excessArguments' && /^(run|improve|prove)$/.test(verb ?? '')) {
      say(message, `the job's own arguments stand behind --, as in: firesteel ${verb} JOB -- ARG; ${help} shows what there is`);
      return 2;
    }
    say(
      message,
      suggestion === undefined ? `${help} shows what there is` : `${suggestion.replace(/^\(|\)$/g, '')} ${help} shows what there is`,
    );
    return 2;
  }
  if (error instanceof FiresteelError) {
    say(error.message, error.nextStep);
    if (process.env.FIRESTEEL_DEBUG === '1') process.stderr.write(`${error.stack ?? ''}\n`);
    return 2;
  }
  if (error instanceof Error && error.name === 'AbortError') return 130;
  process.stderr.write(`firesteel: this is a defect of Firesteel, not of your log: ${oneLine(messageOf(error))}\n`);
  if (process.env.FIRESTEEL_DEBUG === '1') process.stderr.write(`${error instanceof Error ? (error.stack ?? '') : ''}\n`);
  else
    process.stderr.write(
      '  next step: run it again with FIRESTEEL_DEBUG=1 and report what it prints, with the output of firesteel --version\n',
    );
  return 3;
}
