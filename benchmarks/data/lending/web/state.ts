import { account, renew } from "./client";
import { daysBetween } from "./dates";
import { Account, Loan } from "./types";

export type Listener = (state: State) => void;

export interface State {
  account: Account;
  message: string;
  busy: boolean;
}

/** Holds what the page shows, and tells those who listen when it changes. */
export class Store {
  private state: State = { account: { loans: [], owed: 0 }, message: "", busy: false };
  private listeners: Listener[] = [];

  /** Be told of every change; the function that is returned ends it. */
  listen(listener: Listener): () => void {
    this.listeners.push(listener);
    listener(this.state);
    return () => {
      this.listeners = this.listeners.filter((other) => other !== listener);
    };
  }

  /** Change a part of the state, and tell the listeners. */
  update(change: Partial<State>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) {
      listener(this.state);
    }
  }

  /** Load the account from the server; a failure becomes a message. */
  async refresh(): Promise<void> {
    this.update({ busy: true });
    const answer = await account();
    this.update(answer.ok ? { account: answer.value, message: "", busy: false } : { message: answer.message, busy: false });
  }

  /** Renew everything that is due within some days, one after the other, and say how many it were. */
  async renewDue(today: string, days: number): Promise<number> {
    let done = 0;
    for (const loan of dueWithin(this.state.account.loans, today, days)) {
      const answer = await renew(loan.number);
      if (answer.ok) {
        done += 1;
      } else {
        this.update({ message: answer.message });
      }
    }
    await this.refresh();
    return done;
  }
}

/** The loans that are due within so many days, the late ones among them. */
export function dueWithin(loans: Loan[], today: string, days: number): Loan[] {
  return loans.filter((loan) => daysBetween(today, loan.due) <= days);
}
