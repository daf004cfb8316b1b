// mcp: Firesteel as a tool of coding agents, over standard streams or loopback HTTP. Tools come from the table of operations.
// Laws: prints nothing and exits never; answers fit a budget; what writes or spends needs consent.
export { BUDGET, LEAST_BUDGET } from './budget.ts';
export { Fence } from './fence.ts';
export type { HttpOptions, Listening } from './http.ts';
export type { SessionOptions } from './session.ts';
export { serveStdio } from './stdio.ts';

/** Loopback HTTP: loaded when it is asked for. */
export const serveHttp: typeof import('./http.ts').serveHttp = async (...given) => (await import('./http.ts')).serveHttp(...given);
