// Polls while the page is visible: `look` runs again `every` milliseconds after it ended; failures are tried again.

export function poll(look, every) {
  async function again() {
    if (!document.hidden) await look().catch(() => {});
    setTimeout(again, every);
  }
  again();
}
