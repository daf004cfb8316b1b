// A run that one value ended: the expression at which it failed takes the form of Spark that gives null for such a value.
// Laws: only where Spark names the condition and has that form; which expression it was the log says, or the type that the value did not fit;
// what it does to the data is said (the value is null from then on), and that readers bear it is asked, never assumed.

import type { FactStore } from '../../facts/index.ts';
import { tracedIn } from '../../join/index.ts';
import { type Node, type Program, rangeOf } from '../../pyspark/index.ts';
import type { Place } from '../../rules/index.ts';
import { defineFixer, type FixContext, type Precondition, type Proposal } from '../define.ts';
import { firstOf, lineOf, nameOfCall, within } from '../places.ts';
import { count, proposer, since } from '../propose.ts';
import { type Raised, raisedAt } from '../raised.ts';
import { callSites, hasForm, quotients, type Site, sqlSites } from './try-forms.ts';

const FIXER = 'cast-to-null';

export const castToNull = defineFixer({
  id: FIXER,
  title: 'A value that does not fit becomes null instead of ending the run',
  rules: ['failed-run'],
  codeRules: [],
  safety: 'review',
  propose(context) {
    const { store, finding } = context;
    if (store === undefined || finding === undefined) return [];
    return finding.places.flatMap((place) => proposalFor(context, store, place));
  },
});

/** The expressions that may have raised it, and how it is known. */
interface Found {
  readonly sites: readonly (Site | string)[];
  readonly basis: string;
  readonly isNamed: boolean;
}

function proposalFor(context: FixContext, store: FactStore, place: Place): Proposal[] {
  const raised = raisedAt(store, place.evidence);
  // Python code that failed is no expression of Spark's.
  if (raised === undefined) return [];
  const at = nodeOf(context.program, place) ?? context.places[0]?.node;
  const no = (reason: string) => proposer(FIXER, context, at).leave(reason);
  const advice = place.remedies[0] ?? '';
  if (!hasForm(raised.condition)) return no(`${raised.condition} has no form that gives null instead: a person must cure it. ${advice}`);
  if (wentOn(store, place)) return no('The program caught the error and went on: what it does then would not be done any more.');
  const found = foundIn(context, store, place, raised);
  const sites = firstOf(
    found.sites.filter((one) => typeof one !== 'string'),
    (one) => `${one.node.source.path} ${one.node.start} ${one.node.end}`,
  );
  const [first] = sites;
  if (first === undefined) {
    const why = found.sites.find((one) => typeof one === 'string');
    return no(`${why === undefined ? found.basis : `It cannot be changed here: ${why}.`} ${advice}`);
  }
  const { rewrite } = proposer(FIXER, context, first.node);
  const columns = [...new Set(sites.flatMap((one) => one.column ?? []))];
  const newest = [...sites].sort((a, b) => b.since[0] - a.since[0] || b.since[1] - a.since[1])[0] as Site;
  const preconditions: Precondition[] = [
    since(context, newest.to, ...newest.since),
    {
      text: found.isNamed
        ? found.basis
        : `${found.basis} ${sites.length > 1 ? `The message does not tell which of the ${sites.length}: all of them are changed.` : ''}`.trim(),
      holds: found.isNamed || sites.length === 1 ? true : undefined,
    },
    ...(sites.every((one) => one.keepsName)
      ? []
      : [
          {
            text: `No one asks for a column by the name that Spark makes of the expression: ${first.from} in it would be ${first.to}.`,
            holds: undefined,
          },
        ]),
    {
      text: `Readers of the output accept null in ${columns.length === 0 ? 'what is made of it' : columns.slice(0, 5).join(', ')}${columns.length > 5 ? ', …' : ''}.`,
      holds: undefined,
    },
  ];
  return rewrite({
    title: `${first.to} instead of ${first.from === '/' ? 'a division' : first.from}${sites.length > 1 ? ` in ${count(sites.length, 'place')}` : ''}: ${subjectOf(raised)} becomes null`,
    reason: `The run ended because of ${causeOf(raised)}. As patched it goes on with null in its place: sums and averages leave such a row out, a filter or a join on it drops it. Nothing tells how many there are: count them, as ${countingOf(first, raised)}, and keep them in a table of rejects.`,
    preconditions,
    edits: sites.flatMap((one) => one.edits),
    imports: sites.flatMap((one) => one.imports),
  });
}

const subjectOf = ({ condition, target }: Raised): string =>
  condition === 'DIVIDE_BY_ZERO'
    ? 'a quotient by zero'
    : condition === 'INVALID_ARRAY_INDEX_IN_ELEMENT_AT'
      ? 'an element that is not there'
      : target === undefined
        ? 'a text that is no date'
        : `what is no ${target}`;

const causeOf = ({ condition, value, target }: Raised): string =>
  condition === 'DIVIDE_BY_ZERO'
    ? `a division by zero (${condition})`
    : value === undefined
      ? `a value that does not fit (${condition})`
      : target === undefined
        ? `${value} (${condition})`
        : `one value, ${value}, that is no ${target} (${condition})`;

const countingOf = (site: Site, { condition }: Raised): string =>
  condition === 'DIVIDE_BY_ZERO'
    ? 'the rows whose divisor is 0'
    : `the rows in which its input is not null and ${site.column === undefined ? 'its result' : site.column} is`;

/** Something else succeeded that began after the failure. */
function wentOn({ run }: FactStore, place: Place): boolean {
  const ids = new Set(place.evidence.flatMap((ref) => (ref.kind === 'sql' ? [ref.executionId] : [])));
  const ends = run.sql.filter((one) => ids.has(one.id)).flatMap((one) => one.endMs ?? []);
  const end = Math.max(...ends);
  return ends.length > 0 && run.sql.some((one) => one.status === 'succeeded' && (one.startMs ?? 0) >= end);
}

/** Where the evidence points in the code: the line that the log names. */
function nodeOf(program: Program, { evidence }: Place): Node | undefined {
  const source = evidence.find((ref) => ref.kind === 'source');
  const traced = source === undefined ? undefined : tracedIn(program, { file: source.file, line: source.line, call: undefined });
  return traced === undefined ? undefined : (traced.calls[0]?.node ?? program.statementAt(traced.path, traced.line));
}

function foundIn(context: FixContext, store: FactStore, place: Place, raised: Raised): Found {
  const { program } = context;
  const version = Number(/^\d+/.exec(store.run.application.sparkVersion ?? '')?.[0] ?? 4);
  const { by } = raised;
  if (by?.kind === 'sql')
    return {
      sites: sqlSites(program, by.text, raised),
      basis: "Spark's message shows this piece of SQL as the one that failed.",
      isNamed: true,
    };
  if (by?.file !== undefined) {
    const traced = tracedIn(program, { file: by.file, line: by.line as number, call: undefined });
    if (traced === undefined)
      return { sites: [], basis: `Spark names ${by.file}:${by.line}, which is not in the code that was given.`, isNamed: true };
    if (traced.calls.some((call) => call.name.startsWith('try_') && lineOf(nameOfCall(call)) === traced.line))
      return {
        sites: [],
        basis: `A form that gives null stands at line ${traced.line} already: the run is one of the code before it.`,
        isNamed: true,
      };
    const meant = traced.calls.filter((call) => isSame(call.name, by.name));
    // Of a chain over several lines the call is meant whose name stands on the line.
    const named = meant.filter((call) => lineOf(nameOfCall(call)) === traced.line);
    const divides = /div/.test(by.name) ? quotients(program, (node) => reaches(node, traced.path, traced.line), raised) : [];
    const sites = [...callSites(program, named.length > 0 ? named : meant, raised, version, true), ...divides];
    const basis = `Spark's message names ${by.name} at line ${traced.line}.`;
    return {
      sites,
      basis: sites.length > 0 ? basis : `${basis} What failed there is no call that could give null: the conversion is Spark's own.`,
      isNamed: true,
    };
  }
  const steps = stepsOfQuery(context, place);
  const inQuery = (node: Node) => steps.some((step) => within(node, step));
  // A function is named without its line: Spark's Python sets lines for columns only.
  const meant = program.calls.filter((call) => by === undefined || isSame(call.name, by.name));
  const own = meant.filter((call) => inQuery(call.node));
  const sites = [...callSites(program, own, raised, version, false), ...quotients(program, inQuery, raised)];
  if (sites.length > 0)
    return {
      sites,
      basis: `In the failing query ${sites.length === 1 ? 'this is the only place' : 'these are the places'} that can have raised it${raised.target === undefined ? '' : ` (${raised.target})`}.`,
      isNamed: false,
    };
  const all = callSites(program, meant, raised, version, false);
  return all.length === 1
    ? { sites: all, basis: 'It is the only place of the code that can have raised it.', isNamed: false }
    : { sites: [], basis: 'Which expression of the code it was neither the message nor the query tells.', isNamed: false };
}

/** The same call; `astype` is another name of `cast`. */
const isSame = (a: string, b: string): boolean => a === b || (a === 'astype' && b === 'cast') || (a === 'cast' && b === 'astype');

function reaches(node: Node, path: string, line: number): boolean {
  const { start, end } = rangeOf(node);
  return node.source.path === path && line >= start.line && line <= end.line;
}

/** The arguments of the steps that the failing query ran. */
function stepsOfQuery({ program, code }: FixContext, place: Place): Node[] {
  const actions = place.evidence.flatMap((ref) => (ref.kind === 'sql' ? (code?.actionsOf(ref.executionId) ?? []) : []));
  return actions
    .flatMap((one) => one.action?.frames ?? [])
    .flatMap((frame) => program.upstream(frame))
    .flatMap((frame) => frame.call?.arguments.map((one) => one.node) ?? []);
}
