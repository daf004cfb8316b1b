// Tasks that an exception ended: a comment at the call that raised it, with how often, what it cost, and how it is caught there.
// Laws: nothing is changed, for what a second try may do only a person knows; the place is the line of the log's traceback, or the call in the
// workers' function that led to it; an executor that died, a fetch that failed or a copy that was killed is no fault of the code.

import { formatMillis, sum } from '../../base/index.ts';
import type { TaskFailure } from '../../eventlog/index.ts';
import { exceptionOf, type FactStore, type RootException, troubleOf } from '../../facts/index.ts';
import { tracedIn } from '../../join/index.ts';
import { child, type Node, type Program, textOf, walk } from '../../pyspark/index.ts';
import type { Place } from '../../rules/index.ts';
import { defineFixer, type FixContext, type Proposal } from '../define.ts';
import { stagesIn } from '../measured.ts';
import { functionAround, lineOf, lineStart, statementIn } from '../places.ts';
import { count, leave, mark, proposer, ruleOf } from '../propose.ts';

const FIXER = 'retry-inside';

export const retryInside = defineFixer({
  id: FIXER,
  title: 'A comment where a call ended tasks: catch it there and try again inside the task',
  rules: ['task-retries', 'failed-run'],
  codeRules: [],
  safety: 'review',
  order: 90,
  propose(context) {
    const { store, finding } = context;
    if (store === undefined || finding === undefined) return [];
    return finding.places.flatMap((place) => raisedIn(store, place).flatMap((one) => proposalFor(context, place, one)));
  },
});

/** One exception at one line, in the attempts of a place. */
interface Raised {
  readonly error: RootException;
  readonly name: string;
  readonly failures: readonly TaskFailure[];
}

/** Exceptions of tasks at a place, the commonest first. What Spark itself raised is no call of the code. */
function raisedIn(store: FactStore, place: Place): Raised[] {
  const groups = new Map<string, { error: RootException; name: string; failures: TaskFailure[] }>();
  for (const { stage } of stagesIn(store, place.evidence))
    for (const failure of stage.failures) {
      if (failure.killed || failure.reason !== 'ExceptionFailure') continue;
      const error = exceptionOf(failure.message);
      // Spark's own conditions are told by others.
      if (error === undefined || (/^[A-Z][A-Z0-9_.]+$/.test(error.name ?? '') && error.file === undefined)) continue;
      const name = error.name ?? failure.className?.split('.').at(-1) ?? failure.reason;
      const key = `${name} ${error.file} ${error.line}`;
      const group = groups.get(key) ?? { error, name, failures: [] };
      group.failures.push(failure);
      groups.set(key, group);
    }
  return [...groups.values()].sort((a, b) => b.failures.length - a.failures.length);
}

function proposalFor(context: FixContext, place: Place, raised: Raised): Proposal[] {
  const { program } = context;
  const { error, name } = raised;
  const said = `${name}${error.message === '' || error.message === name ? '' : `: ${error.message.slice(0, 100)}`}`;
  const trouble = troubleOf(said);
  const no = (reason: string) => proposer(FIXER, context, context.places[0]?.node).leave(reason);
  if (trouble === 'memory') return no(`${said}: memory ran out, which no handling of the error cures. ${place.remedies[0] ?? ''}`);
  if (error.file === undefined || error.line === undefined)
    return no(`${said} was raised outside Python: no line of the code can catch it. ${place.remedies[0] ?? ''}`);
  const spots = spotsOf(program, error.file, error.line);
  const [first] = spots;
  if (first === undefined) return no(`${said} was raised at ${error.file}:${error.line}, which is not in the code that was given.`);
  if (saidAlready(first.statement, name)) return no('A comment there says it already.');
  const [title, comment] =
    context.finding?.rule === 'failed-run' ? ended(raised, said, trouble, first) : again(place, raised, said, trouble, first);
  const given = {
    fixer: FIXER,
    rule: ruleOf(context),
    at: first.statement,
    title,
    reason: `${place.cause} ${place.remedies[0] ?? ''}`.trim(),
  };
  return [comment.length === 0 ? leave(given) : mark({ ...given, comment })];
}

/** The file has a comment of ours about this exception: lines of a log from before it point elsewhere now. */
const saidAlready = ({ source }: Node, name: string): boolean =>
  source.text.split(`# firesteel (${FIXER})`).some((part, i) => i > 0 && part.slice(0, 2000).includes(name));

type Words = readonly [title: string, comment: readonly string[]];

/** Attempts that failed and were made again. */
function again(place: Place, { failures, name }: Raised, said: string, trouble: string, spot: Spot): Words {
  const number = (what: string) => place.numbers.find((one) => one.name === what)?.value;
  const all = number('failed attempts');
  const n = typeof all === 'number' && failures.length > all ? all : failures.length;
  const lost = sum(failures.map((one) => Math.max(0, (one.finishMs ?? 0) - (one.launchMs ?? 0))));
  const head =
    `in ${count(n, 'attempt')} ${spot.what} ended the task with ${said}${spot.raisedAt}, and the whole task ran again: ` +
    `${formatMillis(lost)} of task time were lost, and the run's end was held for up to ${formatMillis(place.heldMs)}.`;
  return [`${name} ended ${count(n, 'attempt')}: catch it ${spot.isCall ? 'at this call' : 'here'}`, [head, ...cure(name, trouble, spot)]];
}

/** The run ended with it. */
function ended({ name }: Raised, said: string, trouble: string, spot: Spot): Words {
  if (trouble === 'outside')
    return [
      `${name} ended the run: catch it ${spot.isCall ? 'at this call' : 'here'}`,
      [`${spot.what} ended the run with ${said}${spot.raisedAt}.`, ...cure(name, trouble, spot)],
    ];
  return [
    `${name} ended the run: say what such a row gives`,
    [
      `the run ended here with ${said}${spot.raisedAt}.`,
      'What a row gives for which this has no value only you can say: a null, a default, or a line in a table of rejects. Handle it in this function, and try the function on a sample with such rows.',
    ],
  ];
}

function cure(name: string, trouble: string, spot: Spot): string[] {
  const around = spot.isCall ? 'around this call' : 'around the call that raises it';
  if (trouble === 'outside')
    return [
      `Catch ${name} ${around}, connect anew and make the call again inside the task: a few tries with growing pauses (0.2 s, 1 s, 5 s), and raise it after the last. A dropped call then costs a call, and a service that is down still ends the task.`,
      'A call that was dropped may have been carried out: what it writes must bear being sent twice (a key for each row, an upsert).',
    ];
  return [
    `Find what the second try meets that the first did not (the number of the attempt, a race, a file half written) and handle ${name} ${around}: Spark's retries hide it and repeat the whole task.`,
  ];
}

interface Spot {
  /** A statement that has its lines for itself. */
  readonly statement: Node;
  readonly isCall: boolean;
  /** "provider.check", or "the code below". */
  readonly what: string;
  /** " (raised at line 26)" when that is elsewhere. */
  readonly raisedAt: string;
}

/** Callers that are followed from a raising function to the function that workers run. */
const MAX_STEPS = 6;

/** The calls in functions that workers run which led to a line; the line itself when it stands in one, or when no caller is known. */
function spotsOf(program: Program, file: string, line: number): Spot[] {
  const traced = tracedIn(program, { file, line, call: undefined });
  const at = traced === undefined ? undefined : program.statementAt(traced.path, traced.line);
  if (at === undefined) return [];
  const raises = [...walk(at)].some((one) => one.type === 'raise_statement' && lineOf(one) === line);
  const here = (): Spot[] => {
    const statement = ownLines(at);
    const called = raises ? undefined : traced?.calls.findLast((one) => lineOf(one.node) === line);
    const name = called === undefined ? undefined : nameOfCallee(called.node);
    return statement === undefined ? [] : [{ statement, isCall: !raises, what: name ?? 'the code below', raisedAt: '' }];
  };
  // What a line of the code raises itself is caught by whoever calls the function around it.
  if (!raises && onWorkers(program, at)) return here();
  let functions = [functionAround(at)].filter((one) => one !== undefined);
  const seen = new Set<Node>(functions);
  for (let step = 0; step < MAX_STEPS && functions.length > 0; step++) {
    const names = new Set(functions.flatMap((one) => nameOf(one) ?? []));
    const calls = callsOf(program, names);
    const found = calls.filter((one) => onWorkers(program, one));
    if (found.length > 0)
      return found.flatMap((one) => {
        const statement = ownLines(one);
        const what = nameOfCallee(one);
        return statement === undefined ? [] : [{ statement, isCall: true, what, raisedAt: ` (raised at line ${line})` }];
      });
    functions = calls.flatMap((one) => functionAround(one) ?? []).filter((one) => !seen.has(one) && seen.add(one));
  }
  return here();
}

/** Calls of functions and methods of these names, by the text: what workers run is not followed by the analysis. */
const callsOf = (program: Program, names: ReadonlySet<string>): Node[] =>
  program.roots.flatMap((root) =>
    [...walk(root)].filter((one) => {
      const callee = one.type === 'call' ? child(one, 'function') : undefined;
      const name = callee?.type === 'attribute' ? child(callee, 'attribute') : callee;
      return name !== undefined && names.has(textOf(name));
    }),
  );

const nameOfCallee = (call: Node): string =>
  textOf(child(call, 'function') ?? call)
    .replace(/\s+/g, '')
    .slice(0, 60);

const nameOf = (definition: Node): string | undefined => {
  const name = child(definition, 'name');
  return name === undefined ? undefined : textOf(name);
};

/** In a function that workers run. */
function onWorkers(program: Program, node: Node): boolean {
  for (let at = functionAround(node); at !== undefined; at = functionAround(at)) {
    const definition = at;
    if (program.functions.some((one) => one.node === definition && one.onWorkers)) return true;
  }
  return false;
}

/** The innermost statement around a node that begins its line: a comment can stand above it. */
function ownLines(node: Node): Node | undefined {
  for (let at: Node | undefined = statementIn(node); at !== undefined; at = at.parent === undefined ? undefined : statementIn(at.parent))
    if (/^[ \t]*$/.test(at.source.text.slice(lineStart(at), at.start))) return at;
  return undefined;
}
