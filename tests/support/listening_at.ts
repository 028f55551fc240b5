const LISTENING = "0A";

/** The addresses at which these processes take connections, as `/proc/net/tcp` has them: 127.0.0.1 is `0100007F`. */
export function listeningAt(pids: readonly number[]): string[] {
  const own = new Set(pids.flatMap(socketsOf));
  const sockets = ["tcp", "tcp6"].flatMap((family) =>
    Deno.readTextFileSync(`/proc/net/${family}`).trim().split("\n").slice(1)
  );
  return sockets.map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === LISTENING && own.has(inode!))
    .map(([, local]) => local!.split(":")[0]!);
}

/** @see proc_pid_fd(5) */
function socketsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return Array.from(Deno.readDirSync(folder), ({ name }) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(Deno.readLinkSync(`${folder}/${name}`))?.[1];
    } catch {
      return undefined; // It has been closed since.
    }
  }).filter((inode) => inode !== undefined);
}
