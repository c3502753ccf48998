import type { KubeObject } from "../../object.ts";

export const isDefaultIngressClass = ({ metadata }: KubeObject): boolean => metadata.annotations?.["ingressclass.kubernetes.io/is-default-class"] === "true";
