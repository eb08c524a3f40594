// What may be pasted into a guest. Text from elsewhere may hide control characters: an escape sequence would end a bracketed paste
// early and turn the rest into typed commands. Tabs and line ends stay, all other controls go.

export function cleanPaste(text: string): string {
  // C0 but for tab, LF and CR; DEL; C1.
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/gu, '');
}
