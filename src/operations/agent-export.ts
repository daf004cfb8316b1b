// Operation `agent export`: the Spark expert agent for coding agents, made from the tables of this version.
// Law: it is made anew each time; no copy of it is kept, so that none can go stale.

import { z } from 'zod';
import { AGENT_FORMATS, type Agent, agentFile, agentOf, agentText } from './agent.ts';
import { defineOperation } from './operation.ts';

export const operation = defineOperation({
  description:
    'Writes the Spark expert agent as the file that a coding agent reads: how to work, every tool, every rule of this version. ' +
    'claude: .claude/agents; agents: AGENTS.md; copilot: .github/agents (custom agent, once called chat mode); cursor: .cursor/rules; openai: instructions and function tools as JSON; json: everything as data.',
  formats: [...AGENT_FORMATS],
  examples: [
    { command: 'agent export --out .', about: 'for Claude Code, in .claude/agents' },
    { command: 'agent export --format copilot --out .', about: 'for Copilot, in .github/agents' },
    { command: 'agent export --format openai', about: 'instructions and tools as JSON' },
  ],
  input: z.object({}),
  fileName: agentFile,
  handler: async (): Promise<Agent> => agentOf(),
  render: async (agent, format) => agentText(agent, format),
});
