import { Component, type ReactNode } from 'react';

/** Shows why a page could not be shown, such as that its part of the program could not be fetched. */
export class PageBoundary extends Component<{ children: ReactNode }, { error: Error | undefined }> {
  override state = { error: undefined as Error | undefined };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <div role="alert" className="mx-auto max-w-lg rounded-lg border border-bad bg-surface p-4">
        <p className="font-semibold text-bad">This page could not be shown</p>
        <p className="mt-1 break-words text-soft">{error.message}</p>
        <button
          type="button"
          onClick={() => location.reload()}
          className="mt-3 h-8 rounded border border-line px-2.5 hover:bg-raised"
        >
          Load it again
        </button>
      </div>
    );
  }
}
