// Makes the embedded Spark ready before tests and the demo: silent and quick when it is there, with progress on stderr when not.
// usage: spark-ready.ts [LINE] [--required]
// Law: what cannot be installed is said with the next step; it fails only when it is required, for other tests need no Spark.
import { FiresteelError, formatBytes, messageOf } from '../src/base/index.ts';
import { installSpark } from '../src/spark/index.ts';

const args = process.argv.slice(2);
const required = args.includes('--required');
const version = args.find((arg) => !arg.startsWith('-')) ?? process.env.FIRESTEEL_TEST_SPARK;

const say = (text: string) => process.stderr.write(`firesteel: ${text}\n`);
/** A line of progress no more often than this, ms, unless something new begins. */
const EVERY = 3000;
let last = { step: '', at: 0 };

const abort = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => abort.abort());
try {
  await installSpark({
    version,
    signal: abort.signal,
    progress: ({ what, bytes }) => {
      const step = what.replace(/ \(\d+ s\)$/, '');
      if (last.step === '')
        say('the embedded Spark is not here yet, or not whole: installing it (about 830 MB on disk, needs the network)');
      if (step === last.step && Date.now() - last.at < EVERY) return;
      last = { step, at: Date.now() };
      say(`  ${what}${bytes === undefined ? '' : `, ${formatBytes(bytes)} on disk`}`);
    },
  });
  if (last.step !== '') say('  Spark is ready');
} catch (error) {
  if (abort.signal.aborted) process.exit(130);
  say(`${required ? '' : 'tests that run Spark will be skipped: '}${messageOf(error)}`);
  process.stderr.write(`  next step: ${error instanceof FiresteelError ? error.nextStep : 'report this as a defect of Firesteel'}\n`);
  if (required) process.exit(2);
}
