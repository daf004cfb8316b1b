// How tests run: beside the code they test, on worker threads (the fastest start on a small machine).
// Law: a test needs no network and no clock; one that takes longer than the limit here is a bench, not a test.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'web/**/*.test.ts'],
    pool: 'threads',
    // One worker fewer is the default: half of a machine of two cores.
    maxWorkers: '100%',
    // Spark of tests: half of a short run's CPU is the second compiler; the first alone would reserve too little for its code.
    // Java takes the last of an option that is given twice.
    env: {
      SPARK_SUBMIT_OPTS:
        `-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m -XX:+UseSerialGC ${process.env.SPARK_SUBMIT_OPTS ?? ''}`.trim(),
    },
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
