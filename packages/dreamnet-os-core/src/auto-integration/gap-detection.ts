import type { HealthEngine } from '../boundary.js';
import { detectConfigurationIssues } from './configuration-issues.js';
import { detectDataSyncIssues } from './data-sync-issues.js';
import { detectCycles, detectDependencyProblems } from './dependency-problems.js';
import { answerKey, type Detector, type GapFinding, viewsOf } from './gap-finding.js';
import type { KnownAnswers } from './known-answers.js';
import { declaredConnections, detectMissingConnections } from './missing-connections.js';

const DETECTORS: readonly Detector[] = [
  detectMissingConnections,
  detectConfigurationIssues,
  detectDependencyProblems,
  detectDataSyncIssues,
];

/** Asks every function that was declared for detection; answers that come later are taken when they come. */
export function askDeclared(health: HealthEngine, answers: KnownAnswers): void {
  const asked = new Set<string>();
  for (const name of health.names()) {
    const ask = (part: string, call: () => unknown): void => {
      const key = answerKey(name, part);
      asked.add(key);
      answers.ask(key, call);
    };
    const manifest = health.manifest(name);
    const subsystem = health.subsystem(name);
    if (manifest.requiredConfig && subsystem?.config) ask('config', () => subsystem.config?.());
    for (const { target, isConnected } of declaredConnections({ manifest }))
      if (isConnected) ask(`connected/${target}`, isConnected);
    for (const { source, lagMs } of manifest.syncs ?? []) if (lagMs) ask(`lag/${source}`, lagMs);
  }
  answers.keep(asked);
}

/** Every gap that is there by what is known now; asks nobody. */
export function detectGaps(health: HealthEngine, answers: KnownAnswers): GapFinding[] {
  const perSubsystem = viewsOf(health, answers).flatMap((view) =>
    DETECTORS.flatMap((detect) => detect(view)),
  );
  return [...perSubsystem, ...detectCycles(health)];
}
