import type { CertificateSigningRequest } from "../../types/certificates-v1.generated.ts";

/** Of a key that nobody has any more: CN=jane, O=team. */
const REQUEST = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIWU1JR0FBZ0VBTUI0eERUQUxCZ05WQkFvTUJIUmxZVzB4RFRBTEJnTlZCQU1NQkdwaGJt"
  + "VXdXVEFUQmdjcQpoa2pPUFFJQkJnZ3Foa2pPUFFNQkJ3TkNBQVNuM3BmS2NsL01wZUVNNTEyZkRIOFpmczVUZVZHbUxNY1J3Vkc1ClVaTDRjWGRaNHJMZXFo"
  + "V3pBZFVSbjRNMHVQWG54UTRxNHBVRURvZS9teWlCSktmb29BQXdDZ1lJS29aSXpqMEUKQXdJRFJ3QXdSQUlnZEMrbnhrU0lOVWRCMlJMTWM1K0RhRDJ4enNa"
  + "emJncEtYcloyaE9oSFFiSUNJRzMwWFN4UgpCd0l2S0F1VWV6NndWb1UrQVg2dkZ5dHI4WEZTUHJEcE5mU0sKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVT"
  + "VC0tLS0tCg==";

export const example = (): CertificateSigningRequest => ({
  apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest", metadata: { name: "example" },
  spec: { request: REQUEST, signerName: "kubernetes.io/kube-apiserver-client", usages: ["client auth"] },
});
