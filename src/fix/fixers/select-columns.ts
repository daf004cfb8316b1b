// Columns that nobody uses, kept out: a `select` before the cache that would hold them all, or in place of `select("*")`.
// Law: only when every use below names its columns and it is known which of them are this frame's.

import { type Cache, type Edit, type Frame, lint, type Program, type Read } from '../../pyspark/index.ts';
import { defineFixer, type FixContext, type Precondition, type Proposal } from '../define.ts';
import { addLink, replace } from '../edits.ts';
import { firstOf, framesAt, linkOf, receiverOf } from '../places.ts';
import { count, leave, quoted, rewrite, ruleOf } from '../propose.ts';
import { columnsNeeded, isStrict } from './columns-needed.ts';

const FIXER = 'select-columns';

export const selectColumns = defineFixer({
  id: FIXER,
  title: 'Only the columns that are used',
  rules: ['wide-read', 'cache-eviction'],
  codeRules: ['select-star', 'cache-all-columns'],
  safety: 'safe',
  propose: (context) => targetsOf(context).map((one) => proposalFor(context, one)),
});

/** Where columns are dropped: at a `select("*")`, or before a cache. */
interface Target {
  readonly star: Frame | undefined;
  readonly cache: Cache | undefined;
}

function targetsOf({ program, lint, places }: FixContext): Target[] {
  const caches = [
    ...lint
      .filter((one) => one.id === 'cache-all-columns')
      .flatMap((one) => framesAt(program, one.file, one.range).flatMap((frame) => program.caches.filter((cache) => cache.frame === frame))),
    ...places.flatMap((one) => (one.cache === undefined ? [] : [one.cache])),
  ];
  const stars = lint.filter((one) => one.id === 'select-star').flatMap((one) => framesAt(program, one.file, one.range));
  const targets: Target[] = [
    ...caches.map((cache) => ({ cache, star: isStar(cache.source) ? cache.source : undefined })),
    ...stars.filter((star) => !caches.some((cache) => cache.source === star)).map((star) => ({ star, cache: cacheBelow(program, star) })),
  ];
  return firstOf(targets, (one) => one.star?.call?.node ?? one.cache?.call.node);
}

const isStar = (frame: Frame): boolean =>
  frame.method === 'select' &&
  frame.call?.arguments.length === 1 &&
  frame.call.arguments[0]?.value.kind === 'constant' &&
  frame.call.arguments[0].value.value === '*';

const cacheBelow = (program: Program, frame: Frame): Cache | undefined => program.caches.find((one) => one.source === frame);

function proposalFor(context: FixContext, { star, cache }: Target): Proposal {
  const { program } = context;
  const call = (star?.call ?? cache?.call) as NonNullable<Frame['call']>;
  const given = { fixer: FIXER, rule: ruleOf(context), at: linkOf(call) };
  const refuse = (why: string) => leave({ ...given, title: 'All columns stay', reason: `Left as it is: ${why}.` });
  if (cache === undefined && context.finding === undefined && context.lint.every((one) => one.certainty === 'possible'))
    return refuse('with no cache behind it Spark leaves out by itself what nobody uses');
  const isNeedless =
    cache !== undefined &&
    lint(program).some((one) => one.id === 'cache-once' && framesAt(program, one.file, one.range).includes(cache.frame));
  if (isNeedless) return refuse('the cache itself is needless; without it Spark reads only the columns that are used');
  const source = star ?? (cache as Cache).source;
  const needed = columnsNeeded(context, source);
  const below = cache === undefined ? needed : columnsNeeded(context, cache.frame);
  if (typeof needed === 'string') return refuse(needed);
  if (typeof below === 'string') return refuse(below);
  const read = program.upstream(source).find((one) => one.read !== undefined)?.read;
  if (read !== undefined && isStrict(read)) return refuse('the reader drops or refuses rows by columns that are not used');
  const isReadBeside =
    cache !== undefined &&
    star === undefined &&
    (program.childrenOf(source).some((one) => one !== cache.frame) || program.actions.some((one) => one.frames.includes(source)));
  if (isReadBeside) return refuse('the frame is used on by its name before the cache, and is read from the cache there too');
  const columns = [...new Set([...needed, ...below])];
  const edits: Edit[] = [];
  const first = star?.call?.arguments[0];
  if (first !== undefined) edits.push(replace(first.node, quoted(columns)));
  else {
    const receiver = cache === undefined ? undefined : receiverOf(cache.call);
    if (receiver === undefined) return refuse('where the frame is made is not known');
    edits.push(addLink(receiver, `.select(${quoted(columns)})`));
  }
  return rewrite({
    ...given,
    title: `Keep ${count(columns.length, 'column')} of all`,
    reason: `${cache === undefined ? 'Every column is taken' : 'The cache holds every column, and Spark must read them all to fill it'}; ${count(columns.length, 'column')} are used: ${columns.slice(0, 8).join(', ')}${columns.length > 8 ? ', …' : ''}.`,
    edits,
    preconditions: [{ text: 'Every use below names the columns that it takes.', holds: true }, ...cleanRows(read)],
  });
}

/** Where a field of JSON does not fit the given schema, its whole row may be null, as long as somebody takes the field. */
const cleanRows = (read: Read | undefined): Precondition[] =>
  read?.format === 'json' && read.schema === 'given'
    ? [{ text: 'No row has a value that does not fit the schema in a column that is not used.', holds: undefined }]
    : [];
