import { integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** The directory's tables; `migrations/` makes them. */
export const organizations = sqliteTable("organizations", {
  id: text("id").primaryKey(),
  name: text("name").notNull().unique(),
  createdMs: integer("created_ms").notNull(),
});

export const clusters = sqliteTable("clusters", {
  id: text("id").primaryKey(),
  organizationId: text("organization_id").notNull().references(() => organizations.id),
  name: text("name").notNull(),
  createdMs: integer("created_ms").notNull(),
}, (table) => [uniqueIndex("clusters_organization_name").on(table.organizationId, table.name)]);

/** Keys are kept as hashes only. */
export const apiKeys = sqliteTable("api_keys", {
  id: text("id").primaryKey(),
  organizationId: text("organization_id").notNull().references(() => organizations.id),
  name: text("name").notNull(),
  secretHash: text("secret_hash").notNull().unique(),
  createdMs: integer("created_ms").notNull(),
});
