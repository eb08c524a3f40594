// The colours of the screen, the same by day and by night: a screen is its own light. Every colour but black and the
// selection has a contrast of at least 4.5 on the background; `minimumContrastRatio` sees to what guests mix themselves.
import type { ITheme } from '@xterm/xterm';

export const SCREEN_THEME: ITheme = {
  background: '#11171a',
  foreground: '#dde5e3',
  cursor: '#7fe0cf',
  cursorAccent: '#11171a',
  selectionBackground: '#2f5c5a',
  selectionInactiveBackground: '#2a3f42',
  black: '#27323a',
  red: '#f28779',
  green: '#9ccf7c',
  yellow: '#e6c06a',
  blue: '#7ab7f0',
  magenta: '#d3a2ec',
  cyan: '#74d4cb',
  white: '#cfd8d6',
  brightBlack: '#8595a0',
  brightRed: '#ffa79c',
  brightGreen: '#b9e59d',
  brightYellow: '#f6d995',
  brightBlue: '#a3cffb',
  brightMagenta: '#e5c3f6',
  brightCyan: '#a0ebe3',
  brightWhite: '#f6faf9',
};
