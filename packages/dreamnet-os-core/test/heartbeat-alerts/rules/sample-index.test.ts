import { expect, test } from 'vitest';
import type { AlertRule } from '../../../src/heartbeat-alerts/rules/alert-rule.js';
import { createRuleCases } from '../../../src/heartbeat-alerts/rules/rule-cases.js';
import { compileRule } from '../../../src/heartbeat-alerts/rules/rule-subjects.js';
import { createSampleIndex } from '../../../src/heartbeat-alerts/rules/sample-index.js';

const RULE: AlertRule = {
  name: 'r',
  trigger: { on: 'metric', metric: 'queue.*', when: { operator: '>', threshold: 1 } },
  severity: 'info',
};

function indexRig() {
  const asked: string[] = [];
  const cases = createRuleCases(() => 0);
  const index = createSampleIndex([compileRule(RULE, () => () => true)], {
    domainOf: (name) => {
      asked.push(name);
      return 'infra';
    },
    caseOf: cases.of,
  });
  return { asked, cases, index };
}

test('sample index: a rule is matched against a series once, however often its values come', () => {
  const { asked, index } = indexRig();
  for (let count = 0; count < 100; count += 1) {
    expect(index.casesOf('mail', 'queue.depth')).toHaveLength(1);
    expect(index.casesOf('mail', 'latency')).toEqual([]);
  }
  expect(asked).toEqual(['mail']);
});

test('sample index: after forgetting a subsystem it is matched anew and finds its case again', () => {
  const { asked, index } = indexRig();
  const [before] = index.casesOf('mail', 'queue.depth');
  index.forget('mail');
  expect(index.casesOf('mail', 'queue.depth')).toEqual([before]);
  expect(asked).toEqual(['mail', 'mail']);
});

test('sample index: endlessly many names of metrics do not fill the memory with what no rule wants', () => {
  const { asked, index } = indexRig();
  for (let count = 0; count < 120_000; count += 1) index.casesOf('mail', `m${count}`);
  expect(index.casesOf('mail', 'queue.depth')).toHaveLength(1);
  expect(asked).toEqual(['mail']);
});
