import { bootstrapObjects } from "../../src/auth/bootstrap.ts";
import { testApi, type TestApi, type TestApiOptions } from "./test-api.ts";

/** A cluster with what every cluster starts with: namespaces and the default RBAC policy. */
export async function bootstrapped(options: TestApiOptions = {}): Promise<TestApi> {
  const api = await testApi({ namespaces: [], ...options });
  api.transact((tx) => { for (const object of bootstrapObjects({ serviceCidrs: ["10.96.0.0/16"] })) tx.create(tx.kindOf(object)!, object); });
  return api;
}
