/** YAML (one document) → JSON text. Throws ApiError 400. */
export declare function yamlToJson(text: string): string;
