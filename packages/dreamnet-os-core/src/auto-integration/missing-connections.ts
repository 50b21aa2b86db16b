import type { ConnectionDeclaration } from '@dreamnet/contracts';
import { type DetectionView, type GapFinding, gapFinding } from './gap-finding.js';

/** The declared connections, the short form written out. */
export function declaredConnections({ manifest }: Pick<DetectionView, 'manifest'>): ConnectionDeclaration[] {
  return (manifest.connections ?? []).map((declared) =>
    typeof declared === 'string' ? { target: declared } : declared,
  );
}

/** Connections to nobody, and those that are declared and not there. */
export function detectMissingConnections(view: DetectionView): GapFinding[] {
  return declaredConnections(view).flatMap((declared) => detect(view, declared) ?? []);
}

function detect(view: DetectionView, { target, isConnected }: ConnectionDeclaration): GapFinding | undefined {
  const { name, subsystem, health } = view;
  const expected = `'${name}' is connected to '${target}'`;
  const common = { type: 'missing_connection', part: target, severity: 'warning', expected } as const;
  if (!health.subsystem(target))
    return gapFinding(view, {
      ...common,
      description: `'${name}' declares a connection to '${target}', which nobody knows`,
      observed: `there is no subsystem '${target}'`,
      remedyHint: `watch a subsystem named '${target}', or correct the declaration`,
    });
  const answer = isConnected && view.answer(`connected/${target}`);
  if (!answer || (answer.ok && answer.value === true)) return undefined;
  return gapFinding(view, {
    ...common,
    description: `'${name}' is not connected to '${target}'`,
    observed: answer.ok ? 'it is not connected' : `it cannot tell: ${answer.problem}`,
    ...(subsystem.connect
      ? { fix: { power: 'connect', argument: target, description: `Connect '${name}' to '${target}'` } }
      : { remedyHint: `connect '${name}' to '${target}': it offers no connect()` }),
  });
}
