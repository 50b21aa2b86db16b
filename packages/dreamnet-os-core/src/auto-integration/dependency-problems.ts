import type { DependencyDeclaration } from '@dreamnet/contracts';
import semver from 'semver';
import { declaredDependencies } from '../auto-recovery/dependency-graph.js';
import { type DetectionView, type GapFinding, gapFinding } from './gap-finding.js';

/** Dependencies nobody is, versions outside the declared range, and needs nobody serves. */
export function detectDependencyProblems(view: DetectionView): GapFinding[] {
  const dependencies = declaredDependencies(view.health, view.name);
  return [
    ...dependencies.flatMap((dependency) => detectDependency(view, dependency) ?? []),
    ...(view.manifest.needs ?? []).flatMap((need) => detectNeed(view, need) ?? []),
  ];
}

function detectDependency(view: DetectionView, dependency: DependencyDeclaration): GapFinding | undefined {
  const { name, health } = view;
  const isOptional = dependency.optional === true;
  if (!health.subsystem(dependency.name))
    return isOptional ? undefined : missingDependency(view, dependency.name);
  if (dependency.range === undefined) return undefined;
  const observed = versionProblem(health.manifest(dependency.name).version, dependency.range);
  if (observed === undefined) return undefined;
  return gapFinding(view, {
    type: 'dependency_problem',
    part: `version/${dependency.name}`,
    severity: isOptional ? 'info' : 'warning',
    description: `'${name}' needs '${dependency.name}' in version ${dependency.range}`,
    expected: `'${dependency.name}' in version ${dependency.range}`,
    observed,
    remedyHint: `run a version of '${dependency.name}' within ${dependency.range}, or widen the range`,
  });
}

function missingDependency(view: DetectionView, target: string): GapFinding {
  return gapFinding(view, {
    type: 'dependency_problem',
    part: `dependency/${target}`,
    severity: 'warning',
    description: `'${view.name}' depends on '${target}', which nobody knows`,
    expected: `a subsystem '${target}'`,
    observed: `there is no subsystem '${target}'`,
    remedyHint: `watch a subsystem named '${target}', or correct dependsOn of '${view.name}'`,
  });
}

/** @returns What was observed instead of a version in the range; undefined when it is in the range. */
function versionProblem(version: string | undefined, range: string): string | undefined {
  if (semver.validRange(range) === null) return `'${range}' is not a semver range`;
  if (version === undefined) return 'it declares no version';
  if (semver.valid(version) === null) return `its version '${version}' is not a semver version`;
  return semver.satisfies(version, range, { includePrerelease: true }) ? undefined : `version ${version}`;
}

/** Who provides `data` serves `data.analysis` too: capabilities are dotted, the longest prefix counts. */
function detectNeed(view: DetectionView, need: string): GapFinding | undefined {
  const parts = need.split('.');
  const isServed = parts.some((_part, at) => view.isProvided(parts.slice(0, at + 1).join('.')));
  if (isServed) return undefined;
  return gapFinding(view, {
    type: 'dependency_problem',
    part: `need/${need}`,
    severity: 'warning',
    description: `'${view.name}' needs the capability '${need}', which nobody provides`,
    expected: `a provider of '${need}'`,
    observed: 'nobody provides it',
    remedyHint: `watch a subsystem that provides '${need}'`,
  });
}
