// Asks the simulator: on its own thread where the browser gives one to a file, else in the page.
// Law: one question is under way at a time and the newest waits: what is shown belongs to one question.

import { useEffect, useRef, useState } from 'react';
import type { PageModel } from './data.ts';
import { type Answer, type CurvePoint, type Question, type Simulator, simulatorOf } from './simulator.ts';
import SimulatorWorker from './simulator-worker.ts?worker&inline';

export interface Asked {
  readonly answer: Answer | undefined;
  readonly curve: readonly CurvePoint[] | undefined;
  /** A newer question is on its way. */
  readonly busy: boolean;
}

type Ask = (id: number, question: Question) => void;

export function useSimulator(page: PageModel, question: Question): Asked {
  const [asked, setAsked] = useState<Asked>({ answer: undefined, curve: undefined, busy: true });
  const [ask, setAsk] = useState<Ask | undefined>();
  const state = useRef({ id: 0, busy: false, waiting: undefined as Question | undefined });

  useEffect(() => {
    const { whatIf } = page.data;
    if (whatIf.why !== undefined) return;
    let worker: Worker | undefined;
    let alive = true;
    const told = (message: { id: number; answer?: Answer; curve?: readonly CurvePoint[] }) => {
      if (!alive || message.id !== state.current.id) return;
      setAsked((old) => ({ ...old, ...message, busy: state.current.waiting !== undefined }));
      if (message.curve === undefined) return;
      state.current.busy = false;
      const next = state.current.waiting;
      state.current.waiting = undefined;
      if (next !== undefined) send(next);
    };
    let direct: Simulator | undefined;
    const post: Ask = (id, one) => {
      if (worker !== undefined) worker.postMessage({ id, question: one });
      else if (direct !== undefined) {
        const own = direct;
        setTimeout(() => {
          told({ id, answer: own.answer(one) });
          told({ id, curve: own.curve(one) });
        });
      }
    };
    const send = (one: Question) => {
      state.current.busy = true;
      state.current.id++;
      post(state.current.id, one);
    };
    void page.bytes().then((bytes) => {
      if (!alive) return;
      try {
        worker = new SimulatorWorker();
        worker.onmessage = (event: MessageEvent) => told(event.data);
        worker.onerror = () => {
          worker = undefined;
          direct = simulatorOf(whatIf, bytes);
          state.current.busy = false;
          setAsk(() => (_: number, one: Question) => send(one));
        };
        worker.postMessage({ packed: whatIf, bytes });
      } catch {
        direct = simulatorOf(whatIf, bytes);
      }
      setAsk(() => (_: number, one: Question) => send(one));
    });
    return () => {
      alive = false;
      worker?.terminate();
    };
  }, [page]);

  const text = JSON.stringify(question);
  useEffect(() => {
    if (ask === undefined) return;
    const one = JSON.parse(text) as Question;
    setAsked((old) => ({ ...old, busy: true }));
    if (state.current.busy) state.current.waiting = one;
    else ask(0, one);
  }, [ask, text]);
  return asked;
}
