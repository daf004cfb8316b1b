// A Firesteel of its own for tests that end it: runs one prepared job, told as JSON in its first argument, and prints the outcome.
import { readFileSync } from 'node:fs';
import { type Preparation, prepareRun, submit } from '../index.ts';

const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
const start = await prepareRun(JSON.parse(readFileSync(process.argv[2] as string, 'utf8')) as Preparation);
process.stdout.write(`${JSON.stringify(start)}\n`);
const outcome = await submit(start, {
  signal: interrupt.signal,
  onApplication: (id) => process.stdout.write(`${JSON.stringify({ id })}\n`),
});
process.stdout.write(`${JSON.stringify(outcome)}\n`);
