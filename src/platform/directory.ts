import { drizzle } from "drizzle-orm/libsql/web";
import * as schema from "./tables.ts";

export interface DirectoryBindings {
  LIBSQL_URL?: string;
  LIBSQL_AUTH_TOKEN?: string;
  DIRECTORY?: { fetch(input: string | Request, init?: RequestInit): Promise<Response> };
}

/** The directory over libSQL's HTTP protocol; through the binding DIRECTORY where there is one (a Unix socket). */
export function openDirectory({ LIBSQL_URL, LIBSQL_AUTH_TOKEN, DIRECTORY }: DirectoryBindings) {
  const fetch = DIRECTORY && ((input: string | Request, init?: RequestInit) => DIRECTORY.fetch(input, init));
  return drizzle({ connection: { url: LIBSQL_URL || "http://directory", authToken: LIBSQL_AUTH_TOKEN || undefined, fetch }, schema });
}

export type Directory = ReturnType<typeof openDirectory>;
