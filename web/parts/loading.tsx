// Over the screen while there is no machine: downloads on their way, or the button that starts.
import { findGuest, sizeInWords, sizeOf } from '../machine/guests.ts';
import type { Plan } from '../machine/plan.ts';
import { current, downloads, phase, start, turnOff, type Download } from '../machine/session.ts';
import { CheckIcon, PlayIcon } from './icons.tsx';

function amount({ received, total, isDone, isFromCache }: Download): string {
  if (isFromCache) return `${sizeInWords(received)}, kept from before`;
  if (isDone) return sizeInWords(received);
  return total === null ? sizeInWords(received) : `${sizeInWords(received)} of ${sizeInWords(total)}`;
}

function DownloadRow({ download }: { readonly download: Download }) {
  const { name, received, total, isDone } = download;
  // Without a known length the bar has no value: it shows that something is on its way.
  const value = isDone ? { value: 1, max: 1 } : total === null ? {} : { value: received, max: total };
  return (
    <li class="download">
      <span class="download-name">
        {isDone && <CheckIcon />}
        {name}
      </span>
      <span class="download-amount">{amount(download)}</span>
      <progress aria-label={name} {...value} />
    </li>
  );
}

function Loading() {
  const isStarting = phase.value === 'starting';
  return (
    <div class="card">
      <h2>{isStarting ? 'Switching on' : 'Fetching'}</h2>
      <p class="card-title">{current.value?.title}</p>
      <ul class="downloads">
        {downloads.value.map((download) => (
          <DownloadRow key={download.name} download={download} />
        ))}
      </ul>
      {!isStarting && (
        <button type="button" class="button" onClick={turnOff}>
          Cancel
        </button>
      )}
    </div>
  );
}

function Ready({ plan }: { readonly plan: Plan }) {
  const guest = findGuest(plan.id);
  return (
    <div class="card">
      <h2>Ready</h2>
      <p class="card-title">{plan.title}</p>
      {guest !== undefined && <p>{guest.description}</p>}
      <button type="button" class="button primary large" onClick={() => void start(plan)}>
        <PlayIcon />
        Start
        {guest !== undefined && <small>{sizeInWords(sizeOf(guest))}</small>}
      </button>
    </div>
  );
}

export function ScreenCover({ chosen }: { readonly chosen: Plan | null }) {
  const isOpen = phase.value === 'on' || phase.value === 'failed';
  if (isOpen || (phase.value === 'off' && chosen === null)) return null;
  return <div class="cover">{phase.value === 'off' && chosen !== null ? <Ready plan={chosen} /> : <Loading />}</div>;
}
