import type { Kind } from "../../kinds/kind.ts";
import type { OpenApiDocuments } from "../environment.ts";
import type { Descriptions } from "./definitions.ts";
import { descriptionsJson } from "./descriptions.generated.ts";
import { encodeOpenApiV2Protobuf } from "./gnostic.ts";
import { openApiV2 } from "./v2.ts";
import { openApiV3, openApiV3OfPath } from "./v3.ts";

/**
 * What the Worker publishes under `/openapi`. Documents are made when they are first asked for; the encoded v2 document,
 * the costliest, is kept for as long as the same list of kinds is served.
 */
export function openApiDocuments(descriptions?: Descriptions): OpenApiDocuments {
  const encoded = new WeakMap<readonly Kind[], Uint8Array>();
  const known = () => (descriptions ??= JSON.parse(descriptionsJson) as Descriptions);
  return {
    v3: (kinds, group, version) => openApiV3(kinds, group, version, known()),
    v3OfPath: (path) => openApiV3OfPath(path, known()),
    v2: (kinds) => openApiV2(kinds, known()),
    v2Protobuf(kinds) {
      let bytes = encoded.get(kinds);
      if (!bytes) encoded.set(kinds, (bytes = encodeOpenApiV2Protobuf(openApiV2(kinds, known()))));
      return bytes;
    },
  };
}
