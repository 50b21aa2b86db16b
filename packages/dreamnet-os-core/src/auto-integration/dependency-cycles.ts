import { type DependencyCycle, dependencyCycles, whatTheyNeed } from '../auto-recovery/dependency-graph.js';
import { type DetectionView, type GapFinding, gapFinding } from './gap-finding.js';

/** The groups of subsystems that need each other: none of them can come first. */
export interface CycleBook {
  /**
   * Looks for cycles where these subsystems are concerned. Takes time in proportion to what they need, directly and through
   * others.
   *
   * @returns whether any cycle came, changed or went
   */
  update(changed: Iterable<string>): boolean;
  findings(): GapFinding[];
}

/** Knows no cycle yet. */
export function createCycleBook(health: DetectionView['health']): CycleBook {
  let cycles: readonly DependencyCycle[] = [];
  return {
    update: (changed) => {
      const touched = new Set(changed);
      // Whoever was in a cycle with one of them may be in a smaller one without it.
      for (const { group } of cycles)
        if (group.some((name) => touched.has(name))) for (const name of group) touched.add(name);
      const around = whatTheyNeed(health, touched);
      const isFarOff = (name: string) => !touched.has(name) && !around.has(name);
      const untouched = cycles.filter(({ group }) => group.every(isFarOff));
      const found = around.size === 0 ? [] : dependencyCycles(health, around);
      const before = cycles;
      cycles = [...untouched, ...found];
      return found.length > 0 || untouched.length < before.length;
    },
    findings: () => cycles.map(({ path }) => cycleFinding(health, path)),
  };
}

function cycleFinding(health: DetectionView['health'], path: readonly string[]): GapFinding {
  const members = [...new Set(path)].sort();
  const name = members[0] ?? '';
  return gapFinding(
    { name, manifest: health.manifest(name) },
    {
      type: 'dependency_problem',
      part: `cycle/${members.join(',')}`,
      severity: 'warning',
      description: `${members.map((member) => `'${member}'`).join(', ')} depend on each other`,
      expected: 'dependencies without a cycle',
      observed: path.join(' → '),
      remedyHint: 'declare one of these dependencies as optional, or remove it',
    },
  );
}
