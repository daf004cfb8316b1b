// What if: cores, executors, partitions, and each cure on or off; the forecast is replayed at once, in the page.
// Law: a forecast is a range with its assumptions; where the run cannot be replayed the panel says why.

import { useMemo, useState } from 'react';
import { formatMillis, formatShare, plural } from '../../src/base/index.ts';
import { Curve } from './curve.tsx';
import type { PageModel } from './data.ts';
import { Range, Section } from './parts.tsx';
import type { Question } from './simulator.ts';
import { useSimulator } from './use-simulator.ts';

export function WhatIf({ page }: { page: PageModel }) {
  const { whatIf } = page.data;
  if (whatIf.why !== undefined)
    return (
      <Section title="What if">
        <p>There is no forecast for this run: {whatIf.why}.</p>
      </Section>
    );
  return <Panel page={page} graph={whatIf.graph} rules={whatIf.cures.map((cure) => cure.rule)} />;
}

type Graph = Extract<PageModel['data']['whatIf'], { graph: unknown }>['graph'];

const peak = (graph: Graph): number => graph.slots.slots.reduce((top, value) => Math.max(top, value), 1);

/** Counts that a slider stops at: what there was, and round ones around it. */
function stops(now: number, most: number): number[] {
  const round = [
    1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64, 80, 96, 128, 160, 200, 256, 320, 400, 512, 640, 800, 1024, 1600, 2048, 3200, 4096,
    8192, 16384,
  ];
  return [...new Set([...round.filter((one) => one <= Math.max(8, now * most)), now])].sort((a, b) => a - b);
}

function Panel({ page, graph, rules }: { page: PageModel; graph: Graph; rules: readonly string[] }) {
  const { view, joint } = page.data;
  const measured = peak(graph);
  const cluster = !graph.local && graph.executors > 0 && graph.slotsEach > 0;
  const partitionsNow = useMemo(
    () => graph.stages.map((stage) => stage.width).find((width) => width.kind === 'shuffle' && width.follows),
    [graph],
  );
  const partitions = partitionsNow?.kind === 'shuffle' ? partitionsNow.partitions : undefined;
  const [cores, setCores] = useState(measured);
  const [executors, setExecutors] = useState(graph.executors);
  const [each, setEach] = useState(graph.slotsEach);
  const [parts, setParts] = useState(partitions ?? 0);
  const [on, setOn] = useState<ReadonlySet<string>>(new Set(rules));
  const question: Question = {
    cures: rules.filter((rule) => on.has(rule)),
    ...(cluster ? {} : cores === measured ? {} : { cores }),
    ...(cluster && executors !== graph.executors ? { executors } : {}),
    ...(cluster && each !== graph.slotsEach ? { executorCores: each } : {}),
    ...(partitions !== undefined && parts !== partitions ? { partitions: parts } : {}),
  };
  const same = cores === measured && executors === graph.executors && each === graph.slotsEach && parts === (partitions ?? 0);
  const { answer, curve, busy } = useSimulator(page, question);
  const now = graph.measuredMs;
  // All cures on and nothing else: the report's own total, which knows besides that no cure shortens the start-up.
  const shown =
    answer !== undefined && same && joint !== undefined && on.size === rules.length && rules.length > 0 ? { ...answer, ...joint } : answer;
  const titles = new Map(page.data.findings.map((finding, i) => [finding.rule, view.found[i]?.title ?? finding.rule]));
  const reset = () => {
    setCores(measured);
    setExecutors(graph.executors);
    setEach(graph.slotsEach);
    setParts(partitions ?? 0);
    setOn(new Set(rules));
  };
  return (
    <Section
      title="What if"
      aside={
        <button type="button" onClick={reset} disabled={same && on.size === rules.length}>
          As found
        </button>
      }
    >
      <div className="two what-if">
        <div className="controls">
          {cluster ? (
            <>
              <Slider name="Executors" stops={stops(graph.executors, 4)} value={executors} now={graph.executors} set={setExecutors} />
              <Slider name="Cores of an executor" stops={stops(graph.slotsEach, 4)} value={each} now={graph.slotsEach} set={setEach} />
            </>
          ) : (
            <Slider name="Cores" stops={stops(measured, 4)} value={cores} now={measured} set={setCores} />
          )}
          {partitions !== undefined && (
            <Slider name="Shuffle partitions" stops={stops(partitions, 4)} value={parts} now={partitions} set={setParts} />
          )}
          <fieldset>
            <legend>Cures</legend>
            {rules.length === 0 && <p className="dim">No cause was found whose cure changes the schedule.</p>}
            {rules.map((rule) => (
              <label key={rule} className="check">
                <input
                  type="checkbox"
                  checked={on.has(rule)}
                  onChange={(event) => {
                    const next = new Set(on);
                    if (event.target.checked) next.add(rule);
                    else next.delete(rule);
                    setOn(next);
                  }}
                />
                <span>{titles.get(rule) ?? rule}</span>
              </label>
            ))}
          </fieldset>
        </div>
        <div className={`answer${busy && shown !== undefined ? ' busy' : ''}`} aria-live="polite">
          {shown === undefined ? (
            <p className="dim">Replaying the run …</p>
          ) : (
            <>
              <div className="numbers">
                <div>
                  <span className="label">measured</span>
                  <span className="mid">{formatMillis(now)}</span>
                </div>
                <span className="arrow" aria-hidden="true">
                  →
                </span>
                <div>
                  <span className="label">likely</span>
                  <span
                    className={`big ${shown.likelyMs < now * 0.995 ? 'good' : shown.likelyMs > now * 1.005 ? 'hot' : ''}`}
                    data-testid="likely"
                  >
                    {formatMillis(shown.likelyMs)}
                  </span>
                </div>
              </div>
              <Range
                range={shown}
                whole={Math.max(now, shown.highMs)}
                tone={shown.likelyMs <= now ? 'good' : 'accent'}
                label={`${formatMillis(shown.lowMs)} – ${formatMillis(shown.highMs)}`}
              />
              <p className="dim num">
                {shown.highMs > shown.lowMs ? `${formatMillis(shown.lowMs)} – ${formatMillis(shown.highMs)}, 90 % range` : 'as measured'}
              </p>
              <p>
                {plural(shown.slots, 'slot')}, busy for {formatShare(shown.utilisation)} of the time; holds {formatMillis(shown.slotMs)} of
                slot time
              </p>
              {curve !== undefined && <Curve points={curve} now={now} at={shown.slots} />}
              {shown.assumptions.length > 0 && (
                <details>
                  <summary>{plural(shown.assumptions.length, 'assumption')}</summary>
                  <ul>
                    {shown.assumptions.map((text) => (
                      <li key={text}>{text}</li>
                    ))}
                  </ul>
                </details>
              )}
            </>
          )}
        </div>
      </div>
      <p className="dim small">
        A forecast, not a measurement: the run’s own tasks are scheduled again under the changes. <code>firesteel prove</code> measures.
      </p>
    </Section>
  );
}

function Slider({
  name,
  stops: list,
  value,
  now,
  set,
}: {
  name: string;
  stops: readonly number[];
  value: number;
  now: number;
  set: (value: number) => void;
}) {
  const at = Math.max(0, list.indexOf(value));
  return (
    <label className="slider">
      <span className="slider-head">
        <span>{name}</span>
        <span className="num">
          <strong>{value}</strong>
          {value === now ? <span className="dim"> as measured</span> : <span className="dim"> was {now}</span>}
        </span>
      </span>
      <input
        type="range"
        min={0}
        max={list.length - 1}
        step={1}
        value={at}
        aria-valuetext={`${value}`}
        onChange={(event) => set(list[Number(event.target.value)] ?? now)}
      />
    </label>
  );
}
