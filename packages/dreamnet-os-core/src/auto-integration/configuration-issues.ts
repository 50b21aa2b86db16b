import type { ConfigurationProblem, IntegrationGap } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import type { ErrorObject } from 'ajv/dist/2020.js';
import { type DetectionView, type GapFinding, gapFinding } from './gap-finding.js';
import { checkAgainstSchema } from './schema-check.js';

/** A configuration that is wrong everywhere is told in its first errors. */
const MOST_ERRORS = 20;
/** Of an observed value no more is shown. */
const MOST_SHOWN = 80;

/** Configuration that does not satisfy what was declared, and problems the subsystem knows itself. */
export function detectConfigurationIssues(view: DetectionView): GapFinding[] {
  return [...detectAgainstSchema(view), ...detectKnownProblems(view)];
}

function detectAgainstSchema(view: DetectionView): GapFinding[] {
  const schema = view.manifest.requiredConfig;
  if (!schema) return [];
  const answer = view.subsystem.config ? view.answer('config') : { ok: true as const, value: undefined };
  if (!answer) return [];
  if (!answer.ok) return [wholeIssue(view, 'config() answers', `it failed: ${answer.problem}`)];
  if (!view.subsystem.config)
    return [wholeIssue(view, 'it tells its configuration', 'it offers no config()')];
  const verdict = checkAgainstSchema(schema, answer.value);
  if (verdict.ok) return [];
  if (verdict.kind === 'schema')
    return [wholeIssue(view, 'requiredConfig is a JSON Schema (draft 2020-12)', verdict.problem)];
  return verdict.errors.slice(0, MOST_ERRORS).map((error) => valueIssue(view, error, answer.value));
}

function wholeIssue(view: DetectionView, expected: string, observed: string): GapFinding {
  return gapFinding(view, {
    type: 'configuration_issue',
    part: 'requiredConfig',
    severity: 'warning',
    description: `the configuration of '${view.name}' cannot be checked: ${observed}`,
    expected,
    observed,
    remedyHint: `correct requiredConfig or config() of '${view.name}'`,
  });
}

function valueIssue(view: DetectionView, error: ErrorObject, config: unknown): GapFinding {
  const missing = error.keyword === 'required' ? String(error.params.missingProperty) : undefined;
  const place = `${error.instancePath}${missing === undefined ? '' : `/${missing}`}`;
  const observed =
    missing === undefined ? show(valueAt(config, error.instancePath)) : `there is no '${missing}'`;
  const fix = missing === undefined || error.instancePath !== '' ? undefined : defaultFix(view, missing);
  return gapFinding(view, {
    type: 'configuration_issue',
    part: `schema${place}#${error.keyword}`,
    severity: 'critical',
    description: `the configuration of '${view.name}' is wrong at '${place || '/'}': ${error.message ?? error.keyword}`,
    expected: `${place || '/'} ${error.message ?? error.keyword}`,
    observed,
    ...(fix ? { fix } : { remedyHint: `set ${place || 'the configuration'} of '${view.name}'` }),
  });
}

/** A missing value with a declared default is mended with the default. */
function defaultFix({ name, manifest, subsystem }: DetectionView, property: string): IntegrationGap['fix'] {
  const properties = manifest.requiredConfig?.properties;
  const declared = memberOf(properties, property);
  const value = memberOf(declared, 'default');
  if (value === undefined || !subsystem.configure) return undefined;
  return {
    power: 'configure',
    argument: { [property]: value },
    description: `Set '${property}' of '${name}' to its declared default ${show(value)}`,
  };
}

function detectKnownProblems(view: DetectionView): GapFinding[] {
  const { subsystem, name } = view;
  try {
    return (subsystem.problems?.() ?? []).map((problem) => knownIssue(view, problem));
  } catch (thrown) {
    const observed = `it failed: ${DreamnetError.from(thrown).message}`;
    const found = wholeIssue(view, `problems() of '${name}' answers`, observed);
    return [{ ...found, fingerprint: `${found.fingerprint}/problems` }];
  }
}

function knownIssue(view: DetectionView, problem: ConfigurationProblem): GapFinding {
  const { key, description, expected, observed, declaredAt, patch, remedyHint } = problem;
  const canMend = patch !== undefined && view.subsystem.configure !== undefined;
  return gapFinding(view, {
    type: 'configuration_issue',
    part: `problem/${key}`,
    severity: 'critical',
    description,
    expected,
    observed,
    ...(declaredAt ? { declaredAt } : {}),
    ...(canMend ? { fix: { power: 'configure', argument: patch, description: `Mend: ${description}` } } : {}),
    ...(remedyHint ? { remedyHint } : {}),
  });
}

/** The member a JSON pointer leads to. */
function valueAt(value: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((at: unknown, part) => memberOf(at, part), value);
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}
