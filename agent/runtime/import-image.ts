/** Puts an image archive (OCI layout or `docker save`) into a node's containerd, as `isopod load` does. */
import { execFile } from "node:child_process";
import { socketPath } from "../cri/client.ts";

/** Returns the names that were imported. Throws with ctr's message. */
export function importImage(endpoint: string, archive: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    execFile("ctr", ["--address", socketPath(endpoint), "--namespace", "k8s.io", "images", "import", archive], (error, stdout, stderr) => {
      if (error) return reject(new Error(stderr.trim() || error.message));
      resolve([...stdout.matchAll(/^unpacking (\S+)/gm)].map((m) => m[1]!));
    });
  });
}
