/** Writes the sandbox image as an OCI archive: `node scripts/pause-image.ts [FILE]`. */
import { writePauseImage } from "../agent/runtime/pause-image.ts";

const path = process.argv[2] ?? "pause.tar";
await writePauseImage(path);
console.log(path);
