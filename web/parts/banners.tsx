// What has happened, in words, above the screen: errors, the machine's end, and notes.
import { computed, signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { MachineExit } from '../../devices/machine/protocol.ts';
import { smallestGuest } from '../machine/guests.ts';
import { current, exit, messages, phase, problem, reset } from '../machine/session.ts';
import { choose, startChosen } from './choice.ts';
import { AlertIcon, CloseIcon, InfoIcon } from './icons.tsx';

/** Words about the page itself: no guests on this site, an unknown guest in the address. */
export const siteNote = signal<string | null>(null);
/** The message that the user has put away. */
const dismissed = signal<string | null>(null);

interface BannerProps {
  readonly kind: 'alert' | 'status';
  readonly children: ComponentChildren;
  readonly actions?: ComponentChildren;
  readonly details?: string | null;
  readonly onDismiss?: () => void;
}

function Banner({ kind, children, actions, details = null, onDismiss }: BannerProps) {
  return (
    // What is no alarm is spoken by SpokenStatus: a region that comes with its words is often not read.
    <div class="banner" data-kind={kind} role={kind === 'alert' ? 'alert' : undefined}>
      {kind === 'alert' ? <AlertIcon /> : <InfoIcon />}
      <div class="banner-words">
        <p>{children}</p>
        {details !== null && <pre tabIndex={0}>{details}</pre>}
      </div>
      <div class="banner-actions">
        {actions}
        {onDismiss !== undefined && (
          <button type="button" class="button quiet square" aria-label="Put this message away" onClick={onDismiss}>
            <CloseIcon />
          </button>
        )}
      </div>
    </div>
  );
}

function ProblemBanner() {
  const now = problem.value;
  if (now === null) return null;
  const plan = current.value;
  const fallback = smallestGuest();
  const other = fallback?.id === plan?.id ? undefined : fallback;
  const actions = (
    <>
      {plan !== null && (
        <button type="button" class="button" onClick={() => void reset()}>
          Try again
        </button>
      )}
      {other !== undefined && (
        <button
          type="button"
          class="button"
          onClick={() => {
            choose(other.id);
            void startChosen();
          }}
        >
          Start {other.title}
        </button>
      )}
    </>
  );
  return (
    <Banner kind="alert" actions={actions} details={now.details}>
      {now.words}
    </Banner>
  );
}

const ALARMING: ReadonlySet<MachineExit['kind']> = new Set(['triple-fault', 'bug'] as const);

function ExitBanner() {
  const end = exit.value;
  if (end === null || phase.value !== 'on') return null;
  const actions = (
    <button type="button" class="button" onClick={() => void reset()}>
      Start again
    </button>
  );
  return (
    <Banner kind={ALARMING.has(end.kind) ? 'alert' : 'status'} actions={actions}>
      {end.words}
    </Banner>
  );
}

/** The last thing that was said about the guest. With -d a log streams by: the panel has it. */
export const lastMessage = computed(() =>
  current.value?.argv.includes('-d') === true ? null : (messages.value.at(-1) ?? null),
);

function MessageBanner() {
  const last = lastMessage.value;
  if (last === null || last === dismissed.value) return null;
  return (
    <Banner kind="status" onDismiss={() => (dismissed.value = last)}>
      {last}
    </Banner>
  );
}

export function Banners() {
  const note = siteNote.value;
  return (
    <div class="banners">
      {note !== null && (
        <Banner kind="alert" onDismiss={() => (siteNote.value = null)}>
          {note}
        </Banner>
      )}
      <ProblemBanner />
      <ExitBanner />
      <MessageBanner />
    </div>
  );
}
