// The machine's flags as a form. The fields come from the flag table, as the parser, -help and docs/cli.md do.
import { useId } from 'preact/hooks';
import { complaintAbout, type Flag } from '../client.ts';
import { changesOf, commandLine, fieldValue, FORM_FLAGS, takesCommandLine } from '../machine/plan.ts';
import { changeFlag, chosen, chosenPlan, forgetFlags } from './choice.ts';

/** Those that everybody needs, with names for people. */
const MAIN: Readonly<Record<string, string>> = { m: 'Memory', append: 'Kernel command line' };

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function explain(flag: Flag): string {
  return sentence(flag.byDefault === undefined ? flag.help : `${flag.help} (default: ${flag.byDefault})`);
}

function FlagName({ flag }: { readonly flag: Flag }) {
  const name = MAIN[flag.name];
  return name === undefined ? (
    <code>-{flag.name}</code>
  ) : (
    <>
      {name} <code>-{flag.name}</code>
    </>
  );
}

function ValueField({ flag }: { readonly flag: Flag }) {
  const id = useId();
  const value = String(fieldValue(chosen.value, flag));
  const isOff = flag.name === 'append' && !takesCommandLine(chosen.value);
  const complaint = value === '' || isOff ? null : complaintAbout(flag, value);
  return (
    <div class="field">
      <label for={id}>
        <FlagName flag={flag} />
      </label>
      <input
        id={id}
        type="text"
        value={isOff ? '' : value}
        disabled={isOff}
        placeholder={isOff ? 'a ROM takes none' : (flag.syntax ?? '')}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        list={flag.choices === undefined ? undefined : `${id}-choices`}
        aria-invalid={complaint !== null}
        aria-describedby={`${id}-help`}
        onInput={({ currentTarget }) => changeFlag(flag.name, currentTarget.value)}
      />
      {flag.choices !== undefined && (
        <datalist id={`${id}-choices`}>
          {flag.choices.map((choice) => (
            <option key={choice} value={choice} />
          ))}
        </datalist>
      )}
      <p id={`${id}-help`} class={complaint === null ? 'hint' : 'complaint'}>
        {complaint === null ? explain(flag) : `${value} ${complaint}.`}
      </p>
    </div>
  );
}

function SwitchField({ flag }: { readonly flag: Flag }) {
  const id = useId();
  return (
    <div class="field switch">
      <input
        id={id}
        type="checkbox"
        checked={fieldValue(chosen.value, flag) === true}
        aria-describedby={`${id}-help`}
        onChange={({ currentTarget }) => changeFlag(flag.name, currentTarget.checked)}
      />
      <label for={id}>
        <FlagName flag={flag} />
      </label>
      <p id={`${id}-help`} class="hint">
        {explain(flag)}
      </p>
    </div>
  );
}

function FlagField({ flag }: { readonly flag: Flag }) {
  return flag.syntax === null ? <SwitchField flag={flag} /> : <ValueField flag={flag} />;
}

export function FlagFields() {
  const isMain = ({ name }: Flag): boolean => name in MAIN;
  const plan = chosenPlan.value;
  return (
    <>
      {FORM_FLAGS.filter(isMain).map((flag) => (
        <FlagField key={`${chosen.value} ${flag.name}`} flag={flag} />
      ))}
      <details class="more">
        <summary>More flags</summary>
        {FORM_FLAGS.filter((flag) => !isMain(flag)).map((flag) => (
          <FlagField key={`${chosen.value} ${flag.name}`} flag={flag} />
        ))}
      </details>
      {Object.keys(changesOf(chosen.value)).length > 0 && (
        <button type="button" class="button quiet" onClick={forgetFlags}>
          Back to what the guest comes with
        </button>
      )}
      {plan !== null && (
        <details class="more">
          <summary>The same in a terminal</summary>
          <pre tabIndex={0} aria-label="Command line">
            {commandLine(plan)}
          </pre>
        </details>
      )}
    </>
  );
}
