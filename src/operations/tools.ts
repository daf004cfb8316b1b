// Operations and looks as tools of an agent: names, descriptions and JSON schemas, from their tables and nothing else.
// Law: what is not in a schema is not said; a tool that writes or spends asks for consent in its schema.

import { z } from 'zod';
import type { AnyOperation, Effect, Format, OperationEntry } from './define.ts';
import { operations } from './index.ts';
import { looks } from './looks/index.ts';

export interface JsonSchema {
  readonly [key: string]: unknown;
}

export interface Tool {
  /** As an agent calls it: `conf_lint`. */
  readonly name: string;
  /** One line, no full stop. */
  readonly summary: string;
  readonly description: string;
  readonly effect: Effect;
  /** Of a tool that writes: only with one of these fields; undefined: always. */
  readonly writesWith: readonly string[] | undefined;
  readonly input: JsonSchema;
  /** The command line that does the same; undefined for a look. */
  readonly command: string | undefined;
}

/** `conf lint` → `conf_lint`. */
export const toolName = (operation: string): string => operation.replace(/[^a-z0-9]+/gi, '_');

/** Fields beside those of the operation. */
export const CONTROLS = {
  consent: {
    type: 'boolean',
    description: 'true only after the person agreed to this very call',
  },
  saveTo: {
    type: 'string',
    description: 'write the result to this file; needs consent',
  },
} as const;

/** Formats that an answer can have; a page of HTML only goes to a file. */
const answers = (format: Format): boolean => format !== 'html';

/** The format an agent gets when it does not say. */
export function agentFormat({ formats }: Pick<AnyOperation, 'formats'>): Format {
  for (const format of ['terse', 'markdown', 'terminal'] as const) if (formats.includes(format)) return format;
  return formats.find(answers) ?? formats[0];
}

const camel = (flag: string): string => flag.replace(/-([a-z])/g, (_all, letter: string) => letter.toUpperCase());

/** Text for the command line as text for a caller of fields: `--what-if` is `whatIf`. */
function asFields(text: string, fields: ReadonlySet<string>): string {
  return text
    .replace(/--([a-z][a-z-]*)/g, (flag, name: string) => (fields.has(camel(name)) ? `\`${camel(name)}\`` : flag))
    .replace(/, or - for standard input|, or - for stdin/g, '');
}

/** A Zod object as JSON Schema, without what only command lines need. */
export function schemaOf(schema: z.ZodObject, io: 'input' | 'output'): JsonSchema {
  const made = z.toJSONSchema(schema, { io, unrepresentable: 'any', target: 'draft-7' }) as Record<string, unknown>;
  const fields = new Set(Object.keys(schema.shape));
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (value === null || typeof value !== 'object') return value;
    const out: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      if (key === 'properties' && item !== null && typeof item === 'object') {
        // Names of fields are nobody's keywords.
        out[key] = Object.fromEntries(Object.entries(item).map(([name, field]) => [name, walk(field)]));
        continue;
      }
      if (key === 'cli' || key === '$schema' || key === 'additionalProperties') continue;
      // An empty list as default says nothing; safe integers are Zod's own bounds.
      if (key === 'default' && Array.isArray(item) && item.length === 0) continue;
      if ((key === 'maximum' || key === 'minimum') && Math.abs(Number(item)) >= Number.MAX_SAFE_INTEGER) continue;
      out[key] = key === 'description' && typeof item === 'string' ? asFields(item, fields) : walk(item);
    }
    return out;
  };
  return walk(made) as JsonSchema;
}

/** True when a call with this input changes nothing: it reads, or nothing of what writes was asked for. */
export const changesNothing = ({ effect, writesWith }: OperationEntry, input: Readonly<Record<string, unknown>>): boolean =>
  effect === 'read' || (effect === 'write' && writesWith !== undefined && !writesWith.some((field) => Boolean(input[field])));

const EFFECTS: Readonly<Record<Effect, string>> = {
  read: '',
  write: ' Changes files: needs `consent`.',
  spends: ' Runs Spark jobs, which takes time and money: needs `consent`.',
};

const effectText = ({ effect, writesWith }: OperationEntry): string =>
  writesWith === undefined
    ? EFFECTS[effect]
    : ` Changes files only with ${writesWith.map((field) => `\`${field}\``).join(' or ')}, which needs \`consent\`.`;

/** One operation as a tool. */
export async function operationTool(entry: OperationEntry): Promise<Tool> {
  const operation = await entry.load();
  const own = schemaOf(operation.input, 'input');
  const fields = new Set(Object.keys(operation.input.shape));
  return {
    name: toolName(entry.name),
    summary: entry.summary,
    description: `${asFields(operation.description, fields)}${effectText(entry)}`,
    effect: entry.effect,
    writesWith: entry.writesWith,
    input: {
      ...own,
      properties: {
        ...(own.properties as object | undefined),
        format: { type: 'string', enum: operation.formats, description: `default: ${agentFormat(operation)}` },
        saveTo: CONTROLS.saveTo,
        consent: CONTROLS.consent,
      },
    },
    command: `firesteel ${entry.name}`,
  };
}

/** Every operation and every look. `more` and other tools that only one face has are its own. */
export async function allTools(): Promise<readonly Tool[]> {
  const made: Tool[] = [];
  for (const entry of operations) made.push(await operationTool(entry));
  for (const look of looks) {
    const own = schemaOf(look.input, 'input');
    made.push({
      name: look.name,
      summary: look.summary,
      description: look.description,
      effect: 'read',
      writesWith: undefined,
      input: look.ofReport
        ? {
            ...own,
            properties: {
              report: { type: 'string', description: 'handle of a report, as r1; default: the newest' },
              ...(own.properties as object | undefined),
            },
          }
        : own,
      command: undefined,
    });
  }
  return made;
}
