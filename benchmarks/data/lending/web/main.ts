import { todayAsText } from "./dates";
import { Store } from "./state";
import { renderPage } from "./view";

const SOON = 3;

/** Show the store's state in an element, and wire the button that renews what is due. */
export function mount(element: HTMLElement, store: Store): () => void {
  const end = store.listen((state) => {
    element.innerHTML = renderPage(state, todayAsText());
  });
  element.addEventListener("click", (event) => {
    if ((event.target as HTMLElement).id === "renew") {
      void store.renewDue(todayAsText(), SOON);
    }
  });
  void store.refresh();
  return end;
}
