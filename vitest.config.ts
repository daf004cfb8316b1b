// How tests run: beside the code they test, on worker threads (the fastest start on a small machine).
// Law: a test needs no network and no clock; one that takes longer than the limit here is a bench, not a test.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'web/**/*.test.ts'],
    pool: 'threads',
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
