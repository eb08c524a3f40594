// Which guest: those of the site with their sizes, or files of one's own.
import type { ComponentChildren } from 'preact';
import { guests, hasLinux, OWN, sizeInWords, sizeOf, type Guest } from '../machine/guests.ts';
import { ownFiles, setImage, setInitrd } from '../machine/own-files.ts';
import { chosen, choose } from './choice.ts';
import { CloseIcon } from './icons.tsx';

interface OptionProps {
  readonly id: string;
  readonly title: string;
  readonly meta: string;
  readonly children: ComponentChildren;
}

function GuestOption({ id, title, meta, children }: OptionProps) {
  const isChosen = chosen.value === id;
  return (
    <div class="guest" data-chosen={isChosen}>
      <label>
        <input type="radio" name="guest" value={id} checked={isChosen} onChange={() => choose(id)} />
        <span class="guest-title">{title}</span>
        <span class="guest-meta">{meta}</span>
      </label>
      {children}
    </div>
  );
}

function SiteGuest({ guest }: { readonly guest: Guest }) {
  return (
    <GuestOption id={guest.id} title={guest.title} meta={sizeInWords(sizeOf(guest))}>
      <p>{guest.description}</p>
      {chosen.value === guest.id && (
        <details>
          <summary>Licence and files</summary>
          <p>{guest.licence}</p>
          <ul class="plain">
            {guest.files.map(({ path, size }) => (
              <li key={path}>
                <code>{path}</code> {sizeInWords(size)}
              </li>
            ))}
          </ul>
        </details>
      )}
    </GuestOption>
  );
}

interface PickerProps {
  readonly label: string;
  readonly file: File | null;
  readonly onPick: (file: File | null) => void;
}

function FilePicker({ label, file, onPick }: PickerProps) {
  const pick = (input: HTMLInputElement): void => {
    const [picked] = input.files ?? [];
    if (picked !== undefined) onPick(picked);
    // The same file may be chosen again after it has changed.
    input.value = '';
  };
  return (
    <div class="picker">
      <label class="button">
        <input type="file" class="hidden" onChange={({ currentTarget }) => pick(currentTarget)} />
        {label}
      </label>
      <span class="picker-name">{file === null ? 'none' : `${file.name}, ${sizeInWords(file.size)}`}</span>
      {file !== null && (
        <button
          type="button"
          class="button quiet square"
          aria-label={`Take ${file.name} out`}
          onClick={() => onPick(null)}
        >
          <CloseIcon />
        </button>
      )}
    </div>
  );
}

function OwnGuest() {
  const { image, flag, initrd } = ownFiles.value;
  const pickImage = async (file: File | null): Promise<void> => {
    await setImage(file);
    choose(OWN);
  };
  const pickInitrd = (file: File | null): void => {
    setInitrd(file);
    choose(OWN);
  };
  return (
    <GuestOption id={OWN} title="Your own kernel or ROM" meta="">
      <p>
        A Linux bzImage, a multiboot or PVH kernel, or a ROM. Drop it anywhere on this page, or choose it here. It stays
        on your computer.
      </p>
      {chosen.value === OWN && (
        <>
          <FilePicker label="Kernel or ROM…" file={image} onPick={(file) => void pickImage(file)} />
          {flag === '-kernel' && <FilePicker label="Initial RAM disk…" file={initrd} onPick={pickInitrd} />}
        </>
      )}
    </GuestOption>
  );
}

export function GuestChooser() {
  return (
    <fieldset class="guests">
      <legend>Guest</legend>
      {guests.value.map((guest) => (
        <SiteGuest key={guest.id} guest={guest} />
      ))}
      <OwnGuest />
      {guests.value.length > 0 && !hasLinux() && (
        <p class="hint">
          The Linux guest is not on this site. Its recipe needs Debian's package tools: on such a system{' '}
          <code>npm run build:guests</code> makes it. Or bring a kernel of your own.
        </p>
      )}
    </fieldset>
  );
}
