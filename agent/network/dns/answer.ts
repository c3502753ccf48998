import packet from "dns-packet";
import type { Zone, ZoneRecord } from "./zone.ts";

/** Seconds; CoreDNS' default for cluster names. */
const TTL_SECONDS = 30;
const UDP_BYTES_MAX = 1232;
const CNAMES_MAX = 8;

const AUTHORITATIVE = packet.AUTHORITATIVE_ANSWER;
const RECURSION = packet.RECURSION_DESIRED | packet.RECURSION_AVAILABLE;
const RCODE = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4 } as const;

export interface Answerer {
  zone(): Zone;
  /** Asks a server outside the cluster; undefined when none answers. */
  forward(query: Buffer): Promise<Buffer | undefined>;
}

/** Answers one query in wire format; undefined if it is not worth an answer (not a query at all). */
export async function answer(query: Buffer, answerer: Answerer, udp: boolean): Promise<Buffer | undefined> {
  let decoded: packet.DecodedPacket;
  try {
    decoded = packet.decode(query);
  } catch {
    return query.length >= 12 && (query[2]! & 0x80) === 0 ? refusal(query, RCODE.FORMERR) : undefined;
  }
  if (decoded.type !== "query") return undefined;
  const question = decoded.questions?.[0];
  if (!question || decoded.questions!.length !== 1 || (query[2]! & 0x78) !== 0) return refusal(query, RCODE.NOTIMP);
  const zone = answerer.zone();
  const name = question.name.toLowerCase().replace(/\.$/, "");
  if (!zone.covers(name)) return (await answerer.forward(query)) ?? refusal(query, RCODE.SERVFAIL);
  const records = zone.resolve(name);
  const answers = records ? await select(records, question.type, zone, answerer) : [];
  const response = {
    type: "response" as const,
    id: decoded.id,
    flags: AUTHORITATIVE | RECURSION | (records ? RCODE.NOERROR : RCODE.NXDOMAIN),
    questions: [question],
    answers,
    additionals: additionals(answers, zone),
    authorities: answers.length === 0 ? [authority(zone)] : [],
  };
  return fitted(response, udp ? Math.max(512, Math.min(UDP_BYTES_MAX, offered(decoded))) : 65_535);
}

async function select(records: readonly ZoneRecord[], type: string, zone: Zone, answerer: Answerer): Promise<packet.Answer[]> {
  const alias = records.find((record) => record.type === "CNAME");
  if (alias?.type === "CNAME" && type !== "CNAME") return [wire(alias), ...(await follow(alias.target, type, zone, answerer))];
  const wanted = records.filter((record) => record.type === type || type === "ANY").map(wire);
  return wanted.length > 1 && type === "A" ? rotate(wanted) : wanted;
}

/** The addresses of an ExternalName service's target. */
async function follow(target: string, type: string, zone: Zone, answerer: Answerer): Promise<packet.Answer[]> {
  const found: packet.Answer[] = [];
  let name = target.toLowerCase().replace(/\.$/, "");
  for (let i = 0; i < CNAMES_MAX; i++) {
    if (!zone.covers(name)) return [...found, ...(await outside(name, type, answerer))];
    const records = zone.resolve(name) ?? [];
    const alias = records.find((record) => record.type === "CNAME");
    if (alias?.type !== "CNAME") return [...found, ...records.filter((record) => record.type === type).map(wire)];
    found.push(wire(alias));
    name = alias.target.toLowerCase();
  }
  return found;
}

async function outside(name: string, type: string, answerer: Answerer): Promise<packet.Answer[]> {
  const query = packet.encode({ type: "query", id: 1, flags: packet.RECURSION_DESIRED, questions: [{ name, type: type as packet.RecordType }] });
  const reply = await answerer.forward(query);
  try {
    return reply ? (packet.decode(reply).answers ?? []) : [];
  } catch {
    return [];
  }
}

function wire(record: ZoneRecord): packet.Answer {
  const common = { name: record.name, ttl: TTL_SECONDS, class: "IN" as const };
  switch (record.type) {
    case "A": return { ...common, type: "A", data: record.address };
    case "CNAME": return { ...common, type: "CNAME", data: record.target };
    case "SRV": return { ...common, type: "SRV", data: { priority: 0, weight: 100, port: record.port, target: record.target } };
    case "PTR": return { ...common, type: "PTR", data: record.target };
    case "TXT": return { ...common, type: "TXT", data: record.text };
  }
}

/** Addresses of the targets of SRV answers, as CoreDNS adds them. */
function additionals(answers: readonly packet.Answer[], zone: Zone): packet.Answer[] {
  const targets = new Set(answers.flatMap((record) => (record.type === "SRV" ? [record.data.target] : [])));
  return [...targets].flatMap((target) => (zone.resolve(target) ?? []).filter((record) => record.type === "A").map(wire));
}

function authority(zone: Zone): packet.Answer {
  return {
    type: "SOA", name: zone.domain, ttl: TTL_SECONDS, class: "IN",
    data: { mname: `ns.dns.${zone.domain}`, rname: `hostmaster.${zone.domain}`, serial: 1, refresh: 7200, retry: 1800, expire: 86_400, minimum: TTL_SECONDS },
  } as packet.Answer;
}

/** Too much for the client's buffer: first without additional records, then truncated, so that it asks again by TCP. */
function fitted(response: packet.Packet, bytesMax: number): Buffer {
  const whole = packet.encode(response);
  if (whole.length <= bytesMax) return whole;
  const bare = packet.encode({ ...response, additionals: [] });
  if (bare.length <= bytesMax) return bare;
  return packet.encode({ ...response, flags: (response.flags ?? 0) | packet.TRUNCATED_RESPONSE, answers: [], additionals: [], authorities: [] });
}

function offered(query: packet.DecodedPacket): number {
  const opt = query.additionals?.find((record) => record.type === "OPT");
  return opt?.type === "OPT" ? opt.udpPayloadSize : 512;
}

function refusal(query: Buffer, rcode: number): Buffer {
  const reply = Buffer.alloc(12);
  query.copy(reply, 0, 0, 2);
  reply[2] = 0x80 | (query[2]! & 0x79);
  reply[3] = 0x80 | rcode;
  return reply;
}

let turn = 0;
/** Clients take the first address: each time another one is first. */
function rotate<T>(items: readonly T[]): T[] {
  turn = (turn + 1) % items.length;
  return [...items.slice(turn), ...items.slice(0, turn)];
}
