// Builds web/: dist/web/report.html, one file with script and style inside (the HTML report), and dist/web/index.html with its assets (the web app).
// Laws: the same sources give the same bytes; budgets hold (the build fails above them); `ensureWeb` and `ensureApp` build only what is missing or stale.
// `npm run build:web`.
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'vite';

const ROOT = join(import.meta.dirname, '..');
const OUT = join(ROOT, 'dist/web');
/** Characters of the page without data: what every report carries. */
const PAGE_BUDGET = 700_000;
/** Characters of the app, script and style: loaded once, then kept by the browser. */
const APP_BUDGET = 400_000;

/** Folders whose modules do something when they are imported. */
const HOME = ['web/src', 'web/app', 'node_modules/react', 'node_modules/react-dom', 'node_modules/scheduler', 'node_modules/@dagrejs'];
// Rooms of src have no work at import: what a page does not call is left out, and Node's modules with it.
const treeshake = { moduleSideEffects: (id: string) => HOME.some((part) => id.includes(`/${part}/`)) };

function sourcesHash(): string {
  const files = globSync(
    [
      'web/**/*.{ts,tsx,css,html,json}',
      'src/{base,simulate,report/html}/**/*.ts',
      'src/report/{words,history-words}.ts',
      'scripts/build-web.ts',
      'package-lock.json',
    ],
    { cwd: ROOT },
  ).sort();
  const hash = createHash('sha256');
  for (const file of files)
    if (!file.endsWith('.test.ts') && !file.startsWith('web/testing/'))
      hash
        .update(file)
        .update('\0')
        .update(readFileSync(join(ROOT, file)));
  return hash.digest('hex');
}

interface Made {
  readonly name: string;
  readonly kind: 'script' | 'style' | 'page' | 'other';
  readonly text: string;
}

/** What Vite makes of an entry, in memory: a page, a script and a style. */
async function bundle(root: string): Promise<readonly Made[]> {
  const made = await build({
    configFile: false,
    root: join(ROOT, root),
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"' },
    // Whoever starts it, a test too, gets the same bytes.
    mode: 'production',
    oxc: { jsx: { runtime: 'automatic', development: false } },
    build: {
      write: false,
      target: 'es2022',
      cssCodeSplit: false,
      modulePreload: false,
      // What a module that is left out would load must not lie there as a file.
      assetsInlineLimit: Number.MAX_SAFE_INTEGER,
      rolldownOptions: { treeshake, output: { codeSplitting: false } },
    },
    worker: { format: 'iife', rolldownOptions: { treeshake } },
  });
  const output = (Array.isArray(made) ? made : [made]).flatMap((one) => ('output' in one ? one.output : []));
  return output.map((file): Made => {
    if (file.type === 'chunk') return { name: file.fileName, kind: 'script', text: file.code };
    const text = typeof file.source === 'string' ? file.source : Buffer.from(file.source).toString('utf8');
    return {
      name: file.fileName,
      kind: file.fileName.endsWith('.css') ? 'style' : file.fileName.endsWith('.html') ? 'page' : 'other',
      text,
    };
  });
}

/** Another process may be reading: a file is there whole or not at all. */
function put(name: string, text: string): void {
  const target = join(OUT, name);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(`${target}.${process.pid}`, text);
  renameSync(`${target}.${process.pid}`, target);
}

const within = (what: string, size: number, budget: number): number => {
  if (size > budget) throw new Error(`build:web: ${what} has ${size} characters, its budget is ${budget}`);
  return size;
};

/** Builds the page of the HTML report and gives its size in characters. */
export async function buildWeb(): Promise<number> {
  const sources = sourcesHash();
  const made = await bundle('web');
  const script = made.find((file) => file.kind === 'script');
  const page = made.find((file) => file.kind === 'page');
  if (script === undefined || page === undefined) throw new Error('build:web: Vite made no page');
  // `</script` inside a string of the script would end it.
  const code = script.text.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
  const css = made.find((file) => file.kind === 'style')?.text ?? '';
  const html = page.text
    .replace(/<script type="module"[^>]*><\/script>/, '')
    .replace(/<link rel="stylesheet"[^>]*>/, '')
    .replace('</head>', () => `<style>${css}</style>\n  </head>`)
    .replace('</body>', () => `<script type="module">${code}</script>\n  </body>`);
  const loads = /(?:src|href)="(?!data:)[^"]+"/.exec(html.replace(/<(style|script)[\s\S]*?<\/\1>/g, ''));
  if (loads) throw new Error(`build:web: the page loads ${loads[0]}`);
  within('the page', html.length, PAGE_BUDGET);
  put('report.html', html);
  put('.stamp', sources);
  return html.length;
}

/** Builds the web app and gives its size in characters. Nothing in it is inline: the server's policy allows none. */
export async function buildApp(): Promise<number> {
  const sources = sourcesHash();
  const made = await bundle('web/app');
  const page = made.find((file) => file.kind === 'page');
  if (page === undefined) throw new Error('build:web: Vite made no app');
  if (/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/.test(page.text)) throw new Error('build:web: the app has something inline');
  const assets = made.filter((file) => file !== page);
  const size = within(
    'the app',
    made.reduce((sum, file) => sum + file.text.length, 0),
    APP_BUDGET,
  );
  // The page names what it loads: it comes last, and what nothing names any more goes after it.
  for (const { name, text } of assets) put(name, text);
  put('index.html', page.text);
  const kept = new Set(assets.map(({ name }) => name));
  for (const file of readdirSync(join(OUT, 'assets'))) if (!kept.has(`assets/${file}`)) rmSync(join(OUT, 'assets', file), { force: true });
  put('.stamp-app', sources);
  return size;
}

const isFresh = (file: string, stamp: string): boolean =>
  existsSync(join(OUT, file)) && existsSync(join(OUT, stamp)) && readFileSync(join(OUT, stamp), 'utf8') === sourcesHash();

/** Builds the page of the report when it is missing or its sources changed. */
export async function ensureWeb(note: (text: string) => void): Promise<void> {
  if (isFresh('report.html', '.stamp')) return;
  note('building the page of the HTML report, once');
  await buildWeb();
}

/** Builds the app when it is missing or its sources changed. */
export async function ensureApp(note: (text: string) => void): Promise<void> {
  if (isFresh('index.html', '.stamp-app')) return;
  note('building the web app, once');
  const size = await buildApp();
  note(`built the web app, ${Math.round(size / 1000)} kB`);
}

if (import.meta.main) {
  const started = Date.now();
  const page = await buildWeb();
  const app = await buildApp();
  const kB = (size: number) => `${Math.round(size / 1000)} kB`;
  console.log(`build:web: the report page ${kB(page)}, the app ${kB(app)}, in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}
