export const isAllowedSeccomp = (type: string | undefined): boolean => type === "Localhost" || type === "RuntimeDefault";
