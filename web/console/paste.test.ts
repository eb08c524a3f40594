import { describe, expect, it } from 'vitest';
import { cleanPaste } from './paste.ts';

describe('cleanPaste', () => {
  it('keeps text, tabs and line ends', () => {
    expect(cleanPaste('a\tb\r\nc\nü 漢 🎈')).toBe('a\tb\r\nc\nü 漢 🎈');
  });

  it('cannot end a bracketed paste', () => {
    expect(cleanPaste('ls\u001b[201~rm -rf /\n')).toBe('ls[201~rm -rf /\n');
    expect(cleanPaste('ls\u009b201~rm\n')).toBe('ls201~rm\n');
  });

  it('drops interrupts and other controls', () => {
    expect(cleanPaste('\u0003\u0004a\u007f\u0000b')).toBe('ab');
  });
});
