// Resources: the reports of the session, and the pages of the rules.
// Law: a resource is bounded like an answer is, only wider; an id is looked up before it names anything.

import type { ReadResourceResult, Resource, ResourceTemplate } from '@modelcontextprotocol/sdk/types.js';
import { FiresteelError } from '../base/index.ts';
import { agentTools } from '../operations/index.ts';
import { clean, renderJson, renderMarkdown, renderOptimisationReport } from '../report/index.ts';
import type { Session } from './session.ts';

/** Characters of one resource. */
const MOST = 60_000;
const PAGE = 40;

const FORMS = {
  '': { about: 'the report as Markdown', mimeType: 'text/markdown' },
  '/optimisation': { about: 'the optimisation report: what to do, in which order, what it saves', mimeType: 'text/markdown' },
  '/json': { about: 'the report as firesteel/report@1', mimeType: 'application/json' },
} as const;

/** Reports first, the newest on top; then every rule. */
export async function listResources(
  { reports }: Session,
  cursor: string | undefined,
): Promise<{ resources: Resource[]; nextCursor?: string }> {
  const { rulePages } = await agentTools();
  const all: Resource[] = [
    ...reports.all().flatMap(({ handle, report }) =>
      Object.entries(FORMS).map(([form, { about, mimeType }]) => ({
        uri: `firesteel://reports/${handle}${form}`,
        name: `${handle}${form}`,
        title: `${clean(report.application.name, 80) || handle}: ${about}`,
        mimeType,
      })),
    ),
    ...(await rulePages()).map(({ id, title }) => ({
      uri: `firesteel://rules/${id}`,
      name: id,
      title: `Rule: ${title}`,
      mimeType: 'text/markdown',
    })),
  ];
  const from = cursor === undefined ? 0 : Number(cursor);
  if (!Number.isInteger(from) || from < 0 || from > all.length)
    throw new FiresteelError('wrong-usage', 'The cursor is not one of this server.', 'List the resources from the beginning.');
  const next = from + PAGE;
  return { resources: all.slice(from, next), ...(next < all.length ? { nextCursor: String(next) } : {}) };
}

export const resourceTemplates: readonly ResourceTemplate[] = [
  { uriTemplate: 'firesteel://rules/{id}', name: 'rule', title: 'The page of a rule', mimeType: 'text/markdown' },
  { uriTemplate: 'firesteel://reports/{handle}', name: 'report', title: 'A report of this session', mimeType: 'text/markdown' },
  { uriTemplate: 'firesteel://reports/{handle}/optimisation', name: 'optimisation report', mimeType: 'text/markdown' },
  { uriTemplate: 'firesteel://reports/{handle}/json', name: 'report as JSON', mimeType: 'application/json' },
];

export async function readResource({ reports }: Session, uri: string): Promise<ReadResourceResult> {
  const rule = /^firesteel:\/\/rules\/([a-z0-9-]+)$/.exec(uri)?.[1];
  if (rule !== undefined) {
    const { rulePages } = await agentTools();
    const page = (await rulePages()).find(({ id }) => id === rule);
    if (page !== undefined) return of(uri, 'text/markdown', page.readme ?? `# ${page.title}\n`);
  }
  const asked = /^firesteel:\/\/reports\/(r\d+)(\/optimisation|\/json|)$/.exec(uri);
  if (asked === null) throw new FiresteelError('not-found', `There is no resource ${uri.slice(0, 200)}.`, 'List the resources.');
  const [, handle, form] = asked as unknown as [string, string, keyof typeof FORMS];
  const { report } = reports.get(handle);
  const text =
    form === '/json'
      ? renderJson(report)
      : form === '/optimisation'
        ? renderOptimisationReport(report)
        : renderMarkdown(report, { all: false });
  return of(uri, FORMS[form].mimeType, text);
}

function of(uri: string, mimeType: string, text: string): ReadResourceResult {
  if (text.length <= MOST) return { contents: [{ uri, mimeType, text }] };
  if (mimeType === 'application/json')
    return of(
      uri,
      'text/plain',
      `The JSON has ${text.length} characters. Save it: audit with format json and saveTo; or ask finding, stage and plan.\n`,
    );
  return {
    contents: [
      {
        uri,
        mimeType,
        text: `${text.slice(0, MOST).replace(/[\ud800-\udbff]$/, '')}\n\n… ${text.length - MOST} more characters: audit with format markdown and saveTo has all.\n`,
      },
    ],
  };
}
