import type { Clock, ProbeResult, ProcessStreams } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import {
  connectMcp,
  isAnswer,
  type McpEndpoint,
  type McpSession,
  type McpToolResult,
  type McpVerdict,
  toolFailure,
  toolOutput,
} from '@dreamnet/protocols';
import { programError } from '../../errors.js';
import { type AgentSession, type ServedCapability, shareConnection, untilAborted } from './session.js';

export interface McpSessionOptions {
  name: string;
  clock: Clock;
  /** Where the server is now: its pipes, its address, or nothing while no process runs. */
  endpoint: () => McpTarget | undefined;
}

type McpTarget = McpEndpoint | ProcessStreams;

/** An agent that is an MCP server. */
export function createMcpAgentSession(options: McpSessionOptions): AgentSession {
  let verdict: McpVerdict | undefined;
  let tools: Promise<readonly string[]> | undefined;
  let connectedTo: McpTarget | undefined;
  const connection = shareConnection<McpSession>(
    async () => {
      const endpoint = options.endpoint();
      if (!endpoint) throw notRunning(options.name);
      connectedTo = endpoint;
      const session = await connectMcp(endpoint, {
        clock: options.clock,
        ...(verdict && { prior: verdict }),
      });
      verdict = session.verdict;
      session.onClose(() => {
        if (connection.current() === session) connection.drop();
      });
      return session;
    },
    (late) => void late.close(),
  );
  const reset = () => {
    tools = undefined;
    connectedTo = undefined;
    // The pipes belong to a process that is gone: closing the session only settles what still waits on them.
    void connection.drop()?.close();
  };
  return {
    probe: async (signal) => {
      try {
        const session = connection.current() ?? (await untilAborted(connection.open(), signal));
        if (!session) return { ok: false, reason: 'the MCP handshake has not finished' };
        return await session.probe(signal);
      } catch (thrown) {
        return asProbeResult(thrown);
      }
    },
    invoke: async (capability, input, { timeoutMs, signal, onUsage }) => {
      const session = await connection.open();
      tools ??= session.listTools({ timeoutMs, signal }).then((list) => list.map((tool) => tool.name));
      const tool = await chooseTool(options.name, capability, tools).catch((error) => {
        tools = undefined;
        throw error;
      });
      const result = await session.callTool(tool, asArguments(input), { timeoutMs, signal });
      onUsage?.(result.meta);
      return outputOf(options.name, tool, result);
    },
    reset,
    refresh: () => {
      if (!isSamePipe(connectedTo, options.endpoint())) reset();
    },
    view: () => ({
      isOpen: connection.current() !== undefined,
      details: { ...verdict, ...connection.current()?.stats() },
    }),
  };
}

/** A tool that ran and failed is an error to whoever called. */
function outputOf(name: string, tool: string, result: McpToolResult): unknown {
  if (!result.isError) return toolOutput(result);
  throw programError('DN_AGENT_TOOL_FAILED', { name, tool, why: toolFailure(result) });
}

/** Pipes are one process's own; an address may be another's by now. */
function isSamePipe(before: McpTarget | undefined, now: McpTarget | undefined): boolean {
  return before !== undefined && now !== undefined && 'stdin' in before && 'stdin' in now
    ? before.stdin === now.stdin
    : false;
}

function notRunning(name: string): DreamnetError {
  return programError('DN_AGENT_NOT_RUNNING', { name, because: 'no process runs' });
}

/** A failed connection is an answer like another. */
export function asProbeResult(thrown: unknown): ProbeResult {
  const error = DreamnetError.from(thrown);
  return {
    ok: false,
    isAnswered: isAnswer(error),
    reason: error.message,
    evidence: { code: error.code },
  };
}

/** The tool named outright, else the one named like the capability, with dots or with underscores. */
async function chooseTool(
  name: string,
  capability: ServedCapability,
  offered: Promise<readonly string[]>,
): Promise<string> {
  const wanted = capability.tool ?? capability.name;
  const tools = await offered;
  const found = [wanted, wanted.replaceAll('.', '_')].find((candidate) => tools.includes(candidate));
  if (found === undefined)
    throw programError('DN_AGENT_NO_TOOL', {
      name,
      capability: capability.name,
      tools: tools.join(', ') || 'none',
    });
  return found;
}

/** Arguments are an object; null says that there are none. */
function asArguments(input: unknown): Record<string, unknown> {
  if (input === null || input === undefined) return {};
  return typeof input === 'object' && !Array.isArray(input) ? (input as Record<string, unknown>) : { input };
}
