// The simulator on its own thread, so that a slider never waits for a replay.

import type { PageData } from './data.ts';
import { type Question, type Simulator, simulatorOf } from './simulator.ts';

let simulator: Simulator | undefined;

self.onmessage = ({
  data,
}: MessageEvent<{ packed: Extract<PageData['whatIf'], { graph: unknown }>; bytes: Uint8Array } | { id: number; question: Question }>) => {
  if ('packed' in data) {
    simulator = simulatorOf(data.packed, data.bytes);
    return;
  }
  if (simulator === undefined) return;
  const { id, question } = data;
  self.postMessage({ id, answer: simulator.answer(question) });
  self.postMessage({ id, curve: simulator.curve(question) });
};
