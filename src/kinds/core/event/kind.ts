/**
 * Event, stored as core/v1 and served also as events.k8s.io/v1, whose field names differ. An event lives for an hour; the
 * timer that ends it belongs to the controllers.
 */
import type { Kind } from "../../kind.ts";
import type { Event } from "../../types/core-v1.generated.ts";
import { columns } from "./columns.ts";
import { fromCore, toCore } from "./events-v1.ts";
import { example } from "./example.ts";
import { selectableFields } from "./selectable-fields.ts";
import { validateEvent, validateEventUpdate } from "./validate.ts";

export const event: Kind<Event> = {
  group: "", kind: "Event", resource: "events", singular: "event", shortNames: ["ev"],
  scope: "Namespaced",
  versions: [
    { version: "v1", type: "io.k8s.api.core.v1.Event" },
    { group: "events.k8s.io", version: "v1", type: "io.k8s.api.events.v1.Event", toStorage: toCore, fromStorage: fromCore },
  ],
  strategy: {
    hasGeneration: false,
    validate: validateEvent,
    validateUpdate: validateEventUpdate,
    allowCreateOnUpdate: true,
  },
  columns,
  selectableFields,
  example,
};
