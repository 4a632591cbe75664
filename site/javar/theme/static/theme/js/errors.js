// After a refused form the reader is at its error summary, not at the top of the page.
export function focusOnErrors(page) {
  page.querySelector('#errors')?.focus();
}
