import type { JSX } from "hono/jsx/jsx-runtime";
import type { Visit } from "./visit.ts";

/** One of these statuses or, as the empty one, all. */
export function StatusField({ visit, statuses }: { visit: Visit; statuses: readonly string[] }): JSX.Element {
  const { status = "" } = visit.query;
  return (
    <fieldset class="segments">
      <legend class="unseen">Status</legend>
      {statuses.map((value) => (
        <label>
          <input type="radio" name="status" value={value} checked={value === status} />
          <span>{value === "" ? "All" : value.charAt(0).toUpperCase() + value.slice(1)}</span>
        </label>
      ))}
    </fieldset>
  );
}

interface NameFieldProps {
  readonly visit: Visit;
  /** What it asks the list for. */
  readonly name: "type" | "kind";
  readonly label: string;
  readonly names: readonly string[];
}

/** One of these names or all; it is where `/` leads. */
export function NameField({ visit, name, label, names }: NameFieldProps): JSX.Element {
  const { [name]: chosen = "" } = visit.query;
  return (
    <label class="field-inline">
      <span>{label}</span>
      <select name={name} data-filter>
        <option value="">All</option>
        {names.map((each) => <option value={each} selected={each === chosen}>{each}</option>)}
      </select>
    </label>
  );
}
