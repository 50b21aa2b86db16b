import type { Part } from './interpolation.js';

/** A file to be taken over, as it was read. */
export interface SourceFile {
  /** As the user named it. */
  readonly path: string;
  /** The folder it lies in, absolute. */
  readonly folder: string;
  readonly text: string;
}

/** An agent in the words of the fleet file; `notes` say what could not be carried over. */
export interface ImportedAgent {
  name: string;
  command: readonly [string, ...string[]];
  /** Absolute. */
  cwd: string;
  protocol: 'mcp' | 'none';
  env: Record<string, string>;
  /** Variables whose values are secrets, and where they are to come from. */
  secrets: Record<string, SecretSource>;
  /** Variables whose values have others in them, which are there when it is started. */
  composed: Record<string, readonly Part[]>;
  dependsOn: string[];
  /** `restart`, `stop`, `resources`, `health` as the fleet file has them. */
  settings: Record<string, unknown>;
  notes: string[];
}

/**
 * Where a secret comes from; its value is never taken over. What comes from the vault has its key when its agent has the name
 * it has in the fleet file; `why` goes on after the name of the variable.
 */
export type SecretSource = { from: 'vault'; why: string } | { from: 'env'; name: string };

/** Something that runs elsewhere and is only watched. */
export interface ImportedSubsystem {
  name: string;
  probe: Record<string, unknown>;
  notes: string[];
}

/** What one file came to. */
export interface Imported {
  agents: ImportedAgent[];
  subsystems: ImportedSubsystem[];
  /** About the file as a whole, and about what was left out of it. */
  notes: string[];
}

/** Nothing yet. */
export function nothingImported(): Imported {
  return { agents: [], subsystems: [], notes: [] };
}

/** An agent with nothing but its command. */
export function importedAgent(
  name: string,
  command: readonly [string, ...string[]],
  cwd: string,
): ImportedAgent {
  return {
    name,
    command,
    cwd,
    protocol: 'none',
    env: {},
    secrets: {},
    composed: {},
    dependsOn: [],
    settings: {},
    notes: [],
  };
}
