// Builds web/ into one file, dist/web/report.html: script and style inside, nothing loaded from anywhere. `npm run build:web`.
// Laws: the same sources give the same bytes; a budget holds (the build fails above it); `ensureWeb` builds only what is missing or stale.
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';

const ROOT = join(import.meta.dirname, '..');
const TARGET = join(ROOT, 'dist/web/report.html');
const STAMP = join(ROOT, 'dist/web/.stamp');
/** Characters of the page without data: what every report carries. */
const BUDGET = 700_000;

/** Folders whose modules do something when they are imported. */
const HOME = ['web/src', 'node_modules/react', 'node_modules/react-dom', 'node_modules/scheduler', 'node_modules/@dagrejs'];

function sourcesHash(): string {
  const files = globSync(
    ['web/**/*.{ts,tsx,css,html,json}', 'src/{base,simulate,report/html}/**/*.ts', 'scripts/build-web.ts', 'package-lock.json'],
    { cwd: ROOT },
  ).sort();
  const hash = createHash('sha256');
  for (const file of files)
    if (!file.endsWith('.test.ts'))
      hash
        .update(file)
        .update('\0')
        .update(readFileSync(join(ROOT, file)));
  return hash.digest('hex');
}

/** Builds the page and gives its size in characters. */
export async function buildWeb(): Promise<number> {
  // Rooms of src have no work at import: what the page does not call is left out, and Node's modules with it.
  const treeshake = { moduleSideEffects: (id: string) => HOME.some((part) => id.includes(`/${part}/`)) };
  const made = await build({
    configFile: false,
    root: join(ROOT, 'web'),
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"' },
    oxc: { jsx: { runtime: 'automatic' } },
    build: {
      write: false,
      target: 'es2022',
      cssCodeSplit: false,
      modulePreload: false,
      assetsInlineLimit: Number.MAX_SAFE_INTEGER,
      rolldownOptions: {
        treeshake,
        output: { codeSplitting: false },
      },
    },
    worker: { format: 'iife', rolldownOptions: { treeshake } },
  });
  const output = (Array.isArray(made) ? made : [made]).flatMap((one) => ('output' in one ? one.output : []));
  const script = output.find((file) => file.type === 'chunk');
  const style = output.find((file) => file.type === 'asset' && file.fileName.endsWith('.css'));
  const page = output.find((file) => file.fileName.endsWith('.html'));
  if (script?.type !== 'chunk' || page?.type !== 'asset') throw new Error('build:web: Vite made no page');
  const text = (source: string | Uint8Array) => (typeof source === 'string' ? source : Buffer.from(source).toString('utf8'));
  // `</script` inside a string of the script would end it.
  const code = script.code.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
  const css = style?.type === 'asset' ? text(style.source) : '';
  const html = text(page.source)
    .replace(/<script type="module"[^>]*><\/script>/, '')
    .replace(/<link rel="stylesheet"[^>]*>/, '')
    .replace('</head>', () => `<style>${css}</style>\n  </head>`)
    .replace('</body>', () => `<script type="module">${code}</script>\n  </body>`);
  const loads = /(?:src|href)="(?!data:)[^"]+"/.exec(html.replace(/<(style|script)[\s\S]*?<\/\1>/g, ''));
  if (loads) throw new Error(`build:web: the page loads ${loads[0]}`);
  if (html.length > BUDGET) throw new Error(`build:web: the page has ${html.length} characters, its budget is ${BUDGET}`);
  mkdirSync(join(ROOT, 'dist/web'), { recursive: true });
  // Another process may be reading: a file is there whole or not at all.
  writeFileSync(`${TARGET}.${process.pid}`, html);
  renameSync(`${TARGET}.${process.pid}`, TARGET);
  writeFileSync(STAMP, sourcesHash());
  return html.length;
}

/** Builds when the page is missing or its sources changed. */
export async function ensureWeb(note: (text: string) => void): Promise<void> {
  if (existsSync(TARGET) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === sourcesHash()) return;
  note('building the page of the HTML report, once');
  await buildWeb();
}

if (import.meta.main) {
  const started = Date.now();
  const size = await buildWeb();
  console.log(`build:web: dist/web/report.html, ${Math.round(size / 1000)} kB in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}
