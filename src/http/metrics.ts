// Numbers about the server itself in Prometheus' text format 0.0.4. Law: no label has a value from outside, so their number is bounded.

import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Upper bounds of the histogram of answers, s. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];

interface Series {
  readonly labels: string;
  readonly buckets: number[];
  count: number;
  sum: number;
}

export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly values: () => readonly { readonly labels?: string; readonly value: number }[];
  readonly type?: 'gauge' | 'counter';
}

export class Metrics {
  private readonly answers = new Map<string, Series>();
  private readonly gauges: Gauge[] = [];
  private readonly delay = monitorEventLoopDelay({ resolution: 10 });

  constructor() {
    this.delay.enable();
  }

  add(gauge: Gauge): void {
    this.gauges.push(gauge);
  }

  /** An answer; `route` is the pattern of the route, never the path. */
  answered(method: string, route: string, status: number, seconds: number): void {
    const labels = `method="${method}",route="${route}",status="${status}"`;
    let series = this.answers.get(labels);
    if (series === undefined) {
      series = { labels, buckets: BOUNDS.map(() => 0), count: 0, sum: 0 };
      this.answers.set(labels, series);
    }
    series.count++;
    series.sum += seconds;
    for (const [i, bound] of BOUNDS.entries()) if (seconds <= bound) series.buckets[i] = (series.buckets[i] ?? 0) + 1;
  }

  /** p99 of the event loop's delay since the start, ms. */
  get loopDelayMs(): number {
    const p99 = this.delay.percentile(99) / 1e6;
    return Number.isFinite(p99) ? p99 : 0;
  }

  text(): string {
    const lines = [
      '# HELP firesteel_http_request_duration_seconds Time to answer.',
      '# TYPE firesteel_http_request_duration_seconds histogram',
    ];
    for (const { labels, buckets, count, sum } of this.answers.values()) {
      for (const [i, bound] of BOUNDS.entries())
        lines.push(`firesteel_http_request_duration_seconds_bucket{${labels},le="${bound}"} ${buckets[i]}`);
      lines.push(`firesteel_http_request_duration_seconds_bucket{${labels},le="+Inf"} ${count}`);
      lines.push(
        `firesteel_http_request_duration_seconds_sum{${labels}} ${sum}`,
        `firesteel_http_request_duration_seconds_count{${labels}} ${count}`,
      );
    }
    const own: Gauge[] = [
      ...this.gauges,
      {
        name: 'firesteel_event_loop_delay_p99_seconds',
        help: 'Delay of the event loop since the start.',
        values: () => [{ value: this.loopDelayMs / 1000 }],
      },
      { name: 'process_resident_memory_bytes', help: 'Resident memory.', values: () => [{ value: process.memoryUsage.rss() }] },
      {
        name: 'process_cpu_seconds_total',
        help: 'CPU time of all threads.',
        type: 'counter',
        values: () => [{ value: (process.cpuUsage().user + process.cpuUsage().system) / 1e6 }],
      },
      {
        name: 'process_start_time_seconds',
        help: 'Start, seconds since 1970.',
        values: () => [{ value: Math.round(Date.now() / 1000 - process.uptime()) }],
      },
    ];
    for (const { name, help, values, type } of own) {
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type ?? 'gauge'}`);
      for (const { labels, value } of values()) lines.push(`${name}${labels === undefined ? '' : `{${labels}}`} ${value}`);
    }
    return `${lines.join('\n')}\n`;
  }

  close(): void {
    this.delay.disable();
  }
}
