import { todayAsText } from "./dates";
import { Account, Loan, Result } from "./types";

const RETRIES = 3;

/** Wait longer after each attempt that failed, with a little chance in it so that clients do not march in step. */
export function pause(attempt: number, random: () => number = Math.random): Promise<void> {
  const milliseconds = 200 * 2 ** attempt * (0.5 + random());
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Whether a status is worth another attempt: the server is overloaded or restarting. */
export function isPassing(status: number): boolean {
  return status === 429 || status === 502 || status === 503;
}

/** Send a request to the desk and read its answer, trying again where that may help. */
export async function post<T>(path: string, body: object): Promise<Result<T>> {
  for (let attempt = 0; attempt < RETRIES; attempt++) {
    const answer = await fetch(path, { method: "POST", body: JSON.stringify({ ...body, today: todayAsText() }) });
    if (isPassing(answer.status)) {
      await pause(attempt);
      continue;
    }
    const content = await answer.json();
    return answer.ok ? { ok: true, value: content as T } : { ok: false, message: content.error };
  }
  return { ok: false, message: "The library does not answer; please try again later." };
}

/** Borrow an item by the number under its bar code. */
export function borrow(number: string): Promise<Result<Loan>> {
  return post<Loan>("/lend", { number });
}

/** Ask for more time for a loan; the answer holds the new due date. */
export function renew(number: string): Promise<Result<{ due: string }>> {
  return post<{ due: string }>("/renew", { number });
}

/** What the member has at home, and owes. */
export function account(): Promise<Result<Account>> {
  return post<Account>("/loans", {});
}
