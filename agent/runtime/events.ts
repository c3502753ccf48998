/**
 * Tells when a container changed: by CRI's GetContainerEvents where the runtime has it, else by containerd's own event
 * stream on the same socket. Where there is neither (or the stream broke) it says "anything may have changed" every second.
 */
import type { CriClient } from "../cri/client.ts";
import { GrpcCode } from "../cri/grpc.ts";
import { decodeMessage, encodeMessage, type MessageTable } from "../cri/protobuf.ts";

const RETRY_MS = 1000;
const FOLLOW_UPS_MS = [20, 100];
/** ContainerEventType of CRI. */
const CRI_STOPPED = 2;

/** containerd.services.events.v1 and the task events that matter; their first field is always the container's id. */
const containerdEvents: MessageTable = {
  SubscribeRequest: { filters: [1, "string", "repeated"] },
  Envelope: { topic: [3, "string"], event: [4, "Any"] },
  Any: { typeUrl: [1, "string"], value: [2, "bytes"] },
  TaskEvent: { containerId: [1, "string"] },
  TaskExit: { containerId: [1, "string"], id: [2, "string"] },
};

export function watchRuntimeEvents(client: CriClient, onEvent: (containerId: string | undefined, hasEnded?: boolean) => void): () => void {
  let cancel = (): void => {};
  let stopped = false;
  let source: "cri" | "containerd" = "cri";
  const open = (): void => {
    if (stopped) return;
    const ended = (code?: number): void => {
      if (stopped) return;
      const unimplemented = code === GrpcCode.UNIMPLEMENTED;
      if (unimplemented && source === "cri") { source = "containerd"; open(); return; }
      onEvent(undefined);
      setTimeout(open, RETRY_MS).unref();
    };
    cancel = source === "cri"
      ? client.stream("GetContainerEvents", {}, (event) => onEvent(event.containerId, event.containerEventType === CRI_STOPPED), (error) => ended(error?.code))
      : subscribe(client, onEvent, ended);
  };
  open();
  return () => { stopped = true; cancel(); };
}

function subscribe(client: CriClient, onEvent: (containerId: string, hasEnded: boolean) => void, ended: (code?: number) => void): () => void {
  const request = encodeMessage(containerdEvents, "SubscribeRequest", { filters: ['topic=="/tasks/exit"', 'topic=="/tasks/start"', 'topic=="/tasks/oom"'] });
  return client.connection.stream("/containerd.services.events.v1.Events/Subscribe", request, (bytes) => {
    const { topic, event } = decodeMessage(containerdEvents, "Envelope", bytes) as { topic?: string; event?: { value?: Uint8Array } };
    const message = topic === "/tasks/exit" ? "TaskExit" : "TaskEvent";
    const { containerId, id } = decodeMessage(containerdEvents, message, event?.value ?? new Uint8Array()) as { containerId?: string; id?: string };
    // The end of an exec in a container is no event of the container.
    if (!containerId || (id !== undefined && id !== containerId)) return;
    const hasEnded = topic === "/tasks/exit";
    onEvent(containerId, hasEnded);
    // CRI hears of it from the same stream, perhaps a little later than we do.
    for (const ms of FOLLOW_UPS_MS) setTimeout(() => onEvent(containerId, hasEnded), ms).unref();
  }, (error) => ended(error?.code));
}
