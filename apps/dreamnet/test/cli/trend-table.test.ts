import type { Trend } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { showTrendFigure } from '../../src/cli/commands/trends.js';

test('trends: what is no number is shown as a dash, and does not take the table away', () => {
  const told = JSON.parse('{"slopePerHour":null,"slopeInterval":[null,2.34567],"pValue":null}') as Trend;
  expect(showTrendFigure(told.slopePerHour)).toBe('-');
  expect(told.slopeInterval?.map(showTrendFigure)).toEqual(['-', '2.35']);
  expect(showTrendFigure(told.pValue)).toBe('-');
  expect(showTrendFigure(-12.345)).toBe('-12.3');
});
