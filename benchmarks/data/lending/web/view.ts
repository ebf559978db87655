import { sayDue } from "./dates";
import { State } from "./state";
import { Loan } from "./types";

/** Make a text safe to stand inside of HTML. */
export function escapeHtml(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}

/** Cents as an amount of money with two decimals. */
export function money(cents: number): string {
  return `${(cents / 100).toFixed(2)} €`;
}

/** One row of the table of loans; late ones stand out. */
export function renderLoan(loan: Loan, today: string): string {
  const due = sayDue(loan.due, today);
  const style = due.startsWith("late") ? ' class="late"' : "";
  return `<tr${style}><td>${escapeHtml(loan.title)}</td><td>${due}</td><td>${loan.renewals}</td></tr>`;
}

/** The whole page for a state. */
export function renderPage(state: State, today: string): string {
  const rows = state.account.loans.map((loan) => renderLoan(loan, today)).join("");
  const owed = state.account.owed > 0 ? `<p>You owe ${money(state.account.owed)}.</p>` : "";
  const message = state.message ? `<p role="alert">${escapeHtml(state.message)}</p>` : "";
  return `<main aria-busy="${state.busy}">${message}<table>${rows}</table>${owed}</main>`;
}
