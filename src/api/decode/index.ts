/** From what a client sent to an object of a known type. */
export { decodeObject, decodeOptions, conformObject, decodeApplyPatch, type Decoded, type DecodeTarget, type FieldValidation } from "./decode-object.ts";
export { yamlToJson } from "./yaml.ts";
