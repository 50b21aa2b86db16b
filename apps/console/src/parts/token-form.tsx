import { KeyRound } from 'lucide-react';
import { type FormEvent, useId } from 'react';

/** Asked for when the daemon does not know the token, or none was given. */
export function TokenForm({ hadToken, onToken }: { hadToken: boolean; onToken: (token: string) => void }) {
  const id = useId();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const token = String(new FormData(event.currentTarget).get('token') ?? '').trim();
    if (token !== '') onToken(token);
  };
  return (
    <main className="mx-auto grid min-h-dvh max-w-md content-center p-4">
      <form onSubmit={submit} className="rounded-lg border border-line bg-surface p-5">
        <h1 className="flex items-center gap-2 text-base font-semibold">
          <KeyRound aria-hidden size={16} className="text-faint" />
          {hadToken ? 'The daemon does not accept this token' : 'A token is needed'}
        </h1>
        <p className="mt-1.5 text-soft">
          <code className="font-mono">dreamnet up</code> prints the console's address with the token in it.
          You can open that address, or paste the token here.
        </p>
        <label htmlFor={id} className="mt-4 block text-xs text-soft">
          Token
        </label>
        <div className="mt-1 flex gap-2">
          <input
            id={id}
            name="token"
            type="password"
            autoComplete="off"
            required
            aria-invalid={hadToken}
            className="h-9 min-w-0 flex-1 rounded border border-line bg-ground px-2.5 font-mono"
          />
          <button type="submit" className="h-9 rounded bg-accent px-3.5 font-medium text-ground">
            Open
          </button>
        </div>
        <p className="mt-2 text-xs text-faint">Kept in this tab only, until you close it.</p>
      </form>
    </main>
  );
}
