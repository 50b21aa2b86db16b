import { createHash } from 'node:crypto';
import type {
  GapType,
  IntegrationGap,
  Severity,
  SourcePlace,
  Subsystem,
  SubsystemManifest,
} from '@dreamnet/contracts';
import type { HealthEngine } from '../boundary.js';
import type { Answer } from './known-answers.js';

/** A gap as a detector sees it, before it is compared with what was known. */
export type GapFinding = Omit<IntegrationGap, 'id' | 'state' | 'detectedAt' | 'lastSeenAt' | 'fixedAt'>;

/** The subsystem a detector looks at, and the fleet around it. */
export interface DetectionView {
  name: string;
  subsystem: Subsystem;
  manifest: SubsystemManifest;
  health: Pick<HealthEngine, 'names' | 'manifest' | 'subsystem'>;
  /** Does anybody provide this capability? */
  isProvided(capability: string): boolean;
  /** What a declared function of this subsystem last said. */
  answer(part: string): Answer | undefined;
}

export type Detector = (view: DetectionView) => GapFinding[];

/** What tells one gap from another: the same gap keeps its identity over restarts. */
export function gapFingerprint(type: GapType, name: string, part: string): string {
  return JSON.stringify([type, name, part]);
}

/** The id that belongs to a fingerprint. 50 bits of its hash: short enough to type. */
export function gapId(fingerprint: string): string {
  return `${GAP_PREFIX}${createHash('sha256').update(fingerprint).digest('hex').slice(0, 12)}`;
}

/** What every gap's id begins with. */
export const GAP_PREFIX = 'gap-';

/** Fills in what every finding of a subsystem shares. */
export function gapFinding(
  view: Pick<DetectionView, 'name' | 'manifest'>,
  found: {
    type: GapType;
    part: string;
    severity: Severity;
    description: string;
    expected: string;
    observed: string;
    fix?: IntegrationGap['fix'];
    remedyHint?: string;
    declaredAt?: SourcePlace;
  },
): GapFinding {
  const { part, fix, remedyHint, ...rest } = found;
  const declaredAt = found.declaredAt ?? view.manifest.declaredAt;
  return {
    ...rest,
    fingerprint: gapFingerprint(found.type, view.name, part),
    subsystem: view.name,
    ...(declaredAt ? { declaredAt } : {}),
    ...(fix ? { fix } : {}),
    ...(remedyHint ? { remedyHint } : {}),
  };
}
