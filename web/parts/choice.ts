// Which guest is chosen in the form; it starts when the button says so.
import { computed } from '@preact/signals';
import { defaultGuest, findGuest, OWN } from '../machine/guests.ts';
import { planFor } from '../machine/plan.ts';
import { start } from '../machine/session.ts';
import { changeSettings, settings, type FlagChanges } from '../settings.ts';

/** The guest that the settings name, as long as this site has it. */
export const chosen = computed((): string => {
  const id = settings.value.guest;
  if (id === OWN || findGuest(id) !== undefined) return id ?? OWN;
  return defaultGuest()?.id ?? OWN;
});

export const chosenPlan = computed(() => planFor(chosen.value));

export function choose(id: string): void {
  changeSettings({ guest: id });
}

/** Sets one flag of the chosen guest; null goes back to what the guest comes with. */
export function changeFlag(name: string, value: string | boolean | null): void {
  const { flags } = settings.value;
  const { [name]: _, ...rest } = flags[chosen.value] ?? {};
  const changes: FlagChanges = value === null ? rest : { ...rest, [name]: value };
  changeSettings({ flags: { ...flags, [chosen.value]: changes } });
}

export function forgetFlags(): void {
  const { [chosen.value]: _, ...rest } = settings.value.flags;
  changeSettings({ flags: rest });
}

export async function startChosen(): Promise<void> {
  const plan = chosenPlan.value;
  if (plan === null) return;
  rememberInAddress(plan.id);
  await start(plan);
}

/** The address then leads to this guest; files of one's own are on one's own computer only. */
function rememberInAddress(id: string): void {
  const hash = id === OWN ? '' : `#guest=${id}`;
  history.replaceState(null, '', location.pathname + location.search + hash);
}

/** The guest that the address asks for. */
export function guestInAddress(): string | null {
  return new URLSearchParams(location.hash.slice(1)).get('guest');
}
