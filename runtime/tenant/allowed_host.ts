/** Whether the host of a URL is among those of a list, in which `*.acme.org` is every host below acme.org. */
export function isAllowedHost({ hostname }: Pick<URL, "hostname">, hosts: readonly string[]): boolean {
  const name = hostname.toLowerCase().replace(/\.+$/, "");
  return hosts.some((host) => host.startsWith("*.") ? name.endsWith(host.slice(1)) : name === host);
}
