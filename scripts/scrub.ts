// Takes out of an event log what tells about the machine it was made on: user, home, working folder, Spark's home, hosts, the JVM's class path.
// Laws: the same name becomes the same other name everywhere in the log; nothing that a rule reads is changed but those names;
// what was to be replaced and is still there is an error.
type Json = Record<string, unknown>;

export interface Scrubbed {
  readonly parts: readonly string[];
  /** What was replaced by what, and how often. */
  readonly replaced: readonly { readonly from: string; readonly to: string; readonly count: number }[];
}

/** System properties that say something about the run; the others are the machine's. */
const SYSTEM =
  /^(java\.version|java\.vendor|os\.name|os\.arch|file\.encoding|user\.timezone|user\.name|user\.home|user\.dir|sun\.java\.command)$/;
/** Hadoop's defaults are a thousand keys; these bear on how a run reads and writes. */
const HADOOP = /^(fs\.(s3a|gs|azure|abfs|defaultFS)|mapreduce\.(fileoutputcommitter|outputcommitter|input\.fileinputformat))/;

const object = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const kept = (value: unknown, pattern: RegExp) => Object.fromEntries(Object.entries(object(value)).filter(([key]) => pattern.test(key)));
/** A whole name only: /root in file:/root/x, and not in /data/root or /rootless. */
const whole = (name: string) => new RegExp(`(?<![\\w.-])${escaped(name)}(?![\\w-]|\\.\\w)`, 'g');
const escaped = (words: string) => words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Events that are rewritten as a whole; all others keep their bytes but for the names. */
function trimmed(line: string): string {
  if (line.startsWith('{"Event":"SparkListenerEnvironmentUpdate"')) {
    const event = parsed(line);
    if (event === undefined) return '';
    const trim = {
      'System Properties': kept(event['System Properties'], SYSTEM),
      'Hadoop Properties': kept(event['Hadoop Properties'], HADOOP),
      'Metrics Properties': {},
      'Classpath Entries': {},
    };
    return JSON.stringify({ ...event, ...trim });
  }
  return line.replace(/"Log Urls":\{[^}]*\}/g, '"Log Urls":{}');
}

function parsed(line: string): Json | undefined {
  try {
    return object(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/** The names to replace, longest first: a path before the path above it. */
function namesIn(lines: readonly string[]): [from: string, to: string][] {
  const names = new Map<string, string>();
  const hosts = new Set<string>();
  for (const line of lines) {
    for (const [, host] of line.matchAll(/"Host":"([^"]+)"/g)) hosts.add(host as string);
    if (!line.startsWith('{"Event":"SparkListenerEnvironmentUpdate"')) continue;
    const event = parsed(line) ?? {};
    const [system, spark] = [object(event['System Properties']), object(event['Spark Properties'])];
    const path = (from: string | undefined, to: string) => {
      if (from !== undefined && from.split('/').length > 1 && from !== '/' && from !== '/tmp') names.set(from, to);
    };
    path(text(system['user.home']), '/home/spark');
    path(text(object(event['JVM Information'])['Java Home']), '/opt/java');
    // Jobs are run in a folder beside their data.
    const folder = text(system['user.dir'])?.replace(/\/[^/]+\/?$/, '');
    path(folder, '/data');
    for (const [, home] of JSON.stringify(event).matchAll(/"(\/[^":]*)\/jars\/spark-core_/g)) path(home, '/opt/spark');
    for (const key of ['spark.driver.host', 'spark.driver.bindAddress']) hosts.add(text(spark[key]) ?? 'localhost');
  }
  const others = [...hosts].filter((host) => host !== 'localhost' && host !== 'unknown').sort();
  others.forEach((host, i) => {
    names.set(host, `host-${i + 1}`);
  });
  return [...names].filter(([from, to]) => from !== to).sort((a, b) => b[0].length - a[0].length);
}

/** The parts of a log without its machine. `more`: further names to replace. */
export function scrub(parts: readonly string[], more: readonly (readonly [string, string])[] = []): Scrubbed {
  const all = parts.map((part) => part.split('\n'));
  const names = [...more, ...namesIn(all.flat())];
  const start = all.flat().find((line) => line.startsWith('{"Event":"SparkListenerApplicationStart"'));
  const user = text(parsed(start ?? '')?.User);
  const counts = new Map<string, number>();
  const counted = (from: string, to: string) => {
    counts.set(from, (counts.get(from) ?? 0) + 1);
    return to;
  };
  const out = all.map((lines) => {
    let part = lines.map(trimmed).join('\n');
    for (const [from, to] of names) part = part.replace(whole(from), () => counted(from, to));
    if (user === undefined) return part;
    return part.replace(
      new RegExp(`"(User|user\\.name|HADOOP_USER_NAME)":"${escaped(user)}"`, 'g'),
      (_, key: string) => `"${key}":"${counted(user, 'spark')}"`,
    );
  });
  for (const [from] of names) {
    const left = out.find((part) => whole(from).test(part));
    if (left !== undefined)
      throw new Error(`'${from}' is still there: …${left.slice(Math.max(0, left.search(whole(from)) - 60)).slice(0, 160)}…`);
  }
  const pairs = user === undefined ? names : [...names, [user, 'spark'] as const];
  return { parts: out, replaced: pairs.map(([from, to]) => ({ from, to, count: counts.get(from) ?? 0 })) };
}
