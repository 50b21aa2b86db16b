import { isAbsolute } from 'node:path';
import type { AgentProtocol } from '@dreamnet/contracts';
import { z } from 'zod';
import { runtimesError } from '../errors.js';

const NO_NUL = /^[^\0]*$/;

/** A path that means the same wherever the daemon was started. */
export const absolutePathSchema = z
  .string()
  .max(4096)
  .regex(NO_NUL, 'must not contain a NUL character')
  .refine(isAbsolute, 'must be an absolute path');

/** What every local runtime is told: the program, where it works, and how it is spoken to. */
export const localConfigFields = {
  /** argv, not a shell line. */
  command: z
    .array(
      z
        .string()
        .max(128 * 1024)
        .regex(NO_NUL, 'must not contain a NUL character'),
    )
    .min(1, 'must name a program')
    .refine(([program]) => program !== '', 'must name a program'),
  cwd: absolutePathSchema,
  /** How MCP is spoken: over its pipes, or at `url`. Default: `http` with a url, else `stdio`. */
  transport: z.enum(['stdio', 'http']).optional(),
  url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
};

const localConfigSchema = z.strictObject(localConfigFields);

/** A parsed configuration has at least this. */
export type LocalConfig = z.infer<typeof localConfigSchema>;

/**
 * Reads a configuration with its runtime's schema.
 *
 * @throws DN_RUNTIMES_INVALID_CONFIG naming every field that is wrong, never its value
 */
export function parseLocalConfig<C extends LocalConfig>(
  schema: z.ZodType<C>,
  input: unknown,
  who: { kind: string; processId: string },
): C {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${path.map(String).join('.') || 'config'}: ${message}`,
  );
  throw runtimesError('DN_RUNTIMES_INVALID_CONFIG', { ...who, problems: printable(problems.join('; ')) });
}

/**
 * What standard input and output are: a protocol (`pipe`), or output that goes to files and survives the daemon.
 *
 * @throws DN_RUNTIMES_INVALID_CONFIG when protocol and transport contradict each other
 */
export function chooseStdio(
  protocol: AgentProtocol,
  config: LocalConfig,
  who: { kind: string; processId: string },
): 'pipe' | 'log' {
  const contradiction = findContradiction(protocol, config);
  if (contradiction) throw runtimesError('DN_RUNTIMES_INVALID_CONFIG', { ...who, problems: contradiction });
  if (protocol === 'acp') return 'pipe';
  return protocol === 'mcp' && transportOf(config) === 'stdio' ? 'pipe' : 'log';
}

function findContradiction(protocol: AgentProtocol, config: LocalConfig): string | undefined {
  const { transport, url } = config;
  if (protocol === 'acp' && transport === 'http') return 'transport: acp is spoken over stdio only';
  if (protocol !== 'mcp' && protocol !== 'acp' && transport === 'stdio')
    return `transport: ${protocol} is not spoken over stdio`;
  if (protocol === 'mcp' && transport === 'http' && url === undefined)
    return 'url: must be given for transport http';
  if (transport === 'stdio' && url !== undefined) return 'url: there is none for transport stdio';
  return undefined;
}

function transportOf(config: LocalConfig): 'stdio' | 'http' {
  return config.transport ?? (config.url === undefined ? 'stdio' : 'http');
}

/** Unknown keys are quoted in messages, whatever they are made of. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?').slice(0, 1000);
}
