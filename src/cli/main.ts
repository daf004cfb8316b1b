#!/usr/bin/env node
// The process's first file: answers --version at once, refuses a Node that is too old, then loads the commands.
// Law: it imports nothing statically but Node's own small modules, and stays readable for old versions of Node.
import { readFileSync } from 'node:fs';

const [only, ...others] = process.argv.slice(2);
if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(
    `firesteel: this is Node.js ${process.versions.node}; Firesteel needs Node.js 24 or later\n` +
      '  next step: install Node.js 24 (for example `nvm install 24`), or run bin/firesteel from a clone, which brings its own\n',
  );
  process.exitCode = 2;
} else if ((only === '--version' || only === '-V') && others.length === 0) {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  process.stdout.write(`${version}\n`);
} else {
  const { run } = await import('./run.ts');
  process.exitCode = await run(process.argv.slice(2));
}
