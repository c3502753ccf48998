import type { OpenApiDocuments } from "../environment.ts";
import type { Descriptions, Json } from "./definitions.ts";
import { descriptionsJson } from "./descriptions.generated.ts";
import { encodeOpenApiV2Protobuf } from "./gnostic.ts";
import { openApiV2 } from "./v2.ts";
import { openApiV3, openApiV3OfPath } from "./v3.ts";

/**
 * What the Worker publishes under `/openapi`: documents are made when they are asked for.
 */
export function openApiDocuments(descriptions?: Descriptions): OpenApiDocuments {
  const known = () => (descriptions ??= JSON.parse(descriptionsJson) as Descriptions);
  return {
    v3: (kinds, group, version) => openApiV3(kinds, group, version, known()),
    v3OfPath: (path) => openApiV3OfPath(path, known()),
    v2: (kinds, briefly) => openApiV2(kinds, known(), briefly),
    v2Protobuf: (document) => encodeOpenApiV2Protobuf(document as Json),
  };
}
