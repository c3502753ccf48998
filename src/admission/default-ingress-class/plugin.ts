import { ingress } from "../../kinds/networking/ingress/kind.ts";
import { ingressClass } from "../../kinds/networking/ingress-class/kind.ts";
import { isDefaultIngressClass } from "../../kinds/networking/ingress-class/is-default.ts";
import { newest } from "../../kinds/storage/storage-class/default-class.ts";
import type { Ingress } from "../../kinds/types/networking-v1.generated.ts";
import type { AdmissionPlugin } from "../plugin.ts";

const CLASS_ANNOTATION = "kubernetes.io/ingress.class";

/** An Ingress that names no class gets the default one, the newest if there are several. */
export const defaultIngressClass: AdmissionPlugin = {
  name: "DefaultIngressClass",
  handles: ({ operation, kind, subresource }) => operation === "CREATE" && kind === ingress && subresource === undefined,
  mutate({ object }, { reader }) {
    const obj = object as Ingress;
    if (obj.spec?.ingressClassName !== undefined || obj.metadata.annotations?.[CLASS_ANNOTATION] !== undefined) return;
    const found = newest(reader.list(ingressClass).filter(isDefaultIngressClass));
    if (found) obj.spec = { ...obj.spec, ingressClassName: found.metadata.name! };
  },
};
