// The panel beside the case: choose a guest, set its flags, start it; and what the machine has said and counted.
import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { CountedName } from '../../devices/machine/protocol.ts';
import { areGuestsKnown } from '../machine/guests.ts';
import { counters, current, messages, phase, queryCounters } from '../machine/session.ts';
import { chosen, chosenPlan, startChosen } from './choice.ts';
import { FlagFields } from './flag-fields.tsx';
import { GuestChooser } from './guest-chooser.tsx';
import { CloseIcon, PlayIcon } from './icons.tsx';

/** On a narrow window the panel is a sheet over the page, which this opens. */
export const isPanelOpen = signal(false);

const COUNTERS_PERIOD_MS = 1000;
const SHOWN_COUNTERS = 12;

function StartButton() {
  const plan = chosenPlan.value;
  const isOn = phase.value === 'on';
  const isAgain = isOn && current.value?.id === chosen.value;
  return (
    <>
      <button type="submit" class="button primary large" disabled={plan === null}>
        <PlayIcon />
        {isAgain ? 'Start anew' : 'Start'}
      </button>
      <p class="hint">
        {plan === null
          ? 'Choose a kernel or a ROM first.'
          : isOn
            ? 'The machine that is on now is switched off first.'
            : ''}
      </p>
    </>
  );
}

function GuestForm({ onStart }: { readonly onStart: () => void }) {
  return (
    <form
      class="guest-form"
      onSubmit={(event) => {
        event.preventDefault();
        isPanelOpen.value = false;
        onStart();
        void startChosen();
      }}
    >
      <GuestChooser />
      <FlagFields />
      <div class="start">
        <StartButton />
      </div>
    </form>
  );
}

function Counts({ title, list }: { readonly title: string; readonly list: readonly CountedName[] }) {
  if (list.length === 0) return null;
  return (
    <table>
      <caption>{title}</caption>
      <tbody>
        {list.slice(0, SHOWN_COUNTERS).map(({ name, count }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{count.toLocaleString('en')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Asked for only while someone looks. */
function Counters() {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    if (!isOpen) return;
    queryCounters();
    const timer = setInterval(queryCounters, COUNTERS_PERIOD_MS);
    return () => clearInterval(timer);
  }, [isOpen]);
  const now = counters.value;
  return (
    <details class="section" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>Under the glass</summary>
      {now === null ? (
        <p class="hint">Counters appear when a machine is on.</p>
      ) : (
        <>
          <Counts title="Why the CPU core handed over" list={now.exits} />
          <Counts title="Devices that were spoken to" list={now.io} />
          <Counts title="Asked for, but not modelled" list={now.unimplemented} />
        </>
      )}
    </details>
  );
}

function Messages() {
  const end = useRef<HTMLPreElement>(null);
  const list = messages.value;
  useEffect(() => {
    end.current?.scrollTo({ top: end.current.scrollHeight });
  }, [list]);
  if (list.length === 0) return null;
  return (
    <details class="section">
      <summary>Messages of the machine ({list.length})</summary>
      <pre ref={end} class="messages" tabIndex={0} aria-label="Messages of the machine">
        {list.join('\n')}
      </pre>
    </details>
  );
}

export function Panel({ onStart }: { readonly onStart: () => void }) {
  return (
    <aside id="panel" class="panel" data-open={isPanelOpen.value} aria-label="Guests and flags">
      <button
        type="button"
        class="button quiet square panel-close"
        aria-label="Close the panel"
        onClick={() => (isPanelOpen.value = false)}
      >
        <CloseIcon />
      </button>
      {areGuestsKnown.value ? (
        <GuestForm onStart={onStart} />
      ) : (
        <p class="section hint">Fetching the list of guests…</p>
      )}
      <Counters />
      <Messages />
    </aside>
  );
}
