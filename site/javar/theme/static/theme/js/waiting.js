// A page that waits for work in the background looks again by itself.
export function refreshWhileWaiting(page) {
  const waiting = page.querySelector('[data-waiting]');
  if (waiting) setTimeout(() => location.reload(), 1000 * Number(waiting.dataset.waiting));
}
