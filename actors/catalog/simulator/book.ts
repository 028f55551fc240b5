import { type Random, seededRandom } from "../../../runtime/core/random.ts";
import type { CatalogOptions, Listing } from "./contract.ts";

export interface SimulatedCategory {
  readonly internalId: string;
  readonly name: string;
  readonly description: string;
}

export interface SimulatedProduct {
  readonly internalId: string;
  readonly name: string;
  readonly description: string;
  readonly minFaceValue: number;
  readonly maxFaceValue: number;
  readonly count: number | null;
  readonly prices: readonly { readonly currency: string; readonly min: number; readonly max: number }[];
  readonly configurations: readonly { readonly name: string; readonly value: string }[];
}

export interface SimulatedBrand {
  readonly internalId: string;
  readonly name: string;
  readonly countryCode: string;
  readonly currencyCode: string;
  readonly description: string;
  readonly logoUrl: string;
  readonly categories: readonly string[];
  readonly products: readonly SimulatedProduct[];
}

const CURRENCIES = ["EUR", "USD", "CHF"];
const WORDS = ["Gift", "Play", "Café", "Travel", "Book", "Wash", "Music", "Style"];
const LOREM = "Redeem it where you like; it holds for two years — ask us. ";

/** What a catalogue lists, and how that changes; the same seed and calls make the same. */
export class Book {
  readonly #random: Random;
  readonly #descriptionChars: number;
  readonly #categories = new Map<string, SimulatedCategory>();
  readonly #brands = new Map<string, SimulatedBrand>();
  /** Listed no more: they may come back. */
  readonly #hidden: SimulatedBrand[] = [];
  #made = 0;

  constructor(
    { seed, brands = 20, productsOfBrand = 10, categories = 8, descriptionChars = 40 }: CatalogOptions,
  ) {
    this.#random = seededRandom(seed);
    this.#descriptionChars = descriptionChars;
    for (let count = 0; count < categories; count++) this.#addCategory();
    for (let count = 0; count < brands; count++) this.#addBrand(productsOfBrand);
  }

  get categoriesText(): string {
    return JSON.stringify([...this.#categories.values()]);
  }

  brandsText(more: readonly unknown[] = []): string {
    return JSON.stringify({ brands: [...this.#brands.values(), ...more] });
  }

  change(): void {
    const brand = this.#any([...this.#brands.values()])!;
    const product = this.#any(brand.products);
    const way = this.#below(12);
    if (way === 0) return this.#changeCategory();
    if (way === 1) return this.#addBrand(2);
    if (way === 2 && this.#brands.size > 3) {
      this.#brands.delete(brand.internalId);
      this.#hidden.push(brand);
      return;
    }
    if (way === 3 && this.#hidden.length > 0) return this.#keep(this.#hidden.shift()!);
    if (way === 4) return this.#keep({ ...brand, name: `${brand.name}’` });
    if (way === 5) return this.#keep({ ...brand, categories: this.#someCategories() });
    if (way === 6) return this.#keep({ ...brand, products: [...brand.products, this.#product()] });
    if (way === 7 && brand.products.length > 1) {
      return this.#keep({ ...brand, products: brand.products.filter((one) => one !== product) });
    }
    if (way === 8 && product !== undefined) return this.#move(brand, product);
    if (product !== undefined) this.#keepProduct(brand, this.#changed(product));
    else this.#keep({ ...brand, products: [this.#product()] });
  }

  /** As many products, spread over all brands, one thing of each. */
  changeProducts(count: number): void {
    const all = [...this.#brands.values()].flatMap(({ internalId: brand, products }) =>
      products.map(({ internalId: product }) => ({ brand, product }))
    );
    const step = Math.max(1, Math.floor(all.length / count));
    for (let index = 0; index < Math.min(count, all.length); index++) {
      const { brand: id, product } = all[index * step]!;
      const brand = this.#brands.get(id)!;
      const before = brand.products.find(({ internalId }) => internalId === product)!;
      this.#keepProduct(brand, { ...before, name: `Card ${++this.#made} €` });
    }
  }

  listing(): Listing {
    const rows = new Map<string, string>();
    const put = (key: string, ...content: readonly (string | number | null)[]) => {
      rows.set(key, JSON.stringify(content));
    };
    for (const { internalId, name, description } of this.#categories.values()) {
      put(`categories/${internalId}`, name, description);
    }
    for (const brand of this.#brands.values()) {
      const { internalId, name, countryCode, currencyCode, description, logoUrl } = brand;
      put(`brands/${internalId}`, name, countryCode, currencyCode, description, logoUrl);
      for (const category of brand.categories) put(`links/${internalId}/${category}`);
      for (const product of brand.products) {
        const { internalId: id, minFaceValue, maxFaceValue, count } = product;
        put(`products/${id}`, internalId, product.name, product.description, minFaceValue, maxFaceValue, count);
        for (const { currency, min, max } of product.prices) put(`prices/${id}/${currency}`, min, max);
        for (const { name, value } of product.configurations) put(`configurations/${id}/${name}`, value);
      }
    }
    return rows;
  }

  #keep(brand: SimulatedBrand): void {
    this.#brands.set(brand.internalId, brand);
  }

  #keepProduct(brand: SimulatedBrand, product: SimulatedProduct): void {
    const products = brand.products.map((one) => one.internalId === product.internalId ? product : one);
    this.#keep({ ...brand, products });
  }

  /** To another brand. */
  #move(from: SimulatedBrand, product: SimulatedProduct): void {
    const to = this.#any([...this.#brands.values()].filter((brand) => brand !== from));
    if (to === undefined) return;
    this.#keep({ ...from, products: from.products.filter((one) => one !== product) });
    this.#keep({ ...to, products: [...to.products, product] });
  }

  #changed(product: SimulatedProduct): SimulatedProduct {
    switch (this.#below(4)) {
      case 0:
        return { ...product, count: product.count === null ? this.#below(100) : null };
      case 1:
        return { ...product, prices: this.#prices() };
      case 2:
        return { ...product, configurations: this.#configurations() };
      default:
        return { ...product, minFaceValue: product.minFaceValue + 0.25, name: `${product.name}.` };
    }
  }

  #addCategory(): void {
    const internalId = `c${++this.#made}`;
    this.#categories.set(internalId, { internalId, name: `Category ${this.#made}`, description: this.#text(40) });
  }

  #changeCategory(): void {
    const category = this.#any([...this.#categories.values()])!;
    if (this.#below(3) === 0) return this.#addCategory();
    this.#categories.set(category.internalId, { ...category, name: `${category.name}+` });
  }

  #addBrand(products: number): void {
    const internalId = `b${++this.#made}`;
    this.#keep({
      internalId,
      name: `${this.#any(WORDS)} ${this.#made}`,
      countryCode: this.#any(["DE", "AT", "CH"])!,
      currencyCode: this.#any(CURRENCIES)!,
      description: this.#text(80),
      logoUrl: `https://logos.example/${internalId}.png`,
      categories: this.#someCategories(),
      products: Array.from({ length: products }, () => this.#product()),
    });
  }

  #someCategories(): readonly string[] {
    return [...this.#categories.keys()].filter(() => this.#random.next() < 0.3);
  }

  #product(): SimulatedProduct {
    const internalId = `p${++this.#made}`;
    const minFaceValue = 5 + this.#below(20);
    return {
      internalId,
      name: `${this.#any(WORDS)} card ${this.#made} €`,
      description: this.#text(this.#descriptionChars),
      minFaceValue,
      maxFaceValue: minFaceValue + this.#below(100),
      count: this.#below(3) === 0 ? null : this.#below(500),
      prices: this.#prices(),
      configurations: this.#configurations(),
    };
  }

  #prices(): SimulatedProduct["prices"] {
    return CURRENCIES.slice(0, 1 + this.#below(2)).map((currency) => {
      const min = (1 + this.#below(10_000)) / 100;
      return { currency, min, max: min + this.#below(100) / 4 };
    });
  }

  #configurations(): SimulatedProduct["configurations"] {
    return ["denomination", "delivery"].slice(0, this.#below(3))
      .map((name) => ({ name, value: `${this.#any(WORDS)} ${this.#below(1_000)}` }));
  }

  #text(chars: number): string {
    const from = this.#below(LOREM.length);
    return LOREM.repeat(Math.ceil((chars + from) / LOREM.length)).slice(from, from + chars);
  }

  #below(bound: number): number {
    return Math.floor(this.#random.next() * bound);
  }

  #any<T>(all: readonly T[]): T | undefined {
    return all[this.#below(all.length)];
  }
}
