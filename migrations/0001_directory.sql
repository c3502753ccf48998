CREATE TABLE organizations (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL UNIQUE,
  created_ms INTEGER NOT NULL
);
--> statement-breakpoint
CREATE TABLE clusters (
  id TEXT PRIMARY KEY NOT NULL,
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  name TEXT NOT NULL,
  created_ms INTEGER NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX clusters_organization_name ON clusters (organization_id, name);
--> statement-breakpoint
CREATE TABLE api_keys (
  id TEXT PRIMARY KEY NOT NULL,
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  name TEXT NOT NULL,
  secret_hash TEXT NOT NULL UNIQUE,
  created_ms INTEGER NOT NULL
);
--> statement-breakpoint
CREATE INDEX api_keys_organization ON api_keys (organization_id);
