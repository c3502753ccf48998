import { notAcceptable } from "../../lib/errors.ts";

/** How an answer is written, and as what: the object itself, a Table of it, or its metadata. */
export interface Format {
  encoding: Encoding;
  as?: { kind: "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList"; version: string };
  contentType: string;
}

export type Encoding = "json" | "yaml" | "protobuf";

const encodings: Record<string, Encoding> = {
  "application/json": "json",
  "application/yaml": "yaml",
  "application/vnd.kubernetes.protobuf": "protobuf",
  "application/*": "json",
  "*/*": "json",
};
export const mediaTypes: Record<Encoding, string> = {
  json: "application/json", yaml: "application/yaml", protobuf: "application/vnd.kubernetes.protobuf",
};

export interface MediaRange { type: string; parameters: Map<string, string>; q: number }

/** In order of preference. Malformed ranges are left out. */
export function parseAccept(header: string): MediaRange[] {
  return header.split(",").flatMap((part) => {
    const [type, ...rest] = part.split(";").map((s) => s.trim());
    if (!type?.includes("/")) return [];
    const parameters = new Map(rest.map((p) => {
      const [name, value = ""] = p.split("=", 2) as [string, string?];
      return [name.trim().toLowerCase(), value.trim().replace(/^"(.*)"$/, "$1")] as const;
    }));
    const q = Number(parameters.get("q") ?? 1);
    return [{ type: type.toLowerCase(), parameters, q: Number.isFinite(q) ? q : 0 }];
  }).filter((range) => range.q > 0).sort((a, b) => b.q - a.q);
}

/** The first acceptable form. `hasProtobuf`: custom resources have none. `hasTable`: reviews and actions have none. Throws 406. */
export function negotiate(accept: string | null, { hasProtobuf = true, hasTable = true } = {}): Format {
  if (!accept || accept === "application/json" || accept === "*/*") return { encoding: "json", contentType: "application/json" };
  for (const range of parseAccept(accept)) {
    const encoding = encodings[range.type];
    const format = encoding && formatOf(encoding, range.parameters, hasTable);
    // The metadata of an object has a protobuf form whatever the object is.
    if (format && (encoding !== "protobuf" || hasProtobuf || format.as)) return format;
  }
  throw notAcceptable(Object.values(mediaTypes).filter((t) => hasProtobuf || t !== mediaTypes.protobuf));
}

function formatOf(encoding: Encoding, parameters: MediaRange["parameters"], hasTable: boolean): Format | undefined {
  const contentType = mediaTypes[encoding];
  const kind = parameters.get("as");
  if (kind === undefined) return { encoding, contentType };
  const version = parameters.get("v") ?? "";
  if (parameters.get("g") !== "meta.k8s.io" || (version !== "v1" && version !== "v1beta1")) return undefined;
  if (kind !== "Table" && kind !== "PartialObjectMetadata" && kind !== "PartialObjectMetadataList") return undefined;
  if (kind === "Table" && (!hasTable || encoding === "protobuf")) return undefined; // upstream has no such form
  return { encoding, as: { kind, version }, contentType };
}
