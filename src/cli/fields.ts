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

/** What a user calls a field: `LOG`, `--fail-on`. */
export const nameOf = (fields: readonly Field[], key: string): string =>
  fields.find((field) => field.key === key)?.cli.positional ?? `--${dashed(key)}`;

/** Declares the fields on a command, arguments in their order. */
export function declareFields(command: Command, fields: readonly Field[]): void {
  for (const { key, type, required, description, cli } of fields) {
    if (cli.positional !== undefined) {
      const name = type === 'list' ? `${cli.positional}...` : cli.positional;
      command.argument(required ? `<${name}>` : `[${name}]`, description);
    } else {
      command.addOption(
        new Option(type === 'boolean' ? `--${dashed(key)}` : `--${dashed(key)} <${cli.value ?? key.toUpperCase()}>`, description),
      );
    }
  }
}

/** The operation's input from what commander parsed. */
export function inputOf(
  fields: readonly Field[],
  args: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  let position = 0;
  for (const { key, cli } of fields) {
    const value = cli.positional === undefined ? options[key] : args[position++];
    if (value !== undefined) input[key] = value;
  }
  return input;
}
