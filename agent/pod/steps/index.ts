import { activeDeadline } from "./active-deadline.ts";
import { admit } from "./admit.ts";
import { cgroup } from "./cgroup.ts";
import { containers } from "./containers.ts";
import { directories } from "./directories.ts";
import { ephemeralContainers } from "./ephemeral-containers.ts";
import { resize } from "./resize.ts";
import { sandbox } from "./sandbox.ts";
import type { Step } from "./step.ts";
import { volumes } from "./volumes.ts";

export const steps: readonly Step[] = [admit, activeDeadline, directories, cgroup, volumes, sandbox, resize, ephemeralContainers, containers];
