const DAY = 24 * 60 * 60 * 1000;

/** Whole days from one ISO date to another, negative where the second lies before the first. */
export function daysBetween(first: string, second: string): number {
  return Math.round((Date.parse(second) - Date.parse(first)) / DAY);
}

/** A due date as people say it: today, tomorrow, in some days, or late by some days. */
export function sayDue(due: string, today: string): string {
  const days = daysBetween(today, due);
  if (days < 0) {
    return days === -1 ? "late by a day" : `late by ${-days} days`;
  }
  if (days < 2) {
    return days === 0 ? "today" : "tomorrow";
  }
  return `in ${days} days`;
}

/** Today's date in the form that the server wants, in the user's time zone. */
export function todayAsText(now: Date = new Date()): string {
  const month = String(now.getMonth() + 1).padStart(2, "0");
  const day = String(now.getDate()).padStart(2, "0");
  return `${now.getFullYear()}-${month}-${day}`;
}
