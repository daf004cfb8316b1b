// Where the operators of a plan stand: dagre lays them out, scans on top, result below. Wrappers are folded away unless asked for.

import { Graph, layout } from '@dagrejs/dagre';

export interface Item {
  readonly id: number;
  readonly parent: number;
  readonly name: string;
  readonly kind: string;
}

export interface Spot<T extends Item> {
  readonly node: T;
  readonly x: number;
  readonly y: number;
}

export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface Drawn<T extends Item> {
  readonly spots: readonly Spot<T>[];
  readonly edges: readonly Edge[];
  readonly width: number;
  readonly height: number;
}

export const NODE = { width: 200, height: 62 } as const;

/** Says nothing of the work by itself. */
export const isQuiet = (node: Item): boolean => node.kind === 'wrapper' || node.kind === 'aqe-read' || node.kind === 'project';

export function laidOut<T extends Item>(nodes: readonly T[], all: boolean): Drawn<T> {
  const shown = nodes.filter((node) => all || !isQuiet(node));
  const ids = new Set(shown.map((node) => node.id));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const above = (node: T): number | undefined => {
    let at = byId.get(node.parent);
    while (at !== undefined && !ids.has(at.id)) at = byId.get(at.parent);
    return at?.id;
  };
  const graph = new Graph();
  graph.setGraph({ rankdir: 'TB', nodesep: 18, ranksep: 34, marginx: 12, marginy: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of shown) graph.setNode(String(node.id), { width: NODE.width, height: NODE.height });
  for (const node of shown) {
    const to = above(node);
    if (to !== undefined) graph.setEdge(String(node.id), String(to));
  }
  layout(graph);
  const size = graph.graph() as { width?: number; height?: number };
  return {
    spots: shown.map((node) => {
      const { x, y } = graph.node(String(node.id)) as { x: number; y: number };
      return { node, x, y };
    }),
    edges: graph.edges().map((edge) => ({
      from: Number(edge.v),
      to: Number(edge.w),
      points: (graph.edge(edge) as { points: { x: number; y: number }[] }).points,
    })),
    width: Number.isFinite(size.width) ? (size.width as number) : NODE.width,
    height: Number.isFinite(size.height) ? (size.height as number) : NODE.height,
  };
}
