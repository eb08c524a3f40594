// Where the terminal stands in the page.
import { useEffect, useRef } from 'preact/hooks';
import { connectConsole } from '../machine/session.ts';
import { settings } from '../settings.ts';
import { listenForChords, type GuestTerminal } from './terminal.ts';

export const KEYBOARD_HELP_ID = 'keyboard-help';

export function Screen({ terminal }: { readonly terminal: GuestTerminal }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (place.current === null) return;
    const close = terminal.open(place.current, KEYBOARD_HELP_ID);
    const forget = listenForChords(terminal);
    connectConsole(terminal.write.bind(terminal), terminal.clear.bind(terminal));
    return () => {
      forget();
      close();
    };
  }, [terminal]);
  const { fontSize, isScreenReader } = settings.value;
  useEffect(() => {
    terminal.apply(fontSize, isScreenReader);
  }, [terminal, fontSize, isScreenReader]);
  return <div class="console-place" ref={place} />;
}
