/** Why a request was not carried out, in the forms Alertmanager answers with: clients show them as they are. */
export interface Refusal {
  readonly status: number;
  readonly body: string | { readonly code: number; readonly message: string };
}

/** The request is well formed, but what it says is not possible. */
export function refusal(status: number, message: string): Refusal {
  return { status, body: message };
}

/** The body is not of the form that is wanted. @source go-openapi/errors: 601 a wrong type, 602 required, 612 too few items */
export function invalidForm(code: 601 | 602 | 612, message: string): Refusal {
  return { status: 422, body: { code, message } };
}

/** The body cannot be read at all. */
export function unreadable(what: string, why: string): Refusal {
  return { status: 400, body: { code: 400, message: `parsing ${what} body from "" failed, because ${why}` } };
}
