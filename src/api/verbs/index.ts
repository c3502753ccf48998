import type { Verb } from "../../kinds/kind.ts";
import type { ResourceCall } from "../registry/resource-call.ts";
import type { ApiResponse } from "../request.ts";
import { create } from "./create.ts";
import { remove } from "./delete.ts";
import { deletecollection } from "./deletecollection.ts";
import { get } from "./get.ts";
import { patch } from "./patch.ts";
import { update } from "./update.ts";

/** The verbs with one answer; list, watch and connect are plans and have their own doors in the Registry. */
export const verbs: Partial<Record<Verb, (call: ResourceCall) => ApiResponse>> = {
  get, create, update, patch, delete: remove, deletecollection,
};
