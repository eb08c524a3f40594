// Stands beside the page in a browser that bench/browser.ts has started, looks at it and reports.

/** @param {string} guest @param {string} prompt */
export function look(guest, prompt) {
  const page = /** @type {any} */ (globalThis);
  const start = performance.now();
  const frame = page.document.createElement('iframe');
  frame.style = 'width: 100vw; height: 95vh';
  frame.src = `site/#guest=${guest}`;
  page.document.body.append(frame);
  let typed = false;
  const tell = (/** @type {object} */ what) => {
    const seconds = Number(((performance.now() - start) / 1000).toFixed(1));
    void fetch('report', { method: 'POST', body: JSON.stringify({ seconds, ...what }) });
  };
  page.onerror = (/** @type {unknown} */ message) => tell({ error: String(message) });
  frame.onload = () => {
    frame.contentWindow.onerror = page.onerror;
    frame.contentWindow.onunhandledrejection = (/** @type {any} */ event) => tell({ error: String(event.reason) });
  };
  const type = (/** @type {string} */ text) => {
    const keys = frame.contentDocument.querySelector('.xterm-helper-textarea');
    keys.dispatchEvent(new page.InputEvent('input', { data: text, inputType: 'insertText', bubbles: true }));
    keys.dispatchEvent(new page.KeyboardEvent('keydown', { key: 'Enter', code: 'Enter', keyCode: 13, bubbles: true }));
  };
  const timer = setInterval(() => {
    const view = frame.contentDocument;
    const text = (view?.querySelector('.xterm-rows')?.innerText ?? '').replaceAll('\u00a0', ' ');
    const alert = view?.querySelector('[role=alert]')?.innerText;
    if (alert) tell({ error: alert });
    if (!typed && text.includes(prompt.trimEnd())) {
      typed = true;
      tell({ prompt: true, agent: page.navigator.userAgent });
      type('echo $((6*7)) $(uname -m)');
    } else if (typed && /^42 \S+/m.test(text)) {
      clearInterval(timer);
      tell({ answer: /^42 .*$/m.exec(text)?.[0], end: true });
    }
  }, 100);
}
