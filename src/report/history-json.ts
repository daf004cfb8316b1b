// A history as `firesteel/history@1`. Law: an absent value is null; fields may be added, never renamed.

import type { History } from './history-types.ts';
import { plain } from './json.ts';

export const historyJson = (history: History): object => ({
  schema: 'firesteel/history@1',
  nowMs: history.nowMs,
  place: plain(history.place),
  models: history.models.map(plain),
  changes: history.changes.map(plain),
  proofs: history.proofs.map(plain),
});
