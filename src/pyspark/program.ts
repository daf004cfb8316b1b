// A program with the questions that rules and fixes put to it.
// Laws: questions change nothing; whoever walks frames remembers where it was, for loops make circles.

import { type ColumnsUsed, columnsUsed } from './columns-used.ts';
import { isSameData } from './flow/frames.ts';
import { stringOf } from './flow/values.ts';
import type { Action, Cache, Call, Findings, Frame, Loop, Udf } from './model.ts';
import { above, bare, child, type Node, named, rangeOf, statementOf, textOf, walk } from './node.ts';
import type { Source } from './source.ts';

export interface Program extends Findings {
  source(path: string): Source | undefined;
  /** Calls at a line of a file, those whose name stands on the line first, then the narrowest ones that reach over it. */
  callsAt(path: string, line: number): Call[];
  /** The innermost statement that reaches over a line. */
  statementAt(path: string, line: number): Node | undefined;
  /** The calls of a chain in order: `read`'s load, `filter`, `groupBy`, … up to and with the given one. */
  chainOf(call: Call): Call[];
  /** Frames made directly of a frame. */
  childrenOf(frame: Frame): readonly Frame[];
  /** A frame and all that it is made of, nearest first. */
  upstream(frame: Frame): Frame[];
  /** A frame and all that is made of it, nearest first. */
  downstream(frame: Frame): Frame[];
  /** Expressions that stand for a frame. */
  usesOf(frame: Frame): Node[];
  /** Actions that compute a frame, in the program's order. */
  actionsOn(frame: Frame): Action[];
  /** The innermost loop or comprehension around a node, by the text. */
  enclosingLoop(node: Node): Loop | undefined;
  /** Functions, classes and assignments of a name, in all files. */
  definitionOf(name: string): Node[];
  columnsUsed(frame: Frame): ColumnsUsed;
  /** The cache through which a frame, or what it is made of, is read; undefined when it is computed each time. */
  cacheOf(frame: Frame): Cache | undefined;
  udfOf(definition: Node): Udf | undefined;
}

export function createProgram(findings: Findings): Program {
  const children = new Map<Frame, Frame[]>();
  for (const frame of findings.frames)
    for (const parent of frame.parents) {
      const list = children.get(parent) ?? [];
      list.push(frame);
      children.set(parent, list);
    }
  const childrenOf = (frame: Frame): readonly Frame[] => children.get(frame) ?? [];
  const downstream = (frame: Frame): Frame[] => reach(frame, childrenOf);
  const upstream = (frame: Frame): Frame[] => reach(frame, (one) => one.parents);
  const qualifiers = qualifiersIn(findings);
  const uses = new Map<Frame, Node[]>();
  for (const [node, value] of findings.values)
    if (value.kind === 'frame') {
      const list = uses.get(value.frame) ?? [];
      list.push(node);
      uses.set(value.frame, list);
    }
  const actionsOn = (frame: Frame): Action[] => {
    const reached = new Set(downstream(frame));
    return findings.actions.filter((action) => action.frames.some((one) => reached.has(one))).sort((a, b) => a.order - b.order);
  };
  const linesOf = (node: Node) => {
    const range = rangeOf(node);
    return { first: range.start.line, last: range.end.line };
  };
  const reaches = (node: Node, line: number) => {
    const { first, last } = linesOf(node);
    return line >= first && line <= last;
  };

  return {
    ...findings,
    childrenOf,
    downstream,
    upstream,
    actionsOn,
    source: (path) => findings.sources.find((one) => one.path === path),
    usesOf: (frame) => uses.get(frame) ?? [],
    callsAt(path, line) {
      const here = findings.calls.filter((call) => call.node.source.path === path && reaches(call.node, line));
      const isNamedHere = (call: Call) => linesOf(nameNode(call)).first === line;
      return here.sort(
        (a, b) =>
          Number(isNamedHere(b)) - Number(isNamedHere(a)) ||
          a.node.end - a.node.start - (b.node.end - b.node.start) ||
          a.node.start - b.node.start,
      );
    },
    statementAt(path, line) {
      const root = findings.roots.find((one) => one.source.path === path);
      if (root === undefined) return undefined;
      let best: Node | undefined;
      for (const node of walk(root))
        if (
          node !== root &&
          statementOf(node) === node &&
          reaches(node, line) &&
          (best === undefined || node.end - node.start <= best.end - best.start)
        )
          best = node;
      return best;
    },
    chainOf(call) {
      const chain: Call[] = [];
      const byNode = new Map(findings.calls.map((one) => [one.node, one]));
      for (let node: Node | undefined = call.node; node !== undefined; ) {
        const plain: Node = bare(node);
        if (plain.type === 'call') {
          const known = byNode.get(plain);
          if (known !== undefined) chain.unshift(known);
          node = child(plain, 'function');
        } else node = plain.type === 'attribute' ? child(plain, 'object') : plain.type === 'subscript' ? child(plain, 'value') : undefined;
      }
      return chain;
    },
    enclosingLoop(node) {
      const at = above(
        node,
        (one) => findings.loops.some((loop) => loop.node === one) || /^(function_definition|lambda|class_definition)$/.test(one.type),
      );
      return findings.loops.find((loop) => loop.node === at);
    },
    definitionOf(name) {
      const found: Node[] = [];
      for (const root of findings.roots)
        for (const node of walk(root)) {
          const target = /^(function|class)_definition$/.test(node.type)
            ? child(node, 'name')
            : node.type === 'assignment'
              ? child(node, 'left')
              : undefined;
          if (target === undefined) continue;
          const names = target.type === 'pattern_list' ? named(target) : [target];
          if (names.some((one) => textOf(one) === name)) found.push(node);
        }
      return found;
    },
    columnsUsed: (frame) => columnsUsed(frame, childrenOf, findings.actions, qualifiers),
    cacheOf(frame) {
      for (const one of upstream(frame)) {
        const cache = findings.caches.find((made) => isSameData(made, one));
        if (cache !== undefined) return cache;
      }
      return undefined;
    },
    udfOf: (definition) => findings.udfs.find((one) => one.definition === definition),
  };
}

/** Names by which columns can be called `name.column`: aliases of frames, tables and their views. */
function qualifiersIn({ frames, reads, calls }: Findings): Set<string> {
  const aliases = frames.flatMap((one) => (one.method === 'alias' ? [stringOf(one.call?.arguments[0]?.value)] : []));
  const tables = reads.map((one) => one.table?.constant);
  const views = calls.map((one) => (/TempView$|^registerTempTable$/.test(one.name) ? stringOf(one.arguments[0]?.value) : undefined));
  return new Set([...aliases, ...tables, ...views].flatMap((one) => (one === undefined ? [] : one.toLowerCase().split('.'))));
}

/** Where the name of a call stands. */
export function nameNode(call: Call): Node {
  const callee = child(call.node, 'function') ?? call.node;
  return callee.type === 'attribute' ? (child(callee, 'attribute') ?? callee) : callee;
}

/** Breadth first, each once. */
export function reach<T>(from: T, next: (one: T) => readonly T[]): T[] {
  const found = new Set<T>([from]);
  for (const one of found) for (const other of next(one)) found.add(other);
  return [...found];
}
