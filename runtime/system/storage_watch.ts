import type { RuntimeError } from "../core/errors.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import type { CommitterOptions } from "../store/committer_contract.ts";
import type { Health } from "./contract.ts";

/** What a node knows of its storage, and tells of it. */
export interface StorageWatch {
  readonly storage: Health["storage"];
  /** What the committer tells. */
  readonly hooks: Required<Pick<CommitterOptions, "onHealth" | "onRoom" | "onBatch" | "onFatal">>;
  /** It cannot be trusted any more, whoever has found that. */
  fail(error: RuntimeError): void;
}

export function createStorageWatch({ diagnostics, changed, roomWanted, onFatal }: {
  diagnostics: Diagnostics;
  /** Writes are refused, or taken again. */
  changed: () => void;
  roomWanted: () => void;
  onFatal: (error: RuntimeError) => void;
}): StorageWatch {
  let storage: Health["storage"] = "ok";
  /** Whether room is held in reserve. */
  let held = true;
  const fail = (error: RuntimeError) => {
    diagnostics.tell({ event: "system.failed", code: error.code, error: error.message });
    onFatal(error);
  };
  return {
    get storage() {
      return storage;
    },
    fail,
    hooks: {
      onHealth(health, reason = "") {
        storage = health === "available" ? "ok" : "unavailable";
        if (storage === "ok") diagnostics.tell({ event: "storage.available" });
        else diagnostics.tell({ event: "storage.unavailable", code: "storage-unavailable", error: reason });
        changed();
      },
      onRoom(room) {
        const wasHeld = held;
        held = room === "ample";
        if (held !== wasHeld) diagnostics.tell({ event: `storage.reserve-${held ? "restored" : "released"}` });
        if (!held) roomWanted();
      },
      onBatch: (batch) => diagnostics.tell({ event: "batch.committed", ...batch }),
      onFatal: fail,
    },
  };
}
