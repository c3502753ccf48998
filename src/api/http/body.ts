import { joinBytes } from "../../lib/bytes.ts";
import { badRequest, requestTooLarge, unsupportedMediaType } from "../../lib/errors.ts";
import { yamlToJson } from "../decode/yaml.ts";
import { decodeProtobuf } from "../protobuf/codec.ts";
import type { ApiRequest } from "../request.ts";

/** As upstream's MaxRequestBodyBytes; helm looks for this text. */
const BODY_BYTES_MAX = 3_145_728;

const patchTypes = [
  "application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json", "application/apply-patch+yaml",
] as const;
const bodyTypes = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"] as const;
const forms: Record<string, Converter> = {
  "application/json": "json", "application/yaml": "yaml", "application/vnd.kubernetes.protobuf": "protobuf",
};
type Converter = "json" | "yaml" | "protobuf";

/** The body as JSON text, whatever it came as. JSON is not parsed here; whoever decodes it says what is wrong with it. */
export async function readBody(request: Request, { hasProtobuf = true } = {}): Promise<Pick<ApiRequest, "body" | "patchType">> {
  const type = mediaTypeOf(request);
  if (request.method === "PATCH") return await readPatch(request, type);
  const bytes = await readBounded(request);
  if (bytes.length === 0) return {};
  const form = type === undefined ? "json" : forms[type];
  if (!form || (form === "protobuf" && !hasProtobuf)) throw unsupportedMediaType(bodyTypes.filter((t) => hasProtobuf || forms[t] !== "protobuf"));
  return { body: toJson(bytes, form) };
}

async function readPatch(request: Request, type: string | undefined): Promise<Pick<ApiRequest, "body" | "patchType">> {
  const patchType = patchTypes.find((t) => t === type);
  if (!patchType) throw unsupportedMediaType(patchTypes);
  const bytes = await readBounded(request);
  const form = patchType === "application/apply-patch+yaml" && !looksLikeJson(bytes) ? "yaml" : "json";
  return { patchType, body: toJson(bytes, form) };
}

const decoder = new TextDecoder();

function toJson(bytes: Uint8Array, form: Converter): string {
  if (form === "protobuf") return JSON.stringify(decodeProtobuf(bytes).object);
  const text = decoder.decode(bytes);
  return form === "yaml" ? yamlToJson(text) : text;
}

function mediaTypeOf(request: Request): string | undefined {
  return request.headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase() || undefined;
}

function looksLikeJson(bytes: Uint8Array): boolean {
  const first = bytes.find((b) => b !== 0x20 && b !== 0x09 && b !== 0x0a && b !== 0x0d);
  return first === 0x7b;
}

/** Whole, but never more than the limit. */
export async function readBounded(request: Request, bytesMax = BODY_BYTES_MAX): Promise<Uint8Array> {
  if (!request.body) return new Uint8Array();
  const encoding = request.headers.get("content-encoding");
  if (encoding && encoding !== "identity") throw unsupportedMediaType(bodyTypes);
  const announced = request.headers.get("content-length");
  if (announced !== null) {
    if (Number(announced) > bytesMax) throw tooLarge(bytesMax);
    return new Uint8Array(await request.arrayBuffer());
  }
  return await readChunks(request.body, bytesMax);
}

async function readChunks(stream: ReadableStream<Uint8Array>, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      length += chunk.length;
      if (length > bytesMax) throw tooLarge(bytesMax);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof TypeError) throw badRequest("the request body could not be read");
    throw error;
  }
  return joinBytes(chunks);
}

const tooLarge = (bytesMax: number) => requestTooLarge(`Request entity too large: limit is ${bytesMax}`);
