/**
 * The webhooks of all configurations, ready to be matched and called: in the order of the configurations' names, and within
 * one as it lists them. Derived once from each state of a configuration.
 */
import { compileConditions } from "../policy/conditions.ts";
import type { Compiled } from "../../kinds/admissionregistration/policy/environment.ts";
import type { Kind } from "../../kinds/kind.ts";
import type { Reader } from "../../kinds/transaction.ts";
import type { MutatingWebhook, MutatingWebhookConfiguration, ValidatingWebhook, ValidatingWebhookConfiguration } from "../../kinds/types/admissionregistration-v1.generated.ts";
import type { Endpoint } from "../../lib/outbound.ts";

export type Configuration = MutatingWebhookConfiguration | ValidatingWebhookConfiguration;
export type Written = ValidatingWebhook & Pick<MutatingWebhook, "reinvocationPolicy">;

export interface Hook {
  readonly configuration: string;
  readonly written: Written;
  readonly endpoint: Endpoint;
  readonly conditions: readonly Compiled[];
}

const known = new WeakMap<Configuration, readonly Hook[]>();
const none: readonly Hook[] = [];

export function hooksOf(reader: Reader, kind: Kind<Configuration>): readonly Hook[] {
  const configurations = reader.list(kind);
  if (configurations.length === 0) return none;
  return configurations.flatMap((configuration) => {
    let hooks = known.get(configuration);
    if (!hooks) known.set(configuration, (hooks = (configuration.webhooks ?? []).map((written) => hookOf(configuration, written))));
    return hooks;
  });
}

function hookOf({ metadata }: Configuration, written: Written): Hook {
  const { clientConfig: { url, service, caBundle }, matchConditions } = written;
  const { namespace = "", name = "", port = 443, path = "" } = service ?? {};
  const place = service ? { service: { namespace, name, port, ...(path && { path }) } } : { url: url ?? "" };
  return {
    configuration: metadata.name!, written, conditions: compileConditions(matchConditions, false),
    endpoint: { ...place, ...(caBundle && { caBundle: caBundle as string }) },
  };
}
