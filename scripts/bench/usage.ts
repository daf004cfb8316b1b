// What a measured process used, as one JSON line on stdout: wall and CPU milliseconds, peak resident memory in bytes.

export interface Usage {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakBytes: number;
  readonly tasks: number;
}

export function report(begin: NodeJS.CpuUsage, fromMs: number, rest: Record<string, number>): void {
  const cpu = process.cpuUsage(begin);
  const usage = {
    wallMs: performance.now() - fromMs,
    cpuMs: (cpu.user + cpu.system) / 1000,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    ...rest,
  };
  process.stdout.write(`${JSON.stringify(usage)}\n`);
}
