import type { KubeObject } from "../../object.ts";

const ANNOTATIONS = ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];

export const isDefaultClass = ({ metadata }: KubeObject): boolean => ANNOTATIONS.some((name) => metadata.annotations?.[name] === "true");
