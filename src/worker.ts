import { createApp } from "./api/app.ts";
import type { Environment } from "./api/environment.ts";
import { openApiDocuments } from "./api/openapi/documents.ts";
import { kindsOfSummary, servedKinds } from "./kinds/apiextensions/custom-resource-definition/kind-from-crd.ts";
import { builtinKinds } from "./kinds/index.ts";
import type { CustomResourceDefinition } from "./kinds/types/apiextensions-v1.generated.ts";

/** What `wrangler deploy` ships and the local workerd runs: the application and the two kinds of Durable Objects. */
const app = createApp({
  kinds: builtinKinds,
  kindsOfDefinition: (definition) => servedKinds(definition as CustomResourceDefinition),
  kindsOfSummary,
  openapi: openApiDocuments(),
});

export default {
  fetch: (request: Request, env: Environment) => app.fetch(request, env),
};

export { Cluster } from "./durable/cluster.ts";
export { Tunnel } from "./durable/tunnel.ts";
