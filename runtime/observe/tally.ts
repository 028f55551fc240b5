import type { Histogram, Registry } from "prom-client";

export interface TallyOptions {
  readonly name: string;
  readonly help: string;
  /** Upper bounds, rising. */
  readonly buckets: readonly number[];
  /** By what it is told apart. */
  readonly label: string;
}

/** Of one value of the label; `counts` has one more than there are buckets, for what is above all. */
interface Counted {
  readonly counts: number[];
  sum: number;
}

/**
 * A histogram by one label for what happens thousands of times a second: prom-client makes a text of the labels for each
 * value, which costs more than all the rest of telling. It is read and written out as one of prom-client's own.
 */
export class Tally {
  readonly #byLabel = new Map<string, Counted>();
  readonly #options: TallyOptions;

  constructor(registry: Registry, options: TallyOptions) {
    this.#options = options;
    const { name, help } = options;
    const metric = { name, help, type: "histogram", aggregator: "sum", get: () => Promise.resolve(this.#read()) };
    registry.registerMetric(metric as unknown as Histogram);
  }

  count(of: string, value: number): void {
    let counted = this.#byLabel.get(of);
    const { buckets } = this.#options;
    if (counted === undefined) {
      counted = { counts: Array(buckets.length + 1).fill(0), sum: 0 };
      this.#byLabel.set(of, counted);
    }
    let index = 0;
    while (index < buckets.length && value > buckets[index]!) index++;
    counted.counts[index]!++;
    counted.sum += value;
  }

  #read(): object {
    const { name, help, buckets, label } = this.#options;
    const values = [...this.#byLabel].flatMap(([of, { counts, sum }]) => {
      let below = 0;
      return [
        ...counts.map((count, index) => ({
          metricName: `${name}_bucket`,
          labels: { le: buckets[index] ?? "+Inf", [label]: of },
          value: below += count,
        })),
        { metricName: `${name}_sum`, labels: { [label]: of }, value: sum },
        { metricName: `${name}_count`, labels: { [label]: of }, value: below },
      ];
    });
    return { name, help, type: "histogram", aggregator: "sum", values };
  }
}
