import type { ComponentProps } from 'react';

const LOOK = {
  plain: 'border-line text-soft hover:bg-raised hover:text-text',
  main: 'border-accent bg-accent font-medium text-ground hover:opacity-90',
} as const;

interface ButtonProps extends ComponentProps<'button'> {
  look?: keyof typeof LOOK;
}

/** A button with a word on it. */
export function Button({ look = 'plain', className = '', ...props }: ButtonProps) {
  return (
    <button
      type="button"
      className={`inline-flex h-8 items-center justify-center gap-1.5 rounded border px-2.5 text-xs whitespace-nowrap disabled:opacity-50 pointer-coarse:h-10 ${LOOK[look]} ${className}`}
      {...props}
    />
  );
}
