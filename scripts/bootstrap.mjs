// Makes a fresh clone ready: installs the npm packages (Node 24 is one of them) with `npm ci` when
// node_modules is missing or does not match package-lock.json.
// Laws: plain JavaScript without packages, for it runs on the machine's own Node before anything is installed;
// silent and instant when all is there; progress and errors go to stderr; every error names the next step.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const at = (...parts) => join(root, ...parts);
const lockFile = at('package-lock.json');
const stampFile = at('node_modules', '.firesteel-stamp');
const nodeBinary = at('node_modules', 'node', 'bin', 'node');
const busyFile = at('.cache', 'bootstrap.pid');

const lockText = readFileSync(lockFile, 'utf8');
const stamp = `${createHash('sha256').update(lockText).digest('hex')} ${process.platform}-${process.arch}\n`;

const say = (text) => process.stderr.write(`firesteel: ${text}\n`);

function fail(what, nextStep) {
  say(`${what}\n  next step: ${nextStep}`);
  process.exit(2);
}

function readOr(file, fallback) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return fallback;
  }
}

const nodeRuns = () => spawnSync(nodeBinary, ['--version']).status === 0;

/** True when the packages of this lock are in place; the stamp's time lets bin/firesteel see it without a process. */
function isReady() {
  if (readOr(stampFile, '') !== stamp || !existsSync(nodeBinary)) return false;
  if (statSync(stampFile).mtimeMs <= statSync(lockFile).mtimeMs) utimesSync(stampFile, new Date(), new Date());
  return true;
}

/** True when someone ran `npm install` by hand and it left exactly what the lock asks for. */
function installedByHand() {
  const installed = JSON.parse(readOr(at('node_modules', '.package-lock.json'), '{}')).packages ?? {};
  const wanted = JSON.parse(lockText).packages;
  const names = Object.keys(wanted).filter((name) => name !== '');
  const same = (name) => (installed[name] ? installed[name].version === wanted[name].version : wanted[name].optional === true);
  return names.every(same) && Object.keys(installed).every((name) => name in wanted) && nodeRuns();
}

/** Waits while another bootstrap of this clone is at work, then takes its place. */
async function takeTurn() {
  mkdirSync(at('.cache'), { recursive: true });
  for (let told = false; ; ) {
    try {
      writeFileSync(busyFile, String(process.pid), { flag: 'wx' });
      process.on('exit', () => rmSync(busyFile, { force: true }));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const pid = Number(readOr(busyFile, '0'));
    try {
      process.kill(pid || process.pid, 0);
    } catch {
      rmSync(busyFile, { force: true });
      continue;
    }
    if (!told) say(`another set-up of this clone is at work (process ${pid}); waiting for it`);
    told = true;
    await sleep(500);
  }
}

function npmCi() {
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error', '--engine-strict=false'];
  args.push('--fetch-retries=3', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=8000');
  // `npm ci` deletes node_modules: neither npm nor its scripts may run on the Node inside it.
  const PATH = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.startsWith(at('node_modules')))
    .join(delimiter);
  return new Promise((resolve) => {
    let output = '';
    const npm = spawn('npm', args, { cwd: root, env: { ...process.env, PATH }, stdio: ['ignore', 'pipe', 'pipe'] });
    npm.stdout.on('data', (text) => (output += text));
    npm.stderr.on('data', (text) => (output += text));
    npm.on('error', (error) => resolve({ code: error.code, output: String(error) }));
    npm.on('close', (code) => resolve({ code, output }));
  });
}

/** What to do about a failed `npm ci`, read from its output. */
function nextStepFor({ code, output }) {
  if (code === 'ENOENT') return 'install Node.js 20 or later together with npm, then run the same command again';
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET/.test(output)) {
    return 'the package registry cannot be reached: check the network or proxy (`npm ping`), then run the same command again';
  }
  if (/EUSAGE/.test(output)) return 'package.json and package-lock.json disagree: run `npm install`, then the same command again';
  if (/EACCES|EPERM|EROFS/.test(output)) return 'make this folder writable for you, then run the same command again';
  if (/ENOSPC/.test(output)) return 'free about 500 MB of disk space, then run the same command again';
  return "mend what npm's message above says (`npm ci` shows all of it), then run the same command again";
}

async function install() {
  const started = Date.now();
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  const why = existsSync(at('node_modules')) ? 'node_modules does not match package-lock.json' : 'first run here';
  say(`${why}: installing the npm packages, Node 24 among them (about 340 MB on disk, needs the network)`);
  const ticker = setInterval(() => {
    const unpacked = existsSync(at('node_modules', 'node', 'package.json'));
    say(`  ${seconds()} … ${unpacked ? 'fetching the Node 24 binary' : 'fetching packages'}`);
  }, 3000);
  const result = await npmCi();
  clearInterval(ticker);
  if (result.code !== 0) {
    const told = result.output.split('\n').filter((line) => !/^npm error(\s+at .*)?$/.test(line.trimEnd()));
    process.stderr.write(`${told.slice(0, 12).join('\n').trim()}\n`);
    fail(`npm ci failed after ${seconds()} (${result.code})`, nextStepFor(result));
  }
  if (!nodeRuns()) {
    // Install scripts are switched off here: the package `node` then comes without its binary.
    fail(
      'the npm package "node" has no binary that runs here',
      'run `npm rebuild node --ignore-scripts=false`, then the same command again',
    );
  }
  writeFileSync(stampFile, stamp);
  say(`  ready after ${seconds()}`);
}

if (!isReady()) {
  await takeTurn();
  if (!isReady()) {
    if (installedByHand()) writeFileSync(stampFile, stamp);
    else await install();
  }
}
