// Dragging a row writes the whole order at once; the buttons stay the way without a mouse.
export function dragToRank(page) {
  for (const list of page.querySelectorAll('.rank[data-drag]')) {
    let held = null;
    let before = '';
    const order = () => [...list.children].map((row) => row.dataset.wish);
    for (const row of list.children) row.draggable = true;
    list.addEventListener('dragstart', (event) => {
      held = event.target.closest('li');
      before = order().join();
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
      const sent = new FormData(held.querySelector('form'));
      held = null;
      if (order().join() === before) return;
      for (const wish of order()) sent.append('wish', wish);
      await fetch(list.dataset.drag, { method: 'POST', body: sent });
      location.reload();
    });
  }
}
