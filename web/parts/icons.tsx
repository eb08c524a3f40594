// Icons, drawn for this page on a grid of 20. They are decoration: the words beside them, or an aria-label, carry the meaning.
import type { ComponentChildren } from 'preact';

function Icon({ children }: { readonly children: ComponentChildren }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export const PlayIcon = () => (
  <Icon>
    <path d="M6 4.2v11.6L15.5 10z" fill="currentColor" />
  </Icon>
);

export const PauseIcon = () => (
  <Icon>
    <path d="M7 4.500v11M13 4.500v11" stroke-width="2.4" />
  </Icon>
);

export const ResetIcon = () => (
  <Icon>
    <path d="M15.8 11.500A6 6 0 1 1 15 6.500M15.5 3v4h-4" />
  </Icon>
);

export const KeyboardIcon = () => (
  <Icon>
    <rect x="2" y="5" width="16" height="10" rx="1.8" />
    <path d="M5 8.200h.010M8.3 8.200h.010M11.7 8.200h.010M15 8.200h.010M6.5 12h7" />
  </Icon>
);

export const CopyIcon = () => (
  <Icon>
    <rect x="7" y="7" width="9.5" height="9.5" rx="1.6" />
    <path d="M13 7V5a1.6 1.6 0 0 0-1.6-1.600H5A1.6 1.6 0 0 0 3.4 5v6.400A1.6 1.6 0 0 0 5 13h2" />
  </Icon>
);

export const SettingsIcon = () => (
  <Icon>
    <path d="M3 6h7M14 6h3M3 14h3M10 14h7" />
    <circle cx="12" cy="6" r="2" />
    <circle cx="8" cy="14" r="2" />
  </Icon>
);

export const CloseIcon = () => (
  <Icon>
    <path d="m5 5 10 10M15 5 5 15" />
  </Icon>
);

export const ChipIcon = () => (
  <Icon>
    <rect x="5.5" y="5.5" width="9" height="9" rx="1.4" />
    <path d="M8 2.800v2.700M12 2.800v2.700M8 14.500v2.700M12 14.500v2.700M2.8 8h2.700M2.8 12h2.700M14.5 8h2.700M14.5 12h2.7" />
  </Icon>
);

export const CheckIcon = () => (
  <Icon>
    <path d="m4.5 10.5 3.7 3.7 7.3-8" />
  </Icon>
);

export const AlertIcon = () => (
  <Icon>
    <path d="M10 3.2 18 16.500H2zM10 8.200v3.600M10 14.200h.01" />
  </Icon>
);

export const InfoIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="7.2" />
    <path d="M10 9.200v4.300M10 6.500h.01" />
  </Icon>
);

/** The mark: a chip in a glass case on its plinth. */
export const Mark = () => (
  <svg class="mark" viewBox="0 0 32 32" fill="none" stroke="currentColor" aria-hidden="true">
    <path d="M5 4.500h22v18H5z" fill="var(--glass)" stroke-width="1.8" stroke-linejoin="round" />
    <path d="M3 26.500h26" stroke-width="3.2" stroke-linecap="round" />
    <rect x="11" y="9" width="10" height="9" rx="1.4" fill="currentColor" stroke="none" />
    <path
      d="M13.5 6.800V9m5-2.200V9m-5 9v2.200m5-2.200v2.200M8.8 11.500H11m-2.2 4H11m10-4h2.200m-2.2 4h2.2"
      stroke-width="1.4"
      stroke-linecap="round"
    />
  </svg>
);
