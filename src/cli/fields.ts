// Command lines from schemas: each field of an operation's input is an argument or an option, by its Zod type and metadata.
// Law: no operation is known by name here; a field's description is its help.

import { type Command, Option } from 'commander';
import type { z } from 'zod';
import type { AnyOperation, CliField } from '../operations/index.ts';

export interface Field {
  readonly key: string;
  readonly type: 'string' | 'boolean' | 'list';
  readonly required: boolean;
  readonly description: string;
  readonly cli: CliField;
}

interface Definition {
  readonly type: string;
  readonly innerType?: z.ZodType;
}

/** The fields of an input, in order. */
export function fieldsOf(operation: AnyOperation): Field[] {
  return Object.entries(operation.input.shape as Record<string, z.ZodType>).map(([key, schema]) => {
    const meta = schema.meta() as { description?: string; cli?: CliField } | undefined;
    let inner = schema;
    let required = true;
    for (;;) {
      const definition = inner.def as unknown as Definition;
      if (definition.innerType === undefined || !['optional', 'default', 'nullable'].includes(definition.type)) break;
      required = false;
      inner = definition.innerType;
    }
    const { type } = inner.def as unknown as Definition;
    return {
      key,
      type: type === 'boolean' ? 'boolean' : type === 'array' ? 'list' : 'string',
      required,
      description: meta?.description ?? '',
      cli: meta?.cli ?? {},
    };
  });
}

const dashed = (key: string): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** What a user calls a field: `LOG`, `--fail-on`, `-- ARG`. */
export function nameOf(fields: readonly Field[], key: string): string {
  const cli = fields.find((field) => field.key === key)?.cli;
  return cli?.positional ?? (cli?.rest === undefined ? `--${dashed(key)}` : `-- ${cli.rest}`);
}

/** A command line cut at `--`: what is before it, and the words behind it, which belong to somebody else. */
export function splitRest(args: readonly string[]): { readonly own: readonly string[]; readonly rest: readonly string[] | undefined } {
  const at = args.indexOf('--');
  return at < 0 ? { own: args, rest: undefined } : { own: args.slice(0, at), rest: args.slice(at + 1) };
}

/** Declares the fields on a command, arguments in their order, what stands behind `--` last. */
export function declareFields(command: Command, fields: readonly Field[]): void {
  const usage = ['[options]'];
  for (const { key, type, required, description, cli } of fields) {
    if (cli.rest !== undefined) {
      command.usage([...usage, `[-- ${cli.rest}...]`].join(' '));
    } else if (cli.positional !== undefined) {
      const name = type === 'list' ? `${cli.positional}...` : cli.positional;
      const argument = required ? `<${name}>` : `[${name}]`;
      usage.push(argument);
      command.argument(argument, description);
    } else {
      const option = new Option(
        type === 'boolean' ? `--${dashed(key)}` : `--${dashed(key)} <${cli.value ?? key.toUpperCase()}>`,
        description,
      );
      if (type === 'list') option.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
      command.addOption(option);
    }
  }
}

/** The operation's input from what commander parsed. */
export function inputOf(
  fields: readonly Field[],
  args: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
  rest: readonly string[] | undefined,
): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  let position = 0;
  for (const { key, cli } of fields) {
    const value = cli.rest !== undefined ? rest : cli.positional === undefined ? options[key] : args[position++];
    if (value !== undefined) input[key] = value;
  }
  return input;
}
