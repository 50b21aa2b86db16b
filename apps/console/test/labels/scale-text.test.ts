import type { PsEntry, ScaleView } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import {
  decisionText,
  isRunning,
  processText,
  replicasText,
  rollingText,
  ruleText,
} from '../../src/labels/scale-text.js';

const entry = (more: object) => ({ pid: null, phase: 'idle', status: 'stopped', ...more }) as PsEntry;
const scale = (more: object) => ({ rule: null, rolling: null, ...more }) as ScaleView;

test('process: replicas show how many serve, one process its pid, none its phase', () => {
  const replicas = { desired: 3, serving: 2, isScaled: true };
  expect(processText(entry({ replicas }))).toBe('2 of 3, scaled');
  expect(processText(entry({ pid: 7, phase: 'running' }))).toBe('pid 7');
  expect(processText(entry({ phase: 'backoff' }))).toBe('backoff');
});

test('running: an agent with replicas runs when one of them does, though it has no pid itself', () => {
  expect(isRunning(entry({ status: 'running' }))).toBe(true);
  expect(isRunning(entry({ pid: 7, status: 'error' }))).toBe(true);
  expect(isRunning(entry({}))).toBe(false);
});

test('rule: the metric with its goal and limits, or that there is none', () => {
  const rule = { metric: 'depth', of: 'jobs', target: 10, min: 0, max: 4 };
  expect(ruleText(scale({ rule }))).toBe('depth of jobs, 10 each, 0 to 4');
  expect(ruleText(scale({}))).toBe('a fixed number');
});

test('rolling restart: where it stands, and why it stopped', () => {
  const rolling = { phase: 'starting', step: 2, steps: 4, because: null };
  expect(rollingText(scale({}))).toBe(undefined);
  expect(rollingText(scale({ rolling }))).toBe('step 2 of 4: starting');
  expect(rollingText(scale({ rolling: { ...rolling, phase: 'stopped', because: 'no answer' } }))).toBe(
    'stopped: no answer',
  );
  expect(rollingText(scale({ rolling: { ...rolling, phase: 'done' } }))).toBe('done');
});

test('decision: with the calculation when there is one', () => {
  const decision = { at: 0, from: 1, to: 2, metric: 'cpu', value: 2, target: 1, because: 'the formula' };
  expect(decisionText({ ...decision, formula: 'ceil(1 × 2 / 1) = 2' })).toContain(
    '1 → 2: the formula (cpu: ceil(1 × 2 / 1) = 2)',
  );
  expect(decisionText({ ...decision, formula: '' })).toMatch(/1 → 2: the formula$/);
});

test('replicas: how many serve, and what each works on or why it does not', () => {
  const replicas = [
    { id: 'web#1', isServing: true, isLeaving: false, inFlight: 2, phase: 'running' },
    { id: 'web#2', isServing: false, isLeaving: false, inFlight: 0, phase: 'backoff' },
    { id: 'web#3', isServing: false, isLeaving: true, inFlight: 1, phase: 'running' },
  ];
  const view = scale({ serving: 1, desired: 2, replicas, maxInFlight: 4 });
  expect(replicasText(view)).toBe('1 of 2 serve; calls: web#1 2 of 4, web#2 backoff, web#3 leaves');
  expect(replicasText(scale({ serving: 0, desired: 0, replicas: [], maxInFlight: null }))).toBe(
    '0 of 0 serve',
  );
});
