// layouts: from what a user names to a log with its parts in reading order. Imports base, sources and codecs; knows nothing of events.
export { type DiscoverOptions, discoverLogs, type LogLocation } from './discover.ts';
export { type Layout, type LogPart, MAX_PIPED_ZIP, type OpenedLog, type OpenOptions, openLog } from './open.ts';
export type { Ignored } from './plan.ts';
