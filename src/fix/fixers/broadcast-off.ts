// Broadcast off: a join side that is too big for its heap is no longer sent whole. The hint goes, or, where Spark chose by itself, a merge hint says no.
// Laws: only the join of the finding changes; where the other side is small enough and the type lets it go, that one is broadcast instead.

import { formatBytes, MIB } from '../../base/index.ts';
import { buildSides, FACTS } from '../../facts/index.ts';
import type { Edit } from '../../pyspark/index.ts';
import { defineFixer, type Precondition } from '../define.ts';
import { addLink, dropLink, wrap } from '../edits.ts';
import { functionsImport, functionsName, type NeededImport } from '../imports.ts';
import { broadcastLimit, codeJoin, measuredJoin, nameOf, otherSide, sidesMatch, sizeFromFiles } from '../joins.ts';
import { lineKnown, spotsOf } from '../measured.ts';
import { proposer } from '../propose.ts';
import { unwrapCall } from './broadcast-hint.ts';

/** As in missed-broadcast: a side up to this share of the heap is surely the faster join. */
const HEAP_SHARE = 0.025;
const BROADCAST = /^(broadcast|broadcastjoin|mapjoin)$/;

export const broadcastOff = defineFixer({
  id: 'broadcast-off',
  title: 'Do not broadcast a side that is too big',
  rules: ['oversized-broadcast'],
  codeRules: [],
  safety: 'review',
  propose(context) {
    const { store, program } = context;
    if (store === undefined) return [];
    return spotsOf(context, ['join']).flatMap((spot) => {
      const { leave, rewrite } = proposer('broadcast-off', context, spot.located.node, spot.located.call);
      const measured = measuredJoin(spot.nodes);
      const code = codeJoin(spot.located.join);
      if (typeof code === 'string') return leave(code);
      const built = measured?.built ?? code.join.hints.find((one) => BROADCAST.test(one.name))?.side;
      if (built === undefined) return leave('Which side was broadcast is neither in the log nor in the code.');
      const hint = code.join.hints.find((one) => one.side === built && BROADCAST.test(one.name));
      const threshold = store.get(FACTS.settings).bytes('spark.sql.autoBroadcastJoinThreshold') ?? 10 * MIB;
      if (hint === undefined && (measured?.[built].bytes ?? 0) > threshold)
        return leave(
          'The side is larger than the threshold, so that a hint must have asked for it, and the code has none on this join (any more).',
        );
      const side = built === 'left' ? code.left : code.right;
      const kept = built === 'left' ? code.right : code.left;
      const preconditions: Precondition[] = [lineKnown(spot)];
      if (measured !== undefined) preconditions.push(sidesMatch(context, code, measured));
      const edits: Edit[] = [];
      const imports: NeededImport[] = [];
      if (hint !== undefined) {
        const call = program.frames.find((one) => one.node === hint.node && one.call !== undefined)?.call;
        const inside = call !== undefined && call.node.start >= code.call.node.start && call.node.end <= code.call.node.end;
        const uses = call === undefined ? 0 : program.joins.filter((one) => one.hints.some((each) => each.node === hint.node)).length;
        preconditions.push({ text: 'The broadcast hint is for this join alone.', holds: inside || uses === 1 });
        const off = call === undefined ? [undefined] : call.name === 'broadcast' ? unwrapCall(call) : [dropLink(call)];
        if (!off.every((one) => one !== undefined))
          return leave('The broadcast hint cannot be taken out of the code by itself.', preconditions);
        edits.push(...(off as Edit[]));
      } else edits.push(addLink(side, '.hint("merge")'));
      const { bytes: limit, heap } = broadcastLimit(store, HEAP_SHARE);
      const other = measured === undefined ? undefined : measured[otherSide(built)];
      const size = other === undefined ? undefined : (other.bytes ?? sizeFromFiles(other));
      const swap = size !== undefined && size <= limit && buildSides(measured?.type ?? code.type).includes(otherSide(built));
      if (swap) {
        const f = functionsName(program, kept.source.path);
        edits.push(...wrap(kept, `${f}.broadcast(`, ')'));
        imports.push(functionsImport(program, kept.source.path));
        preconditions.push({
          text: `The ${otherSide(built)} side has at most about ${formatBytes(size)}, under ${formatBytes(limit)} (2.5 % of a heap of ${formatBytes(heap)}).`,
          holds: true,
        });
      }
      return rewrite({
        title: swap ? `Broadcast ${nameOf(kept)} instead of ${nameOf(side)}` : `Do not broadcast ${nameOf(side)}`,
        reason: `${spot.place?.cause ?? ''} ${hint === undefined ? 'Spark chose it by its threshold; a merge hint on this join says no.' : 'Without the hint Spark decides by size.'}`,
        preconditions,
        edits,
        imports,
      });
    });
  },
});
