import { noCustomKinds, type CustomKinds } from "./catalog.ts";

export const customKinds = (): CustomKinds => noCustomKinds;
