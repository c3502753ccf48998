/** What the platform API refuses, as `{ "error": { "code", "message" } }`. */
export class PlatformError extends Error {
  readonly status: 400 | 401 | 403 | 404 | 409 | 413 | 503;
  readonly code: string;
  constructor(status: PlatformError["status"], code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const notFound = (what: string, id: string) => new PlatformError(404, "not_found", `there is no ${what} ${JSON.stringify(id)}`);
export const invalid = (message: string) => new PlatformError(400, "invalid", message);
export const taken = (what: string, name: string) => new PlatformError(409, "already_exists", `there is already a ${what} ${JSON.stringify(name)}`);
export const forbidden = (message: string) => new PlatformError(403, "forbidden", message);
