export interface Loan {
  number: string;
  title: string;
  due: string;
  renewals: number;
}

export interface Account {
  loans: Loan[];
  owed: number;
}

export type Result<T> = { ok: true; value: T } | { ok: false; message: string };
