// `.withColumn(a, x).withColumn(b, y)…` → `.withColumns({a: x, b: y})`.
// Law: a chain in one expression, its steps next to each other; what stands between brackets stays as it is written.

import { type Call, type Edit, type Frame, type Program, textOf, walk } from '../../pyspark/index.ts';
import { receiverOf } from '../places.ts';
import { type Added, addedBy, dependence } from './independent.ts';

export function chainOfColumns(program: Program, frame: Frame): Edit[] | string {
  const call = frame.call as Call;
  const links: Call[] = [];
  const chain = program.chainOf(call);
  for (let i = chain.length - 1; i >= 0 && chain[i]?.name === 'withColumn'; i--) links.unshift(chain[i] as Call);
  if (links.length < 2) return 'the steps stand in several statements';
  const all: Added[] = [];
  for (const link of links) {
    const added = addedBy(program, link);
    if (typeof added === 'string') return added;
    all.push(added);
  }
  const why = dependence(all, false);
  if (why !== undefined) return why;
  if (new Set(all.map((one) => textOf(one.name).toLowerCase())).size < all.length || all.some((one) => one.names.length !== 1))
    return 'a column is added twice';
  const first = links[0] as Call;
  const receiver = receiverOf(first);
  if (receiver === undefined) return 'where the chain begins is not known';
  if ([...walk(call.node)].some((one) => one.type === 'comment' && one.start >= receiver.end)) return 'a comment stands between the steps';
  const { text, path: file } = call.node.source;
  const before = /^\s*/.exec(text.slice(receiver.end))?.[0] ?? '';
  const line = /[^\n]*$/.exec(before)?.[0] ?? '';
  const indent = before.includes('\n') ? line : (/^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', first.node.start) + 1))?.[0] ?? '');
  const entries = all.map((one) => `${indent}        ${textOf(one.name)}: ${textOf(one.value)},`);
  return [
    {
      file,
      start: receiver.end,
      end: call.node.end,
      text: `${before}.withColumns(\n${indent}    {\n${entries.join('\n')}\n${indent}    }\n${indent})`,
    },
  ];
}
