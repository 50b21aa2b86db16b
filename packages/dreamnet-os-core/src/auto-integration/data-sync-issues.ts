import type { SyncDeclaration } from '@dreamnet/contracts';
import { type DetectionView, type GapFinding, gapFinding } from './gap-finding.js';

/** Copies that lag behind their source more than was declared bearable. */
export function detectDataSyncIssues(view: DetectionView): GapFinding[] {
  return (view.manifest.syncs ?? []).flatMap((declared) => detect(view, declared) ?? []);
}

function detect(view: DetectionView, { source, maxLagMs, lagMs }: SyncDeclaration): GapFinding | undefined {
  const { name, subsystem } = view;
  const answer = lagMs && view.answer(`lag/${source}`);
  const observed = answer && lagProblem(answer, maxLagMs);
  if (observed === undefined) return undefined;
  return gapFinding(view, {
    type: 'data_sync_issue',
    part: source,
    severity: 'warning',
    description: `'${name}' lags behind '${source}'`,
    expected: `at most ${maxLagMs} ms behind '${source}'`,
    observed,
    ...(subsystem.resync
      ? { fix: { power: 'resync', argument: source, description: `Sync '${name}' from '${source}' again` } }
      : { remedyHint: `sync '${name}' from '${source}': it offers no resync()` }),
  });
}

function lagProblem(
  answer: { ok: true; value: unknown } | { ok: false; problem: string },
  maxLagMs: number,
): string | undefined {
  if (!answer.ok) return `the lag cannot be told: ${answer.problem}`;
  if (typeof answer.value !== 'number' || Number.isNaN(answer.value)) return 'the lag told is not a number';
  return answer.value > maxLagMs ? `${answer.value} ms behind` : undefined;
}
