// After a refused form the reader is at its error summary, not at the top of the page. An address
// with a fragment moves the focus once more when the page has loaded, so this waits for that.
export function focusOnErrors(page) {
  const summary = page.querySelector('#errors');
  if (!summary) return;
  summary.focus();
  window.addEventListener('load', () => setTimeout(() => summary.focus()));
}
