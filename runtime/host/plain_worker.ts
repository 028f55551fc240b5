/** What a worker runs that only has to show that there can be one. */
(globalThis as unknown as { postMessage(message: string): void }).postMessage("ready");
