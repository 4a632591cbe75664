// Passkeys: shows the form that needs script where the browser can do it, and fills in what it signs.
const kit = window.webauthnJSON;
for (const form of document.querySelectorAll('form[data-passkey]')) {
  if (!kit?.supported()) continue;
  const options = JSON.parse(document.getElementById(form.dataset.options).textContent);
  form.hidden = false;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    try {
      const creating = form.dataset.passkey === 'create';
      const credential = creating
        ? await kit.create(options.creation_options)
        : await kit.get(options.request_options);
      form.elements.credential.value = JSON.stringify(credential);
      form.submit();
    } catch {
      form.querySelector('[data-failed]').hidden = false;
    }
  });
}
