import { useChoice } from '../address/use-address.js';
import { Segments } from '../ui/fields.js';
import { RANGES, type Range, rangeOf } from './ranges.js';

/** The range that the address names, and the switch that changes it. */
export function useRange(): Range {
  const [{ range }] = useChoice();
  return rangeOf(range);
}

/** How far back the charts of this page look. */
export function RangeSwitch() {
  const [, choose] = useChoice();
  return (
    <Segments
      label="Time shown"
      value={useRange().id}
      options={RANGES}
      onChange={(range) => choose({ range })}
    />
  );
}
