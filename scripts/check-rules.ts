// Checks that each folder of src/rules is a whole rule: id, README headings, thresholds with origin and unit, test.
// Laws: it holds for every rule alike and knows none by name; a problem is `file: what, and what it should be`.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT, ruleIds } from './gen-rules.ts';

export const ID = /^[a-z][a-z0-9]*(-[a-z0-9]+)+$/;
export const HEADINGS = ['What it means', 'How it is detected', 'Forecast and its assumptions', 'Fix', 'When not to', 'Options'];

/** What this check reads of a rule; src/rules/define.ts has the whole shape. */
interface Meta {
  readonly id?: unknown;
  readonly thresholds?: Record<string, { value?: unknown; unit?: unknown; origin?: unknown; description?: unknown }>;
  readonly explains?: readonly string[];
}

/** True for a text that says something: what new-rule leaves to be filled in starts with "to do" and says nothing yet. */
const isText = (value: unknown) => typeof value === 'string' && /^(?!to do\b)\S/i.test(value.trim());

/** The second-level sections of a README, in order; fenced code holds no headings. */
function sectionsOf(markdown: string): { heading: string; body: string }[] {
  const sections: { heading: string; body: string }[] = [];
  let fenced = false;
  for (const line of markdown.split('\n')) {
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced;
    const heading = fenced ? null : /^## (.+?)\s*$/.exec(line);
    if (heading) sections.push({ heading: heading[1] as string, body: '' });
    else if (sections.length > 0) (sections.at(-1) as { body: string }).body += `${line}\n`;
  }
  return sections;
}

function checkReadme(file: string, thresholds: readonly string[]): string[] {
  if (!existsSync(file)) return [`${file}: is missing; every rule explains itself`];
  const sections = sectionsOf(readFileSync(file, 'utf8'));
  const headings = sections.map((section) => section.heading);
  if (headings.join('|') !== HEADINGS.join('|')) {
    return [`${file}: headings are [${headings.join(', ')}], and should be [${HEADINGS.join(', ')}]`];
  }
  const empty = sections.filter((section) => !isText(section.body)).map((section) => `${file}: "## ${section.heading}" says nothing`);
  const options = sections.at(-1)?.body ?? '';
  const unnamed = thresholds.filter((name) => !options.includes(`\`${name}\``));
  return [...empty, ...unnamed.map((name) => `${file}: "## Options" does not name the threshold \`${name}\``)];
}

/** All problems of one rule's folder. */
export async function checkRule(root: string, id: string, ids: readonly string[]): Promise<string[]> {
  const folder = join(root, 'src/rules', id);
  const here = `src/rules/${id}`;
  const problems: string[] = [];
  if (!ID.test(id)) problems.push(`${here}: the id must be two or more lower-case words joined by hyphens`);
  if (!existsSync(join(folder, 'rule.test.ts'))) problems.push(`${here}/rule.test.ts: is missing; every rule has a table of cases`);

  const loaded = (await import(pathToFileURL(join(folder, 'rule.ts')).href)) as { rule?: { meta?: Meta } };
  const meta = loaded.rule?.meta;
  if (meta === undefined) return [...problems, `${here}/rule.ts: exports no \`rule\` with a \`meta\``];
  if (meta.id !== id) problems.push(`${here}/rule.ts: meta.id is '${meta.id}', and should be the folder's name '${id}'`);
  for (const [name, threshold] of Object.entries(meta.thresholds ?? {})) {
    if (typeof threshold.value !== 'number' || !Number.isFinite(threshold.value))
      problems.push(`${here}/rule.ts: threshold ${name} has no finite value`);
    for (const field of ['unit', 'origin', 'description'] as const) {
      if (!isText(threshold[field])) problems.push(`${here}/rule.ts: threshold ${name} has no ${field}`);
    }
  }
  for (const other of meta.explains ?? []) {
    if (other === id || !ids.includes(other)) problems.push(`${here}/rule.ts: explains '${other}', which is no other rule here`);
  }
  const readme = checkReadme(join(folder, 'README.md'), Object.keys(meta.thresholds ?? {}));
  return [...problems, ...readme.map((text) => text.replace(folder, here))];
}

/** All problems of all rules under `root`. */
export async function checkRules(root: string): Promise<{ ids: string[]; problems: string[] }> {
  const ids = ruleIds(root);
  const problems = await Promise.all(ids.map((id) => checkRule(root, id, ids)));
  const halves = globSync('src/rules/*/README.md', { cwd: root }).map((file) => file.split(/[\\/]/)[2] as string);
  const stray = halves.filter((name) => !ids.includes(name)).map((name) => `src/rules/${name}: has a README.md but no rule.ts`);
  return { ids, problems: [...problems.flat(), ...stray] };
}

if (import.meta.main) {
  const { ids, problems } = await checkRules(ROOT);
  for (const problem of problems) console.error(problem);
  console.log(`rules: ${ids.length} checked, ${problems.length} problems`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
