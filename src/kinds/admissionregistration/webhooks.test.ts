import { expect, test } from "vitest";
import { testApi } from "../../../test/harness/test-api.ts";
import { example } from "./mutating-webhook-configuration/example.ts";

const aHook = (more: object = {}) => ({ ...example().webhooks![0]!, ...more });
const configuration = (...webhooks: object[]) => ({ ...example(), webhooks }) as never;

test("a webhook's defaults are filled in", async () => {
  await using api = await testApi();
  const created = await api.create(configuration(aHook({ clientConfig: { service: { namespace: "a", name: "b" } } })));
  expect((created.webhooks as object[])[0]).toMatchObject({
    failurePolicy: "Fail", matchPolicy: "Equivalent", timeoutSeconds: 10, reinvocationPolicy: "Never", namespaceSelector: {}, objectSelector: {},
    clientConfig: { service: { port: 443 } }, rules: [{ scope: "*" }],
  });
});

test.each([
  [aHook({ name: "short" }), "webhooks[0].name: Invalid value: \"short\": should be a domain with at least three segments separated by dots"],
  [aHook({ sideEffects: "Some" }), 'webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"'],
  [aHook({ timeoutSeconds: 31 }), "webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds"],
  [aHook({ clientConfig: {} }), "webhooks[0].clientConfig: Required value: exactly one of url or service is required"],
  [aHook({ clientConfig: { url: "http://x/y?z#f" } }), "'https' is the only allowed URL scheme; desired format: https://host[/path]"],
  [aHook({ clientConfig: { service: { namespace: "a", name: "b", path: "x//" } } }), "must start with a '/'"],
  [aHook({ admissionReviewVersions: ["v7"] }), "must include at least one of v1, v1beta1"],
  [aHook({ rules: [{ operations: ["*", "CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] }] }), "if '*' is present, must not specify other operations"],
  [aHook({ matchConditions: [{ name: "a", expression: "object.(" }] }), "webhooks[0].matchConditions[0].expression: Invalid value: \"object.(\": compilation failed"],
])("what is wrong is named: %#", async (hook, text) => {
  await using api = await testApi();
  const answer = await api.post(configuration(hook));
  expect(answer).toBeStatus(422, "Invalid");
  expect(answer.body.message).toContain(text);
});

test("names of webhooks are unique", async () => {
  await using api = await testApi();
  expect((await api.post(configuration(aHook(), aHook()))).body.message).toContain('webhooks[1].name: Duplicate value: "check.example.com"');
});
