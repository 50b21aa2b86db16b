import type { LabelMatcher } from '@dreamnet/contracts';
import { Plus, X } from 'lucide-react';
import { matcherOf, OPERATORS, type Operator, operatorOf } from '../../labels/matchers.js';
import { Button } from '../../ui/button.js';
import { SelectField, TextField } from '../../ui/fields.js';

interface MatcherRowsProps {
  matchers: readonly LabelMatcher[];
  onChange: (matchers: LabelMatcher[]) => void;
}

/** Conditions on labels, one a line; all must hold. */
export function MatcherRows({ matchers, onChange }: MatcherRowsProps) {
  const replace = (index: number, matcher: LabelMatcher) =>
    onChange(matchers.map((known, at) => (at === index ? matcher : known)));
  return (
    <fieldset>
      <legend className="mb-1 text-xs text-soft">Alerts whose labels are</legend>
      <ul className="grid gap-1.5">
        {matchers.map((matcher, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is what stands at its place
          <li key={index} className="flex gap-1.5">
            <TextField
              aria-label={`Label ${index + 1}`}
              placeholder="label"
              value={matcher.name}
              onChange={(event) => replace(index, { ...matcher, name: event.target.value })}
              className="w-0 min-w-0 flex-1 font-mono text-xs"
            />
            <SelectField
              label={`Comparison ${index + 1}`}
              value={operatorOf(matcher)}
              options={OPERATORS.map((operator) => ({ value: operator, label: operator }))}
              onChange={(operator) =>
                replace(index, matcherOf(matcher.name, operator as Operator, matcher.value))
              }
            />
            <TextField
              aria-label={`Value ${index + 1}`}
              placeholder="value"
              value={matcher.value}
              onChange={(event) => replace(index, { ...matcher, value: event.target.value })}
              className="w-0 min-w-0 flex-[1.6] font-mono text-xs"
            />
            <Button
              aria-label={`Remove condition ${index + 1}`}
              onClick={() => onChange(matchers.filter((_, at) => at !== index))}
            >
              <X aria-hidden size={13} />
            </Button>
          </li>
        ))}
      </ul>
      <Button className="mt-1.5" onClick={() => onChange([...matchers, matcherOf('', '=', '')])}>
        <Plus aria-hidden size={13} />
        Condition
      </Button>
    </fieldset>
  );
}
