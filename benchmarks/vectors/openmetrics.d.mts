import type { ParsedExposition } from '@dreamnet/protocols';

export interface OpenMetricsCase {
  name: string;
  text: string;
  shouldParse: boolean;
}
export function readOpenMetricsCases(file: string): OpenMetricsCase[];
export function replayOpenMetrics(
  one: OpenMetricsCase,
  parse: (text: string) => ParsedExposition,
): { scenario: string; mismatch: { step: number; expected: string; actual: string } | null };
