import type {
  AxisView,
  Domain,
  EnvironmentBinding,
  ExitRecord,
  Liveness,
  Progress,
  PsEntry,
  Readiness,
  SubsystemStatus,
} from '@dreamnet/contracts';

/** One subsystem as `GET /api/subsystems` lists it. */
export interface SubsystemView {
  name: string;
  domain: Domain;
  status: SubsystemStatus;
  reason: string;
  lastUpdatedAt: number | null;
  isAgent: boolean;
  dependsOn: readonly string[];
  axes: { liveness: AxisView<Liveness>; readiness: AxisView<Readiness>; progress: AxisView<Progress> };
}

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
