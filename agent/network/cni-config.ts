import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface CniOptions {
  configDir: string;
  /** Where host-local notes which addresses are taken. */
  stateDir: string;
  podCidr: string;
  mtu: number;
}

const POD_BRIDGE = "cni0";

/**
 * Writes the runtime's network configuration: pods hang on a bridge and get addresses of this node's range. Masquerading and
 * host ports are the service proxy's, so no plugin needs iptables. Returns false if it stood there already.
 */
export function writeCniConfig({ configDir, stateDir, podCidr, mtu }: CniOptions): boolean {
  const config = {
    cniVersion: "0.4.0",
    name: "isopod",
    plugins: [
      {
        type: "bridge",
        bridge: POD_BRIDGE,
        isGateway: true,
        isDefaultGateway: true,
        forceAddress: true,
        hairpinMode: true,
        ipMasq: false,
        mtu,
        ipam: { type: "host-local", ranges: [[{ subnet: podCidr }]], dataDir: stateDir },
      },
    ],
  };
  const file = join(configDir, "10-isopod.conflist");
  const text = JSON.stringify(config, null, 2);
  if (existsSync(file) && readFileSync(file, "utf8") === text) return false;
  mkdirSync(configDir, { recursive: true });
  // The runtime watches the directory and must never read half a file.
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
  return true;
}
