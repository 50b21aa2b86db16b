import type {
  EnvironmentBinding,
  ExitRecord,
  InstallationChoice,
  PsEntry,
  ScaleView,
  StopAccount,
} from '@dreamnet/contracts';

/** `describe`: one agent with everything around it. Secrets show as their references, never their values. */
export interface AgentDescription {
  agent: PsEntry;
  command: readonly string[];
  cwd: string;
  runtime: string;
  /** Which installed interpreter its next start uses, and why; null when its command names the program itself. */
  runtimeChoice: InstallationChoice | null;
  protocol: string;
  endpoint: string | null;
  session: { isOpen: boolean; details: Readonly<Record<string, unknown>> };
  bindings: readonly EnvironmentBinding[];
  problems: readonly { description: string; expected: string; observed: string; remedyHint?: string }[];
  dependsOn: readonly string[];
  /** How many processes it has, and why; null for one replica of several. */
  scale: ScaleView | null;
  lastExit: ExitRecord | null;
  history: readonly { at: number; change: string }[];
}

/** How one process was stopped; `stop` is null when nothing of it ran. */
export interface ProcessStop {
  id: string;
  stop: StopAccount | null;
}

/**
 * A stopped agent, as in `ps`, and how each of its processes was stopped. `notKept`: why the death of the daemon would undo the stop or
 * lose its audit entry; left out when it would not.
 */
export type StoppedAgent = PsEntry & { stops: readonly ProcessStop[]; notKept?: string };

/** The check whose finding by a daemon spares the command a look of its own. */
export const FLEET_FILE_CHECK = 'fleet file';

/** One finding of `doctor`. */
export interface DoctorCheck {
  check: string;
  isOk: boolean;
  details: string;
}
