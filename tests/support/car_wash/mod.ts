import { createRegistry, type Registry } from "@mailroom/mailroom";
import { registry as product } from "../../../actors/mod.ts";
import { bay } from "./bay.ts";
import { crew } from "./crew.ts";
import { loyalty } from "./loyalty.ts";
import { byWeightPrice, flatPrice } from "./pricing.ts";
import { memo } from "./memo.ts";
import { region } from "./region.ts";
import { rota } from "./rota.ts";
import { takings } from "./takings.ts";
import { weather } from "./weather.ts";

/** What somebody adds to the product who runs car washes. */
export const registry: Registry = createRegistry([
  ...product.kinds.values(),
  ...[bay, byWeightPrice, crew, flatPrice, loyalty, memo, region, rota, takings, weather],
]);
