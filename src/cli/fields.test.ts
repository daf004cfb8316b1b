// Command lines from schemas: lists that may be given several times, and the words behind `--`.
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { AnyOperation } from '../operations/index.ts';
import { declareFields, fieldsOf, inputOf, nameOf, splitRest } from './fields.ts';

const input = z.object({
  job: z.string().meta({ cli: { positional: 'JOB' } }),
  conf: z
    .array(z.string())
    .default([])
    .meta({ description: 'properties', cli: { value: 'K=V' } }),
  dryRun: z.boolean().default(false),
  args: z
    .array(z.string())
    .default([])
    .meta({ cli: { rest: 'ARG' } }),
});
const fields = fieldsOf({ input } as unknown as AnyOperation);

function parsed(line: readonly string[]): Record<string, unknown> {
  const command = new Command('run').exitOverride().configureOutput({ writeErr: () => undefined });
  declareFields(command, fields);
  const { own, rest } = splitRest(line);
  let given: unknown[] = [];
  command.action((...all) => {
    given = all;
  });
  command.parse([...own], { from: 'user' });
  return inputOf(fields, given, command.opts(), rest);
}

describe('a command line', () => {
  test.each<[string, object]>([
    ['job.py', { job: 'job.py' }],
    ['job.py --conf a=1 --conf b=2,3', { job: 'job.py', conf: ['a=1', 'b=2,3'] }],
    [
      '--conf a=1 job.py -- --input x --conf c=3 -- y',
      { job: 'job.py', conf: ['a=1'], args: ['--input', 'x', '--conf', 'c=3', '--', 'y'] },
    ],
    ['job.py --dry-run --', { job: 'job.py', dryRun: true, args: [] }],
  ])('%s', (line, expected) => {
    expect(parsed(line.split(' '))).toEqual(expected);
  });

  test.each(['job.py x', 'job.py --input x', '-- job.py'])('%s is wrong', (line) => {
    expect(() => parsed(line.split(' '))).toThrow();
  });

  test('is shown as it is typed', () => {
    const command = new Command('run');
    declareFields(command, fields);
    expect(command.usage()).toBe('[options] <JOB> [-- ARG...]');
    expect(fields.map(({ key }) => nameOf(fields, key))).toEqual(['JOB', '--conf', '--dry-run', '-- ARG']);
  });
});
