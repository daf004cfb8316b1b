// A cache that stays in memory while other actions run → unpersist() behind its last use.
// Law: only where its name still means the frame, in the block where it was given.

import { type Cache, lint } from '../../pyspark/index.ts';
import { defineFixer, type FixContext, type Proposal } from '../define.ts';
import { assignmentOf, firstOf, frameName, framesAt, linkOf, placeOf } from '../places.ts';
import { leave, rewrite, ruleOf } from '../propose.ts';
import { releaseOf } from './release.ts';

const FIXER = 'release-cache';

export const releaseCache = defineFixer({
  id: FIXER,
  title: 'Release a cache behind its last use',
  rules: ['cache-eviction'],
  codeRules: ['cache-unreleased'],
  safety: 'safe',
  order: 12,
  propose: (context) => firstOf(cachesOf(context), (one) => one.call.node).map((one) => proposalFor(context, one)),
});

const cachesOf = ({ program, lint, places }: FixContext): Cache[] => [
  ...lint
    .filter((one) => one.id === 'cache-unreleased')
    .flatMap((one) => framesAt(program, one.file, one.range))
    .flatMap((frame) => program.caches.filter((one) => one.frame === frame)),
  ...places.flatMap((one) => (one.cache === undefined || one.cache.released !== undefined ? [] : [one.cache])),
];

function proposalFor(context: FixContext, cache: Cache): Proposal {
  const { program } = context;
  const given = { fixer: FIXER, rule: ruleOf(context), at: linkOf(cache.call) };
  const refuse = (why: string) => leave({ ...given, title: 'The cache is not released', reason: `Left as it is: ${why}.` });
  const isNeedless = lint(program).some((one) => one.id === 'cache-once' && framesAt(program, one.file, one.range).includes(cache.frame));
  if (isNeedless) return refuse('the cache itself is needless');
  const nodes = [cache.call.node, ...program.usesOf(cache.frame)];
  const assigned = nodes.map(assignmentOf).find((one) => one !== undefined);
  if (assigned === undefined) return refuse('it has no name');
  const loop = program.enclosingLoop(cache.call.node);
  const isCarried = loop !== undefined && program.downstream(cache.frame).some((one) => one.method === 'loop' && one.node === loop.node);
  if (isCarried) return refuse('the next turn of the loop goes on with it');
  const release = releaseOf(program, cache.frame, assigned.name, assigned.statement);
  if (typeof release === 'string') return refuse(release);
  return rewrite({
    ...given,
    title: `Release ${frameName(cache.frame)}`,
    reason: `It stays in memory after its last use (line ${placeOf(release.line).endLine}) while other actions run.`,
    edits: [release.edit],
    preconditions: [{ text: 'No action behind that line reads it.', holds: true }],
  });
}
