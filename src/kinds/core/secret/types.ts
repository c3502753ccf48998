/** Types of Secrets that mean something to the control plane, and their annotations. */
export const SERVICE_ACCOUNT_TOKEN = "kubernetes.io/service-account-token";
export const SERVICE_ACCOUNT_NAME = "kubernetes.io/service-account.name";
export const SERVICE_ACCOUNT_UID = "kubernetes.io/service-account.uid";
