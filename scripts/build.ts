// Builds dist/, what the npm package ships: src compiled to JavaScript, and the texts that are read at run time beside it.
// Laws: dist is made anew each time; what tsc does not rewrite (a worker's `new URL('./x.ts', …)`) is rewritten here;
// a path to TypeScript left in dist fails the build.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildApp, buildWeb } from './build-web.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
rmSync(dist, { recursive: true, force: true });

const tsc = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
if (tsc.status !== 0) {
  console.error('build: the types are wrong\n  next step: npm run types');
  process.exit(1);
}

const texts = globSync('**/*.{md,json,sql,wasm}', { cwd: join(root, 'src'), exclude: ['**/cases/**'] });
for (const file of texts) cpSync(join(root, 'src', file), join(dist, file));

const scripts = globSync('**/*.js', { cwd: dist });
for (const file of scripts) {
  const before = readFileSync(join(dist, file), 'utf8');
  const after = before.replace(/(new URL\(\s*(['"`])\.[^'"`]*)\.ts(\2\s*,\s*import\.meta\.url)/g, '$1.js$3');
  if (after !== before) writeFileSync(join(dist, file), after);
  const left = /(?:from|import\(|new URL\()\s*(['"`])\.[^'"`\n]*\.ts\1/.exec(after);
  if (left) {
    console.error(
      `build: dist/${file} still points to TypeScript: ${left[0]}\n  next step: write the path as a literal that this script or tsc rewrites`,
    );
    process.exit(1);
  }
}
chmodSync(join(dist, 'cli/main.js'), 0o755);
const page = await buildWeb();
const app = await buildApp();
console.log(
  `build: ${scripts.length} modules, ${texts.length} texts and the report page (${Math.round(page / 1000)} kB), the web app (${Math.round(app / 1000)} kB) in dist/`,
);
