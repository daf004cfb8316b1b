// The exported agent: every tool and every rule of this version is in every format, and each format is what its reader takes.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { rules } from '../rules/index.ts';
import { AGENT_FORMATS, agentFile, agentOf, agentText } from './agent.ts';
import { operations } from './index.ts';
import { looks } from './looks/index.ts';
import { changesNothing, toolName } from './tools.ts';

describe.each(AGENT_FORMATS)('%s', (format) => {
  test('has every operation, every look and every rule, and is the same each time', async () => {
    const text = agentText(await agentOf(), format);
    expect(agentText(await agentOf(), format)).toBe(text);
    for (const { name, summary } of operations) {
      expect(text).toContain(`firesteel ${name}`);
      expect(text).toContain(toolName(name));
      expect(text).toContain(summary);
    }
    for (const { name } of looks) expect(text).toContain(name);
    for (const { meta } of rules) expect(text).toContain(`\`${meta.id}\` ${meta.title}.`);
    expect(text).not.toMatch(/undefined|\[object|NaN/);
  });

  test('is in the form of its reader', async () => {
    const agent = await agentOf();
    const text = agentText(agent, format);
    if (format === 'openai' || format === 'json') {
      const { tools } = JSON.parse(text) as { tools: Record<string, unknown>[] };
      expect(tools).toHaveLength(operations.length + looks.length);
      for (const tool of tools) {
        const { name, description, parameters, input } = (format === 'openai' ? tool.function : tool) as Record<string, unknown>;
        // The names and lengths that function calling takes.
        expect(name).toMatch(/^[a-z][a-z0-9_]{0,63}$/);
        expect(String(description).length).toBeLessThan(1400);
        expect(parameters ?? input).toMatchObject({ type: 'object' });
      }
      return;
    }
    if (format === 'agents') return expect(text).toMatch(/^# /);
    const [, front = ''] = /^---\n([\s\S]*?)\n---\n\n/.exec(text) ?? [];
    const { parse } = await import('yaml');
    const fields = parse(front) as Record<string, unknown>;
    expect(fields.description).toBe(agent.description);
    if (format === 'claude') for (const tool of agent.tools) expect(fields.tools).toContain(`mcp__firesteel__${tool.name}`);
  });
});

test('every rule says what it means: the sentence behind its name is not empty', async () => {
  const { systemPrompt } = await agentOf();
  for (const { meta } of rules) expect(systemPrompt).toMatch(new RegExp(`\`${meta.id}\` [^\n]+\\. \\S[^\n]{20,}`));
  // What goes before a model with every question: under 5,000 tokens.
  expect(systemPrompt.length).toBeLessThan(18_000);
});

test('each format has a place of its own below a project', () => {
  const places = AGENT_FORMATS.map(agentFile);
  expect(new Set(places).size).toBe(places.length);
  for (const place of places) expect(place).not.toMatch(/^\/|\.\./);
});

test('the command line puts it where its reader looks', async () => {
  const { run } = await import('../cli/run.ts');
  const folder = mkdtempSync(join(tmpdir(), 'firesteel-agent-'));
  try {
    expect(await run(['agent', 'export', '--format', 'cursor', '--out', folder, '--quiet'])).toBe(0);
    expect(readFileSync(join(folder, '.cursor/rules/spark-expert.mdc'), 'utf8')).toMatch(/^---\ndescription: /);
    // What is there already is not replaced by a name that nobody typed.
    expect(await run(['agent', 'export', '--format', 'cursor', '--out', folder, '--quiet'])).toBe(2);
    expect(await run(['agent', 'export', '--format', 'cursor', '--out', join(folder, '.cursor/rules/spark-expert.mdc'), '--quiet'])).toBe(
      0,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('an operation that writes only when asked is told by its fields', async () => {
  for (const entry of operations) {
    const { shape } = (await entry.load()).input;
    for (const field of entry.writesWith ?? []) expect([entry.name, field in shape]).toEqual([entry.name, true]);
    expect(entry.writesWith === undefined || entry.effect === 'write').toBe(true);
    expect(changesNothing(entry, {})).toBe(entry.effect === 'read' || entry.writesWith !== undefined);
    for (const field of entry.writesWith ?? []) expect(changesNothing(entry, { [field]: true })).toBe(false);
  }
});
