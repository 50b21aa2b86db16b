import type { EnvironmentBinding, ExitRecord, PsEntry } from '@dreamnet/contracts';

/** `describe`: one agent with everything around it. Secrets show as their references, never their values. */
export interface AgentDescription {
  agent: PsEntry;
  command: readonly string[];
  cwd: string;
  runtime: string;
  protocol: string;
  endpoint: string | null;
  session: { isOpen: boolean; details: Readonly<Record<string, unknown>> };
  bindings: readonly EnvironmentBinding[];
  problems: readonly { description: string; expected: string; observed: string; remedyHint?: string }[];
  dependsOn: readonly string[];
  lastExit: ExitRecord | null;
  history: readonly { at: number; change: string }[];
}

/** One finding of `doctor`. */
export interface DoctorCheck {
  check: string;
  isOk: boolean;
  details: string;
}
