// Dragging a row presses its own up or down button as often as needed: one way to write a rank.
export function dragToRank(page) {
  for (const list of page.querySelectorAll('.rank[data-drag]')) {
    let held = null;
    let from = 0;
    for (const row of list.children) row.draggable = true;
    list.addEventListener('dragstart', (event) => {
      held = event.target.closest('li');
      from = [...list.children].indexOf(held);
    });
    list.addEventListener('dragover', (event) => {
      const over = event.target.closest('li');
      if (!held || !over) return;
      event.preventDefault();
      if (over === held) return;
      const box = over.getBoundingClientRect();
      over[event.clientY > box.top + box.height / 2 ? 'after' : 'before'](held);
    });
    list.addEventListener('drop', (event) => event.preventDefault());
    list.addEventListener('dragend', async () => {
      if (!held) return;
      const steps = [...list.children].indexOf(held) - from;
      const form = held.querySelector('form');
      held = null;
      for (let step = 0; step < Math.abs(steps); step += 1) {
        const sent = new FormData(form);
        sent.set(steps < 0 ? 'up' : 'down', '1');
        await fetch(form.action, { method: 'POST', body: sent });
      }
      if (steps) location.reload();
    });
  }
}
